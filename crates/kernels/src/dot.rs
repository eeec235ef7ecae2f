//! Dot products.

use wide::f32x4;

/// Values a vector holds.
const LANES: usize = 4;
/// Vectors summed side by side: sums of one vector would wait for each other.
const SUMS: usize = 4;

/// Dot product of two vectors, in sixteen partial sums of fixed order. The shorter length counts.
#[must_use]
#[inline]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let n = a.len().min(b.len());
    let (blocks_a, rest_a) = a[..n].as_chunks::<{ LANES * SUMS }>();
    let (blocks_b, rest_b) = b[..n].as_chunks::<{ LANES * SUMS }>();
    let mut sums = [f32x4::ZERO; SUMS];
    for (x, y) in blocks_a.iter().zip(blocks_b) {
        for ((sum, x), y) in sums.iter_mut().zip(x.as_chunks::<LANES>().0).zip(y.as_chunks::<LANES>().0) {
            *sum += f32x4::from(*x) * f32x4::from(*y);
        }
    }
    let rest: f32 = rest_a.iter().zip(rest_b).map(|(x, y)| x * y).sum();
    total((sums[0] + sums[2]) + (sums[1] + sums[3])) + rest
}

fn total(sum: f32x4) -> f32 {
    let [a, b, c, d] = sum.to_array();
    (a + c) + (b + d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_of_any_length() {
        for n in [0, 1, 3, 15, 16, 17, 40] {
            let a: Vec<f32> = (0..n).map(|i| i as f32 - 3.0).collect();
            let b: Vec<f32> = (0..n).map(|i| (i % 5) as f32).collect();
            let want: f32 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
            assert_eq!(dot(&a, &b), want, "{n}");
        }
        assert_eq!(dot(&[1.0; 40], &[2.0; 5]), 10.0);
    }
}
