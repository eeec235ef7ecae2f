//! The loops that training and ordering spend their time in: sums in eight running sums, whose order is fixed. Products of matrices and what
//! else is calculated with are those of [`nearhand_numerics`].

use nearhand_numerics::math::{self, Target};
pub(crate) use nearhand_numerics::math::{Matrix, exp};
pub(crate) use nearhand_numerics::vectorised;

/// `out` = a · b, or `out` += a · b with `add`; shapes `[m, k]`, `[k, n]`, `[m, n]`.
pub(crate) fn product(out: &mut [f32], a: Matrix<'_>, b: Matrix<'_>, add: bool) {
    let (_, columns) = b.shape();
    let target = Target::new(out, columns);
    math::product(if add { target.add() } else { target }, a, b);
}

/// Σ a_i b_i in eight running sums.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0f32; 8];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.iter().zip(b) {
        for ((s, a), b) in sums.iter_mut().zip(a).zip(b) {
            *s += a * b;
        }
    }
    let mut sum = ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
    for (a, b) in a_rest.iter().zip(b_rest) {
        sum += a * b;
    }
    sum
}

/// Σ x_i in eight running sums.
#[inline(always)]
pub(crate) fn total(x: &[f32]) -> f32 {
    let mut sums = [0f32; 8];
    let (chunks, rest) = x.as_chunks::<8>();
    for chunk in chunks {
        for (s, x) in sums.iter_mut().zip(chunk) {
            *s += x;
        }
    }
    let mut sum = ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
    for x in rest {
        sum += x;
    }
    sum
}

/// `out` += factor · x.
#[inline(always)]
pub(crate) fn add_scaled(out: &mut [f32], x: &[f32], factor: f32) {
    for (o, x) in out.iter_mut().zip(x) {
        *o += factor * x;
    }
}
