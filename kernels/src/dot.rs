//! Dot products and what is made of them.

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

/// Rows that share the loads of x.
const ROWS: usize = 4;

/// `y = M x + y` for a row-major matrix of `x.len()` columns.
#[inline(never)]
pub fn gemv_add(matrix: &[f32], x: &[f32], y: &mut [f32]) {
    let n = x.len();
    if n == 0 {
        return;
    }
    let mut blocks = matrix.chunks_exact(ROWS * n);
    let mut outs = y.chunks_exact_mut(ROWS);
    for (rows, out) in blocks.by_ref().zip(outs.by_ref()) {
        let (r0, rest) = rows.split_at(n);
        let (r1, rest) = rest.split_at(n);
        let (r2, r3) = rest.split_at(n);
        let (x4, x1) = x.as_chunks::<LANES>();
        let mut sums = [f32x4::ZERO; ROWS];
        let of = |r: &'_ [f32]| -> usize { r.len() / LANES };
        let depth = x4.len().min(of(r0)).min(of(r1)).min(of(r2)).min(of(r3));
        let rows = [r0, r1, r2, r3].map(|r| &r.as_chunks::<LANES>().0[..depth]);
        for (k, x) in x4[..depth].iter().enumerate() {
            let x = f32x4::from(*x);
            for (sum, row) in sums.iter_mut().zip(&rows) {
                *sum += f32x4::from(row[k]) * x;
            }
        }
        for ((out, sum), row) in out.iter_mut().zip(sums).zip([r0, r1, r2, r3]) {
            let rest: f32 = row[depth * LANES..].iter().zip(x1).map(|(a, b)| a * b).sum();
            *out += total(sum) + rest;
        }
    }
    for (row, out) in blocks.remainder().chunks_exact(n).zip(outs.into_remainder()) {
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

    #[test]
    fn gemv_is_a_dot_product_a_row() {
        for (rows, n) in [(1, 5), (4, 8), (9, 13), (6, 3)] {
            let matrix: Vec<f32> = (0..rows * n).map(|i| (i % 11) as f32 - 5.0).collect();
            let x: Vec<f32> = (0..n).map(|i| (i % 7) as f32 - 3.0).collect();
            let mut y = vec![1.0; rows];
            gemv_add(&matrix, &x, &mut y);
            for (row, y) in matrix.chunks(n).zip(y) {
                assert_eq!(y, 1.0 + dot(row, &x));
            }
        }
    }
}
