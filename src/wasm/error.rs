//! Errors across the boundary.

use crate::error::Error;
use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

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
