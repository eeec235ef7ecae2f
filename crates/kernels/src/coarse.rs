//! Upper bounds of dot products from two or four bits a value, of the eight that a row has.
//!
//! Coded is what a row has beside the middle of its block's cone (`cones`). Rows stand in blocks of 64. A value is one of
//! 4 or 16 levels, so four bits code two values or one; the four bits of two rows share a byte, and those of one
//! place in all rows of a block are two vectors of 16 bytes, a plane. The query becomes a table of 16 entries a plane, and
//! looking up 16 codes is one instruction (`i8x16.swizzle`; André, Kermarrec and Le Scouarnec, "Cache locality is not
//! enough", VLDB 2015). The last plane holds how far the codes are from the row.

use crate::cones::Cones;
use crate::scan::BLOCK;
use wide::bytemuck::cast;
use wide::{u8x16, u16x8};

/// Most values a row: sums of the tables' entries fit 16 bits.
pub const MAX_DIM: usize = 256;

/// Four bits of every row of a block.
pub type Plane = [[u8; 16]; 2];

/// Bits a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// Four levels.
    Two,
    /// Sixteen.
    Four,
}

impl Width {
    /// How many bits.
    const fn bits(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Four => 4,
        }
    }

    /// Distance of even levels for a normal distribution of variance 1 (Max 1960).
    const fn step(self) -> f32 {
        match self {
            Self::Two => 0.9957,
            Self::Four => 0.3352,
        }
    }
}

/// Largest entry of a table: two of them fit a byte.
const ENTRY: f32 = 127.0;
/// Codes a plane, and steps in which the distance of a row from its codes is kept.
const CODES: usize = 16;

/// Rows of eight bits beside the middle of their block's cone: what is coded.
#[derive(Clone, Copy, Debug)]
pub struct Rest<'a> {
    /// Values, row by row.
    pub rows: &'a [i8],
    /// One scale a row.
    pub scales: &'a [f32],
    /// The cones of the rows' blocks.
    pub cones: &'a Cones,
}

impl Rest<'_> {
    fn row(&self, i: usize, dim: usize) -> (&[i8], f32) {
        (self.rows.get(i * dim..(i + 1) * dim).unwrap_or_default(), self.scales.get(i).copied().unwrap_or(0.0))
    }

    fn read(&self, i: usize, out: &mut [f32]) {
        let (row, scale) = self.row(i, out.len());
        self.cones.residual(i / BLOCK, row, scale, out);
    }

    /// How much of the rows' length lies beside the middles of the cones, over every `stride`-th row of `dim` values: 0 where
    /// all are one with them, 1 where the cones tell nothing.
    #[must_use]
    pub fn share(&self, dim: usize, stride: usize) -> f32 {
        let (mut beside, mut all, mut row) = (0.0_f32, 0.0_f32, vec![0.0_f32; dim]);
        for i in (0..self.scales.len()).step_by(stride.max(1)) {
            self.read(i, &mut row);
            beside += row.iter().map(|v| v * v).sum::<f32>();
            let (values, scale) = self.row(i, dim);
            all += values.iter().map(|v| f32::from(*v) * f32::from(*v)).sum::<f32>() * scale * scale;
        }
        if all > 0.0 { (beside / all).sqrt() } else { 1.0 }
    }
}

/// Mean and standard deviation of each value, in which the levels are told, and the distances' range.
#[derive(Clone, Debug)]
pub struct Levels {
    width: Width,
    mean: Vec<f32>,
    deviation: Vec<f32>,
    near: f32,
    far: f32,
}

impl Levels {
    /// From every `stride`-th row of `dim` values.
    #[must_use]
    pub fn of(rest: Rest<'_>, dim: usize, stride: usize, width: Width) -> Self {
        let (mut sums, mut squares, mut n) = (vec![0.0_f32; dim], vec![0.0_f32; dim], 0.0_f32);
        let mut row = vec![0.0_f32; dim];
        for i in (0..rest.scales.len()).step_by(stride.max(1)) {
            n += 1.0;
            rest.read(i, &mut row);
            for ((sum, square), v) in sums.iter_mut().zip(&mut squares).zip(&row) {
                *sum += v;
                *square += v * v;
            }
        }
        let n = n.max(1.0);
        let mean: Vec<f32> = sums.iter().map(|s| s / n).collect();
        let deviation = squares.iter().zip(&mean).map(|(s, m)| (s / n - m * m).max(0.0).sqrt()).collect();
        Self { width, mean, deviation, near: 0.0, far: 0.0 }
    }

    /// Values that share four bits.
    const fn share(&self) -> usize {
        4 / self.width.bits()
    }

    /// What bits of a value stand for: mean + deviation · step · (bits − the middle of all).
    fn level(&self, j: usize, bits: usize) -> f32 {
        let of = |v: &[f32]| v.get(j).copied().unwrap_or(0.0);
        let most = (1 << self.width.bits()) - 1;
        of(&self.mean) + of(&self.deviation) * self.width.step() * (bits as f32 - 0.5 * most as f32)
    }

