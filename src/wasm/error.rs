//! Errors across the boundary.

use crate::error::Error;
use crate::value::{Mismatch, Value, Why};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;

/// A JavaScript `Error` with `name`, `code`, `message` and `details`.
pub(super) fn raise(error: Error) -> JsValue {
    let details = Object::new();
    for (name, value) in error.details() {
        set(&details, name, &JsValue::from_str(value));
    }
    made(error.code().as_str(), error.message(), &details)
}

/// That the instance must not be called again, in the form of a trap, which hosts know already: they start another in its place.
pub(super) fn stop(error: &Error) -> JsValue {
    let js = js_sys::Error::new(error.message());
    js.set_name("RuntimeError");
    js.into()
}

/// That a value does not fit: which option, what was expected or allowed there, and what came.
pub(super) fn refuse(mismatch: &Mismatch, root: &str) -> JsValue {
    let (details, text) = (Object::new(), JsValue::from_str);
    set(&details, "option", &text(&format!("{root}{}", mismatch.path)));
    let expected = match &mismatch.why {
        Why::Unknown { allowed, nearest } => {
            let names: Array = allowed.iter().map(|name| text(name)).collect();
            set(&details, "allowed", &names);
            nearest.iter().for_each(|name| set(&details, "nearest", &text(name)));
            return made(mismatch.code(), &mismatch.told(root), &details);
        }
        Why::Wanted { expected, got } => {
            set(&details, "value", &plain(got));
            expected
        }
        Why::Missing => "given",
        Why::Unfit(what) => what,
    };
    set(&details, "expected", &text(expected));
    made(mismatch.code(), &mismatch.told(root), &details)
}

/// That a value is none that can be read at all.
pub(super) fn unreadable(name: &str, why: &str) -> JsValue {
    let details = Object::new();
    set(&details, "option", &JsValue::from_str(name));
    made("invalid-option", &format!("{name} could not be read: {why}"), &details)
}

/// A value as it came; of a list or an object only its kind.
fn plain(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Bool(b) => JsValue::from_bool(*b),
        Value::Natural(n) => JsValue::from_f64(*n as f64),
        Value::Negative(n) => JsValue::from_f64(*n as f64),
        Value::Float(x) => JsValue::from_f64(*x),
        Value::Text(text) => JsValue::from_str(text),
        Value::List(_) => Array::new().into(),
        Value::Map(_) => Object::new().into(),
    }
}

fn made(code: &str, message: &str, details: &JsValue) -> JsValue {
    let js = js_sys::Error::new(&format!("nearhand: {message}"));
    js.set_name("NearhandError");
    set(&js, "code", &JsValue::from_str(code));
    set(&js, "details", details);
    js.into()
}

/// Setting a property of an object just made cannot fail.
fn set(target: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(target, &JsValue::from_str(name), value);
}
