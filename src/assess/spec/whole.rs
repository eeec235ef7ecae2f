//! The declaration, whole, and whether its parts fit together.

use super::calibration::Calibration;
use super::costs::Currency;
use super::deciding::Deciding;
use super::feature::Feature;
use super::reasons::Reasons;
use super::rules::{Condition, List, Rule};
use crate::assess::words::Decision;
use crate::error::{Code, Error, Result};
use crate::value::{Decode, Faults, Value};
use serde::Serialize;

/// Most features; bounds of the lists of a declaration.
pub(in crate::assess) const MAX_FEATURES: usize = 1024;
const MAX_RULES: usize = 256;
const MAX_CONDITIONS: usize = 16;
const MAX_NAMED: usize = 64;
/// Most keys of a list.
pub(in crate::assess) const MAX_KEYS: usize = 1 << 20;
/// Most bytes of a name, code, key or field of a transaction; of a reason's text.
pub(in crate::assess) const MAX_NAME: usize = 256;
const MAX_TEXT: usize = 1000;

/// Which output of the model is the score, where that is not found by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Declared {
    /// Name of the graph's output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// Label of the class that is a fraud, instead of the column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub positive: Option<String>,
}

/// What the person who packs declares.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spec {
    /// Features, those of the model in its order.
    pub features: Vec<Feature>,
    /// Fields of a transaction that rules look at, beside `amount` and `currency`.
    pub fields: Vec<String>,
    /// The model's output.
    pub output: Declared,
    /// How a score becomes a risk.
    pub calibration: Calibration,
    /// Currencies of transactions; empty where amounts mean nothing.
    pub currencies: Vec<Currency>,
    /// By what is decided.
    pub decide: Deciding,
    /// What is decided where the model fails, and no rule decides. Default `review`.
    pub fallback: Decision,
    /// Lists that rules name.
    pub lists: Vec<List>,
    /// Hard rules.
    pub rules: Vec<Rule>,
    /// Reasons.
    pub reasons: Reasons,
    /// The windows that make the features, the text of their own declaration: kept for whoever computes them, and not read here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows: Option<String>,
}

impl Decode for Declared {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self { name: of.take("name"), column: of.take("column"), positive: of.take("positive") };
        if read.column.is_some() && read.positive.is_some() {
            of.fault("the column is told by its number or by its label, not both");
        }
        of.end();
        read
    }
}

impl Decode for Spec {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self {
            features: of.take("features"),
            fields: of.take_or("fields", Vec::new()),
            output: of.take_or("output", Declared::default()),
            calibration: of.take_or("calibration", Calibration::None),
            currencies: of.take_or("currencies", Vec::new()),
            decide: of.take("decide"),
            fallback: of.take_or("fallback", Decision::Review),
            lists: of.take_or("lists", Vec::new()),
            rules: of.take_or("rules", Vec::new()),
            reasons: of.take_or("reasons", Reasons::default()),
            windows: of.take("windows"),
        };
        of.end();
        read
    }
}

/// What is wrong, and where.
fn bad(place: String, why: &'static str) -> Error {
    Error::new(Code::ManifestInvalid, "the declaration of an assessor does not fit together")
        .with("place", place)
        .with("why", why)
}

fn named(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_NAME
}

impl Spec {
    /// Reads and checks a declaration.
    ///
    /// # Errors
    /// `manifest-invalid` with the place and what is wrong there.
    pub fn parse(json: &str) -> Result<Self> {
        let invalid = |why: &dyn std::fmt::Display| {
            Error::new(Code::ManifestInvalid, "the declaration of an assessor is malformed").with("why", why)
        };
        let value: Value = serde_json::from_str(json).map_err(|e| invalid(&e))?;
        let spec: Self = value.read().map_err(|e| invalid(&e))?;
        spec.check()?;
        Ok(spec)
    }

    /// Place of a feature by its name.
    #[must_use]
    pub fn feature(&self, name: &str) -> Option<usize> {
        self.features.iter().position(|feature| feature.name == name)
    }

