//! How often items stand beside each other in sessions: sums of whole numbers, so that their order tells nothing, and counts of
//! parts of a log are those of the whole once they are added up.
//!
//! Item `b` seen `d ≤ reach` places after `a` adds `1/d` to `forward(a, b)`; seen `d` places before, `1/d` to `back(a, b)`.
//! Where the order tells nothing (baskets), every other item of a session of `m` items adds `1/m` instead: each of them
//! speaks with the same voice, and a wholesaler's long order as loud as a short one. Sums are in units: of 1/2,520, of which every
//! distance up to ten is a whole number, and of 1/720,720 for lengths, rounded; each times the weight of the session's
//! slice of time ([`crate::choosing::slices`]).

pub(crate) use crate::choosing::settings::REACH;
use crate::choosing::settings::TableConfig;
use crate::choosing::slices::{WHOLE, shift, weights};
use std::collections::BTreeMap;

/// An item and the sums of what stood after it and before it.
pub(crate) type Sums = (u32, f32, f32);

/// Sums by pair, before any setting but order, reach and half-life is applied.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    /// For every item its neighbours as (item, forward, back), by item index.
    pub(super) rows: Vec<Vec<Sums>>,
    /// Weighted occurrences of every item.
    pub(super) popularity: Vec<f32>,
    /// Where not all rows were counted: one of so many items, by index, tells how many places all rows would fill.
    pub(super) one_of: Option<usize>,
}

impl Counts {
    /// Of sums that were counted elsewhere, by item index, neighbours by theirs.
    pub(crate) fn of(rows: Vec<Vec<Sums>>, popularity: Vec<f32>) -> Self {
        Self { rows, popularity, one_of: None }
    }

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

/// Sessions, oldest first, and when each ended, Unix milliseconds. Where no times are known, places stand for them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timed<'a> {
    pub(crate) sessions: &'a [Vec<u32>],
    ends: &'a [u64],
}

impl<'a> Timed<'a> {
    /// Sessions with their ends, of which there are as many or none.
    pub(crate) const fn new(sessions: &'a [Vec<u32>], ends: &'a [u64]) -> Self {
        Self { sessions, ends }
    }

    /// The oldest of them.
    pub(crate) fn oldest(self, count: usize) -> Self {
        let ends = self.ends.get(..count).unwrap_or_default();
        Self { sessions: self.sessions.get(..count).unwrap_or(self.sessions), ends }
    }

    /// How slices are cut, and the slice of every session.
    pub(crate) fn slices(self) -> (u32, Vec<u64>) {
        let end = |at: usize| self.ends.get(at).copied().unwrap_or(at as u64);
        let ends = || (0..self.sessions.len()).map(end);
        let shift = shift(ends().min().unwrap_or(0), ends().max().unwrap_or(0));
        (shift, ends().map(|end| end >> shift).collect())
    }
}

impl<'a> From<&'a [Vec<u32>]> for Timed<'a> {
    fn from(sessions: &'a [Vec<u32>]) -> Self {
        Self { sessions, ends: &[] }
    }
}

impl<'a> From<&'a Vec<Vec<u32>>> for Timed<'a> {
    fn from(sessions: &'a Vec<Vec<u32>>) -> Self {
        Self { sessions, ends: &[] }
    }
}

/// Farthest neighbour that counts where order does not: beyond it a session is a stock list.
pub(crate) const FAR: usize = 250;
/// Units of one: of a distance.
const NEAR_UNITS: u64 = 2_520;
/// Units of one: of a length.
const LENGTH_UNITS: u64 = 720_720;

/// What a neighbour so far away adds, in units of distance.
pub(crate) fn by_distance(distance: usize) -> u64 {
    parts(NEAR_UNITS, distance)
}

/// What a neighbour in a session of so many items adds, in units of length: something in any case.
pub(crate) fn by_length(items: usize) -> u64 {
    parts(LENGTH_UNITS, items).max(1)
}

/// Rounded.
const fn parts(units: u64, of: usize) -> u64 {
    let of = if of == 0 { 1 } else { of as u64 };
    (units + of / 2) / of
}

