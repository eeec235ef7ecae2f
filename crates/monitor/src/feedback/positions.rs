//! What a place is worth by itself: how often what stands there is looked at, whatever it is.

use crate::error::{Code, Error, Result};
use std::collections::BTreeMap;

/// Places that are told apart.
const MOST_PLACES: usize = 64;
/// Rounds of fitting, and the relative change below which it has ended.
const ROUNDS: usize = 500;
const STILL: f64 = 1e-10;

/// How often each item was shown and clicked at each place: counts that add up over clients.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Positions {
    /// Shown and clicked, by [`key`]: a map as the ledger has one, so that both are compiled once.
    cells: BTreeMap<u64, (u64, u64)>,
    most: usize,
}

/// How often a place is looked at, beside the first one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Examination {
    /// The place, from 0.
    pub place: u32,
    /// Chance that it is looked at as a multiple of the first place's; `None` where no clicked item was shown at both, nor through others
    /// between them: put other items there now and then. `None` of all places where nothing was clicked at the first.
    pub relative: Option<f64>,
    /// What was shown there, and clicked.
    pub shown: f64,
    /// What was clicked there.
    pub clicked: f64,
}

impl Positions {
    /// Counts of nothing; at most so many pairs of item and place are told apart, at some 60 bytes each.
    #[must_use]
    pub const fn new(most: usize) -> Self {
        Self { cells: BTreeMap::new(), most }
    }

    /// Counts rows of one item at one place (from 0), `clicked` of `shown`.
    ///
    /// # Errors
    /// `monitor-observation-invalid`: a place beyond 63, more clicked than shown, or more pairs than are told apart.
    pub fn add(&mut self, item: u32, place: u32, shown: u32, clicked: u32) -> Result<()> {
        let refuse =
            |why| Err(Error::new(Code::ObservationInvalid, why).count("place", u64::from(place)).count("item", u64::from(item)));
        if place as usize >= MOST_PLACES {
            return refuse("places are counted from 0 to 63");
        }
        if clicked > shown {
            return refuse("more was clicked than shown: count each showing, and its click once");
        }
        if !self.count(key(item, place), (shown.into(), clicked.into())) {
            return refuse("more pairs of item and place than are told apart: raise the number");
        }
        Ok(())
    }

    /// Adds to a pair; false where there are too many.
    fn count(&mut self, key: u64, (shown, clicked): (u64, u64)) -> bool {
        if let Some(cell) = self.cells.get_mut(&key) {
            *cell = (cell.0.saturating_add(shown), cell.1.saturating_add(clicked));
            return true;
        }
        let fits = self.cells.len() < self.most;
        if fits {
            self.cells.insert(key, (shown, clicked));
        }
        fits
    }

    /// Item, place, shown and clicked, in the order of items and then of places.
    fn cells(&self) -> impl Iterator<Item = (u32, usize, f64, f64)> {
        self.cells.iter().map(|(key, (shown, clicked))| ((key >> 32) as u32, (key & 63) as usize, *shown as f64, *clicked as f64))
    }

