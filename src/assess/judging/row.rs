//! From named values to what the model reads: checked, missing ones by the declared rule, cast to 32 bits once.

use crate::assess::spec::{Feature, Missing, Spec};
use crate::error::{Code, Error, Result};

/// Where the declared features stand in a table of the host's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns(Vec<usize>);

impl Columns {
    /// Finds each feature once among names, and no other name.
    ///
    /// # Errors
    /// `schema-mismatch` with the names that are missing, unknown or there twice.
    pub fn find(spec: &Spec, names: &[&str]) -> Result<Self> {
        let mismatch = |why: &'static str, names: &[&str]| {
            Err(Error::new(Code::SchemaMismatch, why).with("features", names.join(", ")).with("wanted", spec.features.len()))
        };
        let unknown: Vec<&str> = names.iter().copied().filter(|name| spec.feature(name).is_none()).collect();
        if !unknown.is_empty() {
            return mismatch("the bundle declares no features of these names", &unknown);
        }
        let twice: Vec<&str> =
            names.iter().enumerate().filter(|(at, name)| names.iter().take(*at).any(|n| n == *name)).map(|(_, n)| *n).collect();
        if !twice.is_empty() {
            return mismatch("features are named twice", &twice);
        }
        let place = |feature: &Feature| names.iter().position(|name| *name == feature.name);
        let found: Vec<Option<usize>> = spec.features.iter().map(place).collect();
        let missing: Vec<&str> =
            spec.features.iter().zip(&found).filter(|(_, at)| at.is_none()).map(|(feature, _)| feature.name.as_str()).collect();
        if !missing.is_empty() {
            return mismatch(
                "features that the bundle declares are not given: a missing value is NaN, not a missing column",
                &missing,
            );
        }
        Ok(Self(found.into_iter().flatten().collect()))
    }

    /// Values in the table's order, put in that of the declaration.
    pub fn order(&self, values: &[f64], out: &mut Vec<f64>) {
        out.clear();
        out.extend(self.0.iter().map(|at| values.get(*at).copied().unwrap_or(f64::NAN)));
    }
}

/// The model's row of declared features: cast to 32 bits, as in training.
///
/// # Errors
/// `schema-mismatch` for another number of values; `feature-invalid` with the feature's name and value.
pub(in crate::assess) fn cast(spec: &Spec, features: &[f64], out: &mut Vec<f32>) -> Result<()> {
    if features.len() != spec.features.len() {
        return Err(Error::new(Code::SchemaMismatch, "there are other features than the bundle declares")
            .with("given", features.len())
            .with("wanted", spec.features.len()));
    }
    out.clear();
    for (feature, value) in spec.features.iter().zip(features) {
        let cast = cast_one(feature, *value)?;
        if feature.model {
            out.push(cast);
        }
    }
    Ok(())
}

/// A feature's value as the model reads it.
///
/// # Errors
/// `feature-invalid` with the feature's name and value.
pub(in crate::assess) fn cast_one(feature: &Feature, value: f64) -> Result<f32> {
    let invalid =
        |why: &'static str| Err(Error::new(Code::FeatureInvalid, why).with("feature", &feature.name).with("value", value));
    let cast = match (value.is_nan(), feature.missing) {
        (true, Missing::Refuse) => return invalid("a feature is missing: compute it, or declare what stands for it"),
        (true, Missing::Fill) => feature.fill.unwrap_or(f32::NAN),
        (true, Missing::Model) => f32::NAN,
        (false, _) => value as f32,
    };
    if cast.is_infinite() {
        return invalid("a feature is infinite, or too large for 32 bits");
    }
    Ok(cast)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> Spec {
        Spec::parse(
            r#"{"features": [{"name": "a"}, {"name": "b", "missing": "fill", "fill": -1}, {"name": "c", "missing": "model"},
                {"name": "d", "model": false}], "decide": {"by": "thresholds", "review": 0.5}}"#,
        )
        .unwrap()
    }

    #[test]
    fn missing_values_go_by_their_rule() {
        let mut row = Vec::new();
        cast(&spec(), &[0.1, f64::NAN, f64::NAN, 4.0], &mut row).unwrap();
        assert_eq!((row.len(), row[0], row[1], row[2].is_nan()), (3, 0.1_f32, -1.0, true));
        for (values, feature) in [([f64::NAN, 0.0, 0.0, 0.0], "a"), ([0.0, 0.0, 0.0, f64::NAN], "d")] {
            let error = cast(&spec(), &values, &mut row).unwrap_err();
            assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::FeatureInvalid, feature));
        }
        for bad in [f64::INFINITY, f64::NEG_INFINITY, 1e39] {
            assert_eq!(cast(&spec(), &[0.0, bad, 0.0, 0.0], &mut row).unwrap_err().code(), Code::FeatureInvalid);
        }
        assert_eq!(cast(&spec(), &[0.0], &mut row).unwrap_err().code(), Code::SchemaMismatch);
    }

    #[test]
    fn columns_are_found_by_name() {
        let columns = Columns::find(&spec(), &["d", "c", "b", "a"]).unwrap();
        let mut out = Vec::new();
        columns.order(&[4.0, 3.0, 2.0, 1.0], &mut out);
        assert_eq!(out, [1.0, 2.0, 3.0, 4.0]);
        for (names, told) in [
            (vec!["a", "b", "c"], "d"),
            (vec!["a", "b", "c", "d", "e"], "e"),
            (vec!["a", "b", "c", "d", "a"], "a"),
            (vec!["A", "b", "c", "d"], "A"),
        ] {
            let error = Columns::find(&spec(), &names).unwrap_err();
            assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::SchemaMismatch, told));
        }
    }
}
