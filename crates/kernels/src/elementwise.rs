//! Sums, differences, products, quotients and extremes of rows of floats.

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

#[cfg(test)]
mod tests {
    use super::*;

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
