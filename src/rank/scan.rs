//! The scan: finds the items whose value is at least some floor, without a value for every item.
//!
//! Values are a model's answer over the catalog: dot products of a query with item vectors, or logits. One pass in
//! integers (8-bit rows, the query rounded to 16 bits) gives a block of 64 items one number, its largest value to
//! within `slack`. Blocks below the floor are skipped; in the others an item's integer value decides, and only those
//! within `slack` of the floor get their value in floats, the one that counts. So what is found is what a full pass in
//! floats finds, bit for bit:
//!
//! ```text
//! |float value − integer value| ≤ slack = reach · (0.51 · step + (dim + 8) · 2⁻²² · max |q|) + 10⁻³⁰
//! ```
//! The first term is the rounding of the query (half a step a value, `reach` the largest Σ |v| of a row), the second
//! that of float sums (n sums err by at most n · 2⁻²⁴ of the magnitudes; four times that is taken). Vectors or queries
//! so large or small that floats overflow get an infinite slack: nothing is skipped then.

use super::{BitSet, ItemVectors};
use crate::ids::ItemIdx;
use nearhand_kernels::scan::{BLOCK, block_maxima, block_scores, query_limit};

/// A value an item.
#[derive(Clone, Copy, Debug)]
pub enum Field<'a> {
    /// Dot products with a query.
    Vectors(&'a ItemVectors, &'a [f32]),
    /// Given.
    Values(&'a [f32]),
}

impl Field<'_> {
    /// The value of an item.
    #[must_use]
    pub fn at(&self, item: ItemIdx) -> f32 {
        match self {
            Self::Vectors(vectors, query) => vectors.score(item, query),
            Self::Values(values) => values.get(item.at()).copied().unwrap_or(0.0),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Vectors(vectors, _) => vectors.len(),
            Self::Values(values) => values.len(),
        }
    }
}

/// Blocks of a field with their largest values. Buffers are kept between queries.
#[derive(Debug, Default)]
pub struct Scan {
    query: Vec<i16>,
    /// What 1 stands for in `bounds`.
    step: f32,
    slack: f32,
    bounds: Vec<f32>,
}

impl Scan {
    /// Reads a field once.
    pub fn read(&mut self, field: Field<'_>) {
        self.bounds.clear();
        self.bounds.resize(field.len().div_ceil(BLOCK), f32::NEG_INFINITY);
        (self.step, self.slack) = (1.0, 0.0);
        match field {
            Field::Vectors(vectors, query) => {
                self.round(vectors, query);
                block_maxima(vectors.rows(), vectors.scales(), &self.query, &mut self.bounds);
            }
            Field::Values(values) => {
                for (bound, block) in self.bounds.iter_mut().zip(values.chunks(BLOCK)) {
                    *bound = block.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                }
            }
        }
    }

    /// The query in 16 bits, and how far off that may be.
    fn round(&mut self, vectors: &ItemVectors, query: &[f32]) {
        let (dim, reach) = (vectors.dim(), vectors.reach());
        let limit = query_limit(dim) as f32;
        let largest = query.iter().fold(0.0_f32, |m, q| m.max(q.abs()));
        self.step = largest / limit;
        let sane = reach < 1e30 && (largest == 0.0 || (1e-20..1e30).contains(&largest));
        // 2⁻²² is 4 · 2⁻²⁴.
        let sums = (dim + 8) as f32 / (1 << 22) as f32 * largest;
        self.slack = if sane { reach * (0.51 * self.step + sums) + 1e-30 } else { f32::INFINITY };
        let inverse = if largest > 0.0 { limit / largest } else { 0.0 };
        self.query.clear();
        self.query.extend((0..dim).map(|j| {
            let q = query.get(j).copied().unwrap_or(0.0);
            (q * inverse).round_ties_even().clamp(-limit, limit) as i16
        }));
    }

    /// Calls `f` with every item whose value may be at least the floor, and that is in `among` where given, in
    /// ascending order. `f` answers with the floor from then on; NaN and −∞ leave nothing out.
    pub fn above(&self, field: Field<'_>, among: Option<&BitSet>, mut floor: f32, f: &mut dyn FnMut(ItemIdx, f32) -> f32) {
        let mut values = [0.0; BLOCK];
        for (b, bound) in self.bounds.iter().enumerate() {
            let first = b * BLOCK;
            let count = field.len().saturating_sub(first).min(BLOCK);
            let mut members = among.map_or(u64::MAX, |set| set.word(b)) & (u64::MAX >> (BLOCK - count).min(BLOCK - 1));
            if members == 0 || self.below(*bound, floor) {
                continue;
            }
            match field {
                Field::Vectors(vectors, _) => {
                    let rows = vectors.rows().get(first * vectors.dim()..(first + count) * vectors.dim());
                    let scales = vectors.scales().get(first..first + count);
                    block_scores(rows.unwrap_or_default(), scales.unwrap_or_default(), &self.query, &mut values);
                }
                Field::Values(all) => {
                    for (value, given) in values.iter_mut().zip(all.get(first..).unwrap_or_default()) {
                        *value = *given;
                    }
                }
            }
            while members != 0 {
                let bit = members.trailing_zeros();
                members &= members - 1;
                if values.get(bit as usize).is_some_and(|value| !self.below(*value, floor)) {
                    let item = ItemIdx(first as u32 + bit);
                    floor = f(item, field.at(item));
                }
            }
        }
    }

    /// Whether an integer value is surely below the floor. False where anything is NaN.
    fn below(&self, value: f32, floor: f32) -> bool {
        value * self.step + self.slack < floor
    }
}
