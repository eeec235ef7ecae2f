//! Products of 8-bit matrices with 32-bit sums.
//!
//! Both sides are widened to 16 bits, because `i16 × i16 → i32` summed by pairs is one instruction in wasm
//! (`i32x4.dot_i16x8_s`) as on x86. A single row reads every column once and waits for memory, so for it two bytes share a
//! word and are taken apart on the way. A column's zero point is taken off its sum: `Σ a (b − z) = Σ a b − z Σ a`. Sums of
//! 8-bit products are exact in 32 bits up to 2¹⁵ terms of the largest size, and wrap beyond, as the ONNX reference does.

use wide::{i16x8, i32x4};

/// Values a vector holds.
const LANES: usize = 8;
/// Rows and columns are padded with zeros to a multiple of this.
const BLOCK: usize = 2 * LANES;

/// `depth` rounded up to whole blocks.
#[must_use]
pub const fn padded(depth: usize) -> usize {
    depth.next_multiple_of(BLOCK)
}

/// Words that a packed matrix takes. `single` is whether it will meet single rows.
#[must_use]
pub const fn packed_len(depth: usize, width: usize, single: bool) -> usize {
    width * if single { padded(depth) / 2 } else { padded(depth) }
}

/// Packs the matrix whose value in row `k` and column `c` is `value(k, c)`: fills `out`, [`packed_len`] words. Columns lie in
/// panels of `COLUMNS`, vector by vector in turns; those left over one by one.
pub fn pack(value: impl Fn(usize, usize) -> i8, depth: usize, width: usize, single: bool, out: &mut [i16]) {
    let step = packed_len(depth, 1, single);
    let panels = width - width % COLUMNS;
    for c in 0..width {
        let (first, of) = if c < panels { (c - c % COLUMNS, COLUMNS) } else { (c, 1) };
        for k in 0..depth {
            let (vector, shift) = match (single, k % BLOCK / LANES) {
                (false, _) => (k / LANES, None),
                (true, half) => (k / BLOCK, Some(half * 8)),
            };
            let v = value(k, c);
            if let Some(word) = out.get_mut(first * step + (vector * of + c - first) * LANES + k % LANES) {
                *word = shift.map_or(i16::from(v), |s| *word | (i16::from(v.cast_unsigned()) << s));
            }
        }
    }
}

/// Rows and columns of a tile: its eight sums stay in registers.
const ROWS: usize = 2;
const COLUMNS: usize = 4;

type Words = [i16; LANES];

/// The right side of a product.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    /// Of [`pack`]; made for single rows where there is one row.
    pub words: &'a [i16],
    /// Zero points: one for all columns, or one each.
    pub zeros: &'a [i32],
}

/// What becomes of a sum before it is stored.
trait Store: Copy {
    type Cell: Copy + Default;
    fn cell(self, sum: i32, column: usize) -> Self::Cell;
}

#[derive(Clone, Copy)]
struct AsIs;

impl Store for AsIs {
    type Cell = i32;
    #[inline]
    fn cell(self, sum: i32, _: usize) -> i32 {
        sum
    }
}

/// One scale for all columns, or one each, and then a shift, one each or none.
#[derive(Clone, Copy)]
struct Scaled<'a>(&'a [f32], &'a [f32]);

impl Store for Scaled<'_> {
    type Cell = f32;
    #[inline]
    fn cell(self, sum: i32, column: usize) -> f32 {
        let product = sum as f32 * one_or_each(self.0, column);
        // Not plus zero: that would make a zero of the other sign.
        self.1.get(column).map_or(product, |shift| product + shift)
    }
}

#[inline]
fn one_or_each<T: Copy + Default>(values: &[T], at: usize) -> T {
    values.get(if values.len() == 1 { 0 } else { at }).copied().unwrap_or_default()
}

/// `out[r][c] = rows[r] · (columns[c] − its zero point)`: rows hold `depth` values each, padded with zeros to
/// [`padded`]`(depth)`.
#[inline(never)]
pub fn product(rows: &[i16], columns: Columns<'_>, depth: usize, out: &mut [i32]) {
    all(rows, columns, depth, AsIs, out);
}

/// [`product`] in floats, times `scale` (one number, or one a column) plus `bias` (one a column, or empty).
#[inline(never)]
pub fn product_scaled(rows: &[i16], columns: Columns<'_>, depth: usize, scale: &[f32], bias: &[f32], out: &mut [f32]) {
    all(rows, columns, depth, Scaled(scale, bias), out);
}

