//! The scan: finds the items whose value is at least some floor, without a value for every item.
//!
//! Values are a model's answer over the catalog: dot products of a query with item vectors, or logits. Four bounds,
//! each dearer and nearer than the one before, leave out what is surely below the floor:
//!
//! 1. large catalogs: the cone that a block of 64 rows lies in (`kernels::cones`). The packer puts alike items side by
//!    side, so cones are narrow where items are alike, and one product tells of 64.
//! 2. large catalogs: four bits a value of the rows in the blocks that are left (`kernels::coarse`). With the row's
//!    distance |e| from its codes ĉ, v · q ≤ ĉ · q + |e| |q| (Cauchy-Schwarz).
//! 3. integers: the 8-bit rows with the query rounded to 16 bits, right to within `slack`. In small catalogs all rows
//!    are read and blocks of 64 have a largest value; in large ones only the rows that are left.
//! 4. the float value, the one that counts, for what is then left.
//!
//! So what is found is what a full pass in floats finds, bit for bit:
//!
//! ```text
//! |float value − integer value| ≤ slack = reach · (0.51 · step + (dim + 8) · 2⁻²² · max |q|) + 10⁻³⁰
//! ```
//! The first term is the rounding of the query (half a step a value, `reach` the largest Σ |v| of a row), the second
//! that of float sums (n sums err by at most n · 2⁻²⁴ of the magnitudes; four times that is taken). Vectors or queries
//! so large or small that floats overflow get an infinite slack: nothing is skipped then.

use super::bitset::BitSet;
use super::large::{Large, Rounded};
use super::vectors::ItemVectors;
use crate::ids::ItemIdx;
use nearhand_kernels::scan::{BLOCK, block_maxima, pick, query_limit, row_scores, scores};
use std::cell::RefCell;

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

/// Blocks of a field with their largest values. Buffers are kept between queries; one scan serves one set of vectors.
#[derive(Debug)]
pub struct Scan {
    query: Vec<i16>,
    /// What 1 stands for in integer values.
    step: f32,
    slack: f32,
    blocks: RefCell<Blocks>,
    /// Fewer rows are read in integers at once.
    large_from: usize,
    large: Option<Large>,
    /// Whether `bounds` are those of cones.
    by_cones: bool,
}

/// What is known of the blocks for the field that was read. Asking makes it nearer.
#[derive(Debug, Default)]
struct Blocks {
    /// A bound each.
    bounds: Vec<f32>,
    /// Those that a question is about.
    picked: Vec<u32>,
}

/// Rows from which bounds are worth their memory.
const LARGE_FROM: usize = 1 << 13;
/// Items left in a block from which reading four rows at once, all of the block, is faster.
const MANY: u32 = 24;

impl Default for Scan {
    fn default() -> Self {
        Self {
            query: Vec::new(),
            step: 1.0,
            slack: 0.0,
            blocks: RefCell::default(),
            large_from: LARGE_FROM,
            large: None,
            by_cones: false,
        }
    }
}

impl Scan {
    /// Reads a field once.
    pub fn read(&mut self, field: Field<'_>) {
        (self.step, self.slack, self.by_cones) = (1.0, 0.0, false);
        let rounded = match field {
            Field::Vectors(vectors, query) => Some(self.round(vectors, query)),
            Field::Values(_) => None,
        };
        let Blocks { bounds, picked } = self.blocks.get_mut();
        bounds.clear();
        bounds.resize(field.len().div_ceil(BLOCK), f32::NEG_INFINITY);
        picked.clear();
        picked.reserve(bounds.len());
        match (field, rounded) {
            // Squares of all numbers stay finite.
            (Field::Vectors(vectors, query), Some((largest, slack)))
                if vectors.len() >= self.large_from && vectors.reach() < 1e15 && (1e-15..1e15).contains(&largest) =>
            {
                self.by_cones = true;
                let large = self.large.get_or_insert_with(|| Large::of(vectors));
                large.read(Rounded { query, short: &self.query, step: self.step, slack }, bounds);
            }
            (Field::Vectors(vectors, _), _) => {
                block_maxima(vectors.rows(), vectors.scales(), &self.query, bounds);
                bounds.iter_mut().for_each(|bound| *bound *= self.step);
            }
            (Field::Values(values), _) => {
                for (bound, block) in bounds.iter_mut().zip(values.chunks(BLOCK)) {
                    *bound = block.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                }
            }
        }
    }

    /// The query in 16 bits, and how far off that may be. Returns its largest magnitude, and how far off a product with a row
    /// of Σ |v| = 1 may be.
    fn round(&mut self, vectors: &ItemVectors, query: &[f32]) -> (f32, f32) {
        let (dim, reach) = (vectors.dim(), vectors.reach());
        let limit = query_limit(dim) as f32;
        let largest = query.iter().fold(0.0_f32, |m, q| m.max(q.abs()));
        self.step = largest / limit;
        let sane = reach < 1e30 && (largest == 0.0 || (1e-20..1e30).contains(&largest));
        // 2⁻²² is 4 · 2⁻²⁴.
        let sums = (dim + 8) as f32 / (1 << 22) as f32 * largest;
        let unit = 0.51 * self.step + sums;
        self.slack = if sane { reach * unit + 1e-30 } else { f32::INFINITY };
        let inverse = if largest > 0.0 { limit / largest } else { 0.0 };
        self.query.clear();
        self.query.extend((0..dim).map(|j| {
            let q = query.get(j).copied().unwrap_or(0.0);
            (q * inverse).round_ties_even().clamp(-limit, limit) as i16
        }));
        (largest, unit)
    }

