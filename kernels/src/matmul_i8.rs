//! Products of 8-bit matrices with 32-bit sums.
//!
//! Both sides are widened to 16 bits (zero points taken off), because `i16 × i16 → i32` summed by pairs is one
//! instruction in wasm (`i32x4.dot_i16x8_s`) as on x86. Sums of 8-bit products are exact in 32 bits up to 2¹⁵ terms
//! of the largest size, and wrap beyond, as the ONNX reference does.

/// Dot product of two 16-bit vectors in 32 bits.
#[must_use]
#[inline]
pub fn dot(a: &[i16], b: &[i16]) -> i32 {
    let mut sum = 0i32;
    for (x, y) in a.iter().zip(b) {
        sum = sum.wrapping_add(i32::from(*x) * i32::from(*y));
    }
    sum
}

/// `out[r][c] = rows[r] · columns[c]`: both matrices hold vectors of `depth` values.
pub fn product(rows: &[i16], columns: &[i16], depth: usize, out: &mut [i32]) {
    if depth == 0 {
        out.fill(0);
        return;
    }
    let width = columns.len() / depth;
    if width == 0 {
        return;
    }
    for (row, out) in rows.chunks_exact(depth).zip(out.chunks_exact_mut(width)) {
        // Four columns share the loads of the row.
        let mut fours = columns.chunks_exact(4 * depth);
        let mut outs = out.chunks_exact_mut(4);
        for (four, out) in fours.by_ref().zip(outs.by_ref()) {
            let (c0, rest) = four.split_at(depth);
            let (c1, rest) = rest.split_at(depth);
            let (c2, c3) = rest.split_at(depth);
            let mut s = [0i32; 4];
            for ((((x, y0), y1), y2), y3) in row.iter().zip(c0).zip(c1).zip(c2).zip(c3) {
                let x = i32::from(*x);
                s[0] = s[0].wrapping_add(x * i32::from(*y0));
                s[1] = s[1].wrapping_add(x * i32::from(*y1));
                s[2] = s[2].wrapping_add(x * i32::from(*y2));
                s[3] = s[3].wrapping_add(x * i32::from(*y3));
            }
            out.copy_from_slice(&s);
        }
        for (column, out) in fours.remainder().chunks_exact(depth).zip(outs.into_remainder()) {
            *out = dot(row, column);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn against_the_definition() {
        for (rows, width, depth) in [(1, 1, 1), (2, 5, 3), (3, 9, 40), (1, 4, 8)] {
            let a: Vec<i16> = (0..rows * depth).map(|i| (i * 37 % 511) as i16 - 255).collect();
            let b: Vec<i16> = (0..width * depth).map(|i| (i * 91 % 511) as i16 - 255).collect();
            let mut out = vec![0; rows * width];
            product(&a, &b, depth, &mut out);
            for r in 0..rows {
                for c in 0..width {
                    let want: i32 = (0..depth).map(|k| i32::from(a[r * depth + k]) * i32::from(b[c * depth + k])).sum();
                    assert_eq!(out[r * width + c], want);
                }
            }
        }
    }
}