fn all<S: Store>(rows: &[i16], columns: Columns<'_>, depth: usize, store: S, out: &mut [S::Cell]) {
    let (depth, single) = (padded(depth), rows.len() == padded(depth));
    let step = if single { depth / BLOCK } else { depth / LANES };
    let (rows, words) = (rows.as_chunks::<LANES>().0, columns.words.as_chunks::<LANES>().0);
    let width = words.len().checked_div(step).unwrap_or(0);
    if width == 0 {
        out.fill(S::Cell::default());
        return;
    }
    let mut place = Place { at: 0, width, zeros: columns.zeros, store };
    let mut fours = words.chunks_exact(COLUMNS * step);
    for four in fours.by_ref() {
        pass::<COLUMNS, S>(rows, four, single, place, out);
        place.at += COLUMNS;
    }
    for column in fours.remainder().chunks_exact(step) {
        pass::<1, S>(rows, column, single, place, out);
        place.at += 1;
    }
}

/// Where sums go: columns from `at` on.
#[derive(Clone, Copy)]
struct Place<'a, S> {
    at: usize,
    width: usize,
    zeros: &'a [i32],
    store: S,
}

/// All rows against a panel of `C` columns, which stays in the nearest cache.
#[inline]
fn pass<const C: usize, S: Store>(rows: &[Words], panel: &[Words], single: bool, place: Place<'_, S>, out: &mut [S::Cell]) {
    let panel = panel.as_chunks::<C>().0;
    if single {
        return put(&[rows], &[apart(rows, panel)], place, out);
    }
    let step = panel.len();
    let mut blocks = rows.chunks_exact(ROWS * step);
    let mut outs = out.chunks_exact_mut(ROWS * place.width);
    for (block, out) in blocks.by_ref().zip(outs.by_ref()) {
        let (first, second) = block.split_at(step);
        put(&[first, second], &tile(&[first, second], panel), place, out);
    }
    for (row, out) in blocks.remainder().chunks_exact(step).zip(outs.into_remainder().chunks_exact_mut(place.width)) {
        put(&[row], &tile(&[row], panel), place, out);
    }
}

#[inline]
fn put<const R: usize, const C: usize, S: Store>(
    rows: &[&[Words]; R],
    sums: &[[i32; C]; R],
    place: Place<'_, S>,
    out: &mut [S::Cell],
) {
    let Place { at, width, zeros, store } = place;
    for (r, (row, sums)) in rows.iter().zip(sums).enumerate() {
        let all = if matches!(zeros, [0]) { 0 } else { total(row) };
        for (c, (cell, sum)) in out.get_mut(r * width + at..r * width + at + C).into_iter().flatten().zip(sums).enumerate() {
            *cell = store.cell(sum.wrapping_sub(one_or_each(zeros, at + c).wrapping_mul(all)), at + c);
        }
    }
}

fn total(row: &[Words]) -> i32 {
    let ones = i16x8::splat(1);
    horizontal(row.iter().fold(i32x4::ZERO, |sum, v| sum + i16x8::from(*v).dot(ones)))
}

#[inline]
fn horizontal(sum: i32x4) -> i32 {
    sum.to_array().iter().fold(0, |a, b| i32::wrapping_add(a, *b))
}

#[inline]
fn tile<const R: usize, const C: usize>(rows: &[&[Words]; R], panel: &[[Words; C]]) -> [[i32; C]; R] {
    // One length for all, so that the bounds are checked once.
    let depth = rows.iter().map(|v| v.len()).min().unwrap_or(0).min(panel.len());
    let (rows, panel) = (rows.map(|v| &v[..depth]), &panel[..depth]);
    let mut sums = [[i32x4::ZERO; C]; R];
    for k in 0..depth {
        let x = rows.map(|v| i16x8::from(v[k]));
        for c in 0..C {
            let y = i16x8::from(panel[k][c]);
            for r in 0..R {
                sums[r][c] += x[r].dot(y);
            }
        }
    }
    sums.map(|row| row.map(horizontal))
}

