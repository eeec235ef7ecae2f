//! Upper bounds of the dot products of a block of rows: where the rows of a block point one way, one product tells of all.
//!
//! With u the direction of a block's mean, every row v is a·u + w with w across u, and a query q is t·u + p likewise, so
//!
//! ```text
//! v · q = a · t + w · p ≤ max(low · t, high · t) + out · √(|q|² − t²)      low ≤ a ≤ high, |w| ≤ out in the block
//! ```
//! (Cauchy and Schwarz for the second part). A block of rows that lie in a narrow cone has a small `out`; rows without
//! order have one near their length, and the bound tells nothing. Directions are kept in eight bits and read as rows are.

use crate::scan::{BLOCK, scores};
use wide::f32x4;

/// Bounds what sums in floats are off, as a share of the lengths: a hundred times what they are.
const ERROR: f32 = 1e-5;

/// The cones of all blocks.
#[derive(Clone, Debug, Default)]
pub struct Cones {
    dim: usize,
    /// Directions u as rows of eight bits with a scale each.
    rows: Vec<i8>,
    scales: Vec<f32>,
    /// Bounds of a and of |w|.
    low: Vec<f32>,
    high: Vec<f32>,
    out: Vec<f32>,
    /// The largest Σ |u|.
    reach: f32,
}

impl Cones {
    /// Of rows of `dim` values, 64 a block.
    #[must_use]
    pub fn of(rows: &[i8], scales: &[f32], dim: usize) -> Self {
        let blocks = scales.len().div_ceil(BLOCK);
        let room = || Vec::with_capacity(blocks);
        let mut cones = Self { dim, low: room(), high: room(), out: room(), scales: room(), ..Self::default() };
        cones.rows.reserve(blocks * dim);
        let (mut sum, mut direction) = (vec![0.0_f32; dim], vec![0.0_f32; dim]);
        for (rows, scales) in rows.chunks(BLOCK * dim.max(1)).zip(scales.chunks(BLOCK)) {
            sum.fill(0.0);
            for (row, scale) in rows.chunks_exact(dim.max(1)).zip(scales) {
                sum.iter_mut().zip(row).for_each(|(sum, v)| *sum += scale * f32::from(*v));
            }
            cones.point(&sum, &mut direction);
            let (mut low, mut high, mut out) = (f32::INFINITY, f32::NEG_INFINITY, 0.0_f32);
            for (row, scale) in rows.chunks_exact(dim.max(1)).zip(scales) {
                let (mut along, mut square) = (0.0_f32, 0.0_f32);
                for (v, u) in row.iter().zip(&direction) {
                    let v = f32::from(*v);
                    along += v * u;
                    square += v * v;
                }
                let (along, square) = (scale * along, scale * scale * square);
                let off = ERROR * square.sqrt();
                low = low.min(along - off);
                high = high.max(along + off);
                out = out.max(((square - along * along).max(0.0) + ERROR * square).sqrt());
            }
            cones.low.push(low);
            cones.high.push(high);
            cones.out.push(out);
        }
        cones
    }

    /// Keeps the direction of a sum, and gives it as it is kept.
    fn point(&mut self, sum: &[f32], direction: &mut [f32]) {
        let largest = sum.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        let inverse = if largest > 0.0 { 127.0 / largest } else { 0.0 };
        let first = self.rows.len();
        self.rows.extend(sum.iter().map(|v| (v * inverse).round_ties_even() as i8));
        let row = self.rows.get(first..).unwrap_or_default();
        let square: i32 = row.iter().map(|v| i32::from(*v) * i32::from(*v)).sum();
        let scale = if square > 0 { 1.0 / (square as f32).sqrt() } else { 0.0 };
        direction.iter_mut().zip(row).for_each(|(u, v)| *u = scale * f32::from(*v));
        self.reach = self.reach.max(direction.iter().map(|u| u.abs()).sum());
        self.scales.push(scale);
    }

    /// Number of blocks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// The largest Σ |u| of a direction.
    #[must_use]
    pub const fn reach(&self) -> f32 {
        self.reach
    }

    /// What a row of block `b` has beside the middle of its cone: v − middle · u.
    pub fn residual(&self, b: usize, row: &[i8], scale: f32, out: &mut [f32]) {
        let direction = self.rows.get(b * self.dim..(b + 1) * self.dim).unwrap_or_default();
        let middle = self.middle(b) * self.scales.get(b).copied().unwrap_or(0.0);
        for ((out, v), u) in out.iter_mut().zip(row).zip(direction) {
            *out = scale * f32::from(*v) - middle * f32::from(*u);
        }
    }

    /// The middle of a block's cone along its direction.
    #[must_use]
    pub fn middle(&self, b: usize) -> f32 {
        let of = |values: &[f32]| values.get(b).copied().unwrap_or(0.0);
        0.5 * (of(&self.low) + of(&self.high))
    }

