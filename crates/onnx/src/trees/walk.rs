//! From rows to leaves: the inner loop.
//!
//! A step waits for the split, then for the feature, then for the comparison. Eight walks at once fill that time: eight
//! rows in one tree, or eight trees for one row. There is no branch on data: which way a walk goes and whether it has
//! arrived are both selected, so that nothing is mispredicted until all eight have arrived.

use super::complete::Complete;
use super::forest::{EQUAL, Forest, LANES, MEMBER, NAN_IS_YES, Real, bits};
use crate::order;
use std::hint::select_unpredictable;

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

/// Trees to walk, and the same trees filled up, where that is worth it.
#[derive(Clone, Debug)]
pub(super) struct Trees<T> {
    pub(super) forest: Forest<T>,
    pub(super) complete: Option<Complete>,
}

impl<T: Real> Trees<T> {
    /// Leaves of eight rows in a tree, as places. `plain` is whether every question is v ≤ t and NaN, if there is any, a no.
    pub(super) fn rows(&self, tree: usize, x: &[[T; LANES]], plain: bool) -> [i32; LANES] {
        match &self.complete {
            Some(complete) if plain && let Some(x) = T::single_rows(x) => complete.rows(tree, x),
            _ => self.walk(Features::Rows(x), plain, [self.forest.roots.get(tree).copied().unwrap_or(-1); LANES]),
        }
    }

    /// Leaves of one row in eight trees from `first` on.
    pub(super) fn row(&self, first: usize, x: &[T], plain: bool) -> [i32; LANES] {
        match &self.complete {
            Some(complete) if plain && let Some(x) = T::single(x) => complete.row(first, x),
            _ => {
                // Places that no tree fills have arrived before they start.
                let mut places = [-1; LANES];
                let trees = self.forest.roots.get(first..).unwrap_or_default();
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
        let Some(split) = self.forest.splits.get(place.max(0) as usize) else { return -1 };
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
                let split = self.forest.splits.get(at).copied().unwrap_or_default();
                let feature = split.feature as usize;
                let value = match features {
                    Features::Rows(x) => x.get(feature).and_then(|v| v.get(lane)).copied(),
                    Features::Row(x) => x.get(feature).copied(),
                };
                let yes = self.asks(value.unwrap_or_default(), split.threshold, self.forest.flags.get(at).copied().unwrap_or(0));
                *place = if yes { split.yes } else { split.no };
            }
        }
    }

    fn asks(&self, v: T, threshold: T, flags: u8) -> bool {
        // NaN is the value that is not itself.
        let nan_is_yes = v.partial_cmp(&v).is_none() & (flags & NAN_IS_YES != 0);
        if flags & MEMBER != 0 {
            return order::find(&self.forest.sets, threshold.to_f64() as i64, bits(v.to_f64())).is_some() | nan_is_yes;
        }
        ((v <= threshold) & ((flags & EQUAL == 0) | (v >= threshold))) | nan_is_yes
    }
}
