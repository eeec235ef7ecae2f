//! Values and errors across the boundary.

use crate::error::{Code, Error};
use crate::value::{Decode, Value};
use js_sys::{Object, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use std::fmt::Display;
use wasm_bindgen::JsValue;

/// Reads a plain value.
pub(super) fn from_js<T: Decode>(js: JsValue) -> Result<T, JsValue> {
    let refused = |why: &dyn Display| raise(Error::new(Code::OptionInvalid, "an argument has the wrong type").with("why", why));
    let value: Value = serde_wasm_bindgen::from_value(js).map_err(|e| refused(&e))?;
    value.read().map_err(|e| refused(&e))
}

/// Makes a plain object; absent values are absent, maps are objects.
pub(super) fn to_js<T: Serialize + ?Sized>(value: &T) -> Result<JsValue, JsValue> {
    value
        .serialize(&Serializer::new().serialize_maps_as_objects(true))
        .map_err(|e| raise(Error::new(Code::OptionInvalid, "an answer cannot cross to JavaScript").with("why", e)))
}

/// A JavaScript `Error` with `name`, `code`, `message` and `details`.
pub(super) fn raise(error: Error) -> JsValue {
    let js = js_sys::Error::new(&format!("nearhand: {}", error.message()));
    js.set_name("NearhandError");
    let details = Object::new();
    for (name, value) in error.details() {
        set(&details, name, &JsValue::from_str(value));
    }
    set(&js, "code", &JsValue::from_str(error.code().as_str()));
    set(&js, "details", &details);
    js.into()
}

/// Setting a property of an object just made cannot fail.
fn set(target: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(target, &JsValue::from_str(name), value);
}
