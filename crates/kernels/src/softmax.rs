//! Softmax and its logarithm, row by row.

use crate::activation::{apply as curve, exp4};
use crate::elementwise::{F, Side, apply};
use crate::reduce::{Fold, down, row as fold, sum};
use wide::f32x4;

/// Values whose powers are summed in 32 bits; the sums of such blocks are summed in 64.
const BLOCK: usize = 1024;
/// Columns that are done together: their parts of a row lie side by side.
const COLUMNS: usize = 64;

/// Each row of `width` values becomes eˣ / Σ eˣ, or x − ln Σ eˣ where `log`. The row's largest value is taken out first, so
/// that no power overflows. A row that holds NaN or +∞ becomes NaN, as one of −∞ alone does.
#[inline(never)]
pub fn softmax(x: &mut [f32], width: usize, log: bool) {
    for row in x.chunks_exact_mut(width.max(1)) {
        let top = fold(Fold::Largest, f32::NEG_INFINITY, row);
        let high = f32x4::splat(top);
        if log {
            let total = sum(row, |v| exp4(v - high)).ln();
            row.iter_mut().for_each(|v| *v = (*v - top) - total);
        } else {
            let factor = 1.0 / powers(row, high);
            row.iter_mut().for_each(|v| *v *= factor);
        }
    }
}

/// As [`softmax`], down the columns of matrices of `extent` rows of `below` values.
#[inline(never)]
pub fn columns(x: &mut [f32], extent: usize, below: usize, log: bool) {
    for matrix in x.chunks_exact_mut((extent * below).max(1)) {
        for from in (0..below).step_by(COLUMNS) {
            let (mut top, mut total, mut power) = ([f32::NEG_INFINITY; COLUMNS], [0.0; COLUMNS], [0.0; COLUMNS]);
            let width = COLUMNS.min(below - from);
            let (top, total, power) = (&mut top[..width], &mut total[..width], &mut power[..width]);
            for row in matrix.chunks_exact(below) {
                down(Fold::Largest, top, &row[from..from + width]);
            }
            for row in matrix.chunks_exact_mut(below) {
                let row = &mut row[from..from + width];
                apply(F::Sub, row, Side::Row(top), false);
                power.copy_from_slice(row);
                curve(power, exp4);
                down(Fold::Sum, total, power);
                if !log {
                    row.copy_from_slice(power);
                }
            }
            let (last, f) = if log { (f32::ln as fn(f32) -> f32, F::Sub) } else { (f32::recip as fn(f32) -> f32, F::Mul) };
            total.iter_mut().for_each(|v| *v = last(*v));
            for row in matrix.chunks_exact_mut(below) {
                apply(f, &mut row[from..from + width], Side::Row(total), false);
            }
        }
    }
}

/// Each value becomes e to the power of what it is below `high`; their sum.
fn powers(row: &mut [f32], high: f32x4) -> f32 {
    let mut total = 0.0_f64;
    for block in row.chunks_mut(BLOCK) {
        let mut sum = f32x4::ZERO;
        let (vectors, rest) = block.as_chunks_mut::<4>();
        for v in vectors {
            let power = exp4(f32x4::from(*v) - high);
            sum += power;
            *v = power.to_array();
        }
        let mut last = [f32::NEG_INFINITY; 4];
        last.iter_mut().zip(rest.iter()).for_each(|(to, v)| *to = *v);
        let power = exp4(f32x4::from(last) - high);
        if !rest.is_empty() {
            sum += power;
        }
        rest.iter_mut().zip(power.to_array()).for_each(|(to, v)| *to = v);
        let [a, b, c, d] = sum.to_array();
        total += f64::from((a + c) + (b + d));
    }
    total as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_the_truth_for_rows_of_any_length() {
        for width in [1, 2, 3, 4, 5, 16, 19, 1030, 3001] {
            let x: Vec<f32> = (0..2 * width).map(|i| (i * 37 % 101) as f32 / 7.0 - 5.0).collect();
            let (mut soft, mut log) = (x.clone(), x.clone());
            softmax(&mut soft, width, false);
            softmax(&mut log, width, true);
            for ((x, soft), log) in x.chunks(width).zip(soft.chunks(width)).zip(log.chunks(width)) {
                let total: f64 = x.iter().map(|v| f64::from(*v).exp()).sum();
                for ((x, soft), log) in x.iter().zip(soft).zip(log) {
                    let want = f64::from(*x).exp() / total;
                    assert!((f64::from(*soft) / want - 1.0).abs() < 1e-6, "{width}: {soft} for {want}");
                    assert!((f64::from(*log) - want.ln()).abs() < 2e-6, "{width}: {log} for {}", want.ln());
                }
            }
        }
    }

    #[test]
    fn columns_are_rows_turned() {
        for (extent, below) in [(1, 1), (3, 2), (5, 64), (7, 67), (2, 130)] {
            let x: Vec<f32> = (0..2 * extent * below).map(|i| (i * 37 % 101) as f32 / 7.0 - 5.0).collect();
            for log in [false, true] {
                let mut down = x.clone();
                columns(&mut down, extent, below, log);
                for (x, down) in x.chunks(extent * below).zip(down.chunks(extent * below)) {
                    for column in 0..below {
                        let mut row: Vec<f32> = x.iter().skip(column).step_by(below).copied().collect();
                        softmax(&mut row, extent, log);
                        for (want, have) in row.iter().zip(down.iter().skip(column).step_by(below)) {
                            assert!((have - want).abs() <= 1e-6 * (1.0 + want.abs()), "{extent} {below}: {have} for {want}");
                        }
                    }
                }
            }
        }
        columns(&mut [], 3, 0, false);
    }

    #[test]
    fn ends() {
        let mut x = [f32::NEG_INFINITY, 1e38, -1e38, 1e38];
        softmax(&mut x, 4, false);
        assert_eq!(x, [0.0, 0.5, 0.0, 0.5]);
        let mut x = [1.0, f32::NAN, f32::NEG_INFINITY, f32::NEG_INFINITY, 0.0, f32::INFINITY];
        softmax(&mut x, 2, false);
        assert!(x[..4].iter().all(|v| v.is_nan()) && x[5].is_nan());
        softmax(&mut [], 0, false);
    }
}
