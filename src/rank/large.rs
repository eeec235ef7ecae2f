//! What bounds the rows of a large catalog, block by block and then row by row, before any row is read.

use super::vectors::ItemVectors;
use nearhand_kernels::coarse::{self, Levels, Plane, Rest, Width};
use nearhand_kernels::cones::Cones;

/// Whether looking 16 codes up is one instruction here.
const CODED: bool = cfg!(any(target_arch = "wasm32", target_arch = "aarch64", target_feature = "ssse3"));
/// Rows that the levels are fitted on.
const SAMPLE: usize = 1 << 13;

/// Cones of all blocks, and codes of a few bits a value.
#[derive(Debug)]
pub(super) struct Large {
    cones: Cones,
    /// t of every block for the query, right to within `slack`.
    along: Vec<f32>,
    slack: f32,
    codes: Option<Codes>,
}

#[derive(Debug)]
struct Codes {
    levels: Levels,
    /// Block by block.
    codes: Vec<Plane>,
    tables: Vec<[u8; 16]>,
    base: f32,
    step: f32,
}

/// A query as rows are multiplied with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rounded<'a> {
    /// As it is.
    pub(super) query: &'a [f32],
    /// In 16 bits.
    pub(super) short: &'a [i16],
    /// What 1 stands for there.
    pub(super) step: f32,
    /// How far a product with a row of Σ |v| = 1 may be off.
    pub(super) slack: f32,
}

impl Large {
    pub(super) fn of(vectors: &ItemVectors) -> Self {
        let (rows, scales) = (vectors.rows(), vectors.scales());
        let cones = Cones::of(rows, scales, vectors.dim());
        let coded = (CODED || cfg!(test)) && vectors.dim() <= coarse::MAX_DIM;
        let stride = scales.len().div_ceil(SAMPLE);
        let rest = Rest { rows, scales, cones: &cones };
        let codes = coded.then(|| {
            let width = if rest.share(vectors.dim(), stride) < NEAR { Width::Two } else { Width::Four };
            let mut levels = Levels::of(rest, vectors.dim(), stride, width);
            let codes = levels.encode(rest);
            Codes { levels, codes, tables: Vec::new(), base: 0.0, step: 0.0 }
        });
        Self { along: vec![0.0; cones.len()], slack: 0.0, cones, codes }
    }

    /// Bounds of all blocks for a query.
    pub(super) fn read(&mut self, q: Rounded<'_>, bounds: &mut [f32]) {
        self.slack = self.cones.reach() * q.slack;
        let length = q.query.iter().map(|q| q * q).sum::<f32>().sqrt();
        self.cones.bounds(q.short, q.step, self.slack, length, &mut self.along, bounds);
        if let Some(codes) = &mut self.codes {
            (codes.base, codes.step) = codes.levels.tables(q.query, &mut codes.tables);
        }
    }

    /// The rows of block `b` that are not surely below `floor`. Brings the block's bound down to the best of them.
    pub(super) fn left(&self, b: usize, floor: f32, bound: &mut f32) -> u64 {
        let Some(codes) = &self.codes else { return u64::MAX };
        let planes = codes.tables.len();
        let Some(block) = codes.codes.get(b * planes..(b + 1) * planes) else { return u64::MAX };
        let (middle, along) = (self.cones.middle(b), self.along.get(b).copied().unwrap_or(0.0));
        let base = codes.base + middle * along + middle.abs() * self.slack;
        // A hundredth of a step for the roundings here. What is NaN or below 0 becomes 0, which all reach; what is more
        // than sums can be, the largest number, which none reaches.
        let needed = ((floor - base) / codes.step - 0.01).ceil() as u16;
        let (largest, left) = coarse::at_least(block, &codes.tables, needed);
        let best = base + codes.step * (f32::from(largest) + 0.01);
        if best < *bound {
            *bound = best;
        }
        left
    }
}

/// Rows with less than this share of their length beside the middles of their cones get two bits a value, others four. Two
/// bits leave 0.34 of that, four 0.11 (Max 1960), and so much a bound is above the product at most. Two take half the time
/// and let through 1 % of rows with a share of 0.6 or 0.7 (variants of a shop's goods), 7 % of those without order.
const NEAR: f32 = 0.73;
