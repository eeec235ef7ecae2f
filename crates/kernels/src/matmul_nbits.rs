//! Products of rows of floats with matrices of 2, 4 or 8 bits a value, multiplied as they lie (com.microsoft's MatMulNBits).
//!
//! The codes of a column follow each other along the depth, low bits first, in blocks that have a scale each. Sixteen bytes
//! are four words; the codes that stand at one place in the four words become four floats by two shifts. The values that
//! they meet are laid side by side beforehand, once for all columns. A code stands for itself less the middle one,
//! `2^(bits − 1)`; where a block's zero point is another, the difference times the block's sum comes on top:
//! `Σ a (q − z) s = Σ a (q − m) s + (m − z) s Σ a`.

use crate::dot::dot;
use crate::matmul_f32::tiles;
use crate::nbits_panel::{PANEL, filled, floats};
use wide::bytemuck::cast;
use wide::{f32x4, i32x4};

/// Words of a step.
const WORDS: usize = 4;
/// Bytes of a step.
const BYTES: usize = 4 * WORDS;
/// Rows from which on codes are taken apart once for all of them.
const MANY: usize = 4;
/// Columns that a row meets at once.
const SIDE: usize = 4;

/// How codes lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Bits of a code: 2, 4 or 8.
    pub bits: usize,
    /// Codes of a block: a power of two, 16 at least.
    pub block: usize,
    /// Values of a row.
    pub depth: usize,
}

impl Layout {
    /// Blocks of a column; the last may be filled up.
    #[must_use]
    pub const fn blocks(&self) -> usize {
        self.depth.div_ceil(self.block)
    }

    /// Bytes of a column.
    #[must_use]
    pub const fn column(&self) -> usize {
        self.blocks() * self.block / 8 * self.bits
    }

    /// Whether several blocks share a step. Rare, and so always by panels.
    pub(crate) const fn narrow(&self) -> bool {
        self.block * self.bits < 8 * BYTES
    }

    /// Values of a row when it is laid out: whole steps.
    pub(crate) const fn row(&self) -> usize {
        self.column().div_ceil(BYTES) * (8 * BYTES / self.bits)
    }

    /// Floats of working memory that a product of so many rows takes.
    #[must_use]
    pub const fn work_len(&self, rows: usize) -> usize {
        if rows < MANY && !self.narrow() { (self.row() + self.blocks()) * rows } else { PANEL * filled(self) }
    }
}

/// The right side of a product.
#[derive(Clone, Copy, Debug)]
pub struct Codes<'a> {
    /// Codes, column by column.
    pub bytes: &'a [u8],
    /// Scales, one a block, column by column.
    pub scales: &'a [f32],
    /// (middle code − zero point) · scale of each block; empty where all zero points are the middle code.
    pub shifts: &'a [f32],
    /// How they lie.
    pub layout: Layout,
}

/// `out[r][c] = rows[r] · column c + bias[c]`: `bias` one value a column or empty, `work` of [`Layout::work_len`] floats,
/// whatever they are.
#[inline(never)]
pub fn product(rows: &[f32], codes: Codes<'_>, bias: &[f32], work: &mut [f32], out: &mut [f32]) {
    match codes.layout.bits {
        2 => all::<16>(rows, codes, bias, work, out),
        4 => all::<8>(rows, codes, bias, work, out),
        8 => all::<4>(rows, codes, bias, work, out),
        _ => out.fill(0.0),
    }
}

/// The values that meet four words of `PER` codes each.
type Step<const PER: usize> = [[f32; WORDS]; PER];

fn all<const PER: usize>(rows: &[f32], codes: Codes<'_>, bias: &[f32], work: &mut [f32], out: &mut [f32]) {
    let Layout { depth, block, .. } = codes.layout;
    let (count, blocks) = (rows.len() / depth.max(1), codes.layout.blocks());
    if count == 0 || blocks == 0 {
        return out.fill(0.0);
    }
    if count >= MANY || codes.layout.narrow() {
        let width = out.len() / count;
        let panel = work.as_chunks_mut().0.get_mut(..filled(&codes.layout)).unwrap_or_default();
        for at in (0..width).step_by(PANEL) {
            floats(&codes, at, panel);
            tiles(rows, panel.get(..depth).unwrap_or_default(), 0, bias, at, width, out);
        }
        return;
    }
    let steps = codes.layout.row() / (PER * WORDS);
    let (laid, sums) = work.split_at_mut((steps * PER * WORDS * count).min(work.len()));
    let laid = laid.as_chunks_mut::<WORDS>().0.as_chunks_mut::<PER>().0;
    for ((row, laid), sums) in rows.chunks_exact(depth).zip(laid.chunks_exact_mut(steps)).zip(sums.chunks_exact_mut(blocks)) {
        lay(row, laid);
        if !codes.shifts.is_empty() {
            for (sum, block) in sums.iter_mut().zip(row.chunks(block)) {
                *sum = block.iter().sum();
            }
        }
    }
    Side { codes, bias, sums, laid, steps, width: out.len() / count }.columns(out);
}

/// A row as steps; zeros past its end.
fn lay<const PER: usize>(row: &[f32], out: &mut [Step<PER>]) {
    for (c, step) in out.iter_mut().enumerate() {
        for (j, four) in step.iter_mut().enumerate() {
            for (l, cell) in four.iter_mut().enumerate() {
                *cell = row.get((c * WORDS + l) * PER + j).copied().unwrap_or(0.0);
            }
        }
    }
}

