//! The scan of a catalog: a 16-bit query against 8-bit rows, with 32-bit sums.
//!
//! Four rows share the loads of the query, and their four sums turn into one vector of scores. Large catalogs are read
//! as fast as memory gives them.

use wide::bytemuck::cast;
use wide::{f32x4, i8x16, i16x8, i32x4, u8x16};

/// Rows a block: one word of a bit set.
pub const BLOCK: usize = 64;

/// Values a vector of 8-bit integers holds.
const LANES: usize = 16;
/// Rows that share the loads of the query.
const ROWS: usize = 4;

/// Largest magnitude of a query's values for rows of `dim` values: sums stay within 32 bits.
#[must_use]
pub const fn query_limit(dim: usize) -> i32 {
    let limit = i32::MAX as usize / (128 * if dim == 0 { 1 } else { dim });
    if limit < i16::MAX as usize { limit as i32 } else { i16::MAX as i32 }
}

/// The largest `scales[i] · Σ |rows[i]|` over rows of `dim` values; 0 without rows.
#[must_use]
pub fn largest_sum(rows: &[i8], scales: &[f32], dim: usize) -> f32 {
    let sum = |row: &[i8]| row.iter().map(|v| u32::from(v.unsigned_abs())).sum::<u32>() as f32;
    rows.chunks_exact(dim.max(1)).zip(scales).fold(0.0, |largest, (row, scale)| f32::max(largest, scale * sum(row)))
}

/// `best[b]` becomes the largest `scales[i] · (rows[i] · query)` of the rows i of block b. `rows` holds `scales.len()`
/// rows as long as `query`.
pub fn block_maxima(rows: &[i8], scales: &[f32], query: &[i16], best: &mut [f32]) {
    let blocks = rows.chunks(BLOCK * query.len().max(1)).zip(scales.chunks(BLOCK));
    for (best, (rows, scales)) in best.iter_mut().zip(blocks) {
        let mut largest = f32x4::splat(f32::NEG_INFINITY);
        each(rows, scales, query, |_, scores| largest = largest.max(scores));
        *best = largest.to_array().into_iter().fold(f32::NEG_INFINITY, f32::max);
    }
}

/// `out[i] = scales[i] · (rows[i] · query)` for the rows of one block.
pub fn block_scores(rows: &[i8], scales: &[f32], query: &[i16], out: &mut [f32; BLOCK]) {
    let fours = out.as_chunks_mut::<ROWS>().0;
    each(rows, scales, query, |at, scores| {
        if let Some(four) = fours.get_mut(at) {
            *four = scores.to_array();
        }
    });
}

/// The scores of four rows at a time; where rows are missing in the last four, the last row stands for them.
#[inline(always)]
fn each(rows: &[i8], scales: &[f32], query: &[i16], mut f: impl FnMut(usize, f32x4)) {
    let dim = query.len();
    if dim == 0 {
        return;
    }
    let (fours, rest) = scales.as_chunks::<ROWS>();
    let mut rows = rows.chunks_exact(ROWS * dim);
    for (at, (scales, rows)) in fours.iter().zip(&mut rows).enumerate() {
        let (a, b) = rows.split_at(2 * dim);
        let ((a, b), (c, d)) = (a.split_at(dim), b.split_at(dim));
        f(at, f32x4::from(*scales) * f32x4::from_i32x4(dots([a, b, c, d], query)));
    }
    let rows = rows.remainder();
    if let (Some(last), Some(scale)) = (rows.chunks_exact(dim).last(), rest.last()) {
        let row = |i: usize| rows.get(i * dim..(i + 1) * dim).unwrap_or(last);
        let scales: [f32; ROWS] = std::array::from_fn(|i| *rest.get(i).unwrap_or(scale));
        f(fours.len(), f32x4::from(scales) * f32x4::from_i32x4(dots([row(0), row(1), row(2), last], query)));
    }
}

