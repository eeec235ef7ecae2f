//! Codes of [`matmul_nbits`](crate::matmul_nbits) taken apart for many rows: eight columns at a time, side by side, as
//! [`matmul_f32`](crate::matmul_f32) has them.
//!
//! Taken apart row by row, codes cost more than they are multiplied with. Here it is done once for all rows, four columns at a time: a
//! word of each, shifted together. A panel stays in the nearest cache while the rows pass.

use crate::matmul_nbits::{Codes, Layout};
use wide::bytemuck::cast;
use wide::{f32x4, i16x8, i32x4};

/// Columns of a panel.
pub(crate) const PANEL: usize = 8;
/// Columns that are taken apart together.
const FOUR: usize = 4;

/// Two depths of a panel: both of a column, then those of the next.
pub(crate) type Pairs = [i16; 2 * PANEL];
/// A block of a panel: scales, then shifts.
pub(crate) type Part = [f32; 2 * PANEL];

/// Values of a column, its last block filled up.
pub(crate) const fn filled(layout: &Layout) -> usize {
    layout.blocks() * layout.block
}

/// Four columns, from one on: those past the last are zeros.
struct Columns<'a> {
    bytes: [&'a [u8]; FOUR],
    scales: [&'a [f32]; FOUR],
    shifts: [&'a [f32]; FOUR],
    middle: i32x4,
}

impl<'a> Columns<'a> {
    fn of(codes: &Codes<'a>, at: usize) -> Self {
        let (column, blocks, bits) = (codes.layout.column(), codes.layout.blocks(), codes.layout.bits);
        fn cut<T>(all: &[T], at: usize, len: usize) -> [&[T]; FOUR] {
            std::array::from_fn(|c| all.get((at + c) * len..(at + c + 1) * len).unwrap_or_default())
        }
        // The highest bit of every code turned over: the code less the middle one, as a signed number.
        let middle = i32x4::splat(((u32::MAX / ((1 << bits) - 1)) << (bits - 1)).cast_signed());
        Self {
            bytes: cut(codes.bytes, at, column),
            scales: cut(codes.scales, at, blocks),
            shifts: cut(codes.shifts, at, blocks),
            middle,
        }
    }

    /// Word `at` of each.
    fn words(&self, at: usize) -> i32x4 {
        let word = |bytes: &[u8]| bytes.as_chunks::<4>().0.get(at).map_or(0, |word| i32::from_le_bytes(*word));
        i32x4::from(self.bytes.map(word)) ^ self.middle
    }

    /// Scale and shift of a block of each.
    fn part(&self, block: usize) -> [[f32; FOUR]; 2] {
        [self.scales, self.shifts].map(|parts| parts.map(|p| p.get(block).copied().unwrap_or(0.0)))
    }
}

/// Takes columns from `at` on apart as floats: as many depths as [`filled`] says.
#[inline(never)]
pub(crate) fn floats(codes: &Codes<'_>, at: usize, panel: &mut [[f32; PANEL]]) {
    let Layout { bits, block, .. } = codes.layout;
    for half in 0..PANEL / FOUR {
        let columns = Columns::of(codes, at + half * FOUR);
        for (b, depths) in panel.chunks_exact_mut(block).enumerate() {
            let [scale, shift] = columns.part(b).map(f32x4::from);
            for (w, depths) in depths.chunks_exact_mut(32 / bits).enumerate() {
                let mut words = columns.words(b * block * bits / 32 + w);
                for depth in depths.iter_mut().rev() {
                    let values = f32x4::from_i32x4(words >> (32 - bits) as u32) * scale + shift;
                    words <<= bits as u32;
                    depth.as_chunks_mut().0.iter_mut().skip(half).take(1).for_each(|four| *four = values.to_array());
                }
            }
        }
    }
}

/// The same as 16-bit integers, less the middle code, two depths together; `parts` one a block.
#[inline(never)]
pub(crate) fn pairs(codes: &Codes<'_>, at: usize, panel: &mut [Pairs], parts: &mut [Part]) {
    let Layout { bits, block, .. } = codes.layout;
    let short = (16 - bits) as u32;
    for half in 0..PANEL / FOUR {
        let columns = Columns::of(codes, at + half * FOUR);
        for ((b, depths), part) in panel.chunks_exact_mut(block / 2).enumerate().zip(&mut *parts) {
            let cells = part.as_chunks_mut::<FOUR>().0.iter_mut().skip(half).step_by(PANEL / FOUR);
            cells.zip(columns.part(b)).for_each(|(cells, values)| *cells = values);
            for (w, depths) in depths.chunks_exact_mut(16 / bits).enumerate() {
                let mut words = columns.words(b * block * bits / 32 + w);
                for depth in depths.iter_mut().rev() {
                    // The highest code stays in the upper half, the one below it goes to the top of the lower.
                    let both = (words & i32x4::splat(!0xffff)) | (words >> short & i32x4::splat(0xffff));
                    words <<= 2 * bits as u32;
                    let values = cast::<_, i16x8>(both) >> short;
                    depth.as_chunks_mut().0.iter_mut().skip(half).take(1).for_each(|eight| *eight = values.to_array());
                }
            }
        }
    }
}
