//! Where each declared feature comes from: the windows that are counted here, the host, or both sides of a ratio of the two.

use crate::assess::judging::cast_one;
use crate::assess::spec::{Missing, Spec};
use crate::error::{Code, Error, Result};
use nearhand_features::Kind;

/// Where a value comes from.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// A feature of the windows here.
    Counted(usize),
    /// A value of the host's.
    Given(usize),
    /// One earlier value over another, and what stands for it where that is not defined.
    Ratio { over: usize, under: usize, missing: f64 },
}

/// Sources of the declared features.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    /// Each after those that it is made of.
    all: Vec<(String, Source)>,
    /// Of the declared features, in order, their places among all.
    declared: Vec<usize>,
    /// Names of what the host gives, in order.
    given: Vec<String>,
    /// Whether features may come out that the model refuses, once they are counted.
    pub(super) may_refuse: bool,
    values: Vec<f64>,
}

impl Sources {
    /// Of a bundle's features, all its windows', and those that are counted here.
    pub(super) fn of(spec: &Spec, whole: Option<&nearhand_features::Spec>, counted: Option<&nearhand_features::Spec>) -> Self {
        let mut of = Self::default();
        for feature in &spec.features {
            let at = of.resolve(&feature.name, whole, counted);
            of.declared.push(at);
            let undefined =
                |spec: &nearhand_features::Spec| spec.features().iter().any(|f| f.name == feature.name && f.missing.is_nan());
            of.may_refuse |= match of.all.get(at).map(|(_, source)| *source) {
                Some(Source::Counted(_)) => feature.missing == Missing::Refuse && counted.is_some_and(undefined),
                // Of sides that are not looked at beforehand.
                Some(Source::Ratio { .. }) => true,
                _ => false,
            };
        }
        of
    }

    fn resolve(
        &mut self,
        name: &str,
        whole: Option<&nearhand_features::Spec>,
        counted: Option<&nearhand_features::Spec>,
    ) -> usize {
        if let Some(known) = self.all.iter().position(|(own, _)| own == name) {
            return known;
        }
        let place = |spec: &nearhand_features::Spec| spec.features().iter().position(|feature| feature.name == name);
        let declared = whole.and_then(|whole| whole.features().iter().find(|feature| feature.name == name).zip(Some(whole)));
        let ratio = declared.and_then(|(feature, spec)| match feature.kind {
            Kind::Ratio(over, under) => Some((spec, over, under, feature.missing)),
            _ => None,
        });
        let source = match (counted.and_then(place), ratio) {
            (Some(at), _) => Source::Counted(at),
            (None, Some((spec, over, under, missing))) => {
                // A ratio's sides are declared before it, so this ends.
                let mut side = |at: usize| spec.features().get(at).map_or(0, |side| self.resolve(&side.name, whole, counted));
                Source::Ratio { over: side(over), under: side(under), missing }
            }
            (None, None) => {
                self.given.push(name.to_owned());
                Source::Given(self.given.len() - 1)
            }
        };
        self.all.push((name.to_owned(), source));
        self.all.len() - 1
    }

    /// Names of what the host gives.
    pub(super) fn given(&self) -> &[String] {
        &self.given
    }

    /// Whether what the host gives can be judged.
    ///
    /// # Errors
    /// `schema-mismatch` for another number of values, `feature-invalid` with the feature's name and value.
    pub(super) fn check(&self, spec: &Spec, given: &[f64]) -> Result<()> {
        if given.len() != self.given.len() {
            let why = "features that are not counted here come with the transaction, each of them";
            return Err(Error::new(Code::SchemaMismatch, why)
                .with("features", self.given.join(", "))
                .with("given", given.len())
                .with("wanted", self.given.len()));
        }
        // Also of what is a ratio's side alone: over an infinite one it would be 0.
        if let Some((name, value)) = self.given.iter().zip(given).find(|(_, value)| value.is_infinite()) {
            return Err(Error::new(Code::FeatureInvalid, "a feature is infinite").with("feature", name).with("value", value));
        }
        for (feature, at) in spec.features.iter().zip(&self.declared) {
            if let Some((_, Source::Given(at))) = self.all.get(*at) {
                cast_one(feature, given.get(*at).copied().unwrap_or(f64::NAN))?;
            }
        }
        Ok(())
    }

