//! What packing found out about a model and fitted to a table: read with the manifest, believed in nothing.

use crate::assess::spec::{Between, Of};
use crate::value::{Decode, Faults, Value};
use serde::Serialize;

/// What packing found and fitted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fitted {
    /// How a row enters the graph.
    pub inputs: Inputs,
    /// Where its score comes out.
    pub output: Output,
    /// How the score becomes a risk.
    pub calibration: Curve,
    /// Thresholds of the score, where a capacity decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Thresholds>,
    /// How reasons are made.
    pub reasons: Explained,
}

/// How a row of features enters the graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inputs {
    /// One input of all features, or one input each, in the features' order.
    pub names: Vec<String>,
    /// `f32` or `f64`, into which a value of 32 bits is widened.
    pub dtype: String,
}

/// Where the score comes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The graph's output.
    pub name: String,
    /// Columns of a row.
    pub width: usize,
    /// The column that is read.
    pub column: usize,
    /// Whether the score is a probability.
    pub probability: bool,
}

/// How a score becomes a risk.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Curve {
    /// It is one.
    None,
    /// Points in the parts `calibration.x` (scores, rising) and `calibration.y` (risks, never falling).
    Isotonic {
        /// Points.
        points: usize,
        /// What is answered between two.
        between: Between,
    },
    /// 1 / (1 + exp(a·f + b)), a ≤ 0, in the part `calibration.platt`.
    Platt {
        /// What f is.
        of: Of,
    },
}

/// At a score of this or more.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Thresholds {
    /// Reviewed; `None`: none by the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<f32>,
    /// Declined; `None`: none by the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decline: Option<f32>,
}

/// In what unit contributions add up, and how that becomes the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// Their sum is the score.
    Identity,
    /// Their sum is the log-odds: the score is 1 / (1 + e⁻ˢ).
    Logistic,
}

/// How reasons are made.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "method", rename_all = "kebab-case")]
pub enum Explained {
    /// Not at all.
    None {
        /// Why not.
        why: String,
    },
    /// Shapley values of the trees.
    Shap(Margin),
    /// Changes of the expectation along paths.
    Path(Margin),
    /// w · (x − mean), in the parts `reasons.weights`, `reasons.means`.
    Linear {
        /// Of the sum.
        link: Link,
    },
}

/// Of which targets of a file's trees the sum is explained: Σ factor · (votes for the target), plus an offset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Margin {
    /// A factor for each target.
    pub factors: Vec<f64>,
    /// Added to the sum of the votes, with them in the base.
    pub offset: f64,
    /// Of the sum.
    pub link: Link,
    /// Background rows behind the parts `trees.yes`.
    pub rows: u32,
    /// Questions of the trees.
    pub questions: usize,
}

impl Decode for Fitted {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self {
            inputs: of.take("inputs"),
            output: of.take("output"),
            calibration: of.take("calibration"),
            thresholds: of.take("thresholds"),
            reasons: of.take("reasons"),
        };
        of.end();
        read
    }
}

impl Decode for Inputs {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self { names: of.take("names"), dtype: of.take("dtype") };
        of.end();
        read
    }
}

impl Decode for Output {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self {
            name: of.take("name"),
            width: of.take("width"),
            column: of.take("column"),
            probability: of.take("probability"),
        };
        if read.column >= read.width {
            of.fault("the column is not one of the output's");
        }
        of.end();
        read
    }
}

#[derive(Clone, Copy)]
enum Kind {
    None,
    Isotonic,
    Platt,
}

impl Decode for Kind {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(&[("none", Self::None), ("isotonic", Self::Isotonic), ("platt", Self::Platt)], faults)
    }
}

impl Decode for Curve {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = match of.take("kind") {
            Kind::None => Self::None,
            Kind::Isotonic => Self::Isotonic { points: of.take("points"), between: of.take("between") },
            Kind::Platt => Self::Platt { of: of.take("of") },
        };
        of.end();
        read
    }
}

impl Decode for Thresholds {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self { review: of.take("review"), decline: of.take("decline") };
        if read.review.zip(read.decline).is_some_and(|(review, decline)| review > decline) {
            of.fault("review is above decline");
        }
        of.end();
        read
    }
}

impl Decode for Link {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(&[("identity", Self::Identity), ("logistic", Self::Logistic)], faults)
    }
}

#[derive(Clone, Copy)]
enum How {
    None,
    Shap,
    Path,
    Linear,
}

impl Decode for How {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let words = [("none", Self::None), ("shap", Self::Shap), ("path", Self::Path), ("linear", Self::Linear)];
        value.word(&words, faults)
    }
}

impl Decode for Explained {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let how: How = of.take("method");
        let mut margin = || Margin {
            factors: of.take("factors"),
            offset: of.take("offset"),
            link: of.take("link"),
            rows: of.take("rows"),
            questions: of.take("questions"),
        };
        let read = match how {
            How::None => Self::None { why: of.take("why") },
            How::Shap => Self::Shap(margin()),
            How::Path => Self::Path(margin()),
            How::Linear => Self::Linear { link: of.take("link") },
        };
        of.end();
        read
    }
}
