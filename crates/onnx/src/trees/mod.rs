//! Tree ensembles: verified once, then walked without a branch that could fail.
//!
//! `attributes → Spec → verify → Forest → walk → sums → finish → scores, class`

mod attributes;
mod complete;
mod finish;
mod forest;
mod post;
mod spec;
mod tables;
mod verify;
mod walk;

#[cfg(test)]
mod tests;

pub use spec::{Aggregate, Mode, Node, Post, Spec, TreeLimits, Vote};

pub(crate) use attributes::{spec_of_v3, spec_of_v5};
pub(crate) use post::{logistic, softmax, transform};

use crate::error::{Code, Error, Result};
use complete::Complete;
use finish::Finish;
use forest::{Forest, LANES, Real};
use walk::Trees;

/// Rows that share one pass over the trees: their values and sums stay in the first cache, and so does one tree.
const BLOCK: usize = 64;

/// A verified ensemble of decision trees.
#[derive(Clone, Debug)]
pub struct TreeEnsemble {
    trees: Width,
    finish: Finish,
    aggregate: Aggregate,
    pattern: Pattern,
    features: usize,
}

/// What the leaves' votes have in common, where they are summed.
#[derive(Clone, Copy, Debug)]
enum Pattern {
    /// One each, all for this target: the leaf's number is its vote's.
    One(usize),
    /// One for every target, in order.
    All,
    /// Nothing.
    Any,
}

#[derive(Clone, Debug)]
enum Width {
    Single(Trees<f32>),
    Double(Trees<f64>),
}

/// Rows of features, row-major.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// 32 bits; what an ensemble of 32-bit thresholds wants.
    F32(&'a [f32]),
    /// 64 bits; what a [`Spec`] with `double` wants.
    F64(&'a [f64]),
}

/// Buffers that calls share. They grow to what a call needs and stay.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    single: Buffers<f32>,
    double: Buffers<f64>,
    has: Vec<bool>,
    row: Vec<f64>,
    narrow: Vec<f32>,
}

#[derive(Clone, Debug, Default)]
struct Buffers<T> {
    /// One a row of a block and target.
    sums: Vec<T>,
    /// Bundles of eight rows, feature by feature, of a block.
    bundles: Vec<[T; LANES]>,
}

impl Pattern {
    /// Of verified votes, leaf by leaf: every leaf has one at least, and none twice for a target.
    fn of(votes: &[u32], leaves: usize, targets: usize) -> Self {
        let first = votes.first().copied().unwrap_or(0);
        if votes.len() == leaves && votes.iter().all(|t| *t == first) {
            return Self::One(first as usize);
        }
        let in_order = || votes.chunks(targets).all(|leaf| leaf.iter().zip(0..).all(|(t, k)| *t == k));
        if leaves.checked_mul(targets) == Some(votes.len()) && in_order() { Self::All } else { Self::Any }
    }
}

impl TreeEnsemble {
    /// Verifies an ensemble and lays it out for walking.
    ///
    /// # Errors
    /// `model-malformed` with what is wrong, the place in the file and the offending value: limits, a feature, target or
    /// child out of range, a threshold that is NaN, a weight that is not finite, branches in a circle, nodes that no branch
    /// leads to, a leaf without weight. `model-operator-unsupported` where onnxruntime's answer is undefined.
    pub fn new(spec: &Spec, limits: &TreeLimits) -> Result<Self> {
        verify::values_ok(spec, limits)?;
        let finish = Finish::new(spec)?;
        let forest = verify::forest(spec, limits)?;
        let leaves = forest.starts.len().saturating_sub(1);
        let pattern = if spec.summed() { Pattern::of(&forest.targets, leaves, spec.targets) } else { Pattern::Any };
        let trees = if spec.double {
            Width::Double(Trees { forest, complete: None })
        } else {
            let forest = verify::narrow(forest);
            let complete = Complete::of(&forest);
            Width::Single(Trees { forest, complete })
        };
        let asked = spec.nodes.iter().filter(|n| n.mode != Mode::Leaf).map(|n| n.feature).max();
        let features = asked.map_or(0, |f| usize::try_from(f).unwrap_or(0).saturating_add(1));
        Ok(Self { trees, finish, aggregate: spec.aggregate, pattern, features })
    }

    /// Scores a row: one a target or class.
    #[must_use]
    pub const fn targets(&self) -> usize {
        self.finish.targets
    }

    /// Values a row must have at least: the highest feature asked for, plus one.
    #[must_use]
    pub const fn features(&self) -> usize {
        self.features
    }

    /// Whether rows are to be 64 bits wide.
    #[must_use]
    pub const fn is_double(&self) -> bool {
        matches!(self.trees, Width::Double(_))
    }

