//! Sums, products and extremes of rows of floats, in an order that is fixed.

use wide::f32x4;

/// How two numbers become one, row after row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Sum.
    Sum,
    /// Sum of sizes.
    Sizes,
    /// Sum of squares.
    Squares,
    /// Product.
    Product,
    /// Largest; NaN where one is.
    Largest,
    /// Smallest; NaN where one is.
    Smallest,
}

/// Vectors folded side by side: those of one chain would wait for each other.
const CHAINS: usize = 4;
/// Numbers summed in 32 bits; the sums of such blocks are summed in 64, so that long rows keep their digits.
const BLOCK: usize = 2048;

impl Fold {
    /// What nothing at all folds to.
    #[must_use]
    pub const fn start(self) -> f32 {
        match self {
            Self::Sum | Self::Sizes | Self::Squares => 0.0,
            Self::Product => 1.0,
            Self::Largest => f32::NEG_INFINITY,
            Self::Smallest => f32::INFINITY,
        }
    }
}

/// Folds a row into a number.
#[must_use]
#[inline(never)]
pub fn row(fold: Fold, start: f32, row: &[f32]) -> f32 {
    match fold {
        Fold::Sum => start + sum(row, |v| v),
        Fold::Sizes => start + sum(row, f32x4::abs),
        Fold::Squares => start + sum(row, |v| v * v),
        Fold::Product => start * chains(row, 1.0, |a, v| a * v, |a, b| a * b),
        Fold::Largest => chains(row, start, larger, larger),
        Fold::Smallest => chains(row, start, smaller, smaller),
    }
}

/// Folds a row into a row of numbers, each into its own.
#[inline(never)]
pub fn down(fold: Fold, numbers: &mut [f32], row: &[f32]) {
    match fold {
        Fold::Sum => each(numbers, row, |a, v| a + v),
        Fold::Sizes => each(numbers, row, |a, v| a + v.abs()),
        Fold::Squares => each(numbers, row, |a, v| a + v * v),
        Fold::Product => each(numbers, row, |a, v| a * v),
        Fold::Largest => each(numbers, row, larger),
        Fold::Smallest => each(numbers, row, smaller),
    }
}

#[inline(always)]
fn larger(a: f32x4, v: f32x4) -> f32x4 {
    v.simd_gt(a).select(v, v.simd_eq(v).select(a, v))
}

#[inline(always)]
fn smaller(a: f32x4, v: f32x4) -> f32x4 {
    v.simd_lt(a).select(v, v.simd_eq(v).select(a, v))
}

/// Sum of `f` over a row.
#[inline(always)]
pub(crate) fn sum(row: &[f32], f: impl Fn(f32x4) -> f32x4) -> f32 {
    let total: f64 = row.chunks(BLOCK).map(|b| f64::from(chains(b, 0.0, |a, v| a + f(v), |a, b| a + b))).sum();
    total as f32
}

/// Folds a row by `f`, and what comes of the chains by `join`.
#[inline(always)]
fn chains(row: &[f32], start: f32, f: impl Fn(f32x4, f32x4) -> f32x4, join: impl Fn(f32x4, f32x4) -> f32x4) -> f32 {
    let start = f32x4::splat(start);
    let (vectors, rest) = row.as_chunks::<4>();
    let (blocks, vectors) = vectors.as_chunks::<CHAINS>();
    let mut all = [start; CHAINS];
    for block in blocks {
        for (a, v) in all.iter_mut().zip(block) {
            *a = f(*a, f32x4::from(*v));
        }
    }
    for (a, v) in all.iter_mut().zip(vectors) {
        *a = f(*a, f32x4::from(*v));
    }
    let [a, b, c, d] = all;
    let [a, b, c, d] = join(join(a, c), join(b, d)).to_array().map(f32x4::splat);
    let mut one = join(join(a, c), join(b, d));
    for v in rest {
        one = f(one, f32x4::splat(*v));
    }
    one.to_array()[0]
}

#[inline(always)]
fn each(numbers: &mut [f32], row: &[f32], f: impl Fn(f32x4, f32x4) -> f32x4) {
    let (blocks, rest) = numbers.as_chunks_mut::<4>();
    let (values, values_rest) = row.as_chunks::<4>();
    for (a, v) in blocks.iter_mut().zip(values) {
        *a = f(f32x4::from(*a), f32x4::from(*v)).to_array();
    }
    for (a, v) in rest.iter_mut().zip(values_rest) {
        *a = f(f32x4::splat(*a), f32x4::splat(*v)).to_array()[0];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_any_length() {
        for n in [0_usize, 1, 3, 4, 15, 16, 17, 23, 40] {
            let x: Vec<f32> = (0..n).map(|i| (i % 7) as f32 - 3.0).collect();
            assert_eq!(row(Fold::Sum, 1.0, &x), 1.0 + x.iter().sum::<f32>(), "{n}");
            assert_eq!(row(Fold::Sizes, 0.0, &x), x.iter().map(|v| v.abs()).sum::<f32>(), "{n}");
            assert_eq!(row(Fold::Squares, 0.0, &x), x.iter().map(|v| v * v).sum::<f32>(), "{n}");
            assert_eq!(row(Fold::Product, 2.0, &x), 2.0 * x.iter().product::<f32>(), "{n}");
            let (low, high) = (Fold::Smallest.start(), Fold::Largest.start());
            assert_eq!(row(Fold::Largest, high, &x), x.iter().copied().fold(high, f32::max), "{n}");
            assert_eq!(row(Fold::Smallest, low, &x), x.iter().copied().fold(low, f32::min), "{n}");
            let mut numbers = vec![2.0; n];
            down(Fold::Squares, &mut numbers, &x);
            assert!(numbers.iter().zip(&x).all(|(a, v)| *a == 2.0 + v * v), "{n}");
            down(Fold::Largest, &mut numbers, &vec![3.0; n]);
            assert!(numbers.iter().zip(&x).all(|(a, v)| *a == (2.0 + v * v).max(3.0)), "{n}");
        }
    }

    #[test]
    fn nan_wins_wherever_it_stands() {
        for at in 0..23 {
            let mut x = [1.0; 23];
            x[at] = f32::NAN;
            assert!(row(Fold::Largest, f32::NEG_INFINITY, &x).is_nan(), "{at}");
            assert!(row(Fold::Smallest, f32::INFINITY, &x).is_nan(), "{at}");
            let mut numbers = x;
            down(Fold::Largest, &mut numbers, &[5.0; 23]);
            assert!(numbers[at].is_nan() && numbers[(at + 1) % 23] == 5.0);
        }
        assert_eq!(row(Fold::Largest, f32::NEG_INFINITY, &[f32::NEG_INFINITY; 9]), f32::NEG_INFINITY);
    }

    #[test]
    fn long_rows_keep_their_digits() {
        // One running sum in 32 bits would end 0.7 % off.
        let x = vec![0.1_f32; 10_000_000];
        let want = f64::from(0.1_f32) * 1e7;
        assert!((f64::from(row(Fold::Sum, 0.0, &x)) / want - 1.0).abs() < 2e-6);
    }
}
