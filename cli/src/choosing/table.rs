//! The item-to-item table: for every item its strongest successors, in 8 bits.
//!
//! Item `b` seen `d ≤ reach` places after `a` adds `1/d` to `forward(a, b)`; seen `d` places before, `1/d` to `back(a, b)`.
//! Where the order tells nothing (baskets), every other item of a session of `m` items adds `1/m` instead: each of them
//! speaks with the same voice, and a wholesaler's long order as loud as a short one.
//! ```text
//! w(a → b) = (forward(a, b) + backward · back(a, b)) / (popularity(b)^damp · popularity(a)^source)
//! ```
//! The `width` largest weights of each row are kept, of them all the `mean` · items that were seen most often (largest
//! numerator: they are asked for most), and stored as round(255 · w / scale), scale = the largest weight of all.
//! This is VMIS-kNN's neighbourhood folded into a matrix (Ludewig and Jannach 2018 call it "sequential rules"); `source`
//! makes a rare item's vote as loud as a popular one's and keeps its row above the rounding.

use nearhand::bundle::StoredTable;
use nearhand::rank::TransitionTable;
use nearhand::{ItemIdx, Result};

/// How a table is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TableConfig {
    /// Most successors a row, 1..=64.
    pub(crate) width: usize,
    /// Successors an item on average, at most.
    pub(crate) mean: f64,
    /// Whether the distance of two items counts, or only that a session holds both.
    pub(crate) ordered: bool,
    /// Largest distance that counts, where it does, 1..=50.
    pub(crate) reach: usize,
    /// Weight of a predecessor relative to a successor, 0..=1.
    pub(crate) backward: f32,
    /// Power of the successor's popularity that divides, 0..=1.
    pub(crate) damp: f32,
    /// Power of the row's own popularity that divides, 0..=1.
    pub(crate) source: f32,
    /// As `TrainConfig::half_life`: sessions this share of the log old count half; 0 counts all alike.
    pub(crate) half_life: f32,
}

impl Default for TableConfig {
    fn default() -> Self {
        TableConfig { width: 32, mean: 12.0, ordered: true, reach: 10, backward: 0.5, damp: 0.1, source: 0.5, half_life: 0.0 }
    }
}

/// Sums by pair, before any setting but order, reach and half-life is applied.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    /// For every item its neighbours as (item, forward, back), by item index.
    rows: Vec<Vec<(u32, f32, f32)>>,
    /// Weighted occurrences of every item.
    popularity: Vec<f32>,
    /// Where not all rows were counted: one of so many items, by index, tells how many places all rows would fill.
    one_of: Option<usize>,
}

impl Counts {
    /// How many items there are.
    pub(crate) fn items(&self) -> usize {
        self.rows.len()
    }

    /// The neighbours of an item that were seen most beside it, at most so many, in no order: those that a table may keep.
    pub(crate) fn most_seen(&self, item: u32, most: usize) -> Vec<u32> {
        let mut row: Vec<(u32, f32)> =
            self.rows.get(item as usize).into_iter().flatten().map(|&(item, forward, back)| (item, forward + back)).collect();
        if row.len() > most {
            row.select_nth_unstable_by(most, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            row.truncate(most);
        }
        row.into_iter().map(|(item, _)| item).collect()
    }
}

/// A table as shipped, and the way the client reads it.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// What the bundle holds: successors strongest first (ties: lower index first), an empty place is item 0 with weight 0.
    pub(crate) stored: StoredTable,
    reader: TransitionTable,
}

/// Farthest neighbour that counts where order does not: beyond it a session is a stock list.
const FAR: usize = 250;

/// Counts neighbours in sessions of items below `n_items`, oldest session first; larger items are left out. Of `config`
/// it takes order, reach and half-life.
pub(crate) fn count(sessions: &[Vec<u32>], n_items: usize, config: &TableConfig) -> Counts {
    count_rows(sessions, n_items, config, None, &|_| true)
}

/// Items of a catalog whose tables are searched in full; of a larger one, rows that are `asked` for and a sample of as many.
const SEARCHED: usize = 1 << 17;

/// As [`count`]; of a large catalog some rows alone, as many as a search reads: those `asked` for, by index, and every so
/// many of all, by which a table made of these counts is scaled and cut as that of all rows would be.
pub(crate) fn count_some(sessions: &[Vec<u32>], n_items: usize, config: &TableConfig, asked: &[bool]) -> Counts {
    let one_of = n_items / SEARCHED;
    if one_of < 2 {
        return count(sessions, n_items, config);
    }
    let wanted = |item: usize| item.is_multiple_of(one_of) || asked.get(item).is_some_and(|asked| *asked);
    count_rows(sessions, n_items, config, Some(one_of), &wanted)
}

