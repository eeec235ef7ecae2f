//! Plain values from JavaScript: as JSON, which JavaScript writes faster than anybody reads its objects one by one.

use super::error::{refuse, unreadable};
use crate::value::{Decode, Value};
use js_sys::JSON;
use wasm_bindgen::JsValue;

/// Reads a plain value, which the host knows by this name.
pub(super) fn from_js<T: Decode>(js: &JsValue, name: &str) -> Result<T, JsValue> {
    value(js, name)?.read().map_err(|mismatch| refuse(&mismatch, name))
}

/// A plain value before anything is made of it; undefined is null.
pub(super) fn value(js: &JsValue, name: &str) -> Result<Value, JsValue> {
    let text = JSON::stringify(js).map_err(|_| unreadable(name, "it has no form as JSON"))?;
    let Some(text) = JsValue::from(text).as_string() else { return Ok(Value::Null) };
    serde_json::from_str(&text).map_err(|why| unreadable(name, &why.to_string()))
}
