//! How two models' answers to the same requests differ: sums that merge.

use crate::latency::Latency;
use crate::slate::{overlap_at, rank_biased_overlap};

/// How far down a reader goes, for rank-biased overlap: the first ten places have 86 % of the weight.
const PERSISTENCE: f64 = 0.9;

/// Slates of a champion and a challenger.
#[derive(Clone, Debug, Default)]
pub struct SlatePairs {
    count: u64,
    overlap: f64,
    biased: f64,
    first: u64,
    same: u64,
    scores: f64,
    scored: u64,
    farthest: f64,
    /// How long it took, microseconds.
    pub champion: Latency,
    /// As the champion's.
    pub challenger: Latency,
}

impl SlatePairs {
    /// Two slates of one request, best first. Scores, where both have some, are of the same places as the items; of an item that is in
    /// both its difference counts.
    pub fn add<T: PartialEq>(&mut self, champion: (&[T], &[f64]), challenger: (&[T], &[f64])) {
        let ((one, ones), (two, twos)) = (champion, challenger);
        self.count = self.count.saturating_add(1);
        self.overlap += overlap_at(one, two, one.len().max(two.len()));
        self.biased += rank_biased_overlap(one, two, PERSISTENCE);
        self.first += u64::from(one.first() != two.first());
        self.same += u64::from(one == two);
        for (item, score) in one.iter().zip(ones) {
            let other = two.iter().position(|other| other == item).and_then(|at| twos.get(at));
            let Some(off) = other.map(|other| (score - other).abs()).filter(|off| off.is_finite()) else { continue };
            self.scores += off;
            self.scored = self.scored.saturating_add(1);
            self.farthest = self.farthest.max(off);
        }
    }

    /// Adds another's.
    pub fn merge(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.overlap += other.overlap;
        self.biased += other.biased;
        self.first = self.first.saturating_add(other.first);
        self.same = self.same.saturating_add(other.same);
        self.scores += other.scores;
        self.scored = self.scored.saturating_add(other.scored);
        self.farthest = self.farthest.max(other.farthest);
        self.champion.merge(&other.champion);
        self.challenger.merge(&other.challenger);
    }

    /// Pairs so far.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Mean share of common items; `None` without a pair, as all that follow.
    #[must_use]
    pub fn overlap(&self) -> Option<f64> {
        self.mean(self.overlap)
    }

    /// Mean rank-biased overlap.
    #[must_use]
    pub fn biased_overlap(&self) -> Option<f64> {
        self.mean(self.biased)
    }

    /// Share of requests whose first item changes.
    #[must_use]
    pub fn first_changed(&self) -> Option<f64> {
        self.mean(self.first as f64)
    }

    /// Share of requests answered with the same items in the same order.
    #[must_use]
    pub fn same(&self) -> Option<f64> {
        self.mean(self.same as f64)
    }

    /// Mean and largest difference of the scores of common items; `None` where no common item had two.
    #[must_use]
    pub fn score_differences(&self) -> Option<(f64, f64)> {
        (self.scored > 0).then(|| (self.scores / self.scored as f64, self.farthest))
    }

    fn mean(&self, sum: f64) -> Option<f64> {
        (self.count > 0).then(|| sum / self.count as f64)
    }
}

/// What a judge of transactions decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// Let pass.
    Approve,
    /// Shown to somebody.
    Review,
    /// Refused.
    Decline,
}

/// Decisions of a champion and a challenger.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DecisionPairs {
    counts: [[u64; 3]; 3],
    amounts: [[f64; 3]; 3],
}

impl DecisionPairs {
    /// Two decisions on one transaction of an amount, in units of one currency. An amount that is no finite number counts as 0.
    pub fn add(&mut self, champion: Decided, challenger: Decided, amount: f64) {
        let (one, two) = (champion as usize, challenger as usize);
        self.counts[one][two] = self.counts[one][two].saturating_add(1);
        self.amounts[one][two] += if amount.is_finite() { amount } else { 0.0 };
    }

    /// Adds another's.
    pub fn merge(&mut self, other: &Self) {
        for (row, others) in self.counts.iter_mut().zip(&other.counts) {
            row.iter_mut().zip(others).for_each(|(count, other)| *count = count.saturating_add(*other));
        }
        for (row, others) in self.amounts.iter_mut().zip(&other.amounts) {
            row.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
        }
    }

    /// Transactions with these two decisions, and the sum of their amounts.
    #[must_use]
    pub const fn of(&self, champion: Decided, challenger: Decided) -> (u64, f64) {
        (self.counts[champion as usize][challenger as usize], self.amounts[champion as usize][challenger as usize])
    }

    /// Transactions, those decided otherwise, and the sum of the latter's amounts.
    #[must_use]
    pub fn flips(&self) -> (u64, u64, f64) {
        let (mut all, mut flipped, mut money) = (0_u64, 0_u64, 0.0);
        for (one, (counts, amounts)) in self.counts.iter().zip(&self.amounts).enumerate() {
            for (two, (count, amount)) in counts.iter().zip(amounts).enumerate() {
                all = all.saturating_add(*count);
                if one != two {
                    flipped = flipped.saturating_add(*count);
                    money += amount;
                }
            }
        }
        (all, flipped, money)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slates_by_hand() {
        let mut pairs = SlatePairs::default();
        assert_eq!((pairs.overlap(), pairs.same(), pairs.score_differences()), (None, None, None));
        pairs.add((&["a", "b", "c"], &[0.5, 0.4, 0.3]), (&["a", "b", "c"], &[0.5, 0.4, 0.2]));
        let mut other = SlatePairs::default();
        other.add((&["a", "b"], &[]), (&["c", "a"], &[1.0, f64::NAN]));
        pairs.merge(&other);
        // Whole and half; the second slate's first item is another.
        assert_eq!((pairs.count(), pairs.overlap(), pairs.first_changed(), pairs.same()), (2, Some(0.75), Some(0.5), Some(0.5)));
        let (mean, farthest) = pairs.score_differences().unwrap();
        assert!((mean - 0.1 / 3.0).abs() < 1e-12 && (farthest - 0.1).abs() < 1e-12);
        assert!(pairs.biased_overlap().is_some_and(|share| share > 0.5 && share < 1.0));
    }

    #[test]
    fn decisions_by_hand() {
        let mut pairs = DecisionPairs::default();
        pairs.add(Decided::Approve, Decided::Approve, 10.0);
        pairs.add(Decided::Approve, Decided::Decline, 25.0);
        let mut other = DecisionPairs::default();
        other.add(Decided::Decline, Decided::Review, f64::NAN);
        other.add(Decided::Approve, Decided::Decline, 5.0);
        pairs.merge(&other);
        assert_eq!(pairs.flips(), (4, 3, 30.0));
        assert_eq!(pairs.of(Decided::Approve, Decided::Decline), (2, 30.0));
    }
}
