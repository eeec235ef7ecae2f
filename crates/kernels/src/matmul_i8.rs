//! Products of 8-bit matrices with 32-bit sums.
//!
//! `i16 × i16 → i32` summed by pairs is one instruction in wasm (`i32x4.dot_i16x8_s`) as on x86. So rows are widened to 16
//! bits beforehand; columns stay bytes, and are widened by the load that brings them (`i16x8.load8x8_s` in wasm). Two
//! values of a row, one after the other along the depth, meet those of eight columns at once, so that sums lie as they are
//! stored. One packed matrix serves any number of rows: a single row takes all columns of a panel at once, so that it reads
//! one run of memory, and a tile of rows some of them, so that its sums stay in registers. A column's zero point is taken
//! off its sum: `Σ a (b − z) = Σ a b − z Σ a`. Sums of 8-bit products are exact in 32 bits up to 2¹⁵ terms of the largest
//! size, and wrap beyond, as the ONNX reference does.

use crate::widen::{padded, widened};
use wide::bytemuck::{cast, cast_slice, cast_slice_mut};
use wide::{f32x4, i16x8, i32x4, i32x8, u8x16};

/// Values a vector holds.
const LANES: usize = 8;
/// Sums a vector holds.
const FOUR: usize = 4;
/// Columns of a panel.
const PANEL: usize = 2 * TILE;
/// Columns of a tile.
const TILE: usize = 2 * FOUR;
/// Rows of a tile.
const ROWS: usize = 4;

/// Bytes that a packed matrix takes.
#[must_use]
pub const fn packed_len(depth: usize, width: usize) -> usize {
    width.next_multiple_of(PANEL) * depth.next_multiple_of(2)
}

/// Packs a matrix of `width` columns that lies row after row, the bits of `turned` turned over in every byte: fills `out`,
/// [`packed_len`] zeros. Columns past the width stay zeros.
#[inline(never)]
pub fn pack(bytes: &[u8], turned: u8, depth: usize, width: usize, out: &mut [u8]) {
    for (k, row) in bytes.chunks_exact(width.max(1)).take(depth).enumerate() {
        for (columns, panel) in row.chunks(PANEL).zip(out.chunks_exact_mut(packed_len(depth, PANEL).max(1))) {
            let cells = panel.get_mut(place(k)..).unwrap_or_default().iter_mut().step_by(2);
            cells.zip(columns).for_each(|(cell, byte)| *cell = byte ^ turned);
        }
    }
}

/// What [`pack`] packed, put back: fills `bytes`, `depth` rows of `width`.
#[inline(never)]
pub fn unpack(packed: &[u8], turned: u8, depth: usize, width: usize, bytes: &mut [u8]) {
    for (k, row) in bytes.chunks_exact_mut(width.max(1)).take(depth).enumerate() {
        for (columns, panel) in row.chunks_mut(PANEL).zip(packed.chunks_exact(packed_len(depth, PANEL).max(1))) {
            let cells = panel.get(place(k)..).unwrap_or_default().iter().step_by(2);
            columns.iter_mut().zip(cells).for_each(|(byte, cell)| *byte = cell ^ turned);
        }
    }
}

/// Where in a panel row `k` begins: the values of two rows take turns.
const fn place(k: usize) -> usize {
    k / 2 * 2 * PANEL + k % 2
}

type Words = [i16; LANES];
/// Two values of a row.
type Pair = [i16; 2];
/// Two values each of a panel's columns, tile by tile.
type Step = [[i8; 2 * TILE]; PANEL / TILE];
/// Those of one row in a tile.
type Sums = [i32x4; TILE / FOUR];

/// The right side of a product.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    /// Of [`pack`]: signed bytes.
    pub packed: &'a [u8],
    /// Zero points: one for all columns, or one each.
    pub zeros: &'a [i32],
}

/// What becomes of four sums before they are stored.
trait Store {
    type Cell: Copy + Default;
    /// What is known of four columns.
    type Four: Copy;
    fn columns(&self, at: usize) -> Self::Four;
    fn four(sums: i32x4, columns: Self::Four) -> [Self::Cell; FOUR];
}

struct AsIs;

