//! Plain values from JavaScript.

use super::error::raise;
use crate::error::{Code, Error};
use crate::value::{Decode, Value};
use std::fmt::Display;
use wasm_bindgen::JsValue;

/// Reads a plain value.
pub(super) fn from_js<T: Decode>(js: JsValue) -> Result<T, JsValue> {
    let refused = |why: &dyn Display| raise(Error::new(Code::OptionInvalid, "an argument has the wrong type").with("why", why));
    let value: Value = serde_wasm_bindgen::from_value(js).map_err(|e| refused(&e))?;
    value.read().map_err(|e| refused(&e))
}
