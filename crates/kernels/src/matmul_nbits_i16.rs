//! Products of [`matmul_nbits`] for models that do not ask for the exactness of 32-bit floats.
//!
//! Every block of a row is rounded to 16 bits of its largest value, 2⁻¹⁶ of it at most. Codes and values then meet in pairs,
//! `i16 × i16 → i32`, and sums of a block are exact: at most 256 · 2⁷ · 2¹⁵. Sixteen bytes are eight words here; else codes
//! are taken apart, scales are applied and zero points come on top as there.

use crate::dot::dot;
use crate::matmul_f32::{Sums, store};
use crate::matmul_nbits::{self, Codes, Layout};
use crate::nbits_panel::{PANEL, Pairs, Part, filled, pairs};
use wide::bytemuck::{cast, cast_slice, cast_slice_mut};
use wide::{f32x4, i16x8, i32x4};

/// Words of a step.
const WORDS: usize = 8;
/// Bytes of a step.
const BYTES: usize = 2 * WORDS;
/// Columns that a row meets at once.
const SIDE: usize = 4;
/// Rows that meet a panel at once.
const ROWS: usize = 4;
/// Rows from which on codes are taken apart once for all of them.
const MANY: usize = 6;

/// Floats of working memory that a product of so many rows takes.
#[must_use]
pub const fn work_len(layout: &Layout, rows: usize) -> usize {
    let parts = 2 * layout.blocks();
    if layout.narrow() {
        return layout.work_len(rows);
    }
    if rows < MANY {
        return (layout.row() / 2 + parts) * rows;
    }
    (filled(layout) / 2 + parts).saturating_mul(rows + PANEL)
}

/// As [`matmul_nbits::product`], `work` of [`work_len`] floats. A block with a value that is not
/// finite makes NaN. Where several blocks share a step, it is that product.
#[inline(never)]
pub fn product(rows: &[f32], codes: Codes<'_>, bias: &[f32], work: &mut [f32], out: &mut [f32]) {
    if codes.layout.narrow() {
        return matmul_nbits::product(rows, codes, bias, work, out);
    }
    match codes.layout.bits {
        2 => all::<8>(rows, codes, bias, work, out),
        4 => all::<4>(rows, codes, bias, work, out),
        8 => all::<2>(rows, codes, bias, work, out),
        _ => out.fill(0.0),
    }
}

/// The values that meet eight words of `PER` codes each.
type Step<const PER: usize> = [[i16; WORDS]; PER];

fn all<const PER: usize>(rows: &[f32], codes: Codes<'_>, bias: &[f32], work: &mut [f32], out: &mut [f32]) {
    let Layout { depth, block, .. } = codes.layout;
    let (count, blocks) = (rows.len() / depth.max(1), codes.layout.blocks());
    if count == 0 || blocks == 0 {
        return out.fill(0.0);
    }
    if count >= MANY {
        return many(rows, &codes, bias, work, out);
    }
    let steps = codes.layout.row() / (PER * WORDS);
    let (laid, rest) = work.split_at_mut((steps * PER * WORDS / 2 * count).min(work.len()));
    let (sums, factors) = rest.split_at_mut((blocks * count).min(rest.len()));
    let laid = cast_slice_mut::<f32, i16>(laid).as_chunks_mut::<WORDS>().0.as_chunks_mut::<PER>().0;
    let parts = sums.chunks_exact_mut(blocks).zip(factors.chunks_exact_mut(blocks));
    for ((row, laid), (sums, factors)) in rows.chunks_exact(depth).zip(laid.chunks_exact_mut(steps)).zip(parts) {
        measure(row, block, sums, factors);
        lay(row, factors, block, laid);
    }
    Side { codes, bias, sums, factors, laid, steps, width: out.len() / count }.columns(out);
}

/// Sums of a row's blocks, and their units.
fn measure(row: &[f32], block: usize, sums: &mut [f32], factors: &mut [f32]) {
    for ((block, sum), factor) in row.chunks(block).zip(sums).zip(factors) {
        *sum = block.iter().sum();
        let largest = block.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
        *factor = if sum.is_finite() { largest / 32767.0 } else { f32::NAN };
    }
}

