//! Plain values from JavaScript: as JSON, which JavaScript writes faster than anybody reads its objects one by one.

use super::error::{refuse, unreadable};
use crate::value::{Decode, Value};
use js_sys::JSON;
use wasm_bindgen::JsValue;

/// Reads a plain value, which the host knows by this name; undefined is null.
pub(super) fn from_js<T: Decode>(js: &JsValue, name: &str) -> Result<T, JsValue> {
    let text = JSON::stringify(js).map_err(|_| unreadable(name, "it has no form as JSON"))?;
    let value = match JsValue::from(text).as_string() {
        Some(text) => serde_json::from_str(&text).map_err(|why| unreadable(name, &why.to_string()))?,
        None => Value::Null,
    };
    read(value, name)
}

/// What a value stands for.
pub(super) fn read<T: Decode>(value: Value, name: &str) -> Result<T, JsValue> {
    value.read().map_err(|mismatch| refuse(&mismatch, name))
}
