//! `--fail-above`: how much may change before the command fails.

use super::report::Report;
use crate::page::few;
use crate::read::value::cell::short;
use nearhand::{Code, Error, Result};

/// A measure, and the most it may be. The name is that of a report's measures; alone a number is of `changed`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Limit {
    name: String,
    most: f64,
}

/// For clap.
pub(super) fn parse(text: &str) -> std::result::Result<Limit, String> {
    let (name, number) = text.split_once('=').unwrap_or(("changed", text));
    let most = number.parse().ok().filter(|most: &f64| most.is_finite() && *most >= 0.0);
    let most = most.ok_or_else(|| "a limit is X, or NAME=X, with a number from 0".to_owned())?;
    Ok(Limit { name: name.to_owned(), most })
}

/// Whether all of them are of these measures: asked before the work begins.
///
/// # Errors
/// `invalid-option` for one that this kind of bundle has not.
pub(super) fn known(limits: &[Limit], measures: &[&str]) -> Result<()> {
    match limits.iter().find(|limit| !measures.contains(&limit.name.as_str())) {
        Some(limit) => Err(Error::new(Code::OptionInvalid, "these bundles have no such measure")
            .with("option", "--fail-above")
            .with("value", short(&limit.name))
            .with("measures", measures.join(", "))),
        None => Ok(()),
    }
}

/// Whether the report is within all of them.
///
/// # Errors
/// `data-invalid` with each measure that is above its limit; as [`known`].
pub(super) fn held(limits: &[Limit], report: &Report) -> Result<()> {
    known(limits, &report.measures.iter().map(|(name, _)| *name).collect::<Vec<_>>())?;
    let mut above = Vec::new();
    for limit in limits {
        let value = report.measures.iter().find(|(name, _)| *name == limit.name).map_or(f64::NAN, |(_, value)| *value);
        // What is no number is not within anything.
        if value.is_nan() || value > limit.most {
            above.push(format!("{}={} above {}", limit.name, few(value), few(limit.most)));
        }
    }
    if above.is_empty() {
        return Ok(());
    }
    Err(Error::new(
        Code::DataInvalid,
        "the new bundle changes more than --fail-above lets pass: look at the report before you sign it",
    )
    .with("changes", above.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_named_or_of_what_changes() {
        let report = Report { measures: vec![("changed", 0.25), ("lost", 0.0), ("money", f64::NAN)], ..Report::default() };
        let held = |texts: &[&str]| held(&texts.iter().map(|text| parse(text).unwrap()).collect::<Vec<_>>(), &report);
        assert!(held(&["0.25", "lost=0"]).is_ok() && held(&[]).is_ok());
        let error = held(&["0.2", "lost=0", "money=1"]).unwrap_err();
        assert!(
            error.code() == Code::DataInvalid && error.to_string().contains("changed=0.25 above 0.2; money=NaN above 1"),
            "{error}"
        );
        let error = held(&["flips=1"]).unwrap_err();
        assert!(error.code() == Code::OptionInvalid && error.to_string().contains("changed, lost, money"), "{error}");
        assert!(["", "x", "-1", "lost=", "lost=inf"].iter().all(|text| parse(text).is_err()));
    }
}
