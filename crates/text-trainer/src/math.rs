//! Dot products for training; products of matrices and what else is calculated with are those of [`nearhand_numerics`].

pub(crate) use nearhand_numerics::math::{Matrix, Target, exp, product};
pub(crate) use nearhand_numerics::vectorised;

/// Σ a_i b_i in sixteen running sums.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0f32; 16];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    for (a, b) in a.iter().zip(b) {
        for ((s, a), b) in sums.iter_mut().zip(a).zip(b) {
            *s += a * b;
        }
    }
    let mut sum = 0.0;
    for s in sums {
        sum += s;
    }
    for (a, b) in a_rest.iter().zip(b_rest) {
        sum += a * b;
    }
    sum
}
