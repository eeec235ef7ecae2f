//! From a row's sums to its scores and class: base values, averages, post-transform, and the rules for two classes.
//!
//! Source: onnxruntime, core/providers/cpu/ml/tree_ensemble_aggregator.h and ml_common.h (write_scores), whose answers
//! this file repeats case by case; ONNX itself leaves two classes with one weight each open.

use super::post::{logistic, transform};
use super::spec::{Aggregate, Mode, Post, Spec};
use crate::error::{Code, Error, Result};

/// What follows the sums.
#[derive(Clone, Debug)]
pub(super) struct Finish {
    pub(super) targets: usize,
    aggregate: Aggregate,
    post: Post,
    base: Vec<f64>,
    trees: usize,
    double: bool,
    classifier: bool,
    /// Two classes of which one alone has weights: its score decides.
    one_sided: bool,
    all_positive: bool,
}

impl Finish {
    pub(super) fn new(spec: &Spec) -> Result<Self> {
        let first = spec.votes.first().map(|v| v.target);
        let one_sided = spec.classifier && spec.targets == 2 && spec.votes.iter().all(|v| Some(v.target) == first);
        let out = Self {
            targets: spec.targets,
            aggregate: spec.aggregate,
            post: spec.post,
            base: spec.base_values.clone(),
            trees: spec.roots.len(),
            double: spec.double,
            classifier: spec.classifier,
            one_sided,
            all_positive: spec.votes.iter().all(|v| v.weight >= 0.0),
        };
        out.defined(spec)?;
        Ok(out)
    }

    /// Two combinations leave the second score unwritten in onnxruntime, which also makes two classes of one: there is no
    /// answer to repeat. What scikit-learn exports for one class says its probability as it is.
    fn defined(&self, spec: &Spec) -> Result<()> {
        if self.classifier && self.targets == 1 && self.post != Post::None {
            return Err(Error::new(Code::ModelOperatorUnsupported, "one class with this post_transform is undefined"));
        }
        if !self.classifier || self.targets != 2 || self.base.len() == 2 {
            return Ok(());
        }
        let is_leaf = |node: usize| spec.nodes.get(node).is_some_and(|n| n.mode == Mode::Leaf);
        let leaves = (0..spec.nodes.len()).filter(|n| is_leaf(*n)).count();
        let second_may_miss = spec.votes.iter().filter(|v| v.target == 1 && is_leaf(v.node)).count() < leaves;
        let open = self.post == Post::Probit || (!self.one_sided && self.base.len() == 1);
        if second_may_miss && open {
            return Err(Error::new(
                Code::ModelOperatorUnsupported,
                "two classes with one weight a leaf: this post_transform or base value leaves the second score undefined",
            )
            .with("base values", self.base.len()));
        }
        Ok(())
    }

    /// The base value of a target, 0 where there is none.
    fn base(&self, target: usize) -> f64 {
        self.base.get(target).copied().unwrap_or(0.0)
    }

    /// Rounds as a sum of the ensemble's width would be; one rounding of a 64-bit sum of two 32-bit values is exact.
    fn round(&self, value: f64) -> f64 {
        if self.double { value } else { f64::from(value as f32) }
    }

    /// Turns one row's sums into scores, in place, and answers its class (0 for regression). `has` tells which targets
    /// a tree voted for; the others score 0 whatever their base value. `narrow` is room for as many scores.
    pub(super) fn row(&self, sums: &mut [f64], has: &mut [bool], narrow: &mut [f32]) -> usize {
        if !self.classifier {
            self.regression(sums, has, narrow);
            return 0;
        }
        let class = if let ([s0, s1], [has0, has1]) = (&mut *sums, &mut *has) {
            let (class, shape) = self.binary(s0, s1, has0, has1);
            if self.write_one(s0, s1, shape) {
                return class;
            }
            class
        } else {
            for (k, (sum, has)) in sums.iter_mut().zip(&mut *has).enumerate().take(self.base.len()) {
                *sum = self.round(if *has { *sum } else { 0.0 } + self.base(k));
                *has = true;
            }
            let mut best: Option<(usize, f64)> = None;
            for (k, (sum, _)) in sums.iter().zip(&*has).enumerate().filter(|(_, (_, has))| **has) {
                if best.is_none_or(|(_, b)| *sum > b) {
                    best = Some((k, *sum));
                }
            }
            best.map_or(0, |b| b.0)
        };
        self.write(sums, has, narrow);
        class
    }

    fn regression(&self, sums: &mut [f64], has: &[bool], narrow: &mut [f32]) {
        for (k, sum) in sums.iter_mut().enumerate() {
            if self.aggregate == Aggregate::Average {
                *sum = self.round(*sum / self.trees as f64);
            }
            *sum = self.round(*sum + self.base(k));
        }
        match (sums, self.post) {
            // One target knows no transform but PROBIT.
            ([sum], Post::Probit) => self.write(std::slice::from_mut(sum), &[true], narrow),
            ([_], _) => {}
            (sums, _) => self.write(sums, has, narrow),
        }
    }

    /// Class of two, and what shape its scores take: see [`Finish::write_one`].
    fn binary(&self, s0: &mut f64, s1: &mut f64, has0: &bool, has1: &mut bool) -> (usize, Shape) {
        let mut shape = Shape::Two;
        match self.base.len() {
            // The second base value alone counts where the second class has weights.
            2 if *has1 => {
                *s1 = self.round(self.base(1) + *s0);
                *s0 = -*s1;
            }
            2 => {
                *s1 = self.round(*s1 + self.base(1));
                *s0 = self.round(*s0 + self.base(0));
            }
            1 => *s0 = self.round(*s0 + self.base(0)),
            _ => {}
        }
        if self.base.len() < 2 && !*has1 {
            shape = Shape::Mirrored;
        }
        let decisive = if *has1 {
            *s1
        } else if *has0 {
            *s0
        } else {
            0.0
        };
        let threshold = if self.one_sided && self.all_positive { 0.5 } else { 0.0 };
        if self.one_sided && self.all_positive && matches!(shape, Shape::Mirrored) {
            shape = Shape::Complement;
        }
        (usize::from(decisive > threshold), shape)
    }

    /// Writes two scores from one, where there is but one.
    fn write_one(&self, s0: &mut f64, s1: &mut f64, shape: Shape) -> bool {
        let s = *s0;
        match shape {
            Shape::Two => return false,
            _ if self.post == Post::Logistic => {
                (*s0, *s1) = (f64::from(logistic(-s as f32)), f64::from(logistic(s as f32)));
            }
            Shape::Complement => (*s0, *s1) = (self.round(1.0 - s), s),
            Shape::Mirrored => (*s0, *s1) = (-s, s),
        }
        true
    }

    fn write(&self, sums: &mut [f64], has: &[bool], narrow: &mut [f32]) {
        for (sum, _) in sums.iter_mut().zip(has).filter(|(_, has)| !**has) {
            *sum = 0.0;
        }
        if self.post != Post::None {
            narrow.iter_mut().zip(&*sums).for_each(|(n, s)| *n = *s as f32);
            transform(self.post, narrow);
            sums.iter_mut().zip(narrow).for_each(|(s, n)| *s = f64::from(*n));
        }
    }
}

/// Scores of two classes.
#[derive(Clone, Copy)]
enum Shape {
    /// Both are there.
    Two,
    /// One is there, a probability: 1 − s and s.
    Complement,
    /// One is there, a margin: −s and s.
    Mirrored,
}
