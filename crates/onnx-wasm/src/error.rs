//! Errors across the boundary.

use js_sys::{Object, Reflect};
use nearhand_onnx::{Code, Error};
use wasm_bindgen::JsValue;

/// A JavaScript `Error` with `name`, `code`, `message` and `details`, as the package throws them.
pub(crate) fn raise(error: Error) -> JsValue {
    let js = js_sys::Error::new(&["nearhand: ", error.message()].concat());
    js.set_name("NearhandError");
    set(&js, "code", &JsValue::from_str(error.code().as_str()));
    let details: Vec<_> = error.details().iter().map(|(name, value)| (*name, JsValue::from_str(value))).collect();
    set(&js, "details", &record(&details));
    js.into()
}

/// What a face that knows the graph never asks.
pub(crate) fn mismatch(message: &'static str) -> JsValue {
    raise(Error::new(Code::ModelMismatch, message))
}

/// A plain object.
pub(crate) fn record(fields: &[(&str, JsValue)]) -> JsValue {
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
