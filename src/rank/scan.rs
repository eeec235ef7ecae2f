//! The scan: finds the items whose value is at least some floor, without a value for every item.
//!
//! Values are a model's answer over the catalog: dot products of a query with item vectors, or logits. Three bounds,
//! each dearer and nearer than the one before, leave out what is surely below the floor:
//!
//! 1. large catalogs: four bits a value (`kernels::coarse`). With the row's distance |e| from its codes ĉ,
//!    v · q ≤ ĉ · q + |e| |q| (Cauchy-Schwarz). All rows are read, half of the bytes; blocks of 64 and then items
//!    are left out.
//! 2. integers: the 8-bit rows with the query rounded to 16 bits, right to within `slack`. In small catalogs all rows
//!    are read and blocks of 64 have a largest value; in large ones only the rows that are left.
//! 3. the float value, the one that counts, for what is then left.
//!
//! So what is found is what a full pass in floats finds, bit for bit:
//!
//! ```text
//! |float value − integer value| ≤ slack = reach · (0.51 · step + (dim + 8) · 2⁻²² · max |q|) + 10⁻³⁰
//! ```
//! The first term is the rounding of the query (half a step a value, `reach` the largest Σ |v| of a row), the second
//! that of float sums (n sums err by at most n · 2⁻²⁴ of the magnitudes; four times that is taken). Vectors or queries
//! so large or small that floats overflow get an infinite slack: nothing is skipped then.

use super::{BitSet, ItemVectors};
use crate::ids::ItemIdx;
use nearhand_kernels::coarse::{self, Levels};
use nearhand_kernels::scan::{BLOCK, block_maxima, block_scores, query_limit, row_scores};

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
    /// A bound a block.
    bounds: Vec<f32>,
    /// Fewer rows are read in integers at once.
    coarse_from: usize,
    coarse: Option<Coarse>,
    /// Whether `bounds` are those of the codes.
    coarse_read: bool,
}

/// Codes of four bits a value, and their sums for the query.
#[derive(Debug, Default)]
struct Coarse {
    levels: Levels,
    codes: Vec<[u8; 16]>,
    tables: Vec<[u8; 16]>,
    sums: Vec<[u16; coarse::BLOCK]>,
    largest: Vec<u16>,
    base: f32,
    step: f32,
}

/// Rows from which codes are worth their memory, where looking 16 of them up is one instruction.
const COARSE_FROM: usize =
    if cfg!(any(target_arch = "wasm32", target_arch = "aarch64", target_feature = "ssse3")) { 1 << 13 } else { usize::MAX };
/// Rows that the levels are fitted on.
const SAMPLE: usize = 1 << 13;
/// Items left in a block from which reading four rows at once, all of the block, is faster.
const MANY: u32 = 24;

impl Default for Scan {
    fn default() -> Self {
        Self {
            query: Vec::new(),
            step: 1.0,
            slack: 0.0,
            bounds: Vec::new(),
            coarse_from: COARSE_FROM,
            coarse: None,
            coarse_read: false,
        }
    }
}

impl Coarse {
    fn new(vectors: &ItemVectors) -> Self {
        let rows = vectors.rows().chunks_exact(vectors.dim()).zip(vectors.scales().iter().copied());
        let mut levels = Levels::of(rows.step_by(vectors.len().div_ceil(SAMPLE)), vectors.dim());
        let codes = levels.encode(vectors.rows(), vectors.scales());
        let blocks = vectors.len().div_ceil(BLOCK);
        let sums = vec![[0; coarse::BLOCK]; 2 * blocks];
        Self { levels, codes, sums, largest: vec![0; blocks], ..Self::default() }
    }

    fn read(&mut self, query: &[f32]) {
        (self.base, self.step) = self.levels.tables(query, &mut self.tables);
        coarse::sums(&self.codes, &self.tables, &mut self.sums, &mut self.largest);
    }

