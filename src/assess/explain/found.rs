//! How a model's scores can be explained: found out by trying, and believed only where base and contributions answer as the model does.

use super::explainer::{Background, linked};
use super::shap::Shap;
use super::trees::Trees;
use super::weights::functions;
use crate::assess::manifest::{Explained, Inputs, Link, Margin};
use crate::assess::spec::Method;
use crate::error::{Code, Error, Result};
use nearhand_onnx::{Forest, ModelLimits, forests};

/// What base and contributions may differ from the score by, where scores are 1 at most; beyond, relative to them. Models sum in 32 bits.
const TOLERANCE: f64 = 2e-5;

/// The same of a score that may be a probability: where frauds are rare, nearly all scores are below any fixed bound, and a function that
/// answers 0 to all would pass. Near 1 it stays: there sums of many trees in 32 bits are off by as much.
pub(in crate::assess) fn tolerance(score: f64, probability: bool) -> f64 {
    if probability { TOLERANCE.min(1e-3 * score.abs() + 1e-7) } else { TOLERANCE * score.abs().max(1.0) }
}
/// Steps of a row up to which exact values of trees are taken by themselves.
const CHEAP: usize = 1 << 16;

/// How scores are explained, and the parts that it takes.
#[derive(Clone, Debug)]
pub struct Found {
    /// For the manifest.
    pub explained: Explained,
    /// For the parts.
    pub(in crate::assess) background: Background,
}

/// Background rows, and how the model scored them.
pub(super) struct Scored<'a> {
    rows: &'a [f32],
    features: usize,
    scores: &'a [f32],
    /// Whether all scores are such.
    probability: bool,
}

impl<'a> Scored<'a> {
    fn each(&self) -> impl Iterator<Item = (&'a [f32], f64)> {
        self.rows.chunks_exact(self.features).zip(self.scores).map(|(row, score)| (row, f64::from(*score)))
    }

    /// Whether a function answers as the model.
    fn fits(&self, link: Link, sum: &dyn Fn(&[f32]) -> f64) -> bool {
        self.each().all(|(row, score)| (linked(link, sum(row)) - score).abs() <= tolerance(score, self.probability))
    }
}

/// Finds out how a model is explained, by background rows of so many features and the scores that it gave them.
///
/// # Errors
/// `model-…` for a file that cannot be read; `invalid-option` for a method that does not suit it.
pub fn found(
    onnx: &[u8],
    method: Method,
    inputs: &Inputs,
    rows: (&[f32], usize),
    scores: &[f32],
    limits: &ModelLimits,
) -> Result<Found> {
    let none = |why: &str| Found { explained: Explained::None { why: why.to_owned() }, background: Background::default() };
    if method == Method::None {
        return Ok(none("not wanted"));
    }
    let probability = scores.iter().all(|score| (0.0..=1.0).contains(score));
    let scored = Scored { rows: rows.0, features: rows.1.max(1), scores, probability };
    let mut why = "neither trees nor a linear function answer as this model does";
    if method != Method::Linear {
        match &forests(onnx, limits)?[..] {
            [] => {}
            [forest] if inputs.names.len() == 1 && forest.input.as_ref() == inputs.names.first() => {
                if let Some(found) = of_trees(forest, method, &scored)? {
                    return Ok(found);
                }
                why = "no sum over the trees answers as this model does";
            }
            [_] => why = "something computes between the features and the trees",
            _ => why = "there are several ensembles of trees",
        }
    }
    if matches!(method, Method::Auto | Method::Linear)
        && inputs.names.len() == 1
        && let Some(found) = of_weights(onnx, &scored, limits)?
    {
        return Ok(found);
    }
    if method == Method::Auto {
        return Ok(none(why));
    }
    Err(Error::new(Code::OptionInvalid, "this method does not explain the model: take \"auto\" or \"none\"").with("why", why))
}

fn of_trees(forest: &Forest, method: Method, scored: &Scored<'_>) -> Result<Option<Found>> {
    let targets = forest.spec.targets;
    let mut tries: Vec<Vec<f64>> = Vec::new();
    for target in 0..targets.min(64) {
        for sign in [1.0, -1.0] {
            tries.push((0..targets).map(|t| if t == target { sign } else { 0.0 }).collect());
        }
    }
    if targets == 2 {
        tries.extend([vec![-1.0, 1.0], vec![1.0, -1.0]]);
    }
    let base = &forest.spec.base_values;
    let mut offsets = vec![0.0, 1.0];
    offsets.extend(base.iter().flat_map(|base| [*base, -base]));
    if let [a, b] = base[..] {
        offsets.extend([b - a, a - b]);
    }
    for factors in tries {
        let Ok(mut trees) = Trees::new(forest, &factors) else { continue };
        for offset in &offsets {
            for link in [Link::Logistic, Link::Identity] {
                if !scored.fits(link, &|row| trees.sum(row) + offset) {
                    continue;
                }
                let rows = u32::try_from(scored.scores.len()).unwrap_or(u32::MAX);
                let yes = trees.count(scored.each().map(|(row, _)| row));
                trees.learn(&yes, rows)?;
                let margin = Margin { factors, offset: *offset, link, rows, questions: trees.questions() };
                let exact = match method {
                    Method::Shap => Shap::new(&trees).map(|_| true)?,
                    Method::Auto => Shap::work(&trees).is_some_and(|work| work <= CHEAP),
                    _ => false,
                };
                let explained = if exact { Explained::Shap(margin) } else { Explained::Path(margin) };
                return Ok(Some(Found { explained, background: Background { yes, ..Background::default() } }));
            }
        }
    }
    Ok(None)
}

fn of_weights(onnx: &[u8], scored: &Scored<'_>, limits: &ModelLimits) -> Result<Option<Found>> {
    for function in functions(onnx, scored.features, &limits.file)? {
        for sign in [1.0, -1.0] {
            for link in [Link::Logistic, Link::Identity] {
                let sum = |row: &[f32]| {
                    let dot: f64 = row.iter().zip(&function.weights).map(|(x, w)| f64::from(*x) * w).sum();
                    sign * (dot + function.intercept)
                };
                if !scored.fits(link, &sum) {
                    continue;
                }
                let count = scored.scores.len().max(1) as f64;
                let mut means = vec![0.0; scored.features];
                for (row, _) in scored.each() {
                    means.iter_mut().zip(row).for_each(|(mean, x)| *mean += f64::from(*x));
                }
                means.iter_mut().for_each(|mean| *mean /= count);
                let weights: Vec<f64> = function.weights.iter().map(|w| sign * w).collect();
                let base = weights.iter().zip(&means).map(|(w, mean)| w * mean).sum::<f64>() + sign * function.intercept;
                let background = Background { yes: Vec::new(), weights, means, base };
                return Ok(Some(Found { explained: Explained::Linear { link }, background }));
            }
        }
    }
    Ok(None)
}