    /// The declared features, in order.
    pub(super) fn put(&mut self, counted: &[f64], given: &[f64], out: &mut Vec<f64>) {
        self.values.clear();
        for (_, source) in &self.all {
            let at = |values: &[f64], at: usize| values.get(at).copied().unwrap_or(f64::NAN);
            let value = match *source {
                Source::Counted(place) => at(counted, place),
                Source::Given(place) => at(given, place),
                Source::Ratio { over, under, missing } => {
                    let (over, under) = (at(&self.values, over), at(&self.values, under));
                    if under != 0.0 && !over.is_nan() && !under.is_nan() { over / under } else { missing }
                }
            };
            self.values.push(value);
        }
        out.clear();
        out.extend(self.declared.iter().map(|at| self.values.get(*at).copied().unwrap_or(f64::NAN)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ratio of a card's and a terminal's windows, wherever its sides are counted.
    #[test]
    fn sides_of_a_ratio_may_come_from_anywhere() {
        let spec = Spec::parse(
            r#"{"features": [{"name": "velocity"}, {"name": "card", "missing": "model"}, {"name": "other", "missing": "model"}],
            "decide": {"by": "thresholds", "review": 0.5}}"#,
        )
        .unwrap();
        let whole = nearhand_features::Spec::from_json(
            r#"{"time": "at", "keys": ["c", "t"], "features": [
            {"name": "card", "kind": "count", "key": "c", "window": "1d"}, {"name": "terminal", "kind": "count", "key": "t", "window": "1d"},
            {"name": "velocity", "kind": "ratio", "over": "card", "under": "terminal", "missing": -1}]}"#,
        )
        .unwrap();
        for (keys, given, counted, gives) in [
            (&["c", "t"][..], vec!["other"], vec![6.0, 4.0, 1.5], vec![9.0]),
            (&["c"], vec!["terminal", "other"], vec![6.0], vec![4.0, 9.0]),
            (&["t"], vec!["card", "other"], vec![4.0], vec![6.0, 9.0]),
        ] {
            let part = whole.of_keys(keys).unwrap();
            let mut sources = Sources::of(&spec, Some(&whole), Some(&part));
            assert_eq!(sources.given(), given);
            let mut out = Vec::new();
            sources.put(&counted, &gives, &mut out);
            assert_eq!(out, [1.5, 6.0, 9.0], "{keys:?}");
            assert!(sources.check(&spec, &gives).is_ok());
            assert_eq!(sources.check(&spec, &gives[1..]).unwrap_err().code(), Code::SchemaMismatch);
        }
        let mut sources = Sources::of(&spec, Some(&whole), None);
        assert_eq!(sources.given(), ["card", "terminal", "other"]);
        let mut out = Vec::new();
        for (card, terminal, velocity) in [(6.0, 0.0, -1.0), (f64::NAN, 4.0, -1.0), (6.0, f64::NAN, -1.0), (0.0, 4.0, 0.0)] {
            sources.put(&[], &[card, terminal, 1.0], &mut out);
            assert_eq!(out[0], velocity);
        }
        for given in [[f64::INFINITY, 1.0, 1.0], [1.0, f64::NEG_INFINITY, 1.0]] {
            assert_eq!(sources.check(&spec, &given).unwrap_err().code(), Code::FeatureInvalid);
        }
        // Without windows all features are the host's.
        assert_eq!(Sources::of(&spec, None, None).given(), ["velocity", "card", "other"]);
    }
}
