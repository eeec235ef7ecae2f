//! Upper bounds of dot products from four bits a value: half of what the 8-bit rows would read.
//!
//! Rows stand in blocks of 32. A value is one of sixteen levels; the codes of two rows share a byte, and those of one
//! value in all rows of a block are one vector of 16 bytes, a plane. The query becomes a table of 16 entries a plane,
//! and looking up 16 codes is one instruction (`i8x16.swizzle`; André, Kermarrec and Le Scouarnec, "Cache locality is
//! not enough", VLDB 2015). The last plane holds how far the codes are from the row.

use wide::bytemuck::cast;
use wide::{u8x16, u16x8};

/// Rows a block.
pub const BLOCK: usize = 32;
/// Most values a row: sums of the tables' entries fit 16 bits.
pub const MAX_DIM: usize = 256;

/// Distance of sixteen even levels for a normal distribution of variance 1 (Max 1960).
const STEP: f32 = 0.3352;
/// Levels a value, and steps in which the distance of a row from its codes is kept.
const LEVELS: usize = 16;

/// Mean and standard deviation of each value, in which the levels are told, and the distances' range.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    mean: Vec<f32>,
    deviation: Vec<f32>,
    near: f32,
    far: f32,
}

impl Levels {
    /// From a sample of rows.
    #[must_use]
    pub fn of<'a>(rows: impl Iterator<Item = (&'a [i8], f32)>, dim: usize) -> Self {
        let (mut sums, mut squares, mut n) = (vec![0.0_f32; dim], vec![0.0_f32; dim], 0.0_f32);
        for (row, scale) in rows {
            n += 1.0;
            for ((sum, square), r) in sums.iter_mut().zip(&mut squares).zip(row) {
                let v = f32::from(*r) * scale;
                *sum += v;
                *square += v * v;
            }
        }
        let n = n.max(1.0);
        let mean: Vec<f32> = sums.iter().map(|s| s / n).collect();
        let deviation = squares.iter().zip(&mean).map(|(s, m)| (s / n - m * m).max(0.0).sqrt()).collect();
        Self { mean, deviation, near: 0.0, far: 0.0 }
    }

    fn level(&self, j: usize, code: usize) -> f32 {
        let of = |v: &[f32]| v.get(j).copied().unwrap_or(0.0);
        of(&self.mean) + of(&self.deviation) * STEP * (code as f32 - 7.5)
    }

    /// Planes a block: one a value, and the distances.
    #[must_use]
    pub const fn planes(&self) -> usize {
        self.mean.len() + 1
    }

    /// The codes of all rows of `mean.len()` values, block by block; the rows that fill the last block are zeros.
    #[must_use]
    pub fn encode(&mut self, rows: &[i8], scales: &[f32]) -> Vec<[u8; 16]> {
        let dim = self.mean.len().max(1);
        let planes = self.planes();
        let mut codes = vec![[0_u8; 16]; scales.len().div_ceil(BLOCK) * planes];
        let mut distances = Vec::with_capacity(scales.len());
        let inverse: Vec<f32> = self.deviation.iter().map(|d| if *d > 0.0 { 1.0 / (d * STEP) } else { 0.0 }).collect();
        let mut row_codes = vec![0_u8; dim];
        for ((i, row), scale) in rows.chunks_exact(dim).enumerate().zip(scales) {
            let mut square = 0.0_f32;
            let of = self.mean.iter().zip(&self.deviation).zip(&inverse);
            for ((code, r), ((mean, deviation), inverse)) in row_codes.iter_mut().zip(row).zip(of) {
                let v = f32::from(*r) * scale;
                let level = ((v - mean) * inverse + 8.0).clamp(0.0, 15.0) as u8;
                *code = level;
                let off = v - (mean + deviation * STEP * (f32::from(level) - 7.5));
                square += off * off;
            }
            distances.push(square.sqrt());
            let block = codes.get_mut(i / BLOCK * planes..).unwrap_or_default();
            for (plane, code) in block.iter_mut().zip(&row_codes) {
                put(plane, i % BLOCK, *code);
            }
        }
        self.near = distances.iter().copied().fold(f32::INFINITY, f32::min).min(f32::MAX);
        self.far = distances.iter().copied().fold(0.0, f32::max);
        let width = (self.far - self.near) / LEVELS as f32;
        for (i, distance) in distances.iter().enumerate() {
            // Rounded up, and one step more where the division may have rounded down.
            let step = if width > 0.0 { ((distance - self.near) / width * 1.0001) as usize } else { 0 };
            if let Some(plane) = codes.get_mut(i / BLOCK * planes + planes - 1) {
                put(plane, i % BLOCK, step.min(LEVELS - 1) as u8);
            }
        }
        codes
    }

    /// The query's table a plane, in `tables`. The bound of a row is `base + step ·` the sum of its entries; returns
    /// base and step.
    pub fn tables(&self, query: &[f32], tables: &mut Vec<[u8; 16]>) -> (f32, f32) {
        let length = query.iter().map(|q| q * q).sum::<f32>().sqrt() * 1.0001;
        let width = (self.far - self.near) / LEVELS as f32;
        let q = |j: usize| query.get(j).copied().unwrap_or(0.0);
        let last = self.planes() - 1;
        let plane = |j: usize| -> [f32; 16] {
            std::array::from_fn(|code| {
                if j == last { length * (self.near + width * (code + 1) as f32) * 1.0001 } else { q(j) * self.level(j, code) }
            })
        };
        let least = |t: &[f32; 16]| t.iter().copied().fold(f32::INFINITY, f32::min);
        let range = |t: &[f32; 16]| t.iter().copied().fold(f32::NEG_INFINITY, f32::max) - least(t);
        let (mut base, mut widest) = (0.0_f32, 0.0_f32);
        for t in (0..=last).map(plane) {
            base += least(&t);
            widest = widest.max(range(&t));
        }
        let step = (widest / 254.0).max(1e-30);
        tables.clear();
        tables.extend((0..=last).map(plane).map(|t| {
            let least = least(&t);
            t.map(|v| ((v - least) / step).ceil() as u8)
        }));
        (base, step)
    }
}

