//! What attention does to a row of scores, and rotations of heads by their position.

use crate::activation::{apply, exp4, tanh4};
use wide::f32x4;

/// Each score times `factor`, then bound to ±`cap` by tanh where `cap` is above 0.
#[inline(never)]
pub fn scale(row: &mut [f32], factor: f32, cap: f32) {
    let factor = f32x4::splat(factor);
    apply(row, |x| x * factor);
    if cap > 0.0 {
        let cap = f32x4::splat(cap);
        apply(row, |x| tanh4(x / cap) * cap);
    }
}

/// Adds a mask; what it takes away for good (−∞) goes whatever the score is. What it has no value for is taken away.
#[inline(never)]
pub fn add_mask(row: &mut [f32], mask: &[f32]) {
    let rest = mask.len().min(row.len());
    for (score, m) in row.iter_mut().zip(mask) {
        *score = if *m == f32::NEG_INFINITY { *m } else { *score + m };
    }
    row[rest..].fill(f32::NEG_INFINITY);
}

/// Takes away the scores whose truth value is 0, and those that have none.
#[inline(never)]
pub fn keep_mask(row: &mut [f32], kept: &[u8]) {
    let rest = kept.len().min(row.len());
    for (score, kept) in row.iter_mut().zip(kept) {
        *score = if *kept == 0 { f32::NEG_INFINITY } else { *score };
    }
    row[rest..].fill(f32::NEG_INFINITY);
}

/// eˣ over the sum of eˣ of all; zeros where all are −∞.
#[inline(never)]
pub fn softmax(row: &mut [f32]) {
    let (blocks, rest) = row.as_chunks::<4>();
    let mut most = f32x4::splat(f32::NEG_INFINITY);
    for block in blocks {
        let x = f32x4::from(*block);
        most = x.simd_gt(most).select(x, most);
    }
    let most = most.to_array().iter().chain(rest).fold(f32::NEG_INFINITY, |m, x| if *x > m { *x } else { m });
    if most == f32::NEG_INFINITY && row.iter().all(|x| *x == most) {
        row.fill(0.0);
        return;
    }
    let shift = f32x4::splat(most);
    apply(row, |x| exp4(x - shift));
    let (blocks, rest) = row.as_chunks::<4>();
    let sums = blocks.iter().fold(f32x4::ZERO, |sum, block| sum + f32x4::from(*block)).to_array();
    let sum = (sums[0] + sums[2]) + (sums[1] + sums[3]) + rest.iter().sum::<f32>();
    let factor = f32x4::splat(1.0 / sum);
    apply(row, |x| x * factor);
}

/// Rotates pairs of `x` by angles of which cosines and sines are given: value i with value i + half, or neighbours where
/// `interleaved`. As many pairs as there are cosines; values past them stay.
#[inline(never)]
pub fn rotate(x: &[f32], cos: &[f32], sin: &[f32], interleaved: bool, out: &mut [f32]) {
    let half = cos.len().min(x.len() / 2).min(out.len() / 2);
    let (x, rest) = x.split_at(2 * half);
    let (out, after) = out.split_at_mut(2 * half);
    after.iter_mut().zip(rest).for_each(|(to, v)| *to = *v);
    if interleaved {
        let pairs = out.as_chunks_mut::<2>().0.iter_mut().zip(x.as_chunks::<2>().0);
        for (([a, b], [x, y]), (c, s)) in pairs.zip(cos.iter().zip(sin)) {
            (*a, *b) = (c * x - s * y, s * x + c * y);
        }
        return;
    }
    let ((x, y), (a, b)) = (x.split_at(half), out.split_at_mut(half));
    for (((a, b), (x, y)), (c, s)) in a.iter_mut().zip(b).zip(x.iter().zip(y)).zip(cos.iter().zip(sin)) {
        (*a, *b) = (c * x - s * y, s * x + c * y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: f32 = f32::NEG_INFINITY;

    #[test]
    fn weights_by_hand() {
        for n in 1..10 {
            let mut row: Vec<f32> = (0..n).map(|i| (i as f32).ln()).collect();
            softmax(&mut row);
            let sum: f32 = (0..n).map(|i| i as f32).sum();
            let near = row.iter().enumerate().all(|(i, w)| (w - i as f32 / sum).abs() < 1e-6);
            // One weight alone: ln 0 is −∞, and nothing is left.
            assert!(if n == 1 { row == [0.0] } else { near }, "{row:?}");
        }
        let mut row = [NEVER, f32::NAN];
        softmax(&mut row);
        assert!(row[1].is_nan());
        let mut none: [f32; 0] = [];
        softmax(&mut none);
    }

    #[test]
    fn masks_take_away_whatever_the_score_is() {
        let mut row = [1.0, f32::NAN, f32::INFINITY, 4.0, 5.0];
        add_mask(&mut row, &[0.5, NEVER, NEVER, -1.0]);
        assert_eq!(row, [1.5, NEVER, NEVER, 3.0, NEVER]);
        let mut row = [1.0, f32::NAN, 2.0];
        keep_mask(&mut row, &[1, 0]);
        assert_eq!(row, [1.0, NEVER, NEVER]);
        let mut row = [3.0, -4.0];
        scale(&mut row, 0.5, 2.0);
        assert!((row[0] - 2.0 * 0.75f32.tanh()).abs() < 1e-6 && (row[1] + 2.0 * 1f32.tanh()).abs() < 1e-6);
    }

    #[test]
    fn quarter_turns() {
        let (x, mut out) = ([1.0, 2.0, 3.0, 4.0, 5.0], [0.0; 5]);
        rotate(&x, &[0.0, 1.0], &[1.0, 0.0], false, &mut out);
        assert_eq!(out, [-3.0, 2.0, 1.0, 4.0, 5.0]);
        rotate(&x, &[0.0, 1.0], &[1.0, 0.0], true, &mut out);
        assert_eq!(out, [-2.0, 1.0, 3.0, 4.0, 5.0]);
    }
}