    /// How often each place is looked at, by the position-based model (Craswell et al. 2008): clicks are shown × look(place) ×
    /// appeal(item). Both are fitted in turn to the sums of clicks by place and by item (iterative proportional fitting, Deming and
    /// Stephan 1940), which is the likeliest fit of rare clicks. A better item does not make its usual place look better.
    #[must_use]
    pub fn examination(&self) -> Vec<Examination> {
        let mut sums = [None; MOST_PLACES];
        for (_, place, shown, clicked) in self.cells() {
            if let Some(sum) = sums.get_mut(place) {
                let (before, clicked_before) = sum.unwrap_or((0.0, 0.0));
                *sum = Some((before + shown, clicked_before + clicked));
            }
        }
        let clicks_of = self.by_item(|_, (_, clicked)| Some(clicked));
        let joined = self.joined(&clicks_of);
        let mut look: [Option<f64>; MOST_PLACES] = std::array::from_fn(|place| (joined >> place & 1 == 1).then_some(1.0));
        for _ in 0..ROUNDS {
            // What each item would have had of clicks at appeal 1.
            let expected = self.by_item(|place, (shown, _)| Some(shown * (*look.get(place)?)?));
            let mut whole = [0.0; MOST_PLACES];
            for (item, place, shown, _) in self.cells() {
                if let (Some(Some(_)), Some(whole), Some(expected)) = (look.get(place), whole.get_mut(place), of(&expected, item))
                {
                    *whole += shown * (of(&clicks_of, item).unwrap_or(0.0) / expected.max(f64::MIN_POSITIVE));
                }
            }
            let (mut moved, mut first) = (0.0_f64, None);
            for ((look, sum), whole) in look.iter_mut().zip(sums).zip(whole) {
                let (Some(old), Some((_, clicks))) = (look, sum) else { continue };
                let new = if whole > 0.0 { clicks / whole } else { 0.0 };
                let new = new / *first.get_or_insert(if new > 0.0 { new } else { 1.0 });
                moved = moved.max((new - *old).abs() / new.max(1e-9));
                *old = new;
            }
            if moved < STILL {
                break;
            }
        }
        let places = sums.iter().zip(look).zip(0..);
        places
            .filter_map(|((sum, relative), place)| sum.map(|(shown, clicked)| Examination { place, relative, shown, clicked }))
            .collect()
    }

    /// Adds another's counts.
    ///
    /// # Errors
    /// `monitor-observation-invalid`: more pairs than are told apart. What was added until then stays.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        for (cell, counts) in &other.cells {
            if !self.count(*cell, *counts) {
                let why = "more pairs of item and place than are told apart: raise the number";
                return Err(Error::new(Code::ObservationInvalid, why).count("most", self.most as u64));
            }
        }
        Ok(())
    }

    /// Sums by item, in their order, of what cells have, by their places and counts.
    fn by_item(&self, what: impl Fn(usize, (f64, f64)) -> Option<f64>) -> Vec<(u32, f64)> {
        let mut out: Vec<(u32, f64)> = Vec::new();
        for (item, place, shown, clicked) in self.cells() {
            let Some(more) = what(place, (shown, clicked)) else { continue };
            match out.last_mut() {
                Some((last, sum)) if *last == item => *sum += more,
                _ => out.push((item, more)),
            }
        }
        out
    }

    /// The places that can be held against the first one, as bits: those that share a clicked item with it, or with one that can.
    fn joined(&self, clicks_of: &[(u32, f64)]) -> u64 {
        let Some(first) = self.cells().map(|(_, place, ..)| place).min() else { return 0 };
        // A first place that was never clicked is no measure.
        if !self.cells().any(|(_, place, _, clicked)| place == first && clicked > 0.0) {
            return 0;
        }
        // Of each item all places, as bits.
        let mut places = vec![0_u64; clicks_of.len()];
        for (item, place, ..) in self.cells() {
            if let Some(places) = clicks_of.binary_search_by_key(&item, |(item, _)| *item).ok().and_then(|at| places.get_mut(at))
            {
                *places |= 1 << place;
            }
        }
        let mut joined = 1 << first;
        loop {
            let before = joined;
            for (places, (_, clicks)) in places.iter().zip(clicks_of) {
                if *clicks > 0.0 && places & joined != 0 {
                    joined |= places;
                }
            }
            if joined == before {
                return joined;
            }
        }
    }
}

/// A pair as one number, in the order of items and then of places, of which there are 64.
fn key(item: u32, place: u32) -> u64 {
    u64::from(item) << 32 | u64::from(place)
}

