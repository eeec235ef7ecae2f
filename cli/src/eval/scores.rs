//! Scores that a way gives to some of the items; all others it does not name.

use nearhand::ItemIdx;
use nearhand::rank::BitSet;

/// Scores by item, emptied and used again from pair to pair.
#[derive(Debug, Default)]
pub(super) struct Scores {
    values: Vec<f64>,
    named: Vec<u32>,
}

impl Scores {
    pub(super) fn new(items: usize) -> Self {
        Self { values: vec![0.0; items], named: Vec::new() }
    }

    /// Adds to an item's score; what is not above 0 says nothing.
    pub(super) fn add(&mut self, item: u32, score: f64) {
        if let Some(value) = self.values.get_mut(item as usize).filter(|_| score > 0.0) {
            if *value <= 0.0 {
                self.named.push(item);
            }
            *value += score;
        }
    }

    pub(super) fn clear(&mut self) {
        for item in self.named.drain(..) {
            if let Some(value) = self.values.get_mut(item as usize) {
                *value = 0.0;
            }
        }
    }

    pub(super) fn of(&self, item: u32) -> f64 {
        self.values.get(item as usize).copied().unwrap_or(0.0)
    }

    /// The rank of an item among those allowed, ties against it. Nothing where it is not named: a list that ends before it
    /// has not recommended it.
    pub(super) fn rank_of(&self, item: u32, allowed: &BitSet) -> Option<usize> {
        let own = self.of(item);
        let above = |other: &&u32| **other != item && self.of(**other) >= own && allowed.contains(ItemIdx(**other));
        (own > 0.0 && allowed.contains(ItemIdx(item))).then(|| 1 + self.named.iter().filter(above).count())
    }

    /// The `k` best of those allowed, best first; ties by index.
    pub(super) fn best(&self, k: usize, allowed: &BitSet) -> Vec<ItemIdx> {
        let mut found: Vec<u32> = self.named.iter().copied().filter(|item| allowed.contains(ItemIdx(*item))).collect();
        let order = |a: &u32, b: &u32| self.of(*b).total_cmp(&self.of(*a)).then(a.cmp(b));
        if found.len() > k {
            found.select_nth_unstable_by(k, order);
            found.truncate(k);
        }
        found.sort_unstable_by(order);
        found.into_iter().map(ItemIdx).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_count_against_and_strangers_have_no_rank() {
        let mut scores = Scores::new(5);
        for (item, score) in [(0, 1.0), (3, 0.5), (1, 0.5), (1, 0.5), (4, 0.0), (2, -1.0)] {
            scores.add(item, score);
        }
        let all = BitSet::full(5);
        assert_eq!([0, 1, 2, 3, 4].map(|item| scores.rank_of(item, &all)), [Some(2), Some(2), None, Some(3), None]);
        assert_eq!(scores.best(2, &all), [ItemIdx(0), ItemIdx(1)]);
        let mut some = all.clone();
        some.remove(ItemIdx(0));
        assert_eq!([0, 1, 3].map(|item| scores.rank_of(item, &some)), [None, Some(1), Some(2)]);
        assert_eq!(scores.best(9, &some), [ItemIdx(1), ItemIdx(3)]);
        scores.clear();
        assert!(scores.best(9, &all).is_empty() && scores.rank_of(0, &all).is_none());
    }
}