impl Store for AsIs {
    type Cell = i32;
    type Four = ();
    #[inline]
    fn columns(&self, _: usize) {}
    #[inline]
    fn four(sums: i32x4, (): ()) -> [i32; FOUR] {
        cast(sums)
    }
}

/// A scale and then a shift: one for all columns, or one each.
struct Scaled<'a> {
    scale: &'a [f32],
    shift: &'a [f32],
}

impl Store for Scaled<'_> {
    type Cell = f32;
    type Four = [f32x4; 2];
    #[inline]
    fn columns(&self, at: usize) -> [f32x4; 2] {
        // Nothing added is −0: 0 would make a zero of the other sign.
        [of(self.scale, at, 0.0).into(), of(self.shift, at, -0.0).into()]
    }
    #[inline]
    fn four(sums: i32x4, [scale, shift]: [f32x4; 2]) -> [f32; FOUR] {
        cast(f32x4::from_i32x4(sums) * scale + shift)
    }
}

/// Those of four columns, of values that are one for all columns or one each.
#[inline]
fn of<T: Copy>(values: &[T], column: usize, default: T) -> [T; FOUR] {
    if let [one] = values {
        return [*one; FOUR];
    }
    let rest = values.get(column..).unwrap_or_default();
    rest.first_chunk().copied().unwrap_or_else(|| {
        let mut some = [default; FOUR];
        some.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        some
    })
}

/// 32-bit words of working memory that a product of so many rows takes.
#[must_use]
pub const fn work_len(rows: usize, depth: usize) -> usize {
    rows + if rows == 1 { 0 } else { rows.next_multiple_of(ROWS).saturating_mul(padded(depth)) / 2 }
}

/// `out[r][c] = rows[r] · (columns[c] − its zero point)`: rows hold `depth` values each, padded with zeros to
/// [`padded`]; `work` holds [`work_len`] words, whatever they are.
#[inline(never)]
pub fn product(rows: &[i16], columns: Columns<'_>, depth: usize, work: &mut [i32], out: &mut [i32]) {
    all(rows, columns, depth, &AsIs, work, out);
}

/// [`product`] in floats, times `scale` (one number, or one a column) plus `bias` (one for all columns, one each, or empty).
#[inline(never)]
pub fn product_scaled(
    rows: &[i16],
    columns: Columns<'_>,
    depth: usize,
    (scale, bias): (&[f32], &[f32]),
    work: &mut [i32],
    out: &mut [f32],
) {
    all(rows, columns, depth, &Scaled { scale, shift: bias }, work, out);
}

fn all<S: Store>(rows: &[i16], columns: Columns<'_>, depth: usize, store: &S, work: &mut [i32], out: &mut [S::Cell]) {
    let (pairs, depth) = (depth.div_ceil(2), padded(depth));
    let Some(count) = rows.len().checked_div(depth).filter(|count| *count > 0) else {
        return out.fill(S::Cell::default());
    };
    let width = out.len() / count;
    let (totals, tiles) = work.split_at_mut(count.min(work.len()));
    let none = matches!(columns.zeros, [0]);
    if !none {
        for (cell, row) in totals.iter_mut().zip(rows.chunks_exact(depth)) {
            *cell = total(row.as_chunks().0);
        }
    }
    let place = Place { zeros: columns.zeros, totals: if none { &[] } else { totals }, store };
    let steps = cast_slice::<u8, i8>(columns.packed).as_chunks().0.as_chunks().0;
    // Rows of a tile side by side, so that a step reads one run of memory of either side.
    let tiles = cast_slice_mut::<i32, i16>(tiles).as_chunks_mut().0.as_chunks_mut::<ROWS>().0;
    if count > 1 {
        for (tile, block) in tiles.chunks_exact_mut(depth / 2).zip(rows.chunks(ROWS * depth)) {
            beside(block, depth, tile);
        }
    }
    for (panel, at) in steps.chunks_exact(pairs).zip((0..width).step_by(PANEL)) {
        if count == 1 {
            for (sums, at) in along(rows.as_chunks().0, panel).into_iter().zip((at..width).step_by(TILE)) {
                place.put(sums, &place.columns(at), 0, at, out);
            }
            continue;
        }
        // Columns stay in the nearest cache while all rows pass.
        for (part, at) in (at..width).step_by(TILE).take(PANEL / TILE).enumerate() {
            let columns = place.columns(at);
            let outs = out.chunks_mut(ROWS * width).zip((0..).step_by(ROWS));
            for (rows, (out, first)) in tiles.chunks_exact(depth / 2).zip(outs) {
                // Rows past the last have no place.
                for ((row, sums), out) in (first..).zip(tile(rows, panel, part)).zip(out.chunks_exact_mut(width)) {
                    place.put(sums, &columns, row, at, out);
                }
            }
        }
    }
}