fn count_rows(
    sessions: &[Vec<u32>],
    n_items: usize,
    config: &TableConfig,
    one_of: Option<usize>,
    wanted: &dyn Fn(usize) -> bool,
) -> Counts {
    let wanted: Vec<bool> = (0..n_items).map(wanted).collect();
    let &TableConfig { ordered, half_life, .. } = config;
    let reach = if ordered { config.reach } else { FAR };
    let weight = |session: usize| {
        let age = (sessions.len() - session) as f32 / sessions.len() as f32;
        if half_life > 0.0 { (-age / half_life).exp2() } else { 1.0 }
    };
    let mut counts = Counts { rows: Vec::with_capacity(n_items), popularity: vec![0.0; n_items], one_of };
    let mut places = vec![Vec::new(); n_items];
    for (s, session) in sessions.iter().enumerate() {
        let w = weight(s);
        for (at, &item) in session.iter().enumerate() {
            let Some(popularity) = counts.popularity.get_mut(item as usize) else { continue };
            *popularity += w;
            if wanted[item as usize] {
                places[item as usize].push((s as u32, at as u32));
            }
        }
    }
    let mut sums = vec![(0f32, 0f32); n_items];
    for (item, list) in places.iter().enumerate() {
        let mut touched = Vec::new();
        for &(s, at) in list {
            let (session, at, w) = (&sessions[s as usize], at as usize, weight(s as usize));
            let from = at.saturating_sub(reach);
            for (other, &neighbour) in session.iter().enumerate().take(at + reach + 1).skip(from) {
                if neighbour as usize == item {
                    continue;
                }
                let Some(sum) = sums.get_mut(neighbour as usize) else { continue };
                if *sum == (0.0, 0.0) {
                    touched.push(neighbour);
                }
                let gain = w / if ordered { other.abs_diff(at) } else { session.len() } as f32;
                if other > at { sum.0 += gain } else { sum.1 += gain }
            }
        }
        touched.sort_unstable();
        counts.rows.push(
            touched
                .iter()
                .map(|&b| {
                    let (forward, back) = std::mem::take(&mut sums[b as usize]);
                    (b, forward, back)
                })
                .collect(),
        );
    }
    counts
}

/// Makes the table; of `config`, order, reach and half-life have been spent on the counts.
///
/// # Errors
/// `bundle-part-invalid` when the width is 0.
pub(crate) fn build(counts: &Counts, config: &TableConfig) -> Result<Table> {
    let divisor = |power: f32| -> Vec<f32> { counts.popularity.iter().map(|p| p.max(1e-6).powf(power)).collect() };
    let (damp, source) = (divisor(config.damp), divisor(config.source));
    let mut rows = Vec::with_capacity(counts.rows.len());
    for (row, source) in counts.rows.iter().zip(&source) {
        let place = |&(item, forward, back): &(u32, f32, f32)| {
            let seen = forward + config.backward * back;
            Place { item, seen, weight: seen / (damp[item as usize] * source) }
        };
        let mut row: Vec<Place> = row.iter().map(place).collect();
        let order = |a: &Place, b: &Place| b.weight.total_cmp(&a.weight).then(a.item.cmp(&b.item));
        if row.len() > config.width {
            row.select_nth_unstable_by(config.width, order);
            row.truncate(config.width);
        }
        row.sort_unstable_by(order);
        rows.push(row);
    }
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

    /// Of a large catalog, what is asked for is as in the table of all, but for the cut, which a sample tells.
    #[test]
    fn some_rows_tell_of_all() {
        let n = 3 * SEARCHED;
        let mut random = nearhand_numerics::random::Random::new(5);
        let session = |random: &mut nearhand_numerics::random::Random| {
            let start = random.below(n / 40) * 40;
            (0..6).map(|_| (start + random.below(12)) as u32).collect::<Vec<u32>>()
        };
        let sessions: Vec<Vec<u32>> = (0..60_000).map(|_| session(&mut random)).collect();
        let mut asked = vec![false; n];
        let some: Vec<u32> = sessions.iter().step_by(500).flatten().copied().collect();
        some.iter().for_each(|item| asked[*item as usize] = true);
        for (mean, exact) in [(50.0, true), (0.4, false)] {
            let config = TableConfig { mean, ..TableConfig::default() };
            let whole = build(&count(&sessions, n, &config), &config).unwrap();
            let counts = count_some(&sessions, n, &config, &asked);
            let part = build(&counts, &config).unwrap();
            // A third of the rows and those asked for, no more.
            assert!(part.used() < whole.used() / 2, "{} {}", part.used(), whole.used());
            let rows = |table: &Table| {
                let row = |item: &u32| table.row(*item).map(|(next, _)| next).collect::<Vec<_>>();
                some.iter().map(row).collect::<Vec<_>>()
            };
            let (all, few) = (rows(&whole), rows(&part));
            let places = |rows: &[Vec<u32>]| rows.iter().map(Vec::len).sum::<usize>();
            assert!(places(&all) > 300, "{} {}", places(&all), places(&few));
            assert!(places(&all).abs_diff(places(&few)) * 50 <= places(&all), "{} {}", places(&all), places(&few));
            assert!(!exact || all == few);
        }
        // A small one is counted whole.
        assert_eq!(count_some(&sessions, 1000, &TableConfig::default(), &[]).one_of, None);
    }

    #[test]
    fn the_most_seen_neighbours() {
        let counts = count(&[vec![0, 1], vec![0, 2], vec![2, 0], vec![0, 3], vec![0, 3], vec![0, 3]], 4, &TableConfig::default());
        assert_eq!((counts.most_seen(0, 1), counts.most_seen(1, 5)), (vec![3], vec![0]));
        let mut two = counts.most_seen(0, 2);
        two.sort_unstable();
        assert_eq!(two, [2, 3]);
        assert!(counts.most_seen(9, 5).is_empty());
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