    /// Scores of rows of `width` values: `out` holds [`TreeEnsemble::targets`] a row. Allocates nothing once `scratch` has
    /// served a call of this ensemble.
    ///
    /// # Errors
    /// `model-mismatch` when `width` is below [`TreeEnsemble::features`], or the lengths or widths disagree.
    pub fn predict(&self, rows: Rows<'_>, width: usize, scratch: &mut Scratch, out: &mut [f32]) -> Result<()> {
        let targets = self.targets();
        self.check(rows, width, out.len() / targets, out.len() % targets)?;
        let mut rest = out.chunks_exact_mut(targets);
        self.each(rows, width, scratch, &mut |scores, _| {
            if let Some(place) = rest.next() {
                place.iter_mut().zip(scores).for_each(|(p, s)| *p = *s as f32);
            }
        })
    }

    /// Scores of each row, in turn, and its class (0 for regression).
    ///
    /// # Errors
    /// As [`TreeEnsemble::predict`].
    pub fn each(&self, rows: Rows<'_>, width: usize, scratch: &mut Scratch, emit: &mut dyn FnMut(&[f64], usize)) -> Result<()> {
        let len = match rows {
            Rows::F32(v) => v.len(),
            Rows::F64(v) => v.len(),
        };
        let count = len.checked_div(width).unwrap_or(0);
        self.check(rows, width, count, 0)?;
        let Scratch { single, double, has, row, narrow } = scratch;
        let tail = Tail { has, row, narrow };
        match (&self.trees, rows) {
            (Width::Single(trees), Rows::F32(x)) => self.blocks(trees, x, width, single, tail, emit),
            (Width::Double(trees), Rows::F64(x)) => self.blocks(trees, x, width, double, tail, emit),
            _ => {}
        }
        Ok(())
    }

    /// Whether rows of so many values are wide enough.
    pub(crate) fn takes(&self, width: usize) -> Result<()> {
        if width >= self.features {
            return Ok(());
        }
        Err(Error::new(Code::ModelMismatch, "rows have fewer features than the trees ask for")
            .with("features", width)
            .with("needed", self.features))
    }

    fn check(&self, rows: Rows<'_>, width: usize, count: usize, over: usize) -> Result<()> {
        let (len, fits) = match (rows, &self.trees) {
            (Rows::F32(v), Width::Single(_)) => (v.len(), true),
            (Rows::F64(v), Width::Double(_)) => (v.len(), true),
            (Rows::F32(v), _) => (v.len(), false),
            (Rows::F64(v), _) => (v.len(), false),
        };
        if !fits {
            return Err(Error::new(Code::ModelMismatch, "rows of another width in bits than the trees' thresholds"));
        }
        self.takes(width)?;
        if over != 0 || count.checked_mul(width) != Some(len) {
            return Err(Error::new(Code::ModelMismatch, "rows and scores have lengths that disagree")
                .with("values", len)
                .with("width", width)
                .with("rows", count));
        }
        Ok(())
    }

    fn blocks<T: Real>(
        &self,
        trees: &Trees<T>,
        x: &[T],
        width: usize,
        buffers: &mut Buffers<T>,
        tail: Tail<'_>,
        emit: &mut dyn FnMut(&[f64], usize),
    ) {
        let targets = self.targets();
        tail.row.resize(targets, 0.0);
        tail.narrow.resize(targets, 0.0);
        for block in x.chunks(BLOCK.saturating_mul(width).max(1)) {
            let rows = block.len().checked_div(width).unwrap_or(0);
            buffers.sums.clear();
            buffers.sums.resize(rows * targets, T::default());
            tail.has.clear();
            tail.has.resize(rows * targets, matches!(self.pattern, Pattern::All));
            if let Pattern::One(target) = self.pattern {
                tail.has.iter_mut().skip(target).step_by(targets).for_each(|has| *has = true);
            }
            self.sum(trees, block, width, buffers, tail.has);
            for (sums, has) in buffers.sums.chunks_exact(targets).zip(tail.has.chunks_exact_mut(targets)) {
                tail.row.iter_mut().zip(sums).for_each(|(r, s)| *r = s.to_f64());
                let class = self.finish.row(tail.row, has, tail.narrow);
                emit(tail.row, class);
            }
        }
    }

