//! What is answered.

use crate::assess::judging::Expected;
use crate::assess::manifest::Link;
use crate::assess::words::Decision;
use serde::Serialize;

/// The decision about a transaction, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Assessment {
    /// What is to be done.
    pub decision: Decision,
    /// What decided.
    pub by: By,
    /// What the model says; `None` where it failed.
    pub model: Option<Judged>,
    /// Why the model failed: a stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<&'static str>,
    /// The rules that hold, in the order of the declaration.
    pub rules: Vec<Hit>,
    /// What raises the score, the strongest first. Empty where no reasons were asked for or the bundle has none.
    pub reasons: Vec<Reason>,
    /// What base and contributions add up to, where reasons are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explained: Option<Sum>,
}

/// What decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// The model.
    Model,
    /// The rule of this code.
    Rule(String),
    /// The bundle's fallback, as the model failed.
    Fallback,
}

/// What the model says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// As the model answers it; as JSON in 64 bits, which have all of its digits.
    #[serde(serialize_with = "wide")]
    pub score: f32,
    /// Calibrated: the probability of a fraud, 0 to 1.
    pub risk: f64,
    /// What would be done without rules.
    pub decision: Decision,
    /// Where costs decide, what each decision is expected to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub costs: Option<Expected>,
}

#[expect(clippy::trivially_copy_pass_by_ref)]
fn wide<S: serde::Serializer>(score: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(f64::from(*score))
}

/// A rule that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// Its code.
    pub code: String,
    /// What it says to a reader.
    pub text: String,
    /// What it asks for.
    pub then: Decision,
}

/// What raises the score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// Its code.
    pub code: String,
    /// What it says to a reader.
    pub text: String,
    /// The feature of this code that adds most.
    pub feature: String,
    /// Its place in the declaration.
    #[serde(skip)]
    pub at: usize,
    /// The feature's value, as it was given; NaN where missing.
    pub value: f64,
    /// What the features of this code add, in the unit of [`Sum`].
    pub contribution: f64,
}

/// What base and contributions add up to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sum {
    /// What there is without any contribution: the expectation over the background rows.
    pub base: f64,
    /// Base and all contributions, also those that are no reasons.
    pub sum: f64,
    /// How the sum becomes the score.
    pub link: Link,
}

/// When reasons are made: they take most of the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Explain {
    /// Never.
    Never,
    /// Unless it is approved.
    #[default]
    Severe,
    /// Always.
    Always,
}