    /// The items of block `b` in `members` whose sum is not surely below what `floor` asks for.
    fn left(&self, b: usize, members: u64, floor: f32) -> u64 {
        // A hundredth for the roundings here. What is NaN or below 0 becomes 0, which all reach.
        let needed = ((floor - self.base) / self.step - 0.01).ceil();
        if needed > f32::from(u16::MAX) {
            return 0;
        }
        let two = self.sums.get(2 * b..).and_then(|blocks| blocks.first_chunk());
        two.map_or(members, |two| coarse::at_least(two, needed as u16) & members)
    }
}

impl Scan {
    /// Reads a field once.
    pub fn read(&mut self, field: Field<'_>) {
        self.bounds.clear();
        self.bounds.resize(field.len().div_ceil(BLOCK), f32::NEG_INFINITY);
        (self.step, self.slack, self.coarse_read) = (1.0, 0.0, false);
        match field {
            Field::Vectors(vectors, query) => {
                let largest = self.round(vectors, query);
                // Squares of all numbers stay finite.
                self.coarse_read = vectors.len() >= self.coarse_from
                    && vectors.dim() <= coarse::MAX_DIM
                    && vectors.reach() < 1e15
                    && (1e-15..1e15).contains(&largest);
                if self.coarse_read {
                    let coarse = self.coarse.get_or_insert_with(|| Coarse::new(vectors));
                    coarse.read(query);
                    for (bound, sum) in self.bounds.iter_mut().zip(&coarse.largest) {
                        *bound = coarse.base + coarse.step * f32::from(*sum);
                    }
                } else {
                    block_maxima(vectors.rows(), vectors.scales(), &self.query, &mut self.bounds);
                    self.bounds.iter_mut().for_each(|bound| *bound *= self.step);
                }
            }
            Field::Values(values) => {
                for (bound, block) in self.bounds.iter_mut().zip(values.chunks(BLOCK)) {
                    *bound = block.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                }
            }
        }
    }

    /// The query in 16 bits, and how far off that may be. Returns its largest magnitude.
    fn round(&mut self, vectors: &ItemVectors, query: &[f32]) -> f32 {
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
        largest
    }

    /// Calls `f` with every item whose value is at least the floor or NaN, and that is in `among` where given, in no
    /// order. `f` answers with the floor from then on; −∞ leaves nothing out.
    pub fn above(&self, field: Field<'_>, among: Option<&BitSet>, floor: f32, f: &mut dyn FnMut(ItemIdx, f32) -> f32) {
        let mut visit = Visit { scan: self, field, floor, f, batch: [0; BATCH], len: 0 };
        let mut values = [0.0; BLOCK];
        for (b, bound) in self.bounds.iter().enumerate() {
            let first = b * BLOCK;
            let count = field.len().saturating_sub(first).min(BLOCK);
            let mut members = among.map_or(u64::MAX, |set| set.word(b)) & (u64::MAX >> (BLOCK - count).min(BLOCK - 1));
            if members == 0 || self.below(*bound, visit.floor) {
                continue;
            }
            if let Some(coarse) = self.coarse.as_ref().filter(|_| self.coarse_read) {
                members = coarse.left(b, members, visit.floor - self.slack);
            }
            let many = members.count_ones() >= MANY;
            if let Field::Vectors(vectors, _) = field
                && many
            {
                let rows = vectors.rows().get(first * vectors.dim()..(first + count) * vectors.dim()).unwrap_or_default();
                let scales = vectors.scales().get(first..first + count).unwrap_or_default();
                block_scores(rows, scales, &self.query, &mut values);
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
        for (n, dim) in [(1, 4), (64, 16), (65, 7), (500, 64), (1000, 3), (700, 48)] {
            let values: Vec<f32> = (0..n * dim).map(|_| random()).collect();
            let vectors = ItemVectors::quantize(dim, &values).unwrap();
            for coarse_from in [0, usize::MAX] {
                let mut scan = Scan { coarse_from, ..Scan::default() };
                for _ in 0..20 {
                    let query: Vec<f32> = (0..dim).map(|_| random()).collect();
                    let field = Field::Vectors(&vectors, &query);
                    scan.read(field);
                    assert_eq!(scan.coarse_read, coarse_from == 0);
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
