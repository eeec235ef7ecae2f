//! The engine alone in wasm: ONNX bytes and tensors in, tensors out. For conformance and benchmarks; never published.
//!
//! ```ts
//! interface Tensor { dtype: string; shape: number[]; data: TypedArray | string[] }   // bool: Uint8Array of 0 and 1
//! function load(onnx: Uint8Array): Lab;
//! class Lab { run(inputs: Tensor[]): Tensor[]; bind(inputs: Tensor[]): void; rerun(data: TypedArray[]): TypedArray[]; interface(): { inputs: Port[]; outputs: Port[] }; free(): void }
//! ```
//! The linear memory is an export of the module, `memory`; it never shrinks, so its size is the peak.
//! Errors are thrown as `NearhandError` with a `code`, as the package throws them.
#![cfg(target_arch = "wasm32")]

mod value;

use js_sys::Array;
use nearhand_onnx::{Graph, ModelLimits, Port, Tensor};
use value::{port_to_js, raise, refill, tensor_from_js, tensor_to_js, values_to_js};
use wasm_bindgen::prelude::*;

/// A loaded graph.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Lab {
    graph: Graph,
    bound: Vec<Tensor>,
}

/// Loads a graph.
///
/// # Errors
/// As [`Graph::open`].
#[wasm_bindgen]
pub fn load(onnx: Vec<u8>) -> Result<Lab, JsValue> {
    Ok(Lab { graph: Graph::open(onnx, &ModelLimits::default()).map_err(raise)?, bound: Vec::new() })
}

#[wasm_bindgen]
impl Lab {
    /// Runs once: inputs and outputs in the graph's order.
    ///
    /// # Errors
    /// `invalid-option` for a tensor that is none, else as [`Graph::run`].
    pub fn run(&mut self, inputs: &Array) -> Result<Array, JsValue> {
        let inputs = inputs.iter().map(tensor_from_js).collect::<Result<_, _>>()?;
        Ok(self.graph.run(inputs).map_err(raise)?.into_iter().map(tensor_to_js).collect())
    }

    /// Keeps the types and shapes of inputs, for [`Lab::rerun`].
    ///
    /// # Errors
    /// As [`Lab::run`].
    pub fn bind(&mut self, inputs: &Array) -> Result<(), JsValue> {
        self.bound = inputs.iter().map(tensor_from_js).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Runs on new values for the inputs bound: what a host repeats. Gives the values of the outputs.
    ///
    /// # Errors
    /// As [`Lab::run`].
    pub fn rerun(&mut self, data: &Array) -> Result<Array, JsValue> {
        for (tensor, data) in self.bound.iter_mut().zip(data.iter()) {
            refill(&mut tensor.values, &data)?;
        }
        Ok(self.graph.run(self.bound.clone()).map_err(raise)?.into_iter().map(|t| values_to_js(t.values)).collect())
    }

    /// Inputs and outputs: `{ name, dtype, dims }`, a dimension that is open as null.
    #[must_use]
    pub fn interface(&self) -> JsValue {
        let interface = self.graph.interface();
        let list = |ports: &[Port]| ports.iter().map(port_to_js).collect::<Array>();
        value::record(&[("inputs", list(&interface.inputs).into()), ("outputs", list(&interface.outputs).into())])
    }
}