    /// For a query of length `length`, in steps of `step`, rounded to within `slack` of any u · q: t of every block in
    /// `along`, and the bounds.
    pub fn bounds(&self, query: &[i16], step: f32, slack: f32, length: f32, along: &mut [f32], bounds: &mut [f32]) {
        scores(&self.rows, &self.scales, query, along);
        let (step, slack) = (f32x4::splat(step), f32x4::splat(slack));
        let square = f32x4::splat(length * length * (1.0 + ERROR));
        let fours = |values: &[f32], at: usize| -> f32x4 {
            let four = values.get(at..at + 4).and_then(|four| four.first_chunk::<4>());
            f32x4::from(four.copied().unwrap_or_else(|| std::array::from_fn(|i| values.get(at + i).copied().unwrap_or(0.0))))
        };
        for (at, (along, bounds)) in along.chunks_mut(4).zip(bounds.chunks_mut(4)).enumerate() {
            let at = 4 * at;
            let t = fours(along, 0) * step;
            let (low, high, out) = (fours(&self.low, at), fours(&self.high, at), fours(&self.out, at));
            // t may be `slack` nearer to 0 or farther from it.
            let least = (t.abs() - slack).max(f32x4::ZERO);
            let across = (square - least * least).max(f32x4::ZERO).sqrt();
            let bound = (low * t).max(high * t) + low.abs().max(high.abs()) * slack + out * across;
            along.iter_mut().zip(t.to_array()).for_each(|(to, t)| *to = t);
            bounds.iter_mut().zip(bound.to_array()).for_each(|(to, bound)| *to = bound);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dice() -> impl FnMut() -> f32 {
        let mut state = 11_u32;
        move || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        }
    }

    #[test]
    fn no_row_is_above_its_bound() {
        let mut random = dice();
        for dim in [1, 2, 7, 16, 48, 64, 130] {
            for (n, spread) in [(1, 0.1), (63, 0.0), (64, 0.2), (65, 1.0), (400, 0.3)] {
                let mut rows: Vec<i8> = Vec::new();
                let mut middle = vec![0.0; dim];
                for i in 0..n {
                    if i % BLOCK == 0 {
                        middle.iter_mut().for_each(|m| *m = random());
                    }
                    rows.extend(middle.iter().map(|m| (60.0 * (m + spread * random())) as i8));
                }
                let scales: Vec<f32> = (0..n).map(|_| 0.01 + random().abs() * 0.01).collect();
                let cones = Cones::of(&rows, &scales, dim);
                assert_eq!(cones.len(), n.div_ceil(BLOCK));
                for _ in 0..20 {
                    let query: Vec<i16> = (0..dim).map(|_| (random() * 3000.0) as i16).collect();
                    let step = 0.001;
                    let real = |j: usize| f32::from(query[j]) * step;
                    let length = (0..dim).map(|j| real(j) * real(j)).sum::<f32>().sqrt();
                    let (mut along, mut bounds) = (vec![0.0; cones.len()], vec![0.0; cones.len()]);
                    cones.bounds(&query, step, 1e-5, length, &mut along, &mut bounds);
                    let mut rest = vec![0.0; dim];
                    for i in 0..n {
                        let (b, row) = (i / BLOCK, &rows[i * dim..(i + 1) * dim]);
                        let x: f32 = (0..dim).map(|j| f32::from(row[j]) * scales[i] * real(j)).sum();
                        assert!(bounds[b] >= x - 1e-4 * length, "{dim} {n}: {} {x}", bounds[b]);
                        cones.residual(b, row, scales[i], &mut rest);
                        let again = cones.middle(b) * along[b] + (0..dim).map(|j| rest[j] * real(j)).sum::<f32>();
                        assert!((again - x).abs() <= 1e-3 * length.max(1.0), "{again} {x}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_narrow_cone_by_hand() {
        // Both rows are 3 along the first axis, one of them 4 across: against (0, 1) at most 0 · 3 + 4 · 1, against (1, 0) 3 (+ 0).
        let cones = Cones::of(&[3, 4, 3, -4], &[1.0, 1.0], 2);
        let mut found = Vec::new();
        for query in [[0, 1], [1, 0], [-1, 0]] {
            let (mut along, mut bound) = ([0.0], [0.0]);
            cones.bounds(&query, 1.0, 0.0, 1.0, &mut along, &mut bound);
            found.push((along[0], bound[0]));
        }
        for ((along, bound), (t, least)) in found.iter().zip([(0.0, 4.0), (1.0, 3.0), (-1.0, -3.0)]) {
            assert!((along - t).abs() < 1e-6 && *bound >= least && *bound < least + 0.05, "{along} {bound}");
        }
    }
}