/// In so many units.
fn rounded(value: f32, factor: f32) -> i16 {
    let unit = if factor > 0.0 { 1.0 / factor } else { 0.0 };
    (value * unit).round_ties_even() as i16
}

/// Panel by panel: sums of a block are the same, to the bit.
#[inline(never)]
fn many(rows: &[f32], codes: &Codes<'_>, bias: &[f32], work: &mut [f32], out: &mut [f32]) {
    let Layout { depth, block, .. } = codes.layout;
    let (count, blocks, len) = (rows.len() / depth, codes.layout.blocks(), filled(&codes.layout));
    let width = out.len() / count;
    let (laid, rest) = work.split_at_mut((len / 2 * count).min(work.len()));
    let (sums, rest) = rest.split_at_mut((blocks * count).min(rest.len()));
    let (factors, rest) = rest.split_at_mut((blocks * count).min(rest.len()));
    let (panel, parts) = rest.split_at_mut((len / 2 * PANEL).min(rest.len()));
    let each = sums.chunks_exact_mut(blocks).zip(factors.chunks_exact_mut(blocks));
    for ((row, laid), (sums, factors)) in
        rows.chunks_exact(depth).zip(cast_slice_mut::<_, i16>(laid).chunks_exact_mut(len)).zip(each)
    {
        measure(row, block, sums, factors);
        laid.fill(0);
        for ((laid, values), factor) in laid.chunks_exact_mut(block).zip(row.chunks(block)).zip(factors) {
            laid.iter_mut().zip(values).for_each(|(cell, v)| *cell = rounded(*v, *factor));
        }
    }
    let (laid, panel) = (cast_slice::<_, i32>(laid), cast_slice_mut::<_, i16>(panel).as_chunks_mut().0);
    let parts = parts.as_chunks_mut().0.get_mut(..blocks).unwrap_or_default();
    for at in (0..width).step_by(PANEL) {
        pairs(codes, at, panel, parts);
        for first in (0..count).step_by(ROWS) {
            // The last ones once more where they are fewer.
            let first = first.min(count - ROWS);
            let four = |r: usize, len: usize| (first + r) * len..(first + r + 1) * len;
            let rows = std::array::from_fn(|r| Row {
                pairs: laid.get(four(r, len / 2)).unwrap_or_default(),
                factors: factors.get(four(r, blocks)).unwrap_or_default(),
                sums: sums.get(four(r, blocks)).unwrap_or_default(),
            });
            let totals = by_panel(&rows, panel, parts, !codes.shifts.is_empty());
            store(&totals, bias, at, width, out.get_mut(first * width..).unwrap_or_default());
        }
    }
}

/// A row that meets panels: its values two by two, and units and sums of its blocks.
struct Row<'a> {
    pairs: &'a [i32],
    factors: &'a [f32],
    sums: &'a [f32],
}