#[inline(always)]
fn dots(rows: [&[i8]; ROWS], query: &[i16]) -> i32x4 {
    let (blocks, rest) = query.as_chunks::<LANES>();
    // One length for all, so that the bounds are checked once.
    let rows_in = rows.map(|r| r.as_chunks::<LANES>().0);
    let depth = rows_in.iter().map(|r| r.len()).min().unwrap_or(0).min(blocks.len());
    let rows_in = rows_in.map(|r| &r[..depth]);
    let mut sums = [i32x4::ZERO; ROWS];
    for (k, q) in blocks[..depth].iter().enumerate() {
        let [low, high]: [i16x8; 2] = cast(*q);
        for (sum, row) in sums.iter_mut().zip(&rows_in) {
            let v = i8x16::from(row[k]);
            *sum += wide_low(v).dot(low) + wide_high(v).dot(high);
        }
    }
    let [a, b, c, d] = sums.map(i32x4::to_array);
    let mut total = i32x4::from([a[0], b[0], c[0], d[0]])
        + i32x4::from([a[1], b[1], c[1], d[1]])
        + i32x4::from([a[2], b[2], c[2], d[2]])
        + i32x4::from([a[3], b[3], c[3], d[3]]);
    if !rest.is_empty() {
        let tail = |row: &[i8]| -> i32 {
            let row = row.get(depth * LANES..).unwrap_or_default();
            row.iter().zip(rest).map(|(r, q)| i32::from(*r) * i32::from(*q)).sum()
        };
        total += i32x4::from(rows.map(tail));
    }
    total
}

/// The lower eight values, with their signs, in 16 bits.
#[inline(always)]
fn wide_low(v: i8x16) -> i16x8 {
    let bytes: u8x16 = cast(v);
    (i16x8::from_u8x16_low(bytes) << 8_u32) >> 8_u32
}

#[inline(always)]
fn wide_high(v: i8x16) -> i16x8 {
    let bytes: u8x16 = cast(v);
    (i16x8::from_u8x16_high(bytes) << 8_u32) >> 8_u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn against_the_definition() {
        for dim in [1, 2, 15, 16, 17, 48, 64, 100] {
            for n in [1, 3, 4, 63, 64, 65, 130] {
                let rows: Vec<i8> = (0..n * dim).map(|i| (i * 37 % 256) as u8 as i8).collect();
                let scales: Vec<f32> = (0..n).map(|i| 0.25 + (i % 7) as f32).collect();
                let limit = query_limit(dim);
                let query: Vec<i16> = (0..dim).map(|i| ((i as i32 * 7919) % (2 * limit + 1) - limit) as i16).collect();
                let score = |i: usize| -> f32 {
                    let sum: i64 = (0..dim).map(|j| i64::from(rows[i * dim + j]) * i64::from(query[j])).sum();
                    scales[i] * i32::try_from(sum).unwrap() as f32
                };
                let mut best = vec![0.0; n.div_ceil(BLOCK)];
                block_maxima(&rows, &scales, &query, &mut best);
                for (b, best) in best.iter().enumerate() {
                    let block = b * BLOCK..n.min((b + 1) * BLOCK);
                    assert_eq!(*best, block.clone().map(score).fold(f32::NEG_INFINITY, f32::max), "{dim} {n}");
                    let mut out = [0.0; BLOCK];
                    block_scores(&rows[block.start * dim..block.end * dim], &scales[block.clone()], &query, &mut out);
                    block.clone().for_each(|i| assert_eq!(out[i - block.start], score(i)));
                }
            }
        }
    }

    #[test]
    fn sums_by_hand() {
        assert_eq!(largest_sum(&[1, -2, -128, 4, 0, 7], &[1.0, 0.5, 2.0], 2), 66.0);
        assert_eq!(largest_sum(&[], &[], 4), 0.0);
    }

    #[test]
    fn the_largest_sums_fit() {
        for dim in [1, 512, 513, 4096] {
            let query = vec![query_limit(dim) as i16; dim];
            let mut best = [0.0];
            block_maxima(&vec![-128; dim], &[-1.0], &query, &mut best);
            assert_eq!(best[0], (128 * dim as i64 * i64::from(query_limit(dim))) as f32);
        }
    }
}