/// A weighted sum in units of distance or length as the number that it is.
pub(crate) fn number(sum: u128, ordered: bool) -> f32 {
    let units = if ordered { NEAR_UNITS } else { LENGTH_UNITS };
    (sum as f64 / (units * WHOLE) as f64) as f32
}

/// A weighted sum of occurrences as the number that it is.
pub(crate) fn occurrences(sum: u128) -> f32 {
    (sum as f64 / WHOLE as f64) as f32
}

/// Counts neighbours in sessions of items below `n_items`, oldest session first; larger items are left out. Of `config`
/// it takes order, reach and half-life.
pub(crate) fn count<'a>(sessions: impl Into<Timed<'a>>, n_items: usize, config: &TableConfig) -> Counts {
    count_rows(sessions.into(), n_items, config, None, &|_| true)
}

/// Items of a catalog whose tables are searched in full; of a larger one, rows that are `asked` for and a sample of as many.
const SEARCHED: usize = 1 << 17;

/// As [`count`]; of a large catalog some rows alone, as many as a search reads: those `asked` for, by index, and every so
/// many of all, by which a table made of these counts is scaled and cut as that of all rows would be.
pub(crate) fn count_some<'a>(sessions: impl Into<Timed<'a>>, n_items: usize, config: &TableConfig, asked: &[bool]) -> Counts {
    let one_of = n_items / SEARCHED;
    if one_of < 2 {
        return count(sessions, n_items, config);
    }
    let wanted = |item: usize| item.is_multiple_of(one_of) || asked.get(item).is_some_and(|asked| *asked);
    count_rows(sessions.into(), n_items, config, Some(one_of), &wanted)
}

fn count_rows(
    timed: Timed<'_>,
    n_items: usize,
    config: &TableConfig,
    one_of: Option<usize>,
    wanted: &dyn Fn(usize) -> bool,
) -> Counts {
    let &TableConfig { ordered, half_life, .. } = config;
    let reach = if ordered { config.reach } else { FAR };
    let weight = by_session(timed, half_life);
    let by_distance: Vec<u64> = (0..=reach).map(by_distance).collect();
    let mut occurred = vec![0_u128; n_items];
    for (session, weight) in timed.sessions.iter().zip(&weight) {
        for &item in session {
            if let Some(sum) = occurred.get_mut(item as usize) {
                *sum += u128::from(*weight);
            }
        }
    }
    let popularity = occurred.into_iter().map(occurrences).collect();
    let mut counts = Counts { rows: Vec::with_capacity(n_items), popularity, one_of };
    let mut sums = vec![(0_u64, 0_u64); n_items];
    for list in places(timed.sessions, n_items, wanted) {
        let mut touched = Vec::new();
        for (s, at) in list {
            let (Some(session), Some(weight)) = (timed.sessions.get(s as usize), weight.get(s as usize)) else { continue };
            let by_length = by_length(session.len());
            around(session, at as usize, reach, |other, distance, after| {
                let Some(sum) = sums.get_mut(other as usize) else { return };
                if *sum == (0, 0) {
                    touched.push(other);
                }
                let gain = if ordered { by_distance.get(distance).copied().unwrap_or(0) } else { by_length };
                let gain = weight * gain;
                let side = if after { &mut sum.0 } else { &mut sum.1 };
                *side = side.saturating_add(gain);
            });
        }
        touched.sort_unstable();
        let taken = touched.iter().filter_map(|b| Some((*b, std::mem::take(sums.get_mut(*b as usize)?))));
        let side = |sum: u64| number(u128::from(sum), ordered);
        counts.rows.push(taken.map(|(b, (forward, back))| (b, side(forward), side(back))).collect());
    }
    counts
}

/// The weight of every session.
fn by_session(timed: Timed<'_>, half_life: f32) -> Vec<u64> {
    let (_, slices) = timed.slices();
    let mut counts = BTreeMap::new();
    slices.iter().for_each(|slice| *counts.entry(*slice).or_insert(0) += 1);
    let weights = weights(&counts, half_life);
    slices.iter().map(|slice| weights.get(slice).copied().unwrap_or(WHOLE)).collect()
}

