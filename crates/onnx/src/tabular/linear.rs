//! LinearClassifier and LinearRegressor: x · wᵀ + b, then a post-transform.
//!
//! Source: onnxruntime, core/providers/cpu/ml/linearclassifier.cc and linearregressor.cc. Sums are taken in 64 bits.

use super::ensemble::Labels;
use super::layout::{input, not_empty};
use super::op::Op;
use super::values::{failed, floats, matrix, room};
use crate::attrs::{Attrs, malformed, unsupported};
use crate::error::Result;
use crate::file::Node;
use crate::tensor::Tensor;
use crate::trees::{Post, logistic, transform};

struct Linear {
    weights: Vec<f32>,
    intercepts: Vec<f32>,
    targets: usize,
}

impl Linear {
    /// Scores, row by row.
    fn scores(&self, tensor: &Tensor) -> Result<(usize, Vec<f32>)> {
        let (rows, columns) = matrix(tensor)?;
        if columns.checked_mul(self.targets) != Some(self.weights.len()) {
            return Err(failed("a linear model has weights for another number of columns")
                .with("columns", columns)
                .with("weights", self.weights.len()));
        }
        let values = floats(&tensor.values)?;
        let mut out = Vec::with_capacity(room(&[rows, self.targets])?);
        for row in values.chunks(columns.max(1)) {
            for (i, weights) in self.weights.chunks(columns.max(1)).enumerate() {
                let sum: f64 = row.iter().zip(weights).map(|(x, w)| f64::from(*x) * f64::from(*w)).sum();
                out.push((sum + f64::from(self.intercepts.get(i).copied().unwrap_or(0.0))) as f32);
            }
        }
        Ok((rows, out))
    }
}

pub(super) fn regressor(attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let targets = attrs.int("targets", 1)?;
    let targets = usize::try_from(targets).ok().filter(|t| *t > 0).ok_or_else(|| malformed("targets", targets))?;
    let weights = not_empty(attrs.floats("coefficients")?, "coefficients")?;
    let mut intercepts = attrs.floats("intercepts")?;
    if !intercepts.is_empty() && intercepts.len() != targets {
        return Err(malformed("number of intercepts", intercepts.len()).with("targets", targets));
    }
    intercepts.resize(targets, 0.0);
    let post = Post::named(attrs.text("post_transform", "NONE")?)?;
    let linear = Linear { weights, intercepts, targets };
    Ok(Box::new(move |inputs| {
        let (rows, mut scores) = linear.scores(input(inputs, 0)?)?;
        // One target knows no transform but PROBIT, as with trees.
        if targets > 1 || post == Post::Probit {
            scores.chunks_mut(targets).for_each(|row| transform(post, row));
        }
        Ok(vec![Tensor::f32(vec![rows, targets], scores)])
    }))
}

pub(super) fn classifier(node: &Node<'_>, attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let labels = Labels::read(attrs, "classlabels_ints")?;
    let weights = not_empty(attrs.floats("coefficients")?, "coefficients")?;
    let intercepts = not_empty(attrs.floats("intercepts")?, "intercepts")?;
    // What multi_class would say is in the post-transform already.
    attrs.ignore("multi_class");
    let post = Post::named(attrs.text("post_transform", "NONE")?)?;
    let targets = intercepts.len();
    let one_sided = targets == 1 && labels.len() == 2;
    if !one_sided && (targets < 2 || labels.len() != targets) {
        return Err(malformed("number of intercepts", targets).with("classes", labels.len()));
    }
    if one_sided && post == Post::Probit {
        return Err(unsupported(node, "PROBIT of two classes with one score is undefined"));
    }
    let linear = Linear { weights, intercepts, targets };
    Ok(Box::new(move |inputs| {
        let (rows, mut scores) = linear.scores(input(inputs, 0)?)?;
        let classes: Vec<usize> = if one_sided {
            scores.iter().map(|s| usize::from(*s > 0.0)).collect()
        } else {
            let first_best = |row: &[f32]| {
                let better = |best: (usize, f32), (i, s): (usize, &f32)| if *s > best.1 || i == 0 { (i, *s) } else { best };
                row.iter().enumerate().fold((0, 0.0), better).0
            };
            scores.chunks(targets).map(first_best).collect()
        };
        if one_sided {
            let both = |s: f32| if post == Post::Logistic { [logistic(-s), logistic(s)] } else { [1.0 - s, s] };
            scores = scores.iter().flat_map(|s| both(*s)).collect();
        } else {
            scores.chunks_mut(targets).for_each(|row| transform(post, row));
        }
        Ok(vec![labels.of(&classes)?, Tensor::f32(vec![rows, labels.len()], scores)])
    }))
}