    /// Planes a block: one for values that share it, and the distances.
    #[must_use]
    pub const fn planes(&self) -> usize {
        self.mean.len().div_ceil(self.share()) + 1
    }

    /// The codes of all rows of `mean.len()` values, block by block; the rows that fill the last block are zeros.
    #[must_use]
    pub fn encode(&mut self, rest: Rest<'_>) -> Vec<Plane> {
        let (dim, n) = (self.mean.len(), rest.scales.len());
        let planes = self.planes();
        let mut codes = vec![[[0_u8; 16]; 2]; n.div_ceil(BLOCK) * planes];
        let mut distances = Vec::with_capacity(n);
        let (width, step, share) = (self.width.bits(), self.width.step(), self.share());
        let (most, middle) = (((1_u32 << width) - 1) as f32, 0.5 * (1_u32 << width) as f32);
        let inverse: Vec<f32> = self.deviation.iter().map(|d| if *d > 0.0 { 1.0 / (d * step) } else { 0.0 }).collect();
        let (mut row, mut row_codes) = (vec![0.0_f32; dim], vec![0_u8; planes - 1]);
        for i in 0..n {
            rest.read(i, &mut row);
            let mut square = 0.0_f32;
            let of = self.mean.iter().zip(&self.deviation).zip(&inverse);
            row_codes.fill(0);
            for (j, (v, ((mean, deviation), inverse))) in row.iter().zip(of).enumerate() {
                let bits = ((v - mean) * inverse + middle).clamp(0.0, most) as u8;
                let off = v - (mean + deviation * step * (f32::from(bits) - 0.5 * most));
                square += off * off;
                if let Some(code) = row_codes.get_mut(j / share) {
                    *code |= bits << (width * (j % share));
                }
            }
            distances.push(square.sqrt());
            let block = codes.get_mut(i / BLOCK * planes..).unwrap_or_default();
            for (plane, code) in block.iter_mut().zip(&row_codes) {
                put(plane, i % BLOCK, *code);
            }
        }
        self.near = distances.iter().copied().fold(f32::INFINITY, f32::min).min(f32::MAX);
        self.far = distances.iter().copied().fold(0.0, f32::max);
        let width = (self.far - self.near) / CODES as f32;
        for (i, distance) in distances.iter().enumerate() {
            // Rounded up, and one step more where the division may have rounded down.
            let step = if width > 0.0 { ((distance - self.near) / width * 1.0001) as usize } else { 0 };
            if let Some(plane) = codes.get_mut(i / BLOCK * planes + planes - 1) {
                put(plane, i % BLOCK, step.min(CODES - 1) as u8);
            }
        }
        codes
    }

    /// The query's table a plane, in `tables`. The bound of a row is `base + step ·` the sum of its entries; returns
    /// base and step.
    pub fn tables(&self, query: &[f32], tables: &mut Vec<[u8; 16]>) -> (f32, f32) {
        let length = query.iter().map(|q| q * q).sum::<f32>().sqrt() * 1.0001;
        let width = (self.far - self.near) / CODES as f32;
        let q = |j: usize| query.get(j).copied().unwrap_or(0.0);
        let last = self.planes() - 1;
        let (bits, share) = (self.width.bits(), self.share());
        let plane = |at: usize| -> [f32; CODES] {
            let values = at * share..((at + 1) * share).min(self.mean.len());
            std::array::from_fn(|code| {
                if at == last {
                    return length * (self.near + width * (code + 1) as f32) * 1.0001;
                }
                values.clone().map(|j| q(j) * self.level(j, code >> (bits * (j - values.start)) & ((1 << bits) - 1))).sum()
            })
        };
        let least = |t: &[f32; CODES]| t.iter().copied().fold(f32::INFINITY, f32::min);
        let range = |t: &[f32; CODES]| t.iter().copied().fold(f32::NEG_INFINITY, f32::max) - least(t);
        let (mut base, mut widest) = (0.0_f32, 0.0_f32);
        for t in (0..=last).map(plane) {
            base += least(&t);
            widest = widest.max(range(&t));
        }
        let step = (widest / (ENTRY - 1.0)).max(1e-30);
        tables.clear();
        tables.extend((0..=last).map(plane).map(|t| {
            let least = least(&t);
            t.map(|v| ((v - least) / step).ceil() as u8)
        }));
        (base, step)
    }
}

/// Of sixteen rows that share a vector, 0 to 7 stand at even bytes, 8 to 15 at odd ones, so that sums of 16 bits come out in
/// order; the next sixteen have the higher four bits.
fn put(plane: &mut Plane, row: usize, code: u8) {
    let (vector, half, row) = (row / 32, row / 16 % 2, row % 16);
    if let Some(byte) = plane.get_mut(vector).and_then(|v| v.get_mut(row % 8 * 2 + row / 8)) {
        *byte |= code << (4 * half);
    }
}