#[inline]
fn by_panel(rows: &[Row<'_>; ROWS], panel: &[Pairs], parts: &[Part], shifted: bool) -> [Sums; ROWS] {
    let mut totals = [[f32x4::ZERO; 2]; ROWS];
    let each = panel.len() / parts.len().max(1);
    let mut pairs = rows.each_ref().map(|row| row.pairs.chunks_exact(each.max(1)));
    for (b, (codes, part)) in panel.chunks_exact(each.max(1)).zip(parts).enumerate() {
        let pairs: [&[i32]; ROWS] = pairs.each_mut().map(|blocks| blocks.next().unwrap_or_default());
        // One length for all, so that the bounds are checked once.
        let most = pairs.iter().map(|p| p.len()).min().unwrap_or(0).min(codes.len());
        let (pairs, codes) = (pairs.map(|p| &p[..most]), &codes[..most]);
        let mut sums = [[i32x4::ZERO; 2]; ROWS];
        for p in 0..most {
            let (halves, _) = codes[p].as_chunks::<WORDS>();
            let (low, high): (i16x8, i16x8) = (cast(halves[0]), cast(halves[1]));
            for r in 0..ROWS {
                let x: i16x8 = cast(i32x4::splat(pairs[r][p]));
                sums[r][0] += x.dot(low);
                sums[r][1] += x.dot(high);
            }
        }
        let (fours, _) = part.as_chunks::<4>();
        let scales: [f32x4; 2] = [cast(fours[0]), cast(fours[1])];
        for r in 0..ROWS {
            let factor = f32x4::splat(rows[r].factors.get(b).copied().unwrap_or(0.0));
            for h in 0..2 {
                totals[r][h] += f32x4::from_i32x4(sums[r][h]) * (scales[h] * factor);
            }
        }
    }
    // By themselves: most have none.
    for (b, part) in parts.iter().enumerate().take(if shifted { parts.len() } else { 0 }) {
        let (fours, _) = part.as_chunks::<4>();
        for (totals, row) in totals.iter_mut().zip(rows) {
            let sum = f32x4::splat(row.sums.get(b).copied().unwrap_or(0.0));
            for (total, shift) in totals.iter_mut().zip(fours.iter().skip(2)) {
                *total += cast::<_, f32x4>(*shift) * sum;
            }
        }
    }
    totals
}

/// A row as steps, in units of its blocks' factors; zeros past its end.
fn lay<const PER: usize>(row: &[f32], factors: &[f32], block: usize, out: &mut [Step<PER>]) {
    out.as_flattened_mut().as_flattened_mut().fill(0);
    for (b, (values, factor)) in row.chunks(block).zip(factors).enumerate() {
        for (k, v) in (b * block..).zip(values) {
            let (word, j) = (k / PER, k % PER);
            if let Some(step) = out.get_mut(word / WORDS) {
                step[j][word % WORDS] = rounded(*v, *factor);
            }
        }
    }
}

struct Side<'a, const PER: usize> {
    codes: Codes<'a>,
    bias: &'a [f32],
    /// Sums of the rows' blocks.
    sums: &'a [f32],
    /// Units of the rows' blocks.
    factors: &'a [f32],
    laid: &'a [Step<PER>],
    steps: usize,
    width: usize,
}

impl<const PER: usize> Side<'_, PER> {
    /// Row by row, some columns at a time.
    fn columns(&self, out: &mut [f32]) {
        let (column, blocks) = (self.codes.layout.column(), self.codes.layout.blocks());
        for at in (0..self.width).step_by(SIDE) {
            // Columns past the last are the last.
            let number: [usize; SIDE] = std::array::from_fn(|c| (at + c).min(self.width - 1));
            let bytes = number.map(|n| self.codes.bytes.get(n * column..(n + 1) * column).unwrap_or_default());
            let scales = number.map(|n| self.codes.scales.get(n * blocks..(n + 1) * blocks).unwrap_or_default());
            for ((r, laid), factors) in self.laid.chunks_exact(self.steps).enumerate().zip(self.factors.chunks_exact(blocks)) {
                let totals = tile((laid, factors), (&bytes, &scales), self.codes.layout.block);
                for (total, n) in totals.iter().zip(at..self.width) {
                    let [a, b, c, d] = total.to_array();
                    let shift = self
                        .codes
                        .shifts
                        .get(n * blocks..(n + 1) * blocks)
                        .map_or(0.0, |shifts| dot(shifts, self.sums.get(r * blocks..).unwrap_or_default()));
                    if let Some(cell) = out.get_mut(r * self.width + n) {
                        *cell = (a + c) + (b + d) + shift + self.bias.get(n).copied().unwrap_or(0.0);
                    }
                }
            }
        }
    }
}

#[inline]
fn tile<const PER: usize>(
    (row, factors): (&[Step<PER>], &[f32]),
    (columns, scales): (&[&[u8]; SIDE], &[&[f32]; SIDE]),
    block: usize,
) -> [f32x4; SIDE] {
    let mut totals = [f32x4::ZERO; SIDE];
    let step = PER * WORDS;
    let part = |parts: &[f32], at: usize| parts.get(at).copied().unwrap_or(0.0);
    // Whole steps a block, one scale for all of it.
    let per_block = block / step;
    let columns = columns.map(|c| c.as_chunks::<BYTES>().0);
    for b in 0..scales.iter().map(|s| s.len()).min().unwrap_or(0) {
        let from = b * per_block;
        let row = row.get(from..from + per_block).unwrap_or_default();
        let columns = columns.map(|c| c.get(from..from + per_block).unwrap_or_default());
        let mut sums = [i32x4::ZERO; SIDE];
        let most = columns.iter().map(|c| c.len()).min().unwrap_or(0).min(row.len());
        let (row, columns) = (&row[..most], columns.map(|c| &c[..most]));
        for s in 0..most {
            meet(&row[s], std::array::from_fn(|c| columns[c][s]), &mut sums);
        }
        for ((total, sum), scales) in totals.iter_mut().zip(sums).zip(scales) {
            *total += f32x4::from_i32x4(sum) * f32x4::splat(part(scales, b) * part(factors, b));
        }
    }
    totals
}

