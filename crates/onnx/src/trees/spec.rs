//! A tree ensemble as a file describes it, before anything is believed.

use crate::attrs::malformed;
use crate::error::{Code, Error, Result};

/// What a node asks of its feature's value v, with threshold t.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// v ≤ t
    Leq,
    /// v < t
    Lt,
    /// v ≥ t
    Gte,
    /// v > t
    Gt,
    /// v = t
    Eq,
    /// v ≠ t
    Neq,
    /// v is one of a set
    Member,
    /// Nothing: the node is a leaf.
    Leaf,
}

impl Mode {
    /// By the name of ai.onnx.ml 1 and 3.
    ///
    /// # Errors
    /// `model-malformed` for another word (onnxruntime takes it for BRANCH_NEQ).
    pub fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "BRANCH_LEQ" => Self::Leq,
            "BRANCH_LT" => Self::Lt,
            "BRANCH_GTE" => Self::Gte,
            "BRANCH_GT" => Self::Gt,
            "BRANCH_EQ" => Self::Eq,
            "BRANCH_NEQ" => Self::Neq,
            "LEAF" => Self::Leaf,
            other => return Err(malformed("node mode", other)),
        })
    }

    /// By the number of ai.onnx.ml 5.
    ///
    /// # Errors
    /// `model-malformed` for another number.
    pub fn numbered(number: u8) -> Result<Self> {
        Ok(match number {
            0 => Self::Leq,
            1 => Self::Lt,
            2 => Self::Gte,
            3 => Self::Gt,
            4 => Self::Eq,
            5 => Self::Neq,
            6 => Self::Member,
            other => return Err(malformed("node mode", other)),
        })
    }
}

/// What becomes of the finished scores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Post {
    /// Nothing.
    #[default]
    None,
    /// eˢ / Σ eˢ
    Softmax,
    /// 1 / (1 + e⁻ˢ)
    Logistic,
    /// Softmax over the scores that are not 0.
    SoftmaxZero,
    /// The inverse of the normal distribution's Φ.
    Probit,
}

impl Post {
    /// By the name of ai.onnx.ml 1 and 3.
    ///
    /// # Errors
    /// `model-malformed` for another word (onnxruntime takes it for PROBIT).
    pub fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "NONE" => Self::None,
            "SOFTMAX" => Self::Softmax,
            "LOGISTIC" => Self::Logistic,
            "SOFTMAX_ZERO" => Self::SoftmaxZero,
            "PROBIT" => Self::Probit,
            other => return Err(malformed("post_transform", other)),
        })
    }

    /// By the number of ai.onnx.ml 5.
    ///
    /// # Errors
    /// `model-operator-unsupported` for 1 and 2, which are SOFTMAX and LOGISTIC in ONNX's specification but the other way
    /// round in onnxruntime (1.32): whoever made the file, half of its readers are wrong. `model-malformed` for another
    /// number.
    pub fn numbered(number: i64) -> Result<Self> {
        Ok(match number {
            0 => Self::None,
            1 | 2 => {
                return Err(Error::new(
                    Code::ModelOperatorUnsupported,
                    "ONNX and onnxruntime disagree which transform is meant: put a Softmax or Sigmoid behind the trees",
                )
                .with("post_transform", number));
            }
            3 => Self::SoftmaxZero,
            4 => Self::Probit,
            other => return Err(malformed("post_transform", other)),
        })
    }
}

/// How the trees' answers become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Aggregate {
    /// Their sum.
    #[default]
    Sum,
    /// Their sum by the number of trees.
    Average,
    /// The least.
    Min,
    /// The greatest.
    Max,
}

impl Aggregate {
    /// By the name of ai.onnx.ml 1 and 3.
    ///
    /// # Errors
    /// `model-malformed` for another word.
    pub fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "SUM" => Self::Sum,
            "AVERAGE" => Self::Average,
            "MIN" => Self::Min,
            "MAX" => Self::Max,
            other => return Err(malformed("aggregate_function", other)),
        })
    }

    /// By the number of ai.onnx.ml 5.
    ///
    /// # Errors
    /// `model-malformed` for another number.
    pub fn numbered(number: i64) -> Result<Self> {
        Ok(match number {
            0 => Self::Average,
            1 => Self::Sum,
            2 => Self::Min,
            3 => Self::Max,
            other => return Err(malformed("aggregate_function", other)),
        })
    }
}

/// One node. Children are indices into [`Spec::nodes`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
    /// What it asks; a leaf's other fields have no meaning.
    pub mode: Mode,
    /// Index of the feature.
    pub feature: i64,
    /// Threshold; for [`Mode::Member`] an index into [`Spec::sets`].
    pub threshold: f64,
    /// Where a yes leads.
    pub yes: usize,
    /// Where a no leads.
    pub no: usize,
    /// Whether a missing value (NaN) is a yes, whatever is asked.
    pub missing_is_yes: bool,
}

/// What a leaf adds to one target or class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vote {
    /// Index of the leaf in [`Spec::nodes`].
    pub node: usize,
    /// Target or class.
    pub target: i64,
    /// How much.
    pub weight: f64,
}

/// An ensemble. [`super::TreeEnsemble::new`] verifies all of it. Several branches may lead to one node: so a set of
/// categories is written as a chain of `v = t` whose yes is one and the same subtree.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spec {
    /// Nodes of all trees.
    pub nodes: Vec<Node>,
    /// Index of each tree's root.
    pub roots: Vec<usize>,
    /// Votes of the leaves; a leaf's votes in the order in which they stand.
    pub votes: Vec<Vote>,
    /// Sets of [`Mode::Member`].
    pub sets: Vec<Vec<f64>>,
    /// Number of targets or classes.
    pub targets: usize,
    /// Added to the scores: none, one, or one a target.
    pub base_values: Vec<f64>,
    /// How trees are aggregated; classifiers sum.
    pub aggregate: Aggregate,
    /// What becomes of the scores.
    pub post: Post,
    /// Whether a class is answered besides the scores.
    pub classifier: bool,
    /// Whether thresholds and sums are 64 bits wide.
    pub double: bool,
}

impl Spec {
    /// Whether trees are added up.
    pub(super) const fn summed(&self) -> bool {
        matches!(self.aggregate, Aggregate::Sum | Aggregate::Average)
    }
}

/// What an ensemble may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeLimits {
    /// Trees. Default 65,536.
    pub trees: usize,
    /// Nodes of all trees, and votes of all leaves. Default 2²⁴.
    pub nodes: usize,
    /// Targets or classes. Default 4,096.
    pub targets: usize,
    /// Features. Default 65,536.
    pub features: usize,
    /// Ways from the roots to the leaves of all trees. Nodes that several branches lead to multiply them, and cost nothing:
    /// a walk takes one way. Default 2⁶⁰, out of reach of categories that a converter has written.
    pub paths: u64,
}

impl Default for TreeLimits {
    fn default() -> Self {
        Self { trees: 1 << 16, nodes: 1 << 24, targets: 1 << 12, features: 1 << 16, paths: 1 << 60 }
    }
}
