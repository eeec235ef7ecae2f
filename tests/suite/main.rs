//! The suite that runs natively, in Node and in Chromium alike: the same tests over the same bytes.

mod again;
mod apart;
mod attacks;
mod boundary;
#[cfg(target_arch = "wasm32")]
mod budgets;
#[cfg(feature = "complete")]
mod complete;
mod conformance;
#[cfg(feature = "onnx")]
mod content;
mod files;
mod models;
mod monitor;
mod onnx;
mod pipeline;
mod placements;
mod search;
mod shipped;
mod shop;
mod tabular;

/// `#[test]` natively, `#[wasm_bindgen_test]` in wasm.
pub(crate) mod attribute {
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) use core::prelude::v1::test;
    #[cfg(target_arch = "wasm32")]
    pub(crate) use wasm_bindgen_test::wasm_bindgen_test as test;
}
