//! Errors across the boundary.

use nearhand_onnx::{Code, Error};
use wasm_bindgen::JsValue;

/// An error as the package throws it.
pub(crate) fn raise(error: Error) -> JsValue {
    nearhand_thrown::error(error.code().as_str(), error.message(), error.details())
}

/// What a face that knows the graph never asks.
pub(crate) fn mismatch(message: &'static str) -> JsValue {
    raise(Error::new(Code::ModelMismatch, message))
}
