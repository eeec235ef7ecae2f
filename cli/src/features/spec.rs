//! A specification of its file, with the table of its time zone.

use crate::files::read_text;
use crate::read::value::zone::table;
use nearhand::{Code, Error, Result};
use nearhand_features::Spec;
use std::path::Path;

/// Reads a specification; an IANA name of a zone becomes its table of offsets.
///
/// # Errors
/// `io`; `invalid-option` with the path, and what is wrong where.
pub(crate) fn read(path: &Path) -> Result<Spec> {
    let spec = parse(&read_text(path)?);
    spec.map_err(|error| match error.code() {
        nearhand_features::Code::ZoneUnknown => {
            let why = "no time zone of that name: UTC, or a name of the IANA database like Europe/Berlin";
            let told = Error::new(Code::OptionInvalid, why);
            error.details().iter().fold(told, |told, (name, value)| told.with(name, value))
        }
        _ => refused(&error),
    })
    .map_err(|error| error.with("path", path.display()))
}

/// As [`read`], of a text.
pub(crate) fn parse(text: &str) -> nearhand_features::Result<Spec> {
    Spec::from_json_with(text, &table)
}

/// An error of the crate as one of the command line's.
pub(crate) fn refused(error: &nearhand_features::Error) -> Error {
    use nearhand_features::Code as Of;
    let code = match error.code() {
        Of::SpecInvalid | Of::ZoneUnknown | Of::TooLarge => Code::OptionInvalid,
        _ => Code::DataInvalid,
    };
    let told = Error::new(code, error.message()).with("reason", error.code().as_str());
    // A row of columns is not one of the log, which the caller names.
    let said = |(name, value): &&(&'static str, String)| !value.is_empty() && *name != "row";
    error.details().iter().filter(said).fold(told, |told, (name, value)| told.with(name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A zone by its name changes nothing else: what editors write first, small numbers, and what is refused.
    #[test]
    fn a_named_zone_is_read_as_any_other() {
        let spec = |zone: &str, more: &str| {
            let features = r#"[{"name": "n", "kind": "mean", "of": "a", "key": "c", "window": "1d", "missing": 0.000001}]"#;
            format!(
                "\u{feff}{{\"time\": \"t\", \"keys\": [\"c\"], \"amounts\": [{{\"name\": \"a\"}}], \"zone\": \"{zone}\"{more}, \"features\": {features}}}"
            )
        };
        let read = |text: &str| Spec::from_json_with(text, &table);
        assert!(read(&spec("UTC", "")).is_ok());
        assert_eq!(read(&spec("Europe/Paris", "")).unwrap().zone().name, "Europe/Paris");
        let place = |zone: &str| read(&spec(zone, ", \"time\": \"u\"")).map(|_| ()).unwrap_err().to_string();
        assert_eq!(place("UTC"), place("Europe/Paris"));
    }
}
