//! A specification of its file, with the table of its time zone.

use crate::files::read_text;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use nearhand::{Code, Error, Result};
use nearhand_features::Spec;
use serde_json::{Value, json};
use std::path::Path;

/// The end of a zone's table, 2100-01-01, seconds.
const END: i64 = 4_102_444_800;

/// Reads a specification; an IANA name of a zone becomes its table of offsets.
///
/// # Errors
/// `io`; `invalid-option` with the path, and what is wrong where.
pub(crate) fn read(path: &Path) -> Result<Spec> {
    let text = read_text(path)?;
    // What is no JSON at all is told by the crate, with its place.
    let text = match serde_json::from_str::<Value>(&text) {
        Ok(mut spec) => match spec.get_mut("zone") {
            Some(zone) if zone.as_str().is_some_and(|name| name != "UTC") => {
                *zone = table(zone.as_str().unwrap_or_default()).map_err(|e| e.with("path", path.display()))?;
                spec.to_string()
            }
            _ => text,
        },
        Err(_) => text,
    };
    Spec::from_json(&text).map_err(|e| refused(&e).with("path", path.display()))
}

/// The table of a zone: its offset in 1970, and every change until 2100.
fn table(name: &str) -> Result<Value> {
    let unknown = || {
        let why = "no time zone of that name: UTC, or a name of the IANA database like Europe/Berlin";
        Error::new(Code::OptionInvalid, why).with("place", "zone").with("value", name)
    };
    let zone = TimeZone::get(name).map_err(|_| unknown())?;
    let from = Timestamp::UNIX_EPOCH;
    let changes = zone.following(from).take_while(|change| change.timestamp().as_second() < END);
    let changes: Vec<Value> =
        changes.map(|change| json!([change.timestamp().as_millisecond(), change.offset().seconds()])).collect();
    Ok(json!({ "name": name, "offset": zone.to_offset(from).seconds(), "changes": changes }))
}

/// An error of the crate as one of the command line's.
pub(crate) fn refused(error: &nearhand_features::Error) -> Error {
    use nearhand_features::Code as Of;
    let code = match error.code() {
        Of::SpecInvalid | Of::ZoneUnknown | Of::TooLarge => Code::OptionInvalid,
        _ => Code::DataInvalid,
    };
    let told = Error::new(code, error.message()).with("reason", error.code().as_str());
    error.details().iter().filter(|(_, value)| !value.is_empty()).fold(told, |told, (name, value)| told.with(name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_its_table() {
        let berlin = table("Europe/Berlin").unwrap();
        assert_eq!(berlin["offset"], 3600);
        let changes = berlin["changes"].as_array().unwrap();
        assert!(
            changes.contains(&json!([1_521_939_600_000_i64, 7200])) && changes.contains(&json!([1_540_688_400_000_i64, 3600]))
        );
        assert!((200..300).contains(&changes.len()), "{}", changes.len());
        assert_eq!(table("Asia/Kolkata").unwrap(), json!({ "name": "Asia/Kolkata", "offset": 19_800, "changes": [] }));
        assert!(table("Mars/Olympus").unwrap_err().message().contains("IANA"));
    }
}
