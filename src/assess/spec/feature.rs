//! A feature: its name, what it is called when it speaks, and what is done when it is missing.

use crate::value::{Decode, Faults, Value};
use serde::Serialize;

/// A named value of a transaction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Feature {
    /// Its name, as the table of features has it.
    pub name: String,
    /// Its reason code; features of one code are one reason. Default: the name.
    pub code: String,
    /// What the reason says to a reader. Default: the name.
    pub text: String,
    /// Whether the model reads it, in the order of the list; else it is for rules alone. Default true.
    pub model: bool,
    /// What is done where it is missing (NaN). Default [`Missing::Refuse`].
    pub missing: Missing,
    /// What stands for it with [`Missing::Fill`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fill: Option<f32>,
}

/// What is done where a feature is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// `feature-invalid`.
    #[default]
    Refuse,
    /// The model gets NaN: a tree goes the way that it learnt for missing values. Packing refuses a model that answers NaN where
    /// such a feature, or all of them, are missing in some of its rows.
    Model,
    /// [`Feature::fill`] stands for it.
    Fill,
}

impl Decode for Missing {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(&[("refuse", Self::Refuse), ("model", Self::Model), ("fill", Self::Fill)], faults)
    }
}

impl Decode for Feature {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let name: String = of.take("name");
        let read = Self {
            code: of.take_or("code", name.clone()),
            text: of.take_or("text", name.clone()),
            name,
            model: of.take_or("model", true),
            missing: of.take_or("missing", Missing::default()),
            fill: of.take("fill"),
        };
        if (read.missing == Missing::Fill) != read.fill.is_some() {
            of.fault("\"missing\": \"fill\" and \"fill\" go together");
        }
        of.end();
        read
    }
}
