//! Errors across the boundary.

use js_sys::{Object, Reflect};
use nearhand::Error;
use wasm_bindgen::JsValue;

/// A JavaScript `Error` with `name`, `code`, `message` and `details`, as the package throws them.
pub(crate) fn raise(error: Error) -> JsValue {
    let (js, details) = (js_sys::Error::new(&["nearhand: ", error.message()].concat()), Object::new());
    for (name, value) in error.details() {
        set(&details, name, &JsValue::from_str(value));
    }
    js.set_name("NearhandError");
    set(&js, "code", &JsValue::from_str(error.code().as_str()));
    set(&js, "details", &details);
    js.into()
}

/// Setting a property of an object just made cannot fail.
fn set(target: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(target, &JsValue::from_str(name), value);
}
