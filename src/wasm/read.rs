//! Plain values from JavaScript. Few crossings a value: this is on the way of every call.

use super::error::raise;
use crate::error::{Code, Error};
use crate::value::{Decode, Value};
use js_sys::{Array, Object};
use std::fmt::Display;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type Keyed;
    #[wasm_bindgen(method, indexing_getter)]
    fn at(this: &Keyed, key: &JsValue) -> JsValue;
}

/// Reads a plain value.
pub(super) fn from_js<T: Decode>(js: &JsValue) -> Result<T, JsValue> {
    let refused = |why: &dyn Display| raise(Error::new(Code::OptionInvalid, "an argument has the wrong type").with("why", why));
    let value = plain(js).ok_or_else(|| refused(&"a function, a symbol or a bigint is no plain value"))?;
    value.read().map_err(|e| refused(&e))
}

/// The value, unless it is, or holds, something that JSON has no word for.
fn plain(js: &JsValue) -> Option<Value> {
    Some(if let Some(text) = js.as_string() {
        Value::Text(text)
    } else if let Some(number) = js.as_f64() {
        of_number(number)
    } else if let Some(truth) = js.as_bool() {
        Value::Bool(truth)
    } else if js.is_null() || js.is_undefined() {
        Value::Null
    } else if let Some(list) = js.dyn_ref::<Array>() {
        Value::List(each(list, plain)?)
    } else if js.is_object() {
        let entry = |key: &JsValue| Some((key.as_string()?, plain(&js.unchecked_ref::<Keyed>().at(key))?));
        Value::Map(each(&Object::keys(js.unchecked_ref::<Object>()), entry)?)
    } else {
        return None;
    })
}

/// As `collect`, which would not know the length.
fn each<T>(list: &Array, read: impl Fn(&JsValue) -> Option<T>) -> Option<Vec<T>> {
    let mut all = Vec::with_capacity(list.length() as usize);
    for at in 0..list.length() {
        all.push(read(&list.get(at))?);
    }
    Some(all)
}

/// Whole numbers up to 2⁵³ − 1 are kept apart: beyond, a float does not tell them from their neighbours.
fn of_number(number: f64) -> Value {
    const LARGEST: f64 = js_sys::Number::MAX_SAFE_INTEGER;
    if number.trunc() != number || number.abs() > LARGEST {
        Value::Float(number)
    } else if number < 0.0 {
        Value::Negative(number as i64)
    } else {
        Value::Natural(number as u64)
    }
}