/// Up to [`ROWS`] rows, pair by pair; zeros for those that are not there.
fn beside(block: &[i16], depth: usize, out: &mut [[Pair; ROWS]]) {
    let mut rows: [&[Pair]; ROWS] = [&[]; ROWS];
    for (row, values) in rows.iter_mut().zip(block.chunks_exact(depth)) {
        *row = values.as_chunks().0;
    }
    for (k, step) in out.iter_mut().enumerate() {
        *step = rows.map(|row| row.get(k).copied().unwrap_or_default());
    }
}

/// Where sums go, and what is done to them.
struct Place<'a, S> {
    zeros: &'a [i32],
    /// Sums of the rows; empty where no column has a zero point.
    totals: &'a [i32],
    store: &'a S,
}

impl<S: Store> Place<'_, S> {
    /// Zero points of a tile's columns, and what else is known of each four.
    #[inline]
    fn columns(&self, at: usize) -> [(i32x4, S::Four); TILE / FOUR] {
        [at, at + FOUR].map(|at| (of(self.zeros, at, 0).into(), self.store.columns(at)))
    }

    /// Columns from `at` on of one row: `at` is below its end.
    #[inline]
    fn put(&self, sums: Sums, columns: &[(i32x4, S::Four); TILE / FOUR], row: usize, at: usize, out: &mut [S::Cell]) {
        let total = self.totals.get(row).map(|total| i32x4::splat(*total));
        let cells = |v: usize| {
            let (zeros, columns) = columns[v];
            S::four(total.map_or(sums[v], |total| sums[v] - zeros * total), columns)
        };
        let out = out.get_mut(at..).unwrap_or_default();
        // Those of a last tile apart: else one copy of any length would serve both, and cost more than the sums.
        match out.as_chunks_mut().0.first_chunk_mut() {
            Some(out) => *out = [cells(0), cells(1)],
            None => part(out, [cells(0), cells(1)].as_flattened()),
        }
    }
}

/// What fits in.
#[cold]
#[inline(never)]
fn part<T: Copy>(row: &mut [T], cells: &[T]) {
    row.iter_mut().zip(cells).for_each(|(out, cell)| *out = *cell);
}

fn total(row: &[Words]) -> i32 {
    let ones = i16x8::splat(1);
    horizontal(row.iter().fold(i32x4::ZERO, |sum, v| sum + i16x8::from(*v).dot(ones)))
}

#[inline]
fn horizontal(sum: i32x4) -> i32 {
    sum.to_array().iter().fold(0, |a, b| i32::wrapping_add(a, *b))
}

/// Rows against one part of a panel's columns. No more than a step a turn: two of them need more registers than there are.
#[inline]
fn tile(rows: &[[Pair; ROWS]], panel: &[Step], part: usize) -> [Sums; ROWS] {
    let mut sums = [[i32x4::ZERO; TILE / FOUR]; ROWS];
    for (row, step) in rows.iter().zip(panel) {
        let columns = widened(step[part % step.len()]);
        for r in 0..ROWS {
            add(&mut sums[r], row[r], columns);
        }
    }
    sums
}

/// A single row against all columns of a panel.
#[inline]
fn along(row: &[Pair], panel: &[Step]) -> [Sums; PANEL / TILE] {
    let mut sums = [[i32x4::ZERO; TILE / FOUR]; PANEL / TILE];
    for (pair, step) in row.iter().zip(panel) {
        for (sums, columns) in sums.iter_mut().zip(step) {
            add(sums, *pair, widened(*columns));
        }
    }
    sums
}