    /// Adds up the trees' votes. Each row takes the trees in their order, as onnxruntime does on one thread, whichever
    /// way walks are bundled: the sums are the same to the bit.
    fn sum<T: Real>(&self, trees: &Trees<T>, x: &[T], width: usize, buffers: &mut Buffers<T>, has: &mut [bool]) {
        let (targets, extent) = (self.targets(), self.features.max(1));
        let Buffers { sums, bundles } = buffers;
        // A block without NaN takes the short way even where NaN would be told apart.
        let forest = &trees.forest;
        let plain = forest.plain && !(forest.nan_is_told && x.iter().any(|v| v.partial_cmp(v).is_none()));
        let together = x.chunks_exact(width * LANES);
        let alone = together.remainder();
        // Eight rows at once, tree by tree: a tree serves the whole block while it is in the cache.
        bundles.clear();
        for rows in together {
            let start = bundles.len();
            bundles.resize(start + extent, [T::default(); LANES]);
            for (lane, row) in rows.chunks_exact(width).enumerate() {
                for (column, value) in bundles.iter_mut().skip(start).zip(row).take(self.features) {
                    if let Some(place) = column.get_mut(lane) {
                        *place = *value;
                    }
                }
            }
        }
        let bundled = bundles.len() / extent;
        if bundles.is_empty() {
            // All rows are left over.
        } else if let (Pattern::One(target), Some(complete), Some(bundles), true) =
            (self.pattern, &trees.complete, T::single_rows(bundles), plain)
            && let Some(sums) = T::single_mut(sums)
        {
            let mut lanes = [[0.0; LANES]; BLOCK / LANES];
            complete.add_rows(bundles, extent, &mut lanes);
            let sums = sums.iter_mut().skip(target).step_by(targets);
            sums.zip(lanes.as_flattened()).take(bundled * LANES).for_each(|(sum, lane)| *sum += lane);
        } else {
            self.sum_rows(trees, plain, extent, bundles, sums, has);
        }
        // The rows left over one at a time, eight trees at once.
        for (i, row) in alone.chunks_exact(width).enumerate() {
            if let (Pattern::One(target), Some(complete), Some(row), true) =
                (self.pattern, &trees.complete, T::single(row), plain)
                && let Some(sum) = T::single_mut(sums).and_then(|s| s.get_mut((bundled * LANES + i) * targets + target))
            {
                complete.add_row(row, sum);
                continue;
            }
            for first in (0..forest.roots.len()).step_by(LANES) {
                let places = trees.row(first, row, plain);
                for place in places.iter().take(forest.roots.len() - first) {
                    self.add(&trees.forest, *place, sums, has, (bundled * LANES + i) * targets);
                }
            }
        }
    }

    fn sum_rows<T: Real>(
        &self,
        trees: &Trees<T>,
        plain: bool,
        extent: usize,
        bundles: &[[T; LANES]],
        sums: &mut [T],
        has: &mut [bool],
    ) {
        for tree in 0..trees.forest.roots.len() {
            for (bundle, columns) in bundles.chunks_exact(extent).enumerate() {
                for (lane, place) in trees.rows(tree, columns, plain).iter().enumerate() {
                    self.add(&trees.forest, *place, sums, has, (bundle * LANES + lane) * self.targets());
                }
            }
        }
    }

    /// Adds a leaf's votes to the row whose sums begin at `row`.
    #[inline(always)]
    fn add<T: Real>(&self, forest: &Forest<T>, place: i32, sums: &mut [T], has: &mut [bool], row: usize) {
        let leaf = (!place) as usize;
        match self.pattern {
            Pattern::One(target) => {
                if let (Some(sum), Some(weight)) = (sums.get_mut(row + target), forest.weights.get(leaf)) {
                    *sum += *weight;
                }
            }
            Pattern::All => {
                let targets = self.targets();
                let weights = forest.weights.get(leaf.wrapping_mul(targets)..).unwrap_or_default();
                let sums = sums.get_mut(row..row + targets).unwrap_or_default();
                sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += *weight);
            }
            Pattern::Any => self.add_any(forest, leaf, sums, has, row),
        }
    }

    fn add_any<T: Real>(&self, forest: &Forest<T>, leaf: usize, sums: &mut [T], has: &mut [bool], row: usize) {
        let (to, weights) = forest.votes(leaf);
        for (target, weight) in to.iter().zip(weights) {
            let at = row + *target as usize;
            if let (Some(sum), Some(has)) = (sums.get_mut(at), has.get_mut(at)) {
                match self.aggregate {
                    Aggregate::Sum | Aggregate::Average => *sum += *weight,
                    Aggregate::Min if !*has || *weight < *sum => *sum = *weight,
                    Aggregate::Max if !*has || *weight > *sum => *sum = *weight,
                    _ => {}
                }
                *has = true;
            }
        }
    }
}

/// Buffers behind the sums.
struct Tail<'a> {
    has: &'a mut Vec<bool>,
    row: &'a mut Vec<f64>,
    narrow: &'a mut Vec<f32>,
}