/// One row against columns whose words hold two bytes.
#[inline]
fn apart<const C: usize>(row: &[Words], panel: &[[Words; C]]) -> [i32; C] {
    let mut sums = [i32x4::ZERO; C];
    for (pair, step) in row.as_chunks::<2>().0.iter().zip(panel) {
        let [low, high] = pair.map(i16x8::from);
        for c in 0..C {
            let words = i16x8::from(step[c]);
            sums[c] += low.dot((words << 8) >> 8) + high.dot(words >> 8);
        }
    }
    sums.map(horizontal)
}

/// To unsigned bytes over the values' own range, which always holds 0 (ONNX, DynamicQuantizeLinear): fills `out`, and
/// gives scale and zero point.
#[inline(never)]
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
        // By way of 32 bits: to bytes there is no instruction.
        *cell = ((v / divisor).round_ties_even() + zero).clamp(0.0, 255.0) as i32 as u8;
    }
    (scale, zero as u8)
}

/// Rows of `depth` bytes as 16 bits, each less its zero point (`zeros`: one, or one a row, in turns), padded with zeros to
/// [`padded`]`(depth)`: fills `out`.
#[inline(never)]
pub fn widen_rows_u8(bytes: &[u8], depth: usize, zeros: &[i16], out: &mut [i16]) {
    widen_rows(bytes, depth, zeros, out);
}

/// [`widen_rows_u8`] for signed bytes.
#[inline(never)]
pub fn widen_rows_i8(bytes: &[i8], depth: usize, zeros: &[i16], out: &mut [i16]) {
    widen_rows(bytes, depth, zeros, out);
}

fn widen_rows<T: Copy + Into<i16>>(bytes: &[T], depth: usize, zeros: &[i16], out: &mut [i16]) {
    let rows = bytes.chunks_exact(depth.max(1)).zip(out.chunks_exact_mut(padded(depth).max(1)));
    for ((row, out), zero) in rows.zip(zeros.iter().cycle()) {
        widen(row, *zero, out);
    }
}

#[inline]
fn widen<T: Copy + Into<i16>>(row: &[T], zero: i16, out: &mut [i16]) {
    for (out, v) in out.iter_mut().zip(row) {
        *out = (*v).into() - zero;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn against_the_definition() {
        for (rows, width, depth) in [(1, 1, 1), (2, 5, 3), (3, 9, 40), (1, 4, 8), (1, 7, 50)] {
            let a: Vec<i16> = (0..rows * depth).map(|i| (i * 37 % 511) as i16 - 255).collect();
            let b: Vec<i8> = (0..width * depth).map(|i| (i * 91 % 256) as u8 as i8).collect();
            let mut words = vec![0; packed_len(depth, width, rows == 1)];
            pack(|k, c| b[c * depth + k], depth, width, rows == 1, &mut words);
            let end = padded(depth) - depth;
            let pad = |v: &[i16]| v.iter().copied().chain(std::iter::repeat_n(0, end)).collect::<Vec<_>>();
            let padded_rows: Vec<i16> = a.chunks_exact(depth).flat_map(pad).collect();
            let each: Vec<i32> = (0..width).map(|c| c as i32 * 3 - 7).collect();
            for zeros in [&[0][..], &[-128], &each] {
                let columns = Columns { words: &words, zeros };
                let (mut out, mut floats) = (vec![0; rows * width], vec![0.0; rows * width]);
                product(&padded_rows, columns, depth, &mut out);
                product_scaled(&padded_rows, columns, depth, &[0.5], &vec![1.0; width], &mut floats);
                for r in 0..rows {
                    for c in 0..width {
                        let zero = zeros[if zeros.len() == 1 { 0 } else { c }];
                        let term = |k: usize| i32::from(a[r * depth + k]) * (i32::from(b[c * depth + k]) - zero);
                        let want: i32 = (0..depth).map(term).sum();
                        assert_eq!(out[r * width + c], want);
                        assert_eq!(floats[r * width + c], want as f32 * 0.5 + 1.0);
                    }
                }
            }
        }
    }

    #[test]
    fn rows_widened_by_hand() {
        let mut out = [9; 32];
        widen_rows_u8(&[1, 2, 3, 255], 2, &[1, 3], &mut out);
        assert_eq!(out[..3], [0, 1, 9]);
        assert_eq!(out[16..19], [0, 252, 9]);
        widen_rows_i8(&[-128, 127], 2, &[-1], &mut out);
        assert_eq!(out[..2], [-127, 128]);
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