#[inline]
fn add(sums: &mut Sums, pair: Pair, columns: [i16x8; TILE / FOUR]) {
    let pair: i16x8 = cast(i32x4::splat(cast(pair)));
    for (sum, columns) in sums.iter_mut().zip(columns) {
        *sum += pair.dot(columns);
    }
}

/// A float plus this has no fraction, and the number in its lowest bits.
const WHOLE: f32 = 8_388_608.0;

/// To unsigned bytes over the values' own range, which always holds 0 (ONNX, DynamicQuantizeLinear): fills `out`, and
/// gives scale and zero point.
#[inline(never)]
pub fn quantise(values: &[f32], out: &mut [u8]) -> (f32, u8) {
    let (blocks, rest) = values.as_chunks::<BYTES>();
    let (mut low, mut high) = ([f32x4::ZERO; BYTES / FOUR], [f32x4::ZERO; BYTES / FOUR]);
    for block in blocks {
        for ((low, high), v) in low.iter_mut().zip(&mut high).zip(block.as_chunks::<FOUR>().0) {
            let v = f32x4::from(*v);
            *low = v.simd_lt(*low).select(v, *low);
            *high = v.simd_gt(*high).select(v, *high);
        }
    }
    let of = |sides: &[f32x4], pick: fn(f32, f32) -> f32| {
        sides.iter().flat_map(|v| v.to_array()).chain(rest.iter().copied()).fold(0.0_f32, pick)
    };
    let (low, high) = (of(&low, f32::min), of(&high, f32::max));
    let scale = (high - low) / 255.0;
    // All zeros: any scale serves by which one can divide.
    let scale = if scale == 0.0 { 1.0 } else { scale };
    let zero = (-low / scale).clamp(0.0, 255.0).round_ties_even();
    let (cells, last) = out.as_chunks_mut::<BYTES>();
    for (cells, block) in cells.iter_mut().zip(blocks) {
        *cells = bytes(block, scale, zero);
    }
    let mut block = [0.0; BYTES];
    for (cell, v) in block.iter_mut().zip(rest) {
        *cell = *v;
    }
    for (cell, byte) in last.iter_mut().zip(bytes(&block, scale, zero)) {
        *cell = byte;
    }
    (scale, zero as u8)
}

