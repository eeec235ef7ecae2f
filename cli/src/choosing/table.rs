//! The item-to-item table: for every item its strongest successors, in 8 bits.
//!
//! Of the sums of [`crate::choosing::counting`]:
//! ```text
//! w(a → b) = (forward(a, b) + backward · back(a, b)) / (popularity(b)^damp · popularity(a)^source)
//! ```
//! The `width` largest weights of each row are kept, of them all the `mean` · items that were seen most often (largest
//! numerator: they are asked for most), and stored as round(255 · w / scale), scale = the largest weight of all.
//! This is VMIS-kNN's neighbourhood folded into a matrix (Ludewig and Jannach 2018 call it "sequential rules"); `source`
//! makes a rare item's vote as loud as a popular one's and keeps its row above the rounding.

use crate::choosing::counting::{Counts, Sums};
pub(crate) use crate::choosing::settings::TableConfig;
use nearhand::bundle::StoredTable;
use nearhand::rank::TransitionTable;
use nearhand::{ItemIdx, Result};

/// A table as shipped, and the way the client reads it.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// What the bundle holds: successors strongest first (ties: lower index first), an empty place is item 0 with weight 0.
    pub(crate) stored: StoredTable,
    reader: TransitionTable,
}

/// Makes the table; of `config`, order, reach and half-life have been spent on the counts.
///
/// # Errors
/// `bundle-part-invalid` when the width is 0.
pub(crate) fn build(counts: &Counts, config: &TableConfig) -> Result<Table> {
    let weigher = Weigher::of(&counts.popularity, config);
    let mut rows: Vec<Vec<Place>> = (0..).zip(&counts.rows).map(|(item, row)| weigher.strongest(item, row)).collect();
    let most = rows.iter().filter_map(|row| row.first()).map(|first| first.weight).fold(f32::MIN_POSITIVE, f32::max);
    let level = |place: &Place| (255.0 * place.weight / most).round() as u8;
    rows.iter_mut().for_each(|row| row.retain(|place| level(place) > 0));
    let one_of = counts.one_of.unwrap_or(1);
    keep(&mut rows, (config.mean * counts.rows.len().div_ceil(one_of) as f64) as usize, one_of);
    // At least one place a row, or there is no table.
    let successors = rows.iter().map(Vec::len).max().unwrap_or(0).max(config.width.min(1));
    let mut stored = StoredTable { successors, counts: Vec::new(), next: Vec::new(), weights: Vec::new() };
    for row in &rows {
        stored.next.extend(row.iter().map(|place| place.item));
        stored.weights.extend(row.iter().map(level));
        if counts.one_of.is_some() {
            // Most rows are empty: they take no place.
            stored.counts.push(row.len() as u8);
            continue;
        }
        stored.next.resize(stored.next.len() + successors - row.len(), 0);
        stored.weights.resize(stored.next.len(), 0);
    }
    let reader = TransitionTable::packed(rows.len(), successors, &stored.counts, stored.next.clone(), stored.weights.clone())?;
    Ok(Table { stored, reader })
}

/// A successor in the making.
struct Place {
    item: u32,
    /// The numerator of its weight.
    seen: f32,
    weight: f32,
}

/// What makes weights of a row's sums.
#[derive(Debug)]
pub(crate) struct Weigher {
    width: usize,
    backward: f32,
    damp: Vec<f32>,
    source: Vec<f32>,
}

impl Weigher {
    /// Of the weighted occurrences of every item.
    pub(crate) fn of(popularity: &[f32], config: &TableConfig) -> Self {
        let divisor = |power: f32| -> Vec<f32> { popularity.iter().map(|p| p.max(1e-6).powf(power)).collect() };
        Self { width: config.width, backward: config.backward, damp: divisor(config.damp), source: divisor(config.source) }
    }

    /// Leaves of the sums of an item's row those that a table of these settings is made of: its places, whatever its bound in
    /// all.
    pub(crate) fn keep(&self, item: usize, row: &mut Vec<Sums>) {
        if row.len() > self.width {
            let mut kept: Vec<u32> = self.strongest(item, row).iter().map(|place| place.item).collect();
            kept.sort_unstable();
            row.retain(|sums| kept.binary_search(&sums.0).is_ok());
        }
    }

    /// The places of an item's row, strongest first, of equals the lower index.
    fn strongest(&self, item: usize, row: &[Sums]) -> Vec<Place> {
        let source = self.source.get(item).copied().unwrap_or(1.0);
        let place = |&(item, forward, back): &Sums| {
            let seen = forward + self.backward * back;
            Place { item, seen, weight: seen / (self.damp.get(item as usize).copied().unwrap_or(1.0) * source) }
        };
        let mut row: Vec<Place> = row.iter().map(place).collect();
        let order = |a: &Place, b: &Place| b.weight.total_cmp(&a.weight).then(a.item.cmp(&b.item));
        if row.len() > self.width {
            row.select_nth_unstable_by(self.width, order);
            row.truncate(self.width);
        }
        row.sort_unstable_by(order);
        row
    }
}