    /// Calls `f` with every item whose value is at least the floor or NaN, and that is in `among` where given, in no
    /// order. `f` answers with the floor from then on; −∞ leaves nothing out.
    pub fn above(&self, field: Field<'_>, among: Option<&BitSet>, floor: f32, f: &mut dyn FnMut(ItemIdx, f32) -> f32) {
        let mut visit = Visit { scan: self, field, floor, f, batch: [0; BATCH], len: 0 };
        let mut values = [0.0; BLOCK];
        let mut blocks = self.blocks.borrow_mut();
        let Blocks { bounds, picked } = &mut *blocks;
        pick(bounds, self.slack, floor, picked);
        for b in picked.iter().map(|b| *b as usize) {
            let Some(bound) = bounds.get_mut(b).filter(|bound| !self.below(**bound, visit.floor)) else { continue };
            let first = b * BLOCK;
            let count = field.len().saturating_sub(first).min(BLOCK);
            let mut members = among.map_or(u64::MAX, |set| set.word(b)) & (u64::MAX >> (BLOCK - count).min(BLOCK - 1));
            if members == 0 {
                continue;
            }
            if let Some(large) = self.large.as_ref().filter(|_| self.by_cones) {
                members &= large.left(b, visit.floor - self.slack, bound);
            }
            let many = members.count_ones() >= MANY;
            if let Field::Vectors(vectors, _) = field
                && many
            {
                let rows = vectors.rows().get(first * vectors.dim()..(first + count) * vectors.dim()).unwrap_or_default();
                let scales = vectors.scales().get(first..first + count).unwrap_or_default();
                scores(rows, scales, &self.query, &mut values);
            }
            while members != 0 {
                let bit = members.trailing_zeros();
                members &= members - 1;
                let item = ItemIdx(first as u32 + bit);
                match field {
                    Field::Vectors(..) if !many => visit.later(item),
                    Field::Vectors(..) => visit.value(item, values.get(bit as usize).copied().unwrap_or(f32::INFINITY)),
                    Field::Values(_) => visit.item(item),
                }
            }
            visit.flush(BATCH - BLOCK);
        }
        visit.flush(0);
    }

    /// Whether a bound or an integer value is surely below the floor. False where anything is NaN.
    fn below(&self, value: f32, floor: f32) -> bool {
        value + self.slack < floor
    }
}

/// Single rows read at once: their loads wait for memory together instead of one after the other.
const BATCH: usize = 256;

/// What is left of a scan, on its way to the one who asked.
struct Visit<'a> {
    scan: &'a Scan,
    field: Field<'a>,
    floor: f32,
    f: &'a mut dyn FnMut(ItemIdx, f32) -> f32,
    batch: [u32; BATCH],
    len: usize,
}

impl Visit<'_> {
    /// Keeps an item until its row is read with others.
    fn later(&mut self, item: ItemIdx) {
        if let Some(place) = self.batch.get_mut(self.len) {
            *place = item.0;
            self.len += 1;
        }
    }

    /// Reads what was kept, once it is more than `most`.
    fn flush(&mut self, most: usize) {
        let Field::Vectors(vectors, _) = self.field else { return };
        if self.len <= most {
            return;
        }
        let batch = self.batch;
        let items = batch.get(..std::mem::take(&mut self.len)).unwrap_or_default();
        let mut values = [f32::INFINITY; BATCH];
        row_scores(vectors.rows(), vectors.scales(), &self.scan.query, items, &mut values);
        for (item, value) in items.iter().zip(values) {
            self.value(ItemIdx(*item), value);
        }
    }

    /// An item with its integer value.
    fn value(&mut self, item: ItemIdx, value: f32) {
        if !self.scan.below(value * self.scan.step, self.floor) {
            self.item(item);
        }
    }

    fn item(&mut self, item: ItemIdx) {
        let value = self.field.at(item);
        if value.is_nan() || value >= self.floor {
            self.floor = (self.f)(item, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the floor, what it leaves out is below it, and the largest value is found, with codes and without.
    #[test]
    fn nothing_that_counts_is_left_out() {
        let mut state = 5_u64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / 8_388_608.0 - 1.0
        };
        // Without order, and in narrow cones.
        for (n, dim, spread) in
            [(1_usize, 4, 1.0), (64, 16, 0.1), (65, 7, 1.0), (500, 64, 0.3), (1000, 3, 0.2), (700, 48, 1.0), (900, 33, 0.5)]
        {
            let middles: Vec<f32> = (0..n.div_ceil(BLOCK) * dim).map(|_| random()).collect();
            let values: Vec<f32> =
                (0..n * dim).map(|at| (1.0 - spread) * middles[at / dim / BLOCK * dim + at % dim] + spread * random()).collect();
            let vectors = ItemVectors::quantize(dim, &values).unwrap();
            for large_from in [0, usize::MAX] {
                let mut scan = Scan { large_from, ..Scan::default() };
                for _ in 0..20 {
                    let query: Vec<f32> = (0..dim).map(|_| random()).collect();
                    let field = Field::Vectors(&vectors, &query);
                    scan.read(field);
                    assert_eq!(scan.by_cones, large_from == 0);
                    let mut all = Vec::new();
                    vectors.scores(&query, &mut all);
                    let most = all.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                    for floor in [f32::NEG_INFINITY, -0.5, 0.0, 0.9 * most, most] {
                        let mut seen = vec![false; n];
                        scan.above(field, None, floor, &mut |item, x| {
                            assert_eq!(x.to_bits(), all[item.at()].to_bits());
                            seen[item.at()] = true;
                            floor
                        });
                        assert!(seen.iter().zip(&all).all(|(seen, x)| *seen == (*x >= floor)));
                    }
                    let mut largest = f32::NEG_INFINITY;
                    scan.above(field, None, largest, &mut |_, x| {
                        largest = largest.max(x);
                        largest
                    });
                    assert_eq!(largest, most);
                }
            }
        }
    }
}
