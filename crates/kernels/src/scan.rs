//! The scan of a catalog: a 16-bit query against 8-bit rows, with 32-bit sums.
//!
//! Four rows share the loads of the query, and their four sums turn into one vector of scores. Large catalogs are read
//! as fast as memory gives them.

use wide::bytemuck::cast;
use wide::{f32x4, i8x16, i16x8, i32x4, i32x8, u8x16};

/// Rows a block: one word of a bit set.
pub const BLOCK: usize = 64;

/// Values a vector of 8-bit integers holds.
const LANES: usize = 16;
/// Rows that share the loads of the query.
const ROWS: usize = 4;

/// Largest magnitude of a query's values for rows of `dim` values: sums stay within 32 bits.
#[must_use]
pub const fn query_limit(dim: usize) -> i32 {
    let limit = i32::MAX as usize / (256 * if dim == 0 { 1 } else { dim });
    if limit < i16::MAX as usize { limit as i32 } else { i16::MAX as i32 }
}

/// Dot product of an 8-bit row with a query in floats: sixteen running sums, added in a fixed order. The shorter length
/// counts.
#[must_use]
pub fn dot(row: &[i8], query: &[f32]) -> f32 {
    let (rows, row_rest) = row.as_chunks::<LANES>();
    let (queries, query_rest) = query.as_chunks::<LANES>();
    let mut sums = [f32x4::ZERO; 4];
    for (r, q) in rows.iter().zip(queries) {
        let v = i8x16::from(*r);
        let halves: [i32x4; 4] = cast([i32x8::from_i16x8(wide_low(v)), i32x8::from_i16x8(wide_high(v))]);
        let q: [f32x4; 4] = cast(*q);
        for ((sum, v), q) in sums.iter_mut().zip(halves).zip(q) {
            *sum += f32x4::from_i32x4(v) * q;
        }
    }
    let [a, b, c, d] = ((sums[0] + sums[2]) + (sums[1] + sums[3])).to_array();
    row_rest.iter().zip(query_rest).fold((a + c) + (b + d), |sum, (r, q)| sum + f32::from(*r) * q)
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

/// `out[i] = scales[i] · (rows[i] · query)` for all rows that have a place in `out`.
pub fn scores(rows: &[i8], scales: &[f32], query: &[i16], out: &mut [f32]) {
    each(rows, scales, query, |at, scores| {
        let to = out.get_mut(ROWS * at..).unwrap_or_default();
        to.iter_mut().zip(scores.to_array()).for_each(|(to, score)| *to = score);
    });
}

/// Puts the blocks whose bound with `slack` is at least `floor`, or NaN, into `out`.
#[inline(never)]
pub fn pick(bounds: &[f32], slack: f32, floor: f32, out: &mut Vec<u32>) {
    out.clear();
    let (fours, rest) = bounds.as_chunks::<4>();
    let below = |bound: f32| bound + slack < floor;
    for (four, first) in fours.iter().zip((0..).step_by(4)) {
        let mut kept = !(f32x4::from(*four) + f32x4::splat(slack)).simd_lt(f32x4::splat(floor)).to_bitmask() & 15;
        while kept != 0 {
            out.push(first + kept.trailing_zeros());
            kept &= kept - 1;
        }
    }
    let last = (4 * fours.len() as u32..).zip(rest).filter(|(_, bound)| !below(**bound));
    out.extend(last.map(|(at, _)| at));
}

/// `out[i] = scales[r] · (rows[r] · query)` for the rows r = `items[i]`, which may lie anywhere. Rows beyond the end are
/// left as they are.
#[inline(never)]
pub fn row_scores(rows: &[i8], scales: &[f32], query: &[i16], items: &[u32], out: &mut [f32]) {
    // A look at both ends of each row first: so many loads wait for memory together, and not one after the other.
    let at = |at: usize| rows.get(at).copied().unwrap_or(0);
    let look = items.iter().fold(0, |look, item| {
        let start = *item as usize * query.len();
        look ^ at(start) ^ at(start + query.len().saturating_sub(1))
    });
    std::hint::black_box(look);
    let (blocks, rest) = query.as_chunks::<LANES>();
    let excess = excess(blocks);
    for (item, out) in items.iter().zip(out) {
        let at = *item as usize;
        let (Some(row), Some(scale)) = (rows.get(at * query.len()..(at + 1) * query.len()), scales.get(at)) else { continue };
        let (row, row_rest) = row.as_chunks::<LANES>();
        let (mut low, mut high) = (i32x4::ZERO, i32x4::ZERO);
        for (v, q) in row.iter().zip(blocks) {
            let ([v_low, v_high], [q_low, q_high]) = (lifted(v), cast::<_, [i16x8; 2]>(*q));
            low += v_low.dot(q_low);
            high += v_high.dot(q_high);
        }
        let [a, b, c, d] = (low + high).to_array();
        let tail: i32 = row_rest.iter().zip(rest).map(|(r, q)| i32::from(*r) * i32::from(*q)).sum();
        *out = scale * (a + b + c + d + tail).wrapping_sub(excess) as f32;
    }
}

/// The scores of four rows at a time; where rows are missing in the last four, the last row stands for them.
#[inline(always)]
fn each(rows: &[i8], scales: &[f32], query: &[i16], mut f: impl FnMut(usize, f32x4)) {
    let dim = query.len();
    if dim == 0 {
        return;
    }
    let excess = excess(query.as_chunks::<LANES>().0);
    let (fours, rest) = scales.as_chunks::<ROWS>();
    let mut rows = rows.chunks_exact(ROWS * dim);
    for (at, (scales, rows)) in fours.iter().zip(&mut rows).enumerate() {
        let (a, b) = rows.split_at(2 * dim);
        let ((a, b), (c, d)) = (a.split_at(dim), b.split_at(dim));
        f(at, f32x4::from(*scales) * f32x4::from_i32x4(dots([a, b, c, d], query, excess)));
    }
    let rows = rows.remainder();
    if let (Some(last), Some(scale)) = (rows.chunks_exact(dim).last(), rest.last()) {
        let row = |i: usize| rows.get(i * dim..(i + 1) * dim).unwrap_or(last);
        let scales: [f32; ROWS] = std::array::from_fn(|i| *rest.get(i).unwrap_or(scale));
        f(fours.len(), f32x4::from(scales) * f32x4::from_i32x4(dots([row(0), row(1), row(2), last], query, excess)));
    }
}

#[inline(always)]
fn dots(rows: [&[i8]; ROWS], query: &[i16], excess: i32) -> i32x4 {
    let (blocks, rest) = query.as_chunks::<LANES>();
    // One length for all, so that the bounds are checked once.
    let rows_in = rows.map(|r| r.as_chunks::<LANES>().0);
    let depth = rows_in.iter().map(|r| r.len()).min().unwrap_or(0).min(blocks.len());
    let rows_in = rows_in.map(|r| &r[..depth]);
    let mut sums = [i32x4::ZERO; ROWS];
    for (k, q) in blocks[..depth].iter().enumerate() {
        let [low, high]: [i16x8; 2] = cast(*q);
        for (sum, row) in sums.iter_mut().zip(&rows_in) {
            let [v_low, v_high] = lifted(&row[k]);
            *sum += v_low.dot(low) + v_high.dot(high);
        }
    }
    let [a, b, c, d] = sums.map(i32x4::to_array);
    let mut total = i32x4::from([a[0], b[0], c[0], d[0]])
        + i32x4::from([a[1], b[1], c[1], d[1]])
        + i32x4::from([a[2], b[2], c[2], d[2]])
        + i32x4::from([a[3], b[3], c[3], d[3]])
        - i32x4::splat(excess);
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
    (i16x8::from_u8x16_low(cast(v)) << 8_u32) >> 8_u32
}

#[inline(always)]
fn wide_high(v: i8x16) -> i16x8 {
    (i16x8::from_u8x16_high(cast(v)) << 8_u32) >> 8_u32
}

/// Sixteen values plus 128, in 16 bits: without signs a widening is one instruction. Products with a query are too large by
/// [`excess`] then.
#[inline(always)]
fn lifted(v: &[i8; LANES]) -> [i16x8; 2] {
    let v = u8x16::from(cast::<_, [u8; LANES]>(*v)) ^ u8x16::splat(128);
    [i16x8::from_u8x16_low(v), i16x8::from_u8x16_high(v)]
}

/// 128 · Σ q over the values of whole vectors.
fn excess(query: &[[i16; LANES]]) -> i32 {
    query.as_flattened().iter().map(|q| i32::from(*q)).sum::<i32>().wrapping_mul(128)
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
                    scores(&rows[block.start * dim..block.end * dim], &scales[block.clone()], &query, &mut out);
                    block.clone().for_each(|i| assert_eq!(out[i - block.start], score(i)));
                }
                let mut picked = Vec::new();
                for floor in [f32::NEG_INFINITY, best[0], 1.5 * best[0]] {
                    pick(&best, 0.25, floor, &mut picked);
                    let all = (0..).zip(&best).filter(|(_, bound)| *bound + 0.25 >= floor).map(|(b, _)| b);
                    assert_eq!(picked, all.collect::<Vec<u32>>());
                }
                let items: Vec<u32> = (0..n as u32).rev().chain([n as u32]).collect();
                let mut some = vec![f32::NAN; n + 1];
                row_scores(&rows, &scales, &query, &items, &mut some);
                items
                    .iter()
                    .zip(&some)
                    .for_each(|(i, value)| assert!(if *i as usize == n { value.is_nan() } else { *value == score(*i as usize) }));
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
