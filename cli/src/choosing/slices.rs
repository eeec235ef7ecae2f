//! How old sessions are, told in slices of time, so that counts of parts of a log can be added up before anybody knows how long
//! the whole log is.
//!
//! A slice is `end >> shift` of a session's end in milliseconds. `shift` is the least with which the log has at most [`MOST`]
//! slices; a part of the log has no more than its whole, so its shift is no larger, and its slices fall into those of the whole.
//! The age of a slice's sessions is the mean of their places, oldest first, of all `n`:
//! ```text
//! age = (n − before − (in it − 1) / 2) / n          weight = round(2^16 · 2^(−age / half_life)), at least 1
//! ```
//! With a slice a session that is the age of each by its place alone.

use std::collections::BTreeMap;

/// Most slices of a log.
pub(crate) const MOST: u64 = 256;
/// The weight of a session that counts whole.
pub(crate) const WHOLE: u64 = 1 << 16;

/// The shift of a log whose sessions end within these times, both included.
pub(crate) const fn shift(first: u64, last: u64) -> u32 {
    let mut shift = 0;
    while shift < 63 && (last >> shift) - (first >> shift) >= MOST {
        shift += 1;
    }
    shift
}

/// The weight of each slice's sessions, of how many sessions each has.
pub(crate) fn weights(sessions: &BTreeMap<u64, u64>, half_life: f32) -> BTreeMap<u64, u64> {
    let n: u64 = sessions.values().sum();
    let mut before = 0;
    let weight = |(&slice, &count): (&u64, &u64)| {
        // Twice, so that it is whole: exact as long as there are fewer than 2^52 sessions.
        let age = (2 * (n - before) - count.saturating_sub(1)) as f64 / (2 * n).max(1) as f64;
        before += count;
        let weight = if half_life > 0.0 { libm::exp2(-age / f64::from(half_life)) } else { 1.0 };
        (slice, ((WHOLE as f64 * weight).round() as u64).max(1))
    };
    sessions.iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_of_parts_fall_into_those_of_the_whole() {
        assert_eq!([shift(7, 7), shift(0, 255), shift(0, 256), shift(255, 256), shift(0, u64::MAX)], [0, 0, 1, 0, 56]);
        let mut random = nearhand_numerics::random::Random::new(1);
        for _ in 0..1000 {
            let mut times = [0; 4].map(|_| random.below(1 << 40) as u64 >> random.below(40));
            times.sort_unstable();
            let [first, from, until, last] = times;
            let (whole, part) = (shift(first, last), shift(from, until));
            assert!(part <= whole && (last >> whole) - (first >> whole) < MOST);
            assert_eq!(from >> whole, (from >> part) >> (whole - part));
        }
    }

    #[test]
    fn a_worked_example() {
        // Three sessions of ages 1 and (2/3 + 1/3) / 2 = 1/2.
        let weights = weights(&BTreeMap::from([(5, 1), (9, 2)]), 0.5);
        assert_eq!(weights, BTreeMap::from([(5, WHOLE / 4), (9, WHOLE / 2)]));
        assert_eq!(super::weights(&BTreeMap::from([(5, 1), (9, 2)]), 0.0), BTreeMap::from([(5, WHOLE), (9, WHOLE)]));
        assert!(super::weights(&BTreeMap::new(), 0.5).is_empty());
    }
}