/// Leaves `most` places in all: the most seen ones, of equals those further in front. Of every `one_of`th row alone, `most`
/// are left; the others keep what is as far in front.
fn keep(rows: &mut [Vec<Place>], most: usize, one_of: usize) {
    type Seen = (f32, u32, u32);
    let order = |a: &Seen, b: &Seen| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2));
    let mut all: Vec<Seen> = (0..)
        .zip(rows.iter())
        .step_by(one_of)
        .flat_map(|(row, places)| (0..).zip(places).map(move |(at, place)| (place.seen, at, row)))
        .collect();
    if all.len() <= most {
        return;
    }
    // The first that goes: all that stand before it stay.
    let first = *all.select_nth_unstable_by(most, order).1;
    for (number, row) in (0..).zip(rows.iter_mut()) {
        let mut at = 0;
        row.retain(|place| {
            let stays = order(&(place.seen, at, number), &first).is_lt();
            at += 1;
            stays
        });
    }
}

impl Table {
    /// Without items: nobody votes.
    pub(crate) fn empty() -> Result<Table> {
        build(&Counts::default(), &TableConfig::default())
    }

    /// Places in use.
    pub(crate) fn used(&self) -> usize {
        self.stored.weights.iter().filter(|w| **w > 0).count()
    }

    /// The votes of a session's items with their weights, newest first (`s_p`, p = 0 the newest): weight_p · e^(−p/λ) ·
    /// w(s_p → i), told to `vote`.
    pub(crate) fn votes(&self, recent: impl Iterator<Item = (u32, f32)>, lambda: f32, mut vote: impl FnMut(u32, f32)) {
        for (p, (item, weight)) in recent.enumerate() {
            let decay = weight * (-(p as f32) / lambda).exp();
            self.row(item).for_each(|(next, weight)| vote(next, decay * weight));
        }
    }

    /// Successors of an item with weights in (0, 1].
    pub(crate) fn row(&self, item: u32) -> impl Iterator<Item = (u32, f32)> + '_ {
        self.reader.row(ItemIdx(item)).map(|(next, weight)| (next.0, weight))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choosing::counting::count;

    #[test]
    fn a_worked_example() {
        // 0 1 2 and 0 2: forward(0,1) = 1, forward(0,2) = 1/2 + 1, forward(1,2) = 1; back(2,0) = 3/2, back(2,1) = 1, back(1,0) = 1.
        let sessions = vec![vec![0, 1, 2], vec![0, 2]];
        let counts = count(&sessions, 4, &TableConfig::default());
        assert_eq!(counts.popularity, [2.0, 1.0, 2.0, 0.0]);
        let config = TableConfig { width: 2, backward: 0.5, damp: 1.0, source: 0.0, ..TableConfig::default() };
        let table = build(&counts, &config).unwrap();
        // Row 0: 1/1 → item 1, 1.5/2 → item 2. Row 1: (1)/2 → 2, 0.5·1/2 → 0. Row 2: 0.5·1/1 → 1, 0.5·1.5/2 → 0.
        assert_eq!(table.stored.next, [1, 2, 2, 0, 1, 0, 0, 0]);
        assert_eq!(table.stored.weights, [255, 191, 128, 64, 128, 96, 0, 0]);
        let mut votes = vec![0.0; 4];
        table.votes([(1, 1.0), (0, 1.0)].into_iter(), 1.0, |item, vote| votes[item as usize] += vote);
        let decay = (-1f32).exp();
        let expected = [64.0 / 255.0, decay, (128.0 + 191.0 * decay) / 255.0, 0.0];
        assert!(votes.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{votes:?}");
    }

    #[test]
    fn without_order_every_item_of_a_session_speaks_alike() {
        // Of 0 1 2 and 0 2, 2 adds 1/3 + 1/2 to item 0 and 1 adds 1/3, whatever lies between.
        let sessions = vec![vec![0, 1, 2], vec![2, 0]];
        let config = TableConfig { ordered: false, backward: 1.0, damp: 0.0, source: 0.0, ..TableConfig::default() };
        let table = build(&count(&sessions, 3, &config), &config).unwrap();
        assert_eq!(table.stored.next, [2, 1, 0, 2, 0, 1]);
        assert_eq!(table.stored.weights, [255, 102, 102, 102, 255, 102]);
    }

    #[test]
    fn the_most_seen_places_are_kept() {
        // Item 0 is followed by 1 three times and by 2 once, item 3 by 4 twice.
        let sessions = vec![vec![0, 1], vec![0, 1], vec![0, 1], vec![0, 2], vec![3, 4], vec![3, 4]];
        let config = TableConfig { mean: 0.4, backward: 0.0, damp: 0.0, source: 1.0, ..TableConfig::default() };
        let table = build(&count(&sessions, 5, &config), &config).unwrap();
        assert_eq!((table.used(), table.stored.successors), (2, 1));
        assert_eq!(table.stored.next, [1, 0, 0, 4, 0]);
        assert_eq!(table.stored.weights, [191, 0, 0, 255, 0]);
    }

    #[test]
    fn old_sessions_weigh_less() {
        let sessions = vec![vec![0, 1], vec![0, 2]];
        let config = TableConfig { width: 2, damp: 0.0, source: 0.0, half_life: 0.5, ..TableConfig::default() };
        let table = build(&count(&sessions, 3, &config), &config).unwrap();
        assert_eq!(&table.stored.next[..2], [2, 1]);
        assert_eq!(&table.stored.weights[..2], [255, 128]);
    }
}