struct Side<'a, const PER: usize> {
    codes: Codes<'a>,
    bias: &'a [f32],
    /// Sums of the rows' blocks, where they are wanted.
    sums: &'a [f32],
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
            for (r, laid) in self.laid.chunks_exact(self.steps).enumerate() {
                let sums = tile(laid, &bytes, &scales, self.codes.layout.block);
                for (sum, n) in sums.iter().zip(at..self.width) {
                    let [a, b, c, d] = sum.to_array();
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
fn tile<const PER: usize>(row: &[Step<PER>], columns: &[&[u8]; SIDE], scales: &[&[f32]; SIDE], block: usize) -> [f32x4; SIDE] {
    let mut totals = [f32x4::ZERO; SIDE];
    let step = PER * WORDS;
    // Whole steps a block, one scale for all of it.
    let per_block = block / step;
    let columns = columns.map(|c| c.as_chunks::<BYTES>().0);
    let blocks = scales.iter().map(|s| s.len()).min().unwrap_or(0);
    for b in 0..blocks {
        let from = b * per_block;
        let row = row.get(from..from + per_block).unwrap_or_default();
        let columns = columns.map(|c| c.get(from..from + per_block).unwrap_or_default());
        let mut sums = [f32x4::ZERO; SIDE];
        let most = columns.iter().map(|c| c.len()).min().unwrap_or(0).min(row.len());
        let (row, columns) = (&row[..most], columns.map(|c| &c[..most]));
        for s in 0..most {
            meet(&row[s], std::array::from_fn(|c| columns[c][s]), &mut sums);
        }
        for ((total, sum), scales) in totals.iter_mut().zip(sums).zip(scales) {
            *total += sum * f32x4::splat(scales.get(b).copied().unwrap_or(0.0));
        }
    }
    totals
}

/// A step of a row with a step of columns.
#[inline]
fn meet<const PER: usize, const C: usize>(row: &Step<PER>, bytes: [[u8; BYTES]; C], sums: &mut [f32x4; C]) {
    let bits = 32 / PER as u32;
    // The highest bit of every code turned over: the code less the middle one, as a signed number.
    let middle = i32x4::splat(((u32::MAX / ((1 << bits) - 1)) << (bits - 1)).cast_signed());
    let mut words = bytes.map(|b| cast::<_, i32x4>(b) ^ middle);
    // From the highest code down, so that all shifts are by constants.
    for j in (0..PER).rev() {
        let codes: [f32x4; C] = words.map(|w| f32x4::from_i32x4(w >> (32 - bits)));
        words = words.map(|w| w << bits);
        let x = f32x4::from(row[j]);
        for (sum, q) in sums.iter_mut().zip(&codes) {
            *sum += x * *q;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Code `k` of column `c` of some matrix.
    fn code(k: usize, c: usize, bits: usize) -> usize {
        (k * 7 + c * 13 + k * c % 5) % (1 << bits)
    }

    #[test]
    fn against_the_definition() {
        for bits in [2, 4, 8] {
            for (rows, width, depth, block) in [
                (1, 1, 16, 16),
                (1, 5, 40, 16),
                (2, 4, 96, 32),
                (4, 3, 70, 32),
                (7, 9, 130, 64),
                (5, 2, 33, 16),
                (1, 6, 300, 128),
                (4, 2, 256, 256),
                (6, 17, 48, 16),
            ] {
                let layout = Layout { bits, block, depth };
                let mut bytes = vec![0_u8; layout.column() * width];
                for c in 0..width {
                    // Codes past the depth are there, and mean nothing.
                    for k in 0..layout.blocks() * block {
                        bytes[c * layout.column() + k * bits / 8] |= (code(k, c, bits) << (k * bits % 8)) as u8;
                    }
                }
                let scales: Vec<f32> = (0..layout.blocks() * width).map(|i| [0.5, 1.0, 2.0, -1.0][i % 4]).collect();
                let a: Vec<f32> = (0..rows * depth).map(|i| (i * 37 % 23) as f32 - 11.0).collect();
                let zeros: Vec<f32> = (0..scales.len()).map(|i| (i % 3) as f32 + 0.5).collect();
                let middle = (1 << (bits - 1)) as f32;
                let shifts: Vec<f32> = zeros.iter().zip(&scales).map(|(z, s)| (middle - z) * s).collect();
                let bias: Vec<f32> = (0..width).map(|c| c as f32).collect();
                for shifts in [&shifts[..], &[]] {
                    let mut out = vec![f32::NAN; rows * width];
                    let mut work = vec![f32::NAN; layout.work_len(rows)];
                    product(&a, Codes { bytes: &bytes, scales: &scales, shifts, layout }, &bias, &mut work, &mut out);
                    for (i, have) in out.iter().enumerate() {
                        let (r, c) = (i / width, i % width);
                        let term = |k: usize| {
                            let b = c * layout.blocks() + k / block;
                            let zero = if shifts.is_empty() { middle } else { zeros[b] };
                            a[r * depth + k] * (code(k, c, bits) as f32 - zero) * scales[b]
                        };
                        let want = (0..depth).map(term).sum::<f32>() + bias[c];
                        assert_eq!(*have, want, "{bits} {rows} {width} {depth} {block} {i}");
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_to_sum() {
        let layout = Layout { bits: 4, block: 16, depth: 0 };
        let mut out = [9.0; 2];
        product(&[], Codes { bytes: &[], scales: &[], shifts: &[], layout }, &[], &mut [], &mut out);
        assert_eq!(out, [0.0, 0.0]);
    }
}
