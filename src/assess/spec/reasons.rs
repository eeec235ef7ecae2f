//! Which reasons are told.

use crate::value::{Decode, Faults, Value};
use serde::Serialize;

/// How the score is shared out among the features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// What the model allows: of trees [`Method::Shap`] where that is cheap enough, else [`Method::Path`]; [`Method::Linear`]; else none.
    #[default]
    Auto,
    /// Exact Shapley values of trees, expectations by the ways of the background rows (Lundberg et al. 2020, path dependent).
    Shap,
    /// Along the path of a row through each tree, from node to node, the change of the expectation goes to the feature that is asked
    /// (Saabas 2014).
    Path,
    /// Of a linear model w · (x − mean).
    Linear,
    /// None.
    None,
}

/// Which reasons are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reasons {
    /// How.
    pub method: Method,
    /// Most reasons of the model, the strongest first. 0 to 32, default 4.
    pub top: u32,
}

impl Default for Reasons {
    fn default() -> Self {
        Self { method: Method::Auto, top: 4 }
    }
}

impl Decode for Method {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let words =
            [("auto", Self::Auto), ("shap", Self::Shap), ("path", Self::Path), ("linear", Self::Linear), ("none", Self::None)];
        value.word(&words, faults)
    }
}

impl Decode for Reasons {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let defaults = Self::default();
        let mut of = value.fields(faults);
        let read = Self { method: of.take_or("method", defaults.method), top: of.take_or("top", defaults.top) };
        if read.top > 32 {
            of.fault("top is 0 to 32");
        }
        of.end();
        read
    }
}
