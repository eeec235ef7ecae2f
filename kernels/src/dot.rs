//! Dot products and what is made of them.

/// Partial sums of a dot product: enough for four SIMD registers of four.
const LANES: usize = 16;

/// Dot product of two vectors, in sixteen partial sums of fixed order. The shorter length counts.
#[must_use]
#[inline]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    let (blocks_a, rest_a) = a.as_chunks::<LANES>();
    let (blocks_b, rest_b) = b.as_chunks::<LANES>();
    for (x, y) in blocks_a.iter().zip(blocks_b) {
        for i in 0..LANES {
            sums[i] += x[i] * y[i];
        }
    }
    let mut rest = 0.0;
    if blocks_a.len() == blocks_b.len() {
        for (x, y) in rest_a.iter().zip(rest_b) {
            rest += x * y;
        }
    } else {
        // Lengths differ by a block or more: what the longer has past the shorter's blocks goes with the shorter's rest.
        let from = blocks_a.len().min(blocks_b.len()) * LANES;
        for (x, y) in a.iter().skip(from).zip(b.iter().skip(from)) {
            rest += x * y;
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            sums[i] += sums[i + width];
        }
        width /= 2;
    }
    sums[0] + rest
}

/// `y = M x + y` for a row-major matrix of `x.len()` columns: one dot product a row.
pub fn gemv_add(matrix: &[f32], x: &[f32], y: &mut [f32]) {
    if x.is_empty() {
        return;
    }
    for (row, out) in matrix.chunks_exact(x.len()).zip(y) {
        *out += dot(row, x);
    }
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

    #[test]
    fn gemv_by_hand() {
        let mut y = [10.0, 20.0];
        gemv_add(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[1.0, 0.0, -1.0], &mut y);
        assert_eq!(y, [8.0, 18.0]);
    }
}