/// Bytes made at a time.
const BYTES: usize = 16;
#[inline]
fn bytes(block: &[f32; BYTES], divisor: f32, zero: f32) -> [u8; BYTES] {
    let (divisor, zero, whole) = (f32x4::splat(divisor), f32x4::splat(zero), f32x4::splat(WHOLE));
    let mut numbers = [[0_i32; FOUR]; BYTES / FOUR];
    for (numbers, v) in numbers.iter_mut().zip(block.as_chunks::<FOUR>().0) {
        let v = (f32x4::from(*v) / divisor).round_ties_even() + zero;
        // What is no number is 0.
        let v = v.simd_gt(f32x4::ZERO) & v;
        *numbers = cast(cast::<_, i32x4>(v + whole) - cast::<_, i32x4>(whole));
    }
    let [low, high] = cast::<_, [i32x8; 2]>(numbers).map(i16x8::from_i32x8_saturate);
    cast(u8x16::narrow_i16x8(low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn against_the_definition() {
        let shapes = [(1, 1, 1), (2, 5, 3), (3, 9, 40), (1, 4, 8), (1, 7, 50), (9, 16, 33), (4, 21, 16), (5, 17, 2), (1, 40, 31)];
        for (rows, width, depth) in shapes.into_iter().chain((1..35).map(|n| (n % 6 + 1, n, n * 7 % 37 + 1))) {
            let a: Vec<i16> = (0..rows * depth).map(|i| (i * 37 % 511) as i16 - 255).collect();
            let b: Vec<u8> = (0..width * depth).map(|i| (i * 91 % 256) as u8).collect();
            let turned = if width % 2 == 0 { 128 } else { 0 };
            let mut packed = vec![0; packed_len(depth, width)];
            pack(&b, turned, depth, width, &mut packed);
            let end = padded(depth) - depth;
            let pad = |v: &[i16]| v.iter().copied().chain(std::iter::repeat_n(0, end)).collect::<Vec<_>>();
            let padded_rows: Vec<i16> = a.chunks_exact(depth).flat_map(pad).collect();
            let each: Vec<i32> = (0..width).map(|c| c as i32 * 3 - 7).collect();
            for zeros in [&[0][..], &[-128], &each] {
                let columns = Columns { packed: &packed, zeros };
                let (mut out, mut floats) = (vec![0; rows * width], vec![0.0; rows * width]);
                let mut work = vec![77; work_len(rows, depth)];
                product(&padded_rows, columns, depth, &mut work, &mut out);
                product_scaled(&padded_rows, columns, depth, (&[0.5], &vec![1.0; width]), &mut work, &mut floats);
                for r in 0..rows {
                    for c in 0..width {
                        let zero = zeros[if zeros.len() == 1 { 0 } else { c }];
                        let term = |k: usize| i32::from(a[r * depth + k]) * (i32::from((b[k * width + c] ^ turned) as i8) - zero);
                        let want: i32 = (0..depth).map(term).sum();
                        assert_eq!(out[r * width + c], want);
                        assert_eq!(floats[r * width + c], want as f32 * 0.5 + 1.0);
                    }
                }
            }
            let mut again = vec![9; b.len()];
            unpack(&packed, turned, depth, width, &mut again);
            assert_eq!(again, b);
        }
    }

    #[test]
    fn a_row_comes_out_the_same_alone_and_among_others() {
        let (rows, width, depth) = (6, 27, 48);
        let a: Vec<i16> = (0..rows * depth).map(|i| (i * 101 % 511) as i16 - 255).collect();
        let b: Vec<u8> = (0..width * depth).map(|i| (i * 57 % 256) as u8).collect();
        let mut packed = vec![0; packed_len(depth, width)];
        pack(&b, 0, depth, width, &mut packed);
        let columns = Columns { packed: &packed, zeros: &[3] };
        let run = |rows: &[i16]| {
            let count = rows.len() / depth;
            let (mut work, mut out) = (vec![0; work_len(count, depth)], vec![0.0; count * width]);
            product_scaled(rows, columns, depth, (&[0.37], &[]), &mut work, &mut out);
            out
        };
        assert_eq!(a.chunks_exact(depth).flat_map(&run).collect::<Vec<_>>(), run(&a));
    }

    #[test]
    fn the_largest_sums() {
        // −255 · −128 over the depth: what neither side has more of.
        let (width, depth) = (9, 64);
        let mut packed = vec![0; packed_len(depth, width)];
        pack(&vec![0x80; width * depth], 0, depth, width, &mut packed);
        for rows in [1, 5] {
            let (mut work, mut out) = (vec![0; work_len(rows, depth)], vec![0; rows * width]);
            product(&vec![-255; rows * depth], Columns { packed: &packed, zeros: &[127] }, depth, &mut work, &mut out);
            assert_eq!(out, vec![255 * 255 * depth as i32; rows * width]);
        }
    }

    #[test]
    fn quantised_by_hand() {
        // Range [−1, 2]: scale 3/255, zero point 85.
        let mut out = [0; 4];
        let (scale, zero) = quantise(&[-1.0, 0.0, 2.0, 0.5], &mut out);
        assert_eq!((scale, zero, out), (3.0 / 255.0, 85, [0, 85, 255, 127]));
        assert_eq!(quantise(&[0.0; 9], &mut [1; 9]), (1.0, 0));
    }

    #[test]
    fn quantised_as_the_formula_says() {
        let values: Vec<f32> = (0..1000).map(|i| ((i * 7919 % 1021) as f32 - 300.0) / 64.0).collect();
        for n in [1, 15, 16, 17, 1000] {
            let mut out = vec![0; n];
            let (scale, zero) = quantise(&values[..n], &mut out);
            for (v, byte) in values.iter().zip(out) {
                let want = ((v / scale).round_ties_even() + f32::from(zero)).clamp(0.0, 255.0);
                assert_eq!(f32::from(byte), want, "{v}");
            }
        }
    }
}