/// A step of a row with a step of columns.
#[inline]
fn meet<const PER: usize, const C: usize>(row: &Step<PER>, bytes: [[u8; BYTES]; C], sums: &mut [i32x4; C]) {
    let bits = 16 / PER as u32;
    // The highest bit of every code turned over: the code less the middle one, as a signed number.
    let middle = i16x8::splat(((u16::MAX / ((1 << bits) - 1)) << (bits - 1)).cast_signed());
    let mut words = bytes.map(|b| cast::<_, i16x8>(b) ^ middle);
    // From the highest code down, so that all shifts are by constants.
    for j in (0..PER).rev() {
        let codes: [i16x8; C] = words.map(|w| w >> (16 - bits));
        words = words.map(|w| w << bits);
        let x = i16x8::from(row[j]);
        for (sum, q) in sums.iter_mut().zip(&codes) {
            *sum += x.dot(*q);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_the_product_of_floats() {
        for bits in [2, 4, 8] {
            for (rows, width, depth, block) in [
                (1, 5, 40, 16),
                (2, 4, 96, 32),
                (5, 3, 70, 32),
                (7, 9, 130, 64),
                (1, 6, 300, 128),
                (8, 2, 256, 256),
                (6, 17, 40, 16),
            ] {
                let layout = Layout { bits, block, depth };
                let bytes: Vec<u8> = (0..layout.column() * width).map(|i| (i * 89 + i / 7) as u8).collect();
                let scales: Vec<f32> = (0..layout.blocks() * width).map(|i| [0.5, 1.0, 2.0, -1.0][i % 4]).collect();
                let a: Vec<f32> = (0..rows * depth).map(|i| ((i * 37 % 101) as f32 - 50.0) / 7.0).collect();
                let shifts: Vec<f32> = scales.iter().enumerate().map(|(i, s)| s * (i % 3) as f32).collect();
                let bias: Vec<f32> = (0..width).map(|c| c as f32).collect();
                for shifts in [&shifts[..], &[]] {
                    let codes = Codes { bytes: &bytes, scales: &scales, shifts, layout };
                    let (mut want, mut have) = (vec![0.0; rows * width], vec![f32::NAN; rows * width]);
                    matmul_nbits::product(&a, codes, &bias, &mut vec![0.0; layout.work_len(rows)], &mut want);
                    product(&a, codes, &bias, &mut vec![f32::NAN; work_len(&layout, rows)], &mut have);
                    // Half a unit of the largest value, 50/7, at each place, times the largest code and scale.
                    let most = depth as f32 * 50.0 / 7.0 / 65534.0 * (1 << bits) as f32;
                    for (have, want) in have.iter().zip(&want) {
                        assert!((have - want).abs() <= most * 1.1, "{bits} {rows} {width} {depth} {block}: {have} {want}");
                    }
                }
            }
        }
    }

    #[test]
    fn exact_where_values_are_units() {
        // Values of ±32767 and zeros: nothing is rounded. Codes 9 and 7, each less 8.
        let layout = Layout { bits: 4, block: 32, depth: 32 };
        let (bytes, a) = ([0x79; 16], [32767.0, 0.0, 0.0, -32767.0].repeat(8));
        let codes = Codes { bytes: &bytes, scales: &[0.5], shifts: &[], layout };
        let mut out = [0.0];
        product(&a, codes, &[1.0], &mut [0.0; 18], &mut out);
        assert_eq!((out, work_len(&layout, 1)), ([32767.0 * 8.0 + 1.0], 18));
        // Nothing but zeros; and what is no number stays none.
        product(&[0.0; 32], codes, &[], &mut [0.0; 18], &mut out);
        assert_eq!(out, [0.0]);
        let mut none = [1.0; 32];
        none[5] = f32::NAN;
        product(&none, codes, &[], &mut [0.0; 18], &mut out);
        assert!(out[0].is_nan());
    }
}
