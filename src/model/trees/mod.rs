//! Tree ensembles: verified once, then walked without a branch that could fail.
//!
//! `attributes → Spec → verify → Forest → walk → sums → finish → scores, class`

mod attributes;
mod finish;
mod post;
mod spec;
mod tables;
mod verify;
mod walk;

#[cfg(test)]
mod tests;

pub use spec::{Aggregate, Mode, Node, Post, Spec, TreeLimits, Vote};

pub(super) use attributes::{spec_of_v3, spec_of_v5};
pub(super) use post::{logistic, softmax, transform};

use crate::error::{Code, Error, Result};
use finish::Finish;
use walk::{Forest, LANES, Real};

/// Rows that share one pass over the trees: their values and sums stay in the first cache, and so does one tree.
const BLOCK: usize = 64;

/// A verified ensemble of decision trees.
#[derive(Clone, Debug)]
pub struct TreeEnsemble {
    forest: Width,
    finish: Finish,
    aggregate: Aggregate,
    /// Whether every leaf has one vote, for the one target there is.
    single: bool,
    features: usize,
}

#[derive(Clone, Debug)]
enum Width {
    Single(Forest<f32>),
    Double(Forest<f64>),
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
    single: Vec<f32>,
    double: Vec<f64>,
    has: Vec<bool>,
    row: Vec<f64>,
    narrow: Vec<f32>,
}

impl TreeEnsemble {
    /// Verifies an ensemble and lays it out for walking.
    ///
    /// # Errors
    /// `model-malformed` with what is wrong, the place in the file and the offending value: limits, a feature, target or
    /// child out of range, a threshold that is NaN, a weight that is not finite, branches in a circle, nodes that no branch
    /// or two branches lead to, a leaf without weight. `model-operator-unsupported` where onnxruntime's answer is undefined.
    pub fn new(spec: &Spec, limits: &TreeLimits) -> Result<Self> {
        verify::values_ok(spec, limits)?;
        let finish = Finish::new(spec)?;
        let forest = if spec.double { Width::Double(verify::forest(spec)?) } else { Width::Single(verify::forest(spec)?) };
        let asked = spec.nodes.iter().filter(|n| n.mode != Mode::Leaf).map(|n| n.feature).max();
        let features = asked.map_or(0, |f| usize::try_from(f).unwrap_or(0).saturating_add(1));
        Ok(Self { forest, finish, aggregate: spec.aggregate, single: spec.targets == 1, features })
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
        matches!(self.forest, Width::Double(_))
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
        match (&self.forest, rows) {
            (Width::Single(forest), Rows::F32(x)) => self.blocks(forest, x, width, single, tail, emit),
            (Width::Double(forest), Rows::F64(x)) => self.blocks(forest, x, width, double, tail, emit),
            _ => {}
        }
        Ok(())
    }

    fn check(&self, rows: Rows<'_>, width: usize, count: usize, over: usize) -> Result<()> {
        let (len, fits) = match (rows, &self.forest) {
            (Rows::F32(v), Width::Single(_)) => (v.len(), true),
            (Rows::F64(v), Width::Double(_)) => (v.len(), true),
            (Rows::F32(v), _) => (v.len(), false),
            (Rows::F64(v), _) => (v.len(), false),
        };
        if !fits {
            return Err(Error::new(Code::ModelMismatch, "rows of another width in bits than the trees' thresholds"));
        }
        if width < self.features {
            return Err(Error::new(Code::ModelMismatch, "rows have fewer features than the trees ask for")
                .with("features", width)
                .with("needed", self.features));
        }
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
        forest: &Forest<T>,
        x: &[T],
        width: usize,
        sums: &mut Vec<T>,
        tail: Tail<'_>,
        emit: &mut dyn FnMut(&[f64], usize),
    ) {
        let targets = self.targets();
        tail.row.resize(targets, 0.0);
        tail.narrow.resize(targets, 0.0);
        for block in x.chunks(BLOCK.saturating_mul(width).max(1)) {
            let rows = block.len().checked_div(width).unwrap_or(0);
            sums.clear();
            sums.resize(rows * targets, T::ZERO);
            tail.has.clear();
            tail.has.resize(rows * targets, false);
            // A row without NaN takes the short way even where NaN would be told apart.
            let plain = forest.plain && !(forest.nan_is_told && block.iter().any(|v| v.partial_cmp(v).is_none()));
            self.sum(forest, block, width, plain, sums, tail.has);
            for (sums, has) in sums.chunks_exact(targets).zip(tail.has.chunks_exact_mut(targets)) {
                tail.row.iter_mut().zip(sums).for_each(|(r, s)| *r = s.to_f64());
                let class = self.finish.row(tail.row, has, tail.narrow);
                emit(tail.row, class);
            }
        }
    }

    /// Adds up the trees' votes. Each row takes the trees in their order, as onnxruntime does on one thread, whichever
    /// way walks are bundled: the sums are the same to the bit.
    fn sum<T: Real>(&self, forest: &Forest<T>, x: &[T], width: usize, plain: bool, sums: &mut [T], has: &mut [bool]) {
        let targets = self.targets();
        let rows = x.len().checked_div(width).unwrap_or(0);
        let whole = rows / LANES * LANES;
        // Eight rows, tree by tree.
        for root in &forest.roots {
            for first in (0..whole).step_by(LANES) {
                let begins = std::array::from_fn(|l| (first + l) * width);
                let mut places = [*root; LANES];
                forest.walk(x, plain, &begins, &mut places);
                let range = first * targets..(first + LANES) * targets;
                if let (Some(sums), Some(has)) = (sums.get_mut(range.clone()), has.get_mut(range)) {
                    let rows = sums.chunks_exact_mut(targets).zip(has.chunks_exact_mut(targets));
                    places.iter().zip(rows).for_each(|(place, (sums, has))| self.add(forest, *place, sums, has));
                }
            }
        }
        // The rows left over, one at a time, eight trees at once.
        for row in whole..rows {
            let range = row * targets..(row + 1) * targets;
            let (Some(sums), Some(has)) = (sums.get_mut(range.clone()), has.get_mut(range)) else { continue };
            let begins = [row * width; LANES];
            for roots in forest.roots.chunks(LANES) {
                // Places that no tree fills have arrived before they start.
                let mut places = [-1; LANES];
                places.iter_mut().zip(roots).for_each(|(p, r)| *p = *r);
                forest.walk(x, plain, &begins, &mut places);
                places.iter().take(roots.len()).for_each(|place| self.add(forest, *place, sums, has));
            }
        }
    }

    #[inline(always)]
    fn add<T: Real>(&self, forest: &Forest<T>, place: i32, sums: &mut [T], has: &mut [bool]) {
        if self.single
            && let Aggregate::Sum | Aggregate::Average = self.aggregate
        {
            // One target: the leaf's number is its vote's.
            if let (Some(sum), Some(weight)) = (sums.first_mut(), forest.weights.get((!place) as usize)) {
                *sum += *weight;
            }
            return;
        }
        let (to, weights) = forest.votes(place);
        for (target, weight) in to.iter().zip(weights) {
            if let (Some(sum), Some(has)) = (sums.get_mut(*target as usize), has.get_mut(*target as usize)) {
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
