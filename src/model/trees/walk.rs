//! From rows to leaves: the inner loop.
//!
//! A step waits for the split, then for the feature, then for the comparison. Eight walks at once fill that time: eight
//! rows in one tree, or eight trees for one row. There is no branch on data: which way a walk goes and whether it has
//! arrived are both selected, so that nothing is mispredicted until all eight have arrived.

use super::super::order::{self, Keyed};
use super::complete::Complete;
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
    /// The same trees filled up, where that is worth it.
    pub(super) complete: Option<Complete>,
}

/// Bits that are equal where the numbers are.
pub(super) fn bits(v: f64) -> i64 {
    (v + 0.0).to_bits().cast_signed()
}

/// Eight rows, feature by feature, or one row.
#[derive(Clone, Copy)]
enum Features<'a, T> {
    Rows(&'a [[T; LANES]]),
    Row(&'a [T]),
}

/// A walk's value of a feature. Methods and not closures: those are not inlined where size is optimised for.
trait Look<T>: Copy {
    fn look<const LANE: usize>(self, feature: usize) -> Option<T>;
}

impl<T: Real> Look<T> for &[[T; LANES]] {
    #[inline(always)]
    fn look<const LANE: usize>(self, feature: usize) -> Option<T> {
        self.get(feature).map(|v| v[LANE])
    }
}

impl<T: Real> Look<T> for &[T] {
    #[inline(always)]
    fn look<const LANE: usize>(self, feature: usize) -> Option<T> {
        self.get(feature).copied()
    }
}

/// Of walks whose bits were taken together with &: all have arrived where the sign bit is set.
const fn under_way(all: i32) -> bool {
    all >= 0
}

impl<T: Real> Forest<T> {
    /// Leaves of eight rows in a tree, as places. `plain` is whether every question is v ≤ t and NaN, if there is any, a no.
    pub(super) fn rows(&self, tree: usize, x: &[[T; LANES]], plain: bool) -> [i32; LANES] {
        match &self.complete {
            Some(complete) if plain && let Some(x) = T::single_rows(x) => complete.rows(tree, x),
            _ => self.walk(Features::Rows(x), plain, [self.roots.get(tree).copied().unwrap_or(-1); LANES]),
        }
    }

    /// Leaves of one row in eight trees from `first` on.
    pub(super) fn row(&self, first: usize, x: &[T], plain: bool) -> [i32; LANES] {
        match &self.complete {
            Some(complete) if plain && let Some(x) = T::single(x) => complete.row(first, x),
            _ => {
                // Places that no tree fills have arrived before they start.
                let mut places = [-1; LANES];
                let trees = self.roots.get(first..).unwrap_or_default();
                places.iter_mut().zip(trees).for_each(|(p, t)| *p = *t);
                self.walk(Features::Row(x), plain, places)
            }
        }
    }

    /// Moves eight walks to their leaves.
    fn walk(&self, features: Features<'_, T>, plain: bool, mut places: [i32; LANES]) -> [i32; LANES] {
        match features {
            Features::Rows(x) if plain && T::PLAIN => self.walk_plain(&mut places, x),
            Features::Row(x) if plain && T::PLAIN => self.walk_plain(&mut places, x),
            _ => self.walk_any(features, &mut places),
        }
        places
    }

    #[inline(never)]
    fn walk_plain(&self, places: &mut [i32; LANES], x: impl Look<T>) {
        // Written out: what ships is optimised for size, and a loop over the eight would stay a loop.
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *places;
        while under_way(a & b & c & d & e & f & g & h) {
            a = self.step::<0>(a, x);
            b = self.step::<1>(b, x);
            c = self.step::<2>(c, x);
            d = self.step::<3>(d, x);
            e = self.step::<4>(e, x);
            f = self.step::<5>(f, x);
            g = self.step::<6>(g, x);
            h = self.step::<7>(h, x);
        }
        *places = [a, b, c, d, e, f, g, h];
    }

    /// Where a walk goes from a place; a leaf is where it stays.
    #[inline(always)]
    fn step<const LANE: usize>(&self, place: i32, x: impl Look<T>) -> i32 {
        // Verified: both are always there. A walk that finds none ends, so that the loop has neither panic nor circle.
        let Some(split) = self.splits.get(place.max(0) as usize) else { return -1 };
        let Some(value) = x.look::<LANE>(split.feature as usize) else { return -1 };
        let yes = value <= split.threshold;
        let next = select_unpredictable(yes, split.yes, split.no);
        select_unpredictable(place < 0, place, next)
    }

    /// With every question there is.
    fn walk_any(&self, features: Features<'_, T>, places: &mut [i32; LANES]) {
        while under_way(places.iter().fold(-1, |all, p| all & p)) {
            for (lane, place) in places.iter_mut().enumerate().filter(|(_, p)| under_way(**p)) {
                let at = *place as usize;
                let split = self.splits.get(at).copied().unwrap_or_default();
                let feature = split.feature as usize;
                let value = match features {
                    Features::Rows(x) => x.get(feature).and_then(|v| v.get(lane)).copied(),
                    Features::Row(x) => x.get(feature).copied(),
                };
                let yes = self.asks(value.unwrap_or_default(), split.threshold, self.flags.get(at).copied().unwrap_or(0));
                *place = if yes { split.yes } else { split.no };
            }
        }
    }

    fn asks(&self, v: T, threshold: T, flags: u8) -> bool {
        // NaN is the value that is not itself.
        let nan_is_yes = v.partial_cmp(&v).is_none() & (flags & NAN_IS_YES != 0);
        if flags & MEMBER != 0 {
            return order::find(&self.sets, threshold.to_f64() as i64, bits(v.to_f64())).is_some() | nan_is_yes;
        }
        ((v <= threshold) & ((flags & EQUAL == 0) | (v >= threshold))) | nan_is_yes
    }

    /// Votes of a leaf: targets and weights.
    pub(super) fn votes(&self, leaf: usize) -> (&[u32], &[T]) {
        let (Some(start), Some(end)) = (self.starts.get(leaf), self.starts.get(leaf.wrapping_add(1))) else {
            return (&[], &[]);
        };
        let range = *start as usize..*end as usize;
        (self.targets.get(range.clone()).unwrap_or_default(), self.weights.get(range).unwrap_or_default())
    }
}