    /// Places of the features that the model reads.
    pub fn read_by_model(&self) -> impl Iterator<Item = usize> + '_ {
        self.features.iter().enumerate().filter(|(_, feature)| feature.model).map(|(at, _)| at)
    }

    /// Whether its parts fit together.
    ///
    /// # Errors
    /// `manifest-invalid` with the place and what is wrong there.
    pub fn check(&self) -> Result<()> {
        for (place, count, limit) in [
            ("features", self.features.len(), MAX_FEATURES),
            ("fields", self.fields.len(), MAX_NAMED),
            ("currencies", self.currencies.len(), MAX_NAMED),
            ("lists", self.lists.len(), MAX_NAMED),
            ("rules", self.rules.len(), MAX_RULES),
        ] {
            if count > limit {
                return Err(bad(place.to_owned(), "the list is too long").with("count", count).with("limit", limit));
            }
        }
        if self.read_by_model().next().is_none() {
            return Err(bad("features".to_owned(), "the model reads at least one"));
        }
        for (at, feature) in self.features.iter().enumerate() {
            let place = || format!("features[{at}]");
            if !named(&feature.name) || !named(&feature.code) || feature.text.len() > MAX_TEXT {
                return Err(bad(place(), "names and codes have 1 to 256 bytes, texts at most 1000"));
            }
            let before = self.features.get(..at).unwrap_or_default();
            if before.iter().any(|other| other.name == feature.name) {
                return Err(bad(place(), "another feature has this name").with("name", &feature.name));
            }
            if before.iter().any(|other| other.code == feature.code && other.text != feature.text) {
                return Err(bad(place(), "features of one code are one reason: they want one text").with("code", &feature.code));
            }
        }
        unique("fields", self.fields.iter().map(String::as_str))?;
        unique("currencies", self.currencies.iter().map(|currency| currency.code.as_str()))?;
        unique("lists", self.lists.iter().map(|list| list.name.as_str()))?;
        unique("rules", self.rules.iter().map(|rule| rule.code.as_str()))?;
        if let Some(at) = self.fields.iter().position(|field| field == "amount" || field == "currency") {
            return Err(bad(format!("fields[{at}]"), "amount and currency are there by themselves"));
        }
        for (at, list) in self.lists.iter().enumerate() {
            keys_ok(&list.keys).map_err(|why| bad(format!("lists[{at}].keys"), why))?;
        }
        if self.decide == Deciding::Costs && (self.currencies.is_empty() || self.currencies.iter().any(|c| c.costs.is_none())) {
            return Err(bad("currencies".to_owned(), "costs decide: each currency, and one at least, states them"));
        }
        for (at, rule) in self.rules.iter().enumerate() {
            if rule.when.is_empty() || rule.when.len() > MAX_CONDITIONS || rule.text.len() > MAX_TEXT {
                return Err(bad(format!("rules[{at}]"), "a rule has 1 to 16 conditions and a text of at most 1000 bytes"));
            }
            for (nth, condition) in rule.when.iter().enumerate() {
                self.condition(condition).map_err(|why| bad(format!("rules[{at}].when[{nth}]"), why))?;
            }
        }
        Ok(())
    }

    fn condition(&self, condition: &Condition) -> std::result::Result<(), &'static str> {
        if condition.feature.as_ref().is_some_and(|name| self.feature(name).is_none()) {
            return Err("no feature has this name: declare it, with \"model\": false where it is for rules alone");
        }
        let known = |field: &String| field == "amount" || field == "currency" || self.fields.contains(field);
        if condition.field.as_ref().is_some_and(|field| !known(field)) {
            return Err("no field has this name: declare it in fields");
        }
        if [&condition.within, &condition.not_in].into_iter().flatten().any(|list| self.lists.iter().all(|l| l.name != *list)) {
            return Err("no list has this name: declare it in lists");
        }
        let currency = |code: &String| self.currencies.iter().any(|currency| currency.code == *code);
        if condition.currency.as_ref().is_some_and(|code| !currency(code)) {
            return Err("no currency has this code: declare it in currencies");
        }
        if condition.field.as_deref() == Some("amount") && condition.currency.is_none() && self.currencies.len() > 1 {
            return Err("there are several currencies: say in which one the amount is compared");
        }
        for texts in [&condition.is, &condition.is_not].into_iter().flatten() {
            keys_ok(texts)?;
        }
        Ok(())
    }
}

fn unique<'a>(place: &'static str, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let names: Vec<&str> = names.collect();
    for (at, name) in names.iter().enumerate() {
        if !named(name) {
            return Err(bad(format!("{place}[{at}]"), "names and codes have 1 to 256 bytes"));
        }
        if names.get(..at).unwrap_or_default().contains(name) {
            return Err(bad(format!("{place}[{at}]"), "another one has this name or code").with("name", name));
        }
    }
    Ok(())
}

/// Whether keys are within bounds.
pub(in crate::assess) fn keys_ok(keys: &[String]) -> std::result::Result<(), &'static str> {
    if keys.len() > MAX_KEYS {
        return Err("a list has at most 1,048,576 keys");
    }
    if keys.iter().all(|key| named(key)) { Ok(()) } else { Err("a key has 1 to 256 bytes") }
}