/// Where every wanted item stands: session and place.
pub(crate) fn places(sessions: &[Vec<u32>], n_items: usize, wanted: &dyn Fn(usize) -> bool) -> Vec<Vec<(u32, u32)>> {
    let wanted: Vec<bool> = (0..n_items).map(wanted).collect();
    let mut places = vec![Vec::new(); n_items];
    for (s, session) in (0..).zip(sessions) {
        for (at, &item) in (0..).zip(session) {
            if wanted.get(item as usize) == Some(&true)
                && let Some(places) = places.get_mut(item as usize)
            {
                places.push((s, at));
            }
        }
    }
    places
}

/// Tells the other items within reach of a place: the item, how far away, and whether it stands after.
pub(crate) fn around(session: &[u32], at: usize, reach: usize, mut tell: impl FnMut(u32, usize, bool)) {
    let Some(&item) = session.get(at) else { return };
    let from = at.saturating_sub(reach);
    for (other, &neighbour) in session.iter().enumerate().take(at + reach + 1).skip(from) {
        if neighbour != item {
            tell(neighbour, other.abs_diff(at), other > at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choosing::table::{Table, build};

    /// Whatever the order of the sessions of a slice, the sums are the same.
    #[test]
    fn the_order_within_a_slice_tells_nothing() {
        let mut random = nearhand_numerics::random::Random::new(3);
        let mut sessions: Vec<Vec<u32>> =
            (0..400).map(|_| (0..2 + random.below(14)).map(|_| random.below(20) as u32).collect()).collect();
        let ends: Vec<u64> = (0..400).map(|s| 1_767_225_600_000 + s / 8).collect();
        for (ordered, half_life) in [(true, 0.0), (true, 0.25), (false, 0.5)] {
            let config = TableConfig { ordered, half_life, ..TableConfig::default() };
            let before = count(Timed::new(&sessions, &ends), 20, &config);
            sessions.chunks_mut(8).for_each(<[Vec<u32>]>::reverse);
            let after = count(Timed::new(&sessions, &ends), 20, &config);
            assert_eq!((before.rows, before.popularity), (after.rows, after.popularity));
        }
    }

    /// Against sums in doubles, session by session.
    #[test]
    fn whole_numbers_are_near_the_fractions() {
        let mut random = nearhand_numerics::random::Random::new(4);
        let sessions: Vec<Vec<u32>> =
            (0..200).map(|_| (0..2 + random.below(30)).map(|_| random.below(12) as u32).collect()).collect();
        for (ordered, half_life) in [(true, 0.0), (true, 0.35), (false, 0.15)] {
            let config = TableConfig { ordered, half_life, ..TableConfig::default() };
            let counts = count(&sessions, 12, &config);
            let mut sums = vec![[0.0; 2]; 144];
            for (s, session) in sessions.iter().enumerate() {
                let age = (200 - s) as f64 / 200.0;
                let weight = if half_life > 0.0 { (-age / f64::from(half_life)).exp2() } else { 1.0 };
                for (at, a) in session.iter().enumerate() {
                    for (other, b) in session.iter().enumerate().filter(|(_, b)| *b != a) {
                        let distance = at.abs_diff(other);
                        if !ordered || distance <= 10 {
                            let of = if ordered { distance } else { session.len() };
                            sums[(a * 12 + b) as usize][usize::from(other < at)] += weight / of as f64;
                        }
                    }
                }
            }
            for (a, row) in counts.rows.iter().enumerate() {
                for &(b, forward, back) in row {
                    let [ahead, behind] = sums[a * 12 + b as usize];
                    let near = |sum: f32, exact: f64| (f64::from(sum) - exact).abs() <= 1e-3 * exact + 1e-6;
                    assert!(near(forward, ahead) && near(back, behind), "{a} {b}: {forward} {ahead} {back} {behind}");
                }
            }
        }
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
        let counts =
            count(&vec![vec![0, 1], vec![0, 2], vec![2, 0], vec![0, 3], vec![0, 3], vec![0, 3]], 4, &TableConfig::default());
        assert_eq!((counts.most_seen(0, 1), counts.most_seen(1, 5)), (vec![3], vec![0]));
        let mut two = counts.most_seen(0, 2);
        two.sort_unstable();
        assert_eq!(two, [2, 3]);
        assert!(counts.most_seen(9, 5).is_empty());
    }
}