/// Adds up the tables' entries of every row of a block: the largest sum, and which rows have at least `least`, the first in
/// the lowest bit.
#[inline(never)]
#[must_use]
pub fn at_least(codes: &[Plane], tables: &[[u8; 16]], least: u16) -> (u16, u64) {
    let low = u8x16::splat(15);
    // Sixteen rows each: even bytes' entries with the odd ones above them, and the odd ones alone.
    let mut sums = [[u16x8::ZERO; 2]; 4];
    let ((pairs, last), (two_tables, last_table)) = (codes.as_chunks::<2>(), tables.as_chunks::<2>());
    let mut add = |at: usize, entries: u8x16| {
        let entries: u16x8 = cast(entries);
        sums[at][0] += entries;
        sums[at][1] += entries >> 8_u32;
    };
    let high = |codes: u8x16| -> u8x16 { cast::<_, u8x16>(cast::<_, u16x8>(codes) >> 4_u32) & low };
    for ([a, b], [table_a, table_b]) in pairs.iter().zip(two_tables) {
        let (table_a, table_b) = (u8x16::from(*table_a), u8x16::from(*table_b));
        for vector in 0..2 {
            let (a, b) = (u8x16::from(a[vector]), u8x16::from(b[vector]));
            add(2 * vector, table_a.shuffle_zeroing(a & low) + table_b.shuffle_zeroing(b & low));
            add(2 * vector + 1, table_a.shuffle_zeroing(high(a)) + table_b.shuffle_zeroing(high(b)));
        }
    }
    if let ([codes], [table]) = (last, last_table) {
        let table = u8x16::from(*table);
        for vector in 0..2 {
            let codes = u8x16::from(codes[vector]);
            add(2 * vector, table.shuffle_zeroing(codes & low));
            add(2 * vector + 1, table.shuffle_zeroing(high(codes)));
        }
    }
    let mut most = u16x8::ZERO;
    for [both, odd] in &mut sums {
        *both -= *odd << 8_u32;
        most = most.max(*both).max(*odd);
    }
    let largest = most.reduce_max();
    let mut mask = 0;
    if largest >= least {
        let least = u16x8::splat(least);
        for (sums, at) in sums.as_flattened().iter().zip(0..) {
            mask |= u64::from(sums.max(least).simd_eq(*sums).to_bitmask()) << (8 * at);
        }
    }
    (largest, mask)
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
            for (n, width) in [1, 31, 63, 64, 65, 65, 200, 200].into_iter().zip([Width::Two, Width::Four].into_iter().cycle()) {
                let rows: Vec<i8> = (0..n * dim).map(|_| ((random() + random()) * 63.0) as i8).collect();
                let scales: Vec<f32> = (0..n).map(|_| 0.01 + random().abs() * 0.002).collect();
                let query: Vec<i16> = (0..dim).map(|_| (random() * 32_767.0) as i16).collect();
                let unit = 1.0 / 32_768.0;
                let real: Vec<f32> = query.iter().map(|q| f32::from(*q) * unit).collect();
                let length = real.iter().map(|q| q * q).sum::<f32>().sqrt();
                let cones = Cones::of(&rows, &scales, dim);
                let rest = Rest { rows: &rows, scales: &scales, cones: &cones };
                let mut levels = Levels::of(rest, dim, 1, width);
                assert_eq!(levels.planes() - 1, (dim * width.bits()).div_ceil(4));
                let codes = levels.encode(rest);
                let mut tables = Vec::new();
                let (base, step) = levels.tables(&real, &mut tables);
                let (mut along, mut cone_bounds) = (vec![0.0; cones.len()], vec![0.0; cones.len()]);
                cones.bounds(&query, unit, 0.0, length, &mut along, &mut cone_bounds);
                for (b, codes) in codes.chunks_exact(levels.planes()).enumerate() {
                    let middle = cones.middle(b) * along[b];
                    // The sum of a row is the largest `least` that it reaches.
                    let reaches = |i: usize, least: u16| at_least(codes, &tables, least).1 >> (i % BLOCK) & 1 == 1;
                    let mut largest = 0;
                    for i in (BLOCK * b..n).take(BLOCK) {
                        let (mut sum, mut above) = (0, u16::MAX);
                        while above - sum > 1 {
                            let half = sum + (above - sum) / 2;
                            if reaches(i, half) { sum = half } else { above = half }
                        }
                        largest = largest.max(sum);
                        let row = &rows[i * dim..(i + 1) * dim];
                        let x: f32 = row.iter().zip(&real).map(|(r, q)| f32::from(*r) * scales[i] * q).sum();
                        let bound = middle + base + step * f32::from(sum);
                        let near = 2.2 * length * levels.far + step * levels.planes() as f32 + 1e-3;
                        assert!(bound >= x - 1e-4 && bound <= x + near, "{dim} {n}: {bound} {x}");
                    }
                    // Zeros that fill the last block may have more.
                    assert!(at_least(codes, &tables, 0).0 >= largest);
                }
            }
        }
    }
}
