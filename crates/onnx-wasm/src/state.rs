//! The states of a graph between two runs.

use crate::error::raise;
use js_sys::Array;
use nearhand_onnx::{StateKind, StatePort};
use nearhand_thrown::record;
use wasm_bindgen::prelude::*;

/// What a graph hands from one run to the next. It lies in the memory of its session's instance.
#[wasm_bindgen]
#[derive(Debug)]
pub struct State(pub(crate) nearhand_onnx::State);

#[wasm_bindgen]
impl State {
    /// Rows of what grows.
    #[must_use]
    pub fn length(&self) -> usize {
        self.0.len()
    }

    /// Bytes of memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.bytes()
    }

    /// Cuts what grows back to its first rows.
    ///
    /// # Errors
    /// As [`nearhand_onnx::State::truncate`].
    pub fn truncate(&mut self, length: usize) -> Result<(), JsValue> {
        self.0.truncate(length).map_err(raise)
    }

    /// One that goes its own way.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self(self.0.clone())
    }
}

pub(crate) fn to_js(ports: &[StatePort]) -> JsValue {
    let state = |port: &StatePort| {
        let axis = match port.kind {
            StateKind::Appended { axis } => JsValue::from_f64(axis as f64),
            _ => JsValue::NULL,
        };
        record(&[("input", JsValue::from_str(&port.input)), ("output", JsValue::from_str(&port.output)), ("axis", axis)])
    };
    ports.iter().map(state).collect::<Array>().into()
}
