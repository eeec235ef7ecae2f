//! Products of 8-bit matrices with 32-bit sums.
//!
//! Both sides are widened to 16 bits (zero points taken off), because `i16 × i16 → i32` summed by pairs is one
//! instruction in wasm (`i32x4.dot_i16x8_s`) as on x86. Sums of 8-bit products are exact in 32 bits up to 2¹⁵ terms
//! of the largest size, and wrap beyond, as the ONNX reference does.

use wide::{i16x8, i32x4};

/// Values a vector holds; rows and columns are padded with zeros to a multiple of it.
pub const LANES: usize = 8;

/// `depth` rounded up to whole vectors.
#[must_use]
pub const fn padded(depth: usize) -> usize {
    depth.next_multiple_of(LANES)
}

/// Rows and columns of a tile: its eight sums stay in registers.
const ROWS: usize = 2;
const COLUMNS: usize = 4;

type Vector = [i16; LANES];

/// `out[r][c] = rows[r] · columns[c]`: both matrices hold vectors of `depth` values, padded with zeros to
/// [`padded`]`(depth)`.
pub fn product(rows: &[i16], columns: &[i16], depth: usize, out: &mut [i32]) {
    let (rows, columns, depth) = (rows.as_chunks::<LANES>().0, columns.as_chunks::<LANES>().0, padded(depth) / LANES);
    if depth == 0 {
        out.fill(0);
        return;
    }
    let width = columns.len() / depth;
    if width == 0 {
        return;
    }
    let mut blocks = rows.chunks_exact(ROWS * depth);
    let mut outs = out.chunks_exact_mut(ROWS * width);
    for (block, out) in blocks.by_ref().zip(outs.by_ref()) {
        tiles::<ROWS>(block, columns, depth, width, out);
    }
    for (row, out) in blocks.remainder().chunks_exact(depth).zip(outs.into_remainder().chunks_exact_mut(width)) {
        tiles::<1>(row, columns, depth, width, out);
    }
}

/// `R` rows against all columns.
fn tiles<const R: usize>(rows: &[Vector], columns: &[Vector], depth: usize, width: usize, out: &mut [i32]) {
    let mut row: [&[Vector]; R] = [&[]; R];
    for (r, slot) in row.iter_mut().enumerate() {
        *slot = rows.get(r * depth..(r + 1) * depth).unwrap_or_default();
    }
    let mut fours = columns.chunks_exact(COLUMNS * depth);
    let mut at = 0;
    for four in fours.by_ref() {
        let sums = tile::<R, COLUMNS>(&row, four, depth);
        store(&sums, at, width, out);
        at += COLUMNS;
    }
    for column in fours.remainder().chunks_exact(depth) {
        let sums = tile::<R, 1>(&row, column, depth);
        store(&sums, at, width, out);
        at += 1;
    }
}

#[inline]
fn store<const R: usize, const C: usize>(sums: &[[i32; C]; R], at: usize, width: usize, out: &mut [i32]) {
    for (r, sums) in sums.iter().enumerate() {
        if let Some(cells) = out.get_mut(r * width + at..r * width + at + C) {
            cells.copy_from_slice(sums);
        }
    }
}

#[inline]
fn tile<const R: usize, const C: usize>(rows: &[&[Vector]; R], columns: &[Vector], depth: usize) -> [[i32; C]; R] {
    let mut column: [&[Vector]; C] = [&[]; C];
    for (c, slot) in column.iter_mut().enumerate() {
        *slot = columns.get(c * depth..(c + 1) * depth).unwrap_or_default();
    }
    // One length for all, so that the bounds are checked once.
    let depth = rows.iter().chain(&column).map(|v| v.len()).min().unwrap_or(0);
    let rows = rows.map(|v| &v[..depth]);
    let column = column.map(|v| &v[..depth]);
    let mut sums = [[i32x4::ZERO; C]; R];
    for k in 0..depth {
        let x = rows.map(|v| i16x8::from(v[k]));
        for c in 0..C {
            let y = i16x8::from(column[c][k]);
            for r in 0..R {
                sums[r][c] += x[r].dot(y);
            }
        }
    }
    sums.map(|row| row.map(|s| s.to_array().iter().fold(0, |a, b| i32::wrapping_add(a, *b))))
}

/// To unsigned bytes over the values' own range, which always holds 0 (ONNX, DynamicQuantizeLinear): fills `out`, and
/// gives scale and zero point.
pub fn quantise(values: &[f32], out: &mut [u8]) -> (f32, u8) {
    let (blocks, rest) = values.as_chunks::<8>();
    let (mut low, mut high) = ([0.0_f32; 8], [0.0_f32; 8]);
    for block in blocks {
        for i in 0..8 {
            low[i] = if block[i] < low[i] { block[i] } else { low[i] };
            high[i] = if block[i] > high[i] { block[i] } else { high[i] };
        }
    }
    let low = low.iter().chain(rest).fold(0.0_f32, |a, b| a.min(*b));
    let high = high.iter().chain(rest).fold(0.0_f32, |a, b| a.max(*b));
    let scale = (high - low) / 255.0;
    // All zeros: any scale serves.
    let divisor = if scale == 0.0 { 1.0 } else { scale };
    let zero = (-low / divisor).clamp(0.0, 255.0).round_ties_even();
    for (cell, v) in out.iter_mut().zip(values) {
        *cell = ((v / divisor).round_ties_even() + zero).clamp(0.0, 255.0) as u8;
    }
    (scale, zero as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn against_the_definition() {
        for (rows, width, depth) in [(1, 1, 1), (2, 5, 3), (3, 9, 40), (1, 4, 8)] {
            let a: Vec<i16> = (0..rows * depth).map(|i| (i * 37 % 511) as i16 - 255).collect();
            let b: Vec<i16> = (0..width * depth).map(|i| (i * 91 % 511) as i16 - 255).collect();
            let pad = |m: &[i16]| -> Vec<i16> {
                let lift = |v: &[i16]| v.iter().copied().chain(std::iter::repeat_n(0, padded(depth) - depth)).collect::<Vec<_>>();
                m.chunks_exact(depth).flat_map(lift).collect()
            };
            let mut out = vec![0; rows * width];
            product(&pad(&a), &pad(&b), depth, &mut out);
            for r in 0..rows {
                for c in 0..width {
                    let want: i32 = (0..depth).map(|k| i32::from(a[r * depth + k]) * i32::from(b[c * depth + k])).sum();
                    assert_eq!(out[r * width + c], want);
                }
            }
        }
    }

    #[test]
    fn quantised_by_hand() {
        // Range [−1, 2]: scale 3/255, zero point 85.
        let mut out = [0; 4];
        let (scale, zero) = quantise(&[-1.0, 0.0, 2.0, 0.5], &mut out);
        assert_eq!((scale, zero, out), (3.0 / 255.0, 85, [0, 85, 255, 127]));
        assert_eq!(quantise(&[0.0; 9], &mut [1; 9]), (0.0, 0));
    }
}