/// The sum of an item.
fn of(sums: &[(u32, f64)], item: u32) -> Option<f64> {
    let at = sums.binary_search_by_key(&item, |(item, _)| *item).ok()?;
    sums.get(at).map(|(_, sum)| *sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_kernels::random::SplitMix64;

    #[test]
    fn worked_example() {
        // Item 1 is mostly first and item 2 second, each clicked once in ten times there. Item 1 is clicked once in twenty times in the
        // second place, item 2 once in five in the first: the second place is looked at half as often. Raw rates say 0.102 and 0.099.
        let mut counts = Positions::new(9);
        for (item, place, shown, clicked) in [(1, 0, 1000, 100), (1, 1, 20, 1), (2, 0, 20, 4), (2, 1, 1000, 100)] {
            counts.add(item, place, shown, clicked).unwrap();
        }
        let found = counts.examination();
        assert_eq!(found[0].relative, Some(1.0));
        assert!((found[1].relative.unwrap() - 0.5).abs() < 1e-6, "{found:?}");
        assert_eq!((found[1].shown, found[1].clicked), (1020.0, 101.0));
    }

    #[test]
    fn a_place_that_shares_no_clicked_item_has_no_value() {
        let mut counts = Positions::new(9);
        for (item, place, shown, clicked) in
            [(1, 0, 100, 10), (1, 1, 100, 5), (2, 1, 50, 5), (2, 2, 50, 2), (3, 3, 50, 9), (4, 0, 9, 0), (4, 3, 9, 0)]
        {
            counts.add(item, place, shown, clicked).unwrap();
        }
        let found: Vec<bool> = counts.examination().iter().map(|one| one.relative.is_some()).collect();
        assert_eq!(found, [true, true, true, false]);
        let mut unclicked = Positions::new(9);
        for (item, place, shown, clicked) in [(1, 0, 100, 0), (1, 1, 100, 5), (1, 2, 100, 9)] {
            unclicked.add(item, place, shown, clicked).unwrap();
        }
        assert!(unclicked.examination().iter().all(|one| one.relative.is_none() && one.shown == 100.0));
        assert_eq!(Positions::new(9).examination(), []);
    }

    #[test]
    fn counts_of_many_clients_add_up_and_what_is_too_much_is_refused() {
        let (mut all, mut one, mut two) = (Positions::new(9), Positions::new(9), Positions::new(9));
        for (at, (item, place)) in [(1, 0), (1, 1), (2, 0), (1, 0)].into_iter().enumerate() {
            all.add(item, place, 10, 1).unwrap();
            if at % 2 == 0 { &mut one } else { &mut two }.add(item, place, 10, 1).unwrap();
        }
        one.merge(&two).unwrap();
        assert_eq!(one, all);
        let mut small = Positions::new(1);
        small.add(1, 0, 10, 1).unwrap();
        for (item, place, shown, clicked) in [(1, 64, 1, 0), (1, 0, 1, 2), (2, 0, 1, 0)] {
            assert_eq!(small.add(item, place, shown, clicked).unwrap_err().code(), Code::ObservationInvalid);
        }
        assert_eq!(small.merge(&all).unwrap_err().code(), Code::ObservationInvalid);
    }

    /// Items of unlike appeal, the better ones mostly in front, as a recommender puts them: what was put in is found again.
    #[test]
    fn recovers_what_it_was_made_of() {
        let mut random = SplitMix64::new(4);
        let looks = [1.0, 0.7, 0.45, 0.3];
        let mut counts = Positions::new(1000);
        for _ in 0..400_000 {
            let item = (random.unit() * 40.0) as u32;
            // One slate in five is in an order by chance.
            let place = if random.unit() < 0.2 { (random.unit() * 4.0) as usize } else { usize::try_from(item / 10).unwrap() };
            let appeal = 0.2 / f64::from(1 + item / 4);
            let clicked = u32::from(random.unit() < looks[place] * appeal);
            counts.add(item, u32::try_from(place).unwrap(), 1, clicked).unwrap();
        }
        for (found, look) in counts.examination().iter().zip(looks) {
            assert!((found.relative.unwrap() - look).abs() < 0.06, "{found:?} {look}");
        }
    }
}
