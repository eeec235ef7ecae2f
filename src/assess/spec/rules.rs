//! Hard rules beside the model: conditions over features, the amount, and fields of a transaction.

use crate::assess::words::Decision;
use crate::value::{Decode, Faults, Value};
use serde::Serialize;

/// A rule: where all its conditions hold, it asks for a decision.
///
/// Precedence, whatever the order of the list: a rule that declines comes before all; then one that approves, also against the
/// model; then one that asks for review, which only ever makes a decision more severe; then the model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rule {
    /// Its reason code.
    pub code: String,
    /// What the reason says to a reader.
    pub text: String,
    /// What it asks for.
    pub then: Decision,
    /// All of these must hold.
    pub when: Vec<Condition>,
}

/// A condition over one feature or one field; where several tests are given, all must hold.
///
/// On what is missing none holds but `missing: true`: numbers compare with nothing, a text is in no list and not in none.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Condition {
    /// A feature's name; or
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    /// `amount`, `currency`, or a declared field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The currency in whose minor units an amount is compared: needed where there are several. Others do not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lt: Option<f64>,
    /// At most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lte: Option<f64>,
    /// Above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gt: Option<f64>,
    /// At least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gte: Option<f64>,
    /// One of these texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<Vec<String>>,
    /// None of these texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_not: Option<Vec<String>>,
    /// In a list, by its name.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// Not in a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_in: Option<String>,
    /// Whether it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<bool>,
}

impl Condition {
    /// Whether a number is asked for.
    pub(in crate::assess) const fn is_numeric(&self) -> bool {
        self.lt.is_some() || self.lte.is_some() || self.gt.is_some() || self.gte.is_some()
    }

    /// Whether a text is asked for.
    pub(in crate::assess) const fn is_textual(&self) -> bool {
        self.is.is_some() || self.is_not.is_some() || self.within.is_some() || self.not_in.is_some()
    }
}

/// A list of keys that rules name. The host may give it anew at any time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct List {
    /// Its name.
    pub name: String,
    /// The keys that it begins with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
}

impl Decode for Rule {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let code: String = of.take("code");
        let read = Self { text: of.take_or("text", code.clone()), code, then: of.take("then"), when: of.take("when") };
        of.end();
        read
    }
}

impl Decode for Condition {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self {
            feature: of.take("feature"),
            field: of.take("field"),
            currency: of.take("currency"),
            lt: of.take("lt"),
            lte: of.take("lte"),
            gt: of.take("gt"),
            gte: of.take("gte"),
            is: of.take("is"),
            is_not: of.take("is_not"),
            within: of.take("in"),
            not_in: of.take("not_in"),
            missing: of.take("missing"),
        };
        if read.feature.is_some() == read.field.is_some() {
            of.fault("a condition is over a feature or a field, one of them");
        }
        if !read.is_numeric() && !read.is_textual() && read.missing.is_none() {
            of.fault("a condition asks something: lt, lte, gt, gte, is, is_not, in, not_in or missing");
        }
        let number = read.feature.is_some() || read.field.as_deref() == Some("amount");
        if (number && read.is_textual()) || (!number && read.is_numeric()) {
            of.fault("features and the amount are numbers, all other fields are texts");
        }
        if read.currency.is_some() && read.field.as_deref() != Some("amount") {
            of.fault("a currency goes with the field amount");
        }
        of.end();
        read
    }
}

impl Decode for List {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self { name: of.take("name"), keys: of.take_or("keys", Vec::new()) };
        of.end();
        read
    }
}
