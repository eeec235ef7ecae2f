//! How like two rankings are.

/// Share of the first k places that two rankings have in common, whatever their order: 0 to 1. Of shorter rankings, of the
/// longer one's places among the first k. Two empty ones are alike.
#[must_use]
pub fn overlap_at<T: PartialEq>(one: &[T], two: &[T], k: usize) -> f64 {
    let (one, two) = (&one[..one.len().min(k)], &two[..two.len().min(k)]);
    let most = one.len().max(two.len());
    if most == 0 {
        return 1.0;
    }
    one.iter().filter(|item| two.contains(item)).count() as f64 / most as f64
}

/// Rank-biased overlap, extrapolated, of two rankings without ties or repeats: 0 to 1 (Webber, Moffat and Zobel 2010, "A
/// similarity measure for indefinite rankings", equation 32, which takes rankings of unequal length). `p` in (0, 1) says how
/// far down the reader goes: with 0.9 the first ten places have 86 % of the weight. Two empty ones are alike, an empty and
/// another have nothing in common. Time grows with the product of the lengths: it is for slates.
#[must_use]
pub fn rank_biased_overlap<T: PartialEq>(one: &[T], two: &[T], p: f64) -> f64 {
    let (short, long) = if one.len() <= two.len() { (one, two) } else { (two, one) };
    if short.is_empty() {
        return if long.is_empty() { 1.0 } else { 0.0 };
    }
    let p = p.clamp(1e-9, 1.0 - 1e-9);
    let (s, l) = (short.len() as f64, long.len() as f64);
    // Overlap of the first d places of both, and at the shorter one's end.
    let (mut overlap, mut at_short) = (0.0, 0.0);
    let (mut sum, mut weight) = (0.0, p);
    for (at, item) in long.iter().enumerate() {
        let depth = (at + 1) as f64;
        if short[..short.len().min(at + 1)].contains(item) {
            overlap += 1.0;
        }
        if short.get(at).is_some_and(|other| long[..at].contains(other)) {
            overlap += 1.0;
        }
        if at < short.len() {
            at_short = overlap;
        }
        // Below the shorter one's end its agreement there is taken to go on.
        let beyond = if depth > s { at_short * (depth - s) / (s * depth) } else { 0.0 };
        sum += (overlap / depth + beyond) * weight;
        weight *= p;
    }
    // Here weight is p^(l + 1).
    let tail = ((overlap - at_short) / l + at_short / s) * (weight / p);
    ((1.0 - p) / p * sum + tail).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_examples() {
        assert_eq!(overlap_at(&[1, 2, 3, 4], &[2, 1, 9, 8], 2), 1.0);
        assert_eq!(overlap_at(&[1, 2, 3, 4], &[2, 1, 9, 8], 4), 0.5);
        assert_eq!(overlap_at(&[1], &[1, 2], 5), 0.5);
        assert_eq!((overlap_at::<u32>(&[], &[], 5), overlap_at(&[1], &[], 5)), (1.0, 0.0));
        // Agreements 0, 1 at depths 1 and 2, p = 1/2: (1 − p)/p (0 · p + 1 · p²) + 1 · p² = 1/4 + 1/4.
        let have = rank_biased_overlap(&["a", "b"], &["b", "a"], 0.5);
        assert!((have - 0.5).abs() < 1e-12, "{have}");
        assert!((rank_biased_overlap(&[1, 2, 3], &[1, 2, 3], 0.9) - 1.0).abs() < 1e-12);
        assert_eq!(rank_biased_overlap(&[1, 2], &[3, 4], 0.9), 0.0);
        assert_eq!((rank_biased_overlap::<u32>(&[], &[], 0.9), rank_biased_overlap(&[1], &[], 0.9)), (1.0, 0.0));
    }

    #[test]
    fn it_is_symmetric_and_rises_with_what_is_common_above() {
        let (a, b, c) = ([1, 2, 3, 4, 5], [2, 1, 3, 4, 5], [1, 2, 3, 5, 4]);
        let with = |x: &[i32], y: &[i32]| rank_biased_overlap(x, y, 0.8);
        assert!(with(&a, &c) > with(&a, &b));
        assert!((with(&a, &b[..3]) - with(&b[..3], &a)).abs() < 1e-15);
    }
}
