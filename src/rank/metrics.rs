//! Measures of a ranking with one right answer, as used for next-item prediction.
//!
//! The rank is conservative: 1 + the number of other items that score at least as high, so that ties never flatter.

use crate::ids::ItemIdx;
use crate::rank::BitSet;

/// Conservative rank of `target` among the allowed items: 1 is best. `None` when the target is not allowed.
#[must_use]
pub fn rank_of(target: ItemIdx, scores: &[f32], allowed: &BitSet) -> Option<usize> {
    let own = *scores.get(target.at()).filter(|_| allowed.contains(target))?;
    // A NaN outranks, and an own NaN is outranked by all.
    let own = if own.is_nan() { f32::NEG_INFINITY } else { own };
    Some(allowed.iter().filter(|i| *i != target && scores.get(i.at()).is_some_and(|s| s.is_nan() || *s >= own)).count() + 1)
}

/// Sums over test pairs; read with the methods.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    cutoff: usize,
    pairs: u64,
    hits: u64,
    reciprocal: f64,
    discounted: f64,
    shown: Vec<u64>,
    popularity_shown: f64,
    slots: u64,
}

impl Metrics {
    /// Measures at `cutoff` over a catalog of `items`.
    #[must_use]
    pub fn new(cutoff: usize, items: usize) -> Self {
        Self { cutoff, shown: vec![0; items], ..Self::default() }
    }

    /// Adds one pair: the target's rank (`None`: not reachable, a miss) and the slate shown for it.
    /// `popularity(i)` is the item's share of all training events, 0 to 1.
    pub fn add(&mut self, rank: Option<usize>, slate: &[ItemIdx], popularity: impl Fn(ItemIdx) -> f64) {
        self.pairs += 1;
        if let Some(rank) = rank.filter(|r| *r <= self.cutoff) {
            self.hits += 1;
            self.reciprocal += 1.0 / rank as f64;
            self.discounted += 1.0 / libm::log2(rank as f64 + 1.0);
        }
        for item in slate {
            if let Some(count) = self.shown.get_mut(item.at()) {
                *count += 1;
            }
            self.popularity_shown += popularity(*item);
            self.slots += 1;
        }
    }

    /// Number of pairs.
    #[must_use]
    pub const fn pairs(&self) -> u64 {
        self.pairs
    }

    /// Hit rate: share of pairs whose target ranks within the cutoff.
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        self.hits as f64 / self.pairs.max(1) as f64
    }

    /// Mean reciprocal rank, 0 beyond the cutoff.
    #[must_use]
    pub fn mrr(&self) -> f64 {
        self.reciprocal / self.pairs.max(1) as f64
    }

    /// NDCG with one relevant item: mean of 1 / log2(rank + 1), 0 beyond the cutoff (Järvelin and Kekäläinen 2002; the ideal is 1).
    #[must_use]
    pub fn ndcg(&self) -> f64 {
        self.discounted / self.pairs.max(1) as f64
    }

    /// Coverage: share of the catalog shown in at least one slate.
    #[must_use]
    pub fn coverage(&self) -> f64 {
        self.shown.iter().filter(|c| **c > 0).count() as f64 / self.shown.len().max(1) as f64
    }

    /// Popularity bias: mean popularity share of a shown item over the mean share 1/n. 1 is unbiased.
    #[must_use]
    pub fn popularity_bias(&self) -> f64 {
        self.popularity_shown / self.slots.max(1) as f64 * self.shown.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_count_against() {
        let all = BitSet::full(4);
        assert_eq!(rank_of(ItemIdx(0), &[0.5, 0.5, 0.9, 0.1], &all), Some(3));
        let mut some = all.clone();
        some.remove(ItemIdx(2));
        assert_eq!(rank_of(ItemIdx(0), &[0.5, 0.5, 0.9, 0.1], &some), Some(2));
        some.remove(ItemIdx(0));
        assert_eq!(rank_of(ItemIdx(0), &[0.5, 0.5, 0.9, 0.1], &some), None);
        assert_eq!(rank_of(ItemIdx(0), &[0.5, f32::NAN], &BitSet::full(2)), Some(2));
    }

    #[test]
    fn worked_example() {
        let mut m = Metrics::new(20, 10);
        let share = |i: ItemIdx| if i.0 == 0 { 0.5 } else { 0.05 };
        m.add(Some(1), &[ItemIdx(0), ItemIdx(1)], share);
        m.add(Some(3), &[ItemIdx(0), ItemIdx(2)], share);
        m.add(Some(21), &[], share);
        m.add(None, &[], share);
        assert!((m.hit_rate() - 0.5).abs() < 1e-12);
        assert!((m.mrr() - (1.0 + 1.0 / 3.0) / 4.0).abs() < 1e-12);
        assert!((m.ndcg() - (1.0 + 0.5) / 4.0).abs() < 1e-12);
        assert!((m.coverage() - 0.3).abs() < 1e-12);
        assert!((m.popularity_bias() - (0.5 + 0.05 + 0.5 + 0.05) / 4.0 * 10.0).abs() < 1e-12);
    }
}