/// Rows 0 to 7 of a block's half stand at even bytes, 8 to 15 at odd ones, so that sums of 16 bits come out in order.
fn put(plane: &mut [u8; 16], row: usize, code: u8) {
    let (half, row) = (row / 16, row % 16);
    if let Some(byte) = plane.get_mut(row % 8 * 2 + row / 8) {
        *byte |= code << (4 * half);
    }
}

/// Sums of the tables' entries of every row, and the largest of each two blocks.
pub fn sums(codes: &[[u8; 16]], tables: &[[u8; 16]], out: &mut [[u16; BLOCK]], largest: &mut [u16]) {
    let planes = tables.len().max(1);
    let low = u8x16::splat(15);
    let pairs = codes.chunks(2 * planes).zip(out.chunks_mut(2)).zip(largest);
    for ((codes, out), largest) in pairs {
        let mut most = u16x8::ZERO;
        for (block, out) in codes.chunks_exact(planes).zip(out) {
            // Even bytes' entries with the odd ones above them, and the odd ones alone.
            let (mut a, mut a_odd, mut b, mut b_odd) = (u16x8::ZERO, u16x8::ZERO, u16x8::ZERO, u16x8::ZERO);
            for (codes, table) in block.iter().zip(tables) {
                let (codes, table) = (u8x16::from(*codes), u8x16::from(*table));
                let high: u8x16 = cast(cast::<_, u16x8>(codes) >> 4_u32);
                let first: u16x8 = cast(table.shuffle_zeroing(codes & low));
                let second: u16x8 = cast(table.shuffle_zeroing(high & low));
                a += first;
                a_odd += first >> 8_u32;
                b += second;
                b_odd += second >> 8_u32;
            }
            let sums = [a - (a_odd << 8_u32), a_odd, b - (b_odd << 8_u32), b_odd];
            for (to, sum) in out.as_chunks_mut::<8>().0.iter_mut().zip(sums) {
                *to = sum.to_array();
                most = most.max(sum);
            }
        }
        *largest = most.reduce_max();
    }
}

/// Which of the sums of two blocks are at least `least`: the first in the lowest bit.
#[must_use]
pub fn at_least(sums: &[[u16; BLOCK]; 2], least: u16) -> u64 {
    let least = u16x8::splat(least);
    let mut mask = 0;
    for (eight, at) in sums.as_flattened().as_chunks::<8>().0.iter().zip(0..) {
        let sums = u16x8::from(*eight);
        mask |= u64::from(sums.max(least).simd_eq(sums).to_bitmask()) << (8 * at);
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_and_are_near() {
        let mut state = 9_u32;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        };
        for dim in [1, 2, 7, 16, 48, 64, 130] {
            for n in [1, 31, 32, 33, 64, 65, 200] {
                let rows: Vec<i8> = (0..n * dim).map(|_| ((random() + random()) * 63.0) as i8).collect();
                let scales: Vec<f32> = (0..n).map(|_| 0.01 + random().abs() * 0.002).collect();
                let query: Vec<f32> = (0..dim).map(|_| random()).collect();
                let mut levels = Levels::of(rows.chunks_exact(dim).zip(scales.iter().copied()), dim);
                let codes = levels.encode(&rows, &scales);
                let mut tables = Vec::new();
                let (base, step) = levels.tables(&query, &mut tables);
                let mut out = vec![[0; BLOCK]; n.div_ceil(BLOCK)];
                let mut largest = vec![0; n.div_ceil(2 * BLOCK)];
                sums(&codes, &tables, &mut out, &mut largest);
                let length = query.iter().map(|q| q * q).sum::<f32>().sqrt();
                for i in 0..n {
                    let x: f32 = rows[i * dim..][..dim].iter().zip(&query).map(|(r, q)| f32::from(*r) * scales[i] * q).sum();
                    let sum = out[i / BLOCK][i % BLOCK];
                    let bound = base + step * f32::from(sum);
                    assert!(bound >= x - 1e-4, "{dim} {n}: {bound} {x}");
                    assert!(
                        bound <= x + 2.2 * length * levels.far + step * levels.planes() as f32 + 1e-4,
                        "{dim} {n}: {bound} {x}"
                    );
                    assert!(largest[i / (2 * BLOCK)] >= sum);
                    let two = [out[i / (2 * BLOCK) * 2], *out.get(i / (2 * BLOCK) * 2 + 1).unwrap_or(&[0; BLOCK])];
                    for least in [0, 1, sum.saturating_sub(1), sum, sum + 1, u16::MAX] {
                        assert_eq!(at_least(&two, least) >> (i % 64) & 1 == 1, sum >= least);
                    }
                }
            }
        }
    }
}
