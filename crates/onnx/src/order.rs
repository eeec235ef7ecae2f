//! The one sort of this module: every other would be compiled anew, at some 3 KB each.

/// Two keys, and what they are of.
pub(crate) type Keyed = (i64, i64, usize);

/// By the first key, then the second, then what they are of.
pub(crate) fn sort(list: &mut [Keyed]) {
    list.sort_unstable();
}

/// The first entry of a sorted list with these keys.
pub(crate) fn find(sorted: &[Keyed], first: i64, second: i64) -> Option<usize> {
    let at = sorted.partition_point(|(a, b, _)| (*a, *b) < (first, second));
    sorted.get(at).filter(|(a, b, _)| (*a, *b) == (first, second)).map(|(_, _, of)| *of)
}
