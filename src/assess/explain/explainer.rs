//! Contributions by whichever method the bundle says.

use super::linear::Linear;
use super::shap::Shap;
use super::trees::Trees;
use crate::assess::manifest::{Explained, Link, Margin};
use crate::error::{Code, Error, Result};
use nearhand_onnx::{ModelLimits, forests};

/// Shares a score out.
#[derive(Clone, Debug)]
pub(in crate::assess) struct Explainer {
    how: How,
    /// What is there without any contribution.
    base: f64,
    link: Link,
}

#[derive(Clone, Debug)]
enum How {
    Shap(Box<Shap>),
    Path(Box<Trees>),
    Linear(Linear),
}

/// Parts of a bundle that contributions are made of.
#[derive(Clone, Debug, Default)]
pub(in crate::assess) struct Background {
    /// Of each question of the trees, how many background rows go the way of yes.
    pub(in crate::assess) yes: Vec<u32>,
    /// Weights of a linear model, one a feature.
    pub(in crate::assess) weights: Vec<f64>,
    /// Means of the features.
    pub(in crate::assess) means: Vec<f64>,
    /// What a linear model answers to the means.
    pub(in crate::assess) base: f64,
}

impl Explainer {
    /// As the manifest says; `None` where it says that there are no reasons.
    ///
    /// # Errors
    /// `model-…`, `bundle-part-invalid`, `manifest-invalid`.
    pub(in crate::assess) fn new(
        onnx: &[u8],
        how: &Explained,
        background: &Background,
        limits: &ModelLimits,
    ) -> Result<Option<Self>> {
        let trees = |margin: &Margin| -> Result<(Trees, f64)> {
            let found = forests(onnx, limits)?;
            let [forest] = &found[..] else {
                return Err(Error::new(Code::ModelMismatch, "one ensemble of trees is explained").with("ensembles", found.len()));
            };
            let mut trees = Trees::new(forest, &margin.factors)?;
            trees.learn(&background.yes, margin.rows)?;
            let base = trees.base() + margin.offset;
            Ok((trees, base))
        };
        let made = match how {
            Explained::None { .. } => return Ok(None),
            Explained::Shap(margin) => {
                let (trees, base) = trees(margin)?;
                Self { how: How::Shap(Box::new(Shap::new(&trees)?)), base, link: margin.link }
            }
            Explained::Path(margin) => {
                let (trees, base) = trees(margin)?;
                Self { how: How::Path(Box::new(trees)), base, link: margin.link }
            }
            Explained::Linear { link } => {
                let Background { weights, means, base, .. } = background.clone();
                Self { how: How::Linear(Linear { weights, means }), base, link: *link }
            }
        };
        if made.base.is_finite() {
            Ok(Some(made))
        } else {
            Err(Error::new(Code::ManifestInvalid, "the base of the reasons is not finite"))
        }
    }

    /// Contributions of a row's features to its score before the link, and the base. `out` has a place for each.
    pub(in crate::assess) fn contributions(&mut self, row: &[f32], out: &mut [f64]) -> f64 {
        out.fill(0.0);
        match &mut self.how {
            How::Shap(shap) => shap.add(row, out),
            How::Path(trees) => trees.along_paths(row, out),
            How::Linear(linear) => linear.add(row, out),
        }
        self.base
    }

    /// How the sum becomes the score.
    pub(in crate::assess) const fn link(&self) -> Link {
        self.link
    }
}

/// The score of a sum.
pub(in crate::assess) fn linked(link: Link, sum: f64) -> f64 {
    match link {
        Link::Identity => sum,
        Link::Logistic => 1.0 / (1.0 + libm::exp(-sum)),
    }
}
