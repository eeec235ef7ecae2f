//! Verified trees, laid out for walking.

use crate::order::Keyed;

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
    /// Whether walks of this width are worth code of their own for questions that are all v ≤ t.
    const PLAIN: bool;
    fn to_f64(self) -> f64;
    /// The very values, where they are 32 bits wide.
    fn single(_: &[Self]) -> Option<&[f32]> {
        None
    }
    /// As [`Real::single`], to write to.
    fn single_mut(_: &mut [Self]) -> Option<&mut [f32]> {
        None
    }
    /// As [`Real::single`], of eight rows.
    fn single_rows(_: &[[Self; LANES]]) -> Option<&[[f32; LANES]]> {
        None
    }
}

impl Real for f32 {
    const PLAIN: bool = true;
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    fn single(x: &[Self]) -> Option<&[f32]> {
        Some(x)
    }
    fn single_mut(x: &mut [Self]) -> Option<&mut [f32]> {
        Some(x)
    }
    fn single_rows(x: &[[Self; LANES]]) -> Option<&[[f32; LANES]]> {
        Some(x)
    }
}

impl Real for f64 {
    const PLAIN: bool = false;
    fn to_f64(self) -> f64 {
        self
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

/// Verified trees. Every child is the index of a split or leaf, and no walk meets a split twice, though several branches
/// may lead to one.
#[derive(Clone, Debug, Default)]
pub(super) struct Forest<T> {
    pub(super) splits: Vec<Split<T>>,
    /// [`EQUAL`], [`MEMBER`] and [`NAN_IS_YES`], one a split.
    pub(super) flags: Vec<u8>,
    /// Whether every split asks v ≤ t.
    pub(super) plain: bool,
    /// Whether NaN is a yes somewhere.
    pub(super) nan_is_told: bool,
    /// Members by the number of their set and their bits, sorted.
    pub(super) sets: Vec<Keyed>,
    /// One a tree, as children are.
    pub(super) roots: Vec<i32>,
    /// Where each leaf's votes begin; one more, at the end.
    pub(super) starts: Vec<u32>,
    /// Target of each vote.
    pub(super) targets: Vec<u32>,
    /// Weight of each vote.
    pub(super) weights: Vec<T>,
}

/// Bits that are equal where the numbers are.
pub(super) fn bits(v: f64) -> i64 {
    (v + 0.0).to_bits().cast_signed()
}

impl<T> Forest<T> {
    /// Votes of a leaf: targets and weights.
    pub(super) fn votes(&self, leaf: usize) -> (&[u32], &[T]) {
        let (Some(start), Some(end)) = (self.starts.get(leaf), self.starts.get(leaf.wrapping_add(1))) else {
            return (&[], &[]);
        };
        let range = *start as usize..*end as usize;
        (self.targets.get(range.clone()).unwrap_or_default(), self.weights.get(range).unwrap_or_default())
    }
}
