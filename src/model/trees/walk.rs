//! From rows to leaves: the inner loop.
//!
//! A step waits for the split, then for the feature, then for the comparison. Eight walks at once fill that time: eight
//! rows in one tree, or eight trees for one row. There is no branch on data: which way a walk goes and whether it has
//! arrived are both selected, so that nothing is mispredicted until all eight have arrived.

use std::hint::select_unpredictable;

/// Walks at once.
pub(super) const LANES: usize = 8;

/// v = t instead of v ≤ t.
pub(super) const EQUAL: u8 = 1;
/// v ∈ set instead of v ≤ t; the threshold is the set's index.
pub(super) const MEMBER: u8 = 2;
/// NaN is a yes.
pub(super) const NAN_IS_YES: u8 = 4;

/// Width of thresholds and sums.
pub(super) trait Real: Copy + PartialOrd + Default + std::ops::AddAssign {
    const ZERO: Self;
    fn from_f64(value: f64) -> Self;
    fn to_f64(self) -> f64;
    /// The greatest value below this one; NaN (below which nothing is) for −∞.
    fn before(self) -> Self;
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    fn from_f64(value: f64) -> Self {
        value as Self
    }
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    fn before(self) -> Self {
        if self == Self::NEG_INFINITY { Self::NAN } else { self.next_down() }
    }
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    fn from_f64(value: f64) -> Self {
        value
    }
    fn to_f64(self) -> f64 {
        self
    }
    fn before(self) -> Self {
        if self == Self::NEG_INFINITY { Self::NAN } else { self.next_down() }
    }
}

/// An inner node, 16 bytes with `f32`. Children from 0 up are splits; below 0, the bits of a leaf's number flipped.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Split<T> {
    pub(super) threshold: T,
    pub(super) feature: u32,
    pub(super) yes: i32,
    pub(super) no: i32,
}

/// Verified trees. Every child is the index of a split or leaf, and no walk meets a split twice.
#[derive(Clone, Debug, Default)]
pub(super) struct Forest<T> {
    pub(super) splits: Vec<Split<T>>,
    /// [`EQUAL`], [`MEMBER`] and [`NAN_IS_YES`], one a split.
    pub(super) flags: Vec<u8>,
    /// Whether every split asks v ≤ t.
    pub(super) plain: bool,
    /// Whether NaN is a yes somewhere.
    pub(super) nan_is_told: bool,
    pub(super) sets: Vec<Vec<T>>,
    /// One a tree, as children are.
    pub(super) roots: Vec<i32>,
    /// Where each leaf's votes begin; one more, at the end.
    pub(super) starts: Vec<u32>,
    /// Target of each vote.
    pub(super) targets: Vec<u32>,
    /// Weight of each vote.
    pub(super) weights: Vec<T>,
}

impl<T: Real> Forest<T> {
    /// Moves eight walks to their leaves. `rows` holds where each walk's row begins in `x`.
    pub(super) fn walk(&self, x: &[T], plain: bool, rows: &[usize; LANES], places: &mut [i32; LANES]) {
        if plain { self.steps(x, rows, places, |v, s, _| v <= s.threshold) } else { self.walk_any(x, rows, places) }
    }

    #[inline(never)]
    fn walk_any(&self, x: &[T], rows: &[usize; LANES], places: &mut [i32; LANES]) {
        self.steps(x, rows, places, |v, s, i| {
            let flags = self.flags.get(i).copied().unwrap_or(0);
            // NaN is the value that is not itself.
            let nan_is_yes = (v.partial_cmp(&v).is_none()) & (flags & NAN_IS_YES != 0);
            if flags & MEMBER != 0 {
                let set = self.sets.get(s.threshold.to_f64() as usize);
                return set.is_some_and(|set| set.contains(&v)) | nan_is_yes;
            }
            ((v <= s.threshold) & ((flags & EQUAL == 0) | (v >= s.threshold))) | nan_is_yes
        });
    }

    #[inline(always)]
    fn steps(&self, x: &[T], rows: &[usize; LANES], places: &mut [i32; LANES], yes: impl Fn(T, &Split<T>, usize) -> bool) {
        let mut at = *places;
        // All sign bits set: all have arrived.
        while at.iter().fold(-1, |all, p| all & p) >= 0 {
            for (place, row) in at.iter_mut().zip(rows) {
                let i = (*place).max(0) as usize;
                // Verified: both are always there. The defaults are what keeps the loop free of panics.
                let split = self.splits.get(i).copied().unwrap_or_default();
                let value = x.get(row.wrapping_add(split.feature as usize)).copied().unwrap_or_default();
                let next = select_unpredictable(yes(value, &split, i), split.yes, split.no);
                *place = select_unpredictable(*place < 0, *place, next);
            }
        }
        *places = at;
    }

    /// Votes of an arrived walk: targets and weights.
    pub(super) fn votes(&self, place: i32) -> (&[u32], &[T]) {
        let leaf = (!place) as usize;
        let (Some(start), Some(end)) = (self.starts.get(leaf), self.starts.get(leaf.wrapping_add(1))) else {
            return (&[], &[]);
        };
        let range = *start as usize..*end as usize;
        (self.targets.get(range.clone()).unwrap_or_default(), self.weights.get(range).unwrap_or_default())
    }
}
