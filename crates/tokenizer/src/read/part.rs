//! A part of the file, which says what it is.

use crate::error::{Error, Result};
use crate::json::Value;
use std::borrow::Cow;

/// The `type` of a part.
pub(super) fn kind_of<'a>(value: Value<'a>, place: &str) -> Result<Cow<'a, str>> {
    let kind = value.get("type").and_then(|kind| kind.text());
    kind.ok_or_else(|| Error::malformed("a part has no type", place).with("value", value.shown()))
}
