//! What crosses from every binary that is a face of its own and no shop: errors as the package throws them, and plain objects.
#![cfg(target_arch = "wasm32")]

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

/// A JavaScript `Error` with `name`, `code`, `message` and `details`.
#[must_use]
pub fn error(code: &str, message: &str, details: &[(&'static str, String)]) -> JsValue {
    let js = js_sys::Error::new(&["nearhand: ", message].concat());
    let told = Object::new();
    for (name, value) in details {
        set(&told, name, &JsValue::from_str(value));
    }
    js.set_name("NearhandError");
    set(&js, "code", &JsValue::from_str(code));
    set(&js, "details", &told);
    js.into()
}

/// A plain object.
#[must_use]
pub fn record(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        set(&object, name, value);
    }
    object.into()
}

/// Setting a property of an object just made cannot fail.
fn set(target: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(target, &JsValue::from_str(name), value);
}
