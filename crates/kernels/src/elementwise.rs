//! Sums, differences, products, quotients and extremes of rows of floats.

use crate::activation;
use wide::f32x4;

/// A function of two floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum F {
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
    /// Quotient.
    Div,
    /// Larger one; NaN where one is.
    Max,
    /// Smaller one; NaN where one is.
    Min,
}

/// The other side of a row.
#[derive(Clone, Copy, Debug)]
pub enum Side<'a> {
    /// A row as long.
    Row(&'a [f32]),
    /// One number.
    One(f32),
}

/// Each value becomes f(value, other), or f(other, value) where `turned`.
#[inline(never)]
pub fn apply(f: F, row: &mut [f32], other: Side<'_>, turned: bool) {
    let nan = |a: f32x4, b: f32x4, c: f32x4| a.simd_eq(a).select(b.simd_eq(b).select(c, b), a);
    match (f, turned) {
        (F::Add, _) => each(row, other, |a, b| a + b),
        (F::Mul, _) => each(row, other, |a, b| a * b),
        (F::Sub, false) => each(row, other, |a, b| a - b),
        (F::Sub, true) => each(row, other, |a, b| b - a),
        (F::Div, false) => each(row, other, |a, b| a / b),
        (F::Div, true) => each(row, other, |a, b| b / a),
        (F::Max, _) => each(row, other, |a, b| nan(a, b, a.simd_gt(b).select(a, b))),
        (F::Min, _) => each(row, other, |a, b| nan(a, b, a.simd_lt(b).select(a, b))),
    }
}

#[inline(always)]
fn each(row: &mut [f32], other: Side<'_>, f: impl Fn(f32x4, f32x4) -> f32x4) {
    let (blocks, rest) = row.as_chunks_mut::<4>();
    match other {
        Side::One(one) => {
            let other = f32x4::splat(one);
            for block in blocks {
                *block = f(f32x4::from(*block), other).to_array();
            }
            last(rest, &[], one, f);
        }
        Side::Row(values) => {
            let (others, others_rest) = values.as_chunks::<4>();
            for (block, other) in blocks.iter_mut().zip(others) {
                *block = f(f32x4::from(*block), f32x4::from(*other)).to_array();
            }
            last(rest, others_rest, 0.0, f);
        }
    }
}

/// Up to three values at the end.
#[inline(always)]
fn last(rest: &mut [f32], others: &[f32], fill: f32, f: impl Fn(f32x4, f32x4) -> f32x4) {
    let (mut a, mut b) = ([0.0; 4], [fill; 4]);
    a.iter_mut().zip(rest.iter()).for_each(|(to, v)| *to = *v);
    b.iter_mut().zip(others).for_each(|(to, v)| *to = *v);
    let out = f(f32x4::from(a), f32x4::from(b)).to_array();
    rest.iter_mut().zip(out).for_each(|(to, v)| *to = v);
}

/// −x of each value.
#[inline(never)]
pub fn negate(values: &mut [f32]) {
    activation::apply(values, |x| -x);
}

/// |x| of each value.
#[inline(never)]
pub fn size(values: &mut [f32]) {
    activation::apply(values, f32x4::abs);
}

/// x² of each value.
#[inline(never)]
pub fn square(values: &mut [f32]) {
    activation::apply(values, |x| x * x);
}

/// √x of each value.
#[inline(never)]
pub fn root(values: &mut [f32]) {
    activation::apply(values, f32x4::sqrt);
}

/// 1 / x of each value.
#[inline(never)]
pub fn reciprocal(values: &mut [f32]) {
    activation::apply(values, |x| f32x4::ONE / x);
}

/// Cells of `x` where `when` is not 0, of `y` elsewhere. A side of one cell is that cell for all.
#[inline(always)]
fn pick<T: Copy>(when: &[u8], x: &[T], y: &[T], out: &mut [T]) {
    match (x, y) {
        ([x], [y]) => out.iter_mut().zip(when).for_each(|(o, w)| *o = if *w != 0 { *x } else { *y }),
        ([x], y) => out.iter_mut().zip(when).zip(y).for_each(|((o, w), y)| *o = if *w != 0 { *x } else { *y }),
        (x, [y]) => out.iter_mut().zip(when).zip(x).for_each(|((o, w), x)| *o = if *w != 0 { *x } else { *y }),
        (x, y) => {
            for (((o, w), x), y) in out.iter_mut().zip(when).zip(x).zip(y) {
                *o = if *w != 0 { *x } else { *y };
            }
        }
    }
}

