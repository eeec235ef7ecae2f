//! Plain values as JSON: read by the library's own readers, which say what was expected where; written by serde.

use crate::error::{raise, refuse};
use nearhand::value::{Decode, Value};
use nearhand::{Code, Error};
use pyo3::prelude::*;
use serde::Serialize;

/// Reads a value, which the caller knows by this name.
pub(crate) fn read<T: Decode>(text: &str, name: &str) -> PyResult<T> {
    decode(parse(text, name)?, name)
}

/// JSON as a tree.
pub(crate) fn parse(text: &str, name: &str) -> PyResult<Value> {
    let failed = |why: serde_json::Error| refuse("invalid-option", &format!("{name} could not be read: {why}"), name);
    serde_json::from_str(text).map_err(failed)
}

/// What a tree stands for.
pub(crate) fn decode<T: Decode>(value: Value, name: &str) -> PyResult<T> {
    value.read().map_err(|mismatch| refuse(mismatch.code(), &mismatch.told(name), name))
}

/// Writes an answer.
pub(crate) fn write<T: Serialize + ?Sized>(value: &T) -> PyResult<String> {
    serde_json::to_string(value)
        .map_err(|why| raise(&Error::new(Code::OptionInvalid, "an answer cannot be written as JSON").with("why", why)))
}