/// Cells of one byte of `x` where `when` is not 0, of `y` elsewhere. A side of one cell is that cell for all.
#[inline(never)]
pub fn pick1(when: &[u8], x: &[[u8; 1]], y: &[[u8; 1]], out: &mut [[u8; 1]]) {
    pick(when, x, y, out);
}

/// As [`pick1`], of four bytes.
#[inline(never)]
pub fn pick4(when: &[u8], x: &[[u8; 4]], y: &[[u8; 4]], out: &mut [[u8; 4]]) {
    pick(when, x, y, out);
}

/// As [`pick1`], of eight bytes.
#[inline(never)]
pub fn pick8(when: &[u8], x: &[[u8; 8]], y: &[[u8; 8]], out: &mut [[u8; 8]]) {
    pick(when, x, y, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_one_value_are_exact() {
        type Pair = (fn(&mut [f32]), fn(f32) -> f32);
        let all: [Pair; 5] =
            [(negate, |x| -x), (size, f32::abs), (square, |x| x * x), (root, f32::sqrt), (reciprocal, |x| 1.0 / x)];
        let values = [1.5, -2.0, 0.0, -0.0, f32::NAN, f32::INFINITY, 3.0, 1e-30, 7.0];
        for (f, plain) in all {
            let mut have = values;
            f(&mut have);
            let same = have.iter().zip(values).all(|(h, v)| h.to_bits() == plain(v).to_bits() || h.is_nan() && plain(v).is_nan());
            assert!(same, "{have:?}");
        }
    }

    #[test]
    fn cells_are_picked_of_rows_and_of_single_ones() {
        let (x, y) = ([[1], [2], [3]], [[7], [8], [9]]);
        let when = [1, 0, 255];
        for (x, y, want) in [
            (&x[..], &y[..], [[1], [8], [3]]),
            (&x[1..2], &y[..], [[2], [8], [2]]),
            (&x[..], &y[..1], [[1], [7], [3]]),
            (&x[..1], &y[..1], [[1], [7], [1]]),
        ] {
            let mut out = [[0]; 3];
            pick1(&when, x, y, &mut out);
            assert_eq!(out, want);
        }
        let (mut four, mut eight) = ([[0; 4]; 2], [[0; 8]; 2]);
        pick4(&when, &[[1; 4]], &[[2; 4]], &mut four);
        pick8(&when, &[[1; 8]], &[[2; 8]], &mut eight);
        assert_eq!((four, eight), ([[1; 4], [2; 4]], [[1; 8], [2; 8]]));
    }

    #[test]
    fn rows_and_numbers_of_every_length_are_as_one_by_one() {
        type Plain = fn(f32, f32) -> f32;
        let plain: [(F, Plain); 6] = [
            (F::Add, |a, b| a + b),
            (F::Sub, |a, b| a - b),
            (F::Mul, |a, b| a * b),
            (F::Div, |a, b| a / b),
            (F::Max, |a, b| if a.is_nan() || b.is_nan() { f32::NAN } else { a.max(b) }),
            (F::Min, |a, b| if a.is_nan() || b.is_nan() { f32::NAN } else { a.min(b) }),
        ];
        let values = [1.5, -2.0, 0.0, f32::NAN, f32::INFINITY, 3.25, -7.0, 1e-30, 4.0];
        for n in 0..=values.len() {
            let (a, b): (Vec<f32>, Vec<f32>) = (values[..n].to_vec(), values.iter().rev().take(n).copied().collect());
            for (f, by) in plain {
                for turned in [false, true] {
                    let want = |x: f32, y: f32| if turned { by(y, x) } else { by(x, y) };
                    let mut row = a.clone();
                    apply(f, &mut row, Side::Row(&b), turned);
                    let right: Vec<f32> = a.iter().zip(&b).map(|(x, y)| want(*x, *y)).collect();
                    assert!(row.iter().zip(&right).all(|(x, y)| x == y || x.is_nan() && y.is_nan()), "{f:?} {row:?} {right:?}");
                    let mut row = a.clone();
                    apply(f, &mut row, Side::One(2.5), turned);
                    assert!(row.iter().zip(&a).all(|(x, a)| *x == want(*a, 2.5) || x.is_nan() && want(*a, 2.5).is_nan()));
                }
            }
        }
    }
}
