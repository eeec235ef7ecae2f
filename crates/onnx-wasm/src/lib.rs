//! The engine alone in wasm: ONNX bytes and tensors in, tensors out. The npm package's `nearhand/onnx` is its face
//! (`www/lib/src/onnx`); conformance and benchmarks run through that face.
//!
//! ```ts
//! class Session {
//!   constructor(onnx: Uint8Array, limits: Float64Array);   // bytes, tensorElements, totalElements, nodes, products; 0: by default
//!   ports(): { inputs: Port[]; outputs: Port[] };          // Port: { name, type, dims: (number | string | null)[], optional }
//!   feed(at: number, type: number, dims: Uint32Array): number;
//!   feed_text(at: number, dims: Uint32Array, values: string[]): void;
//!   run(): void;
//!   answer(at: number): Uint32Array;                       // type, address, dims…
//!   answer_text(at: number): string[];
//! }
//! ```
//! Types are the numbers of onnx.proto's `TensorProto.DataType`. Elements are copied once each way, by the host: `feed` makes
//! room for an input and tells the address where its elements are to be written, `answer` the one where an output's lie until
//! the next call. Truth values are bytes. The linear memory is an export of the module, `memory`.
//!
//! Errors are thrown as `NearhandError` with a `code`, as the package throws them.
#![cfg(target_arch = "wasm32")]

mod error;
mod place;
mod ports;

use error::{mismatch, raise};
use nearhand_onnx::{Graph, ModelLimits, Tensor, Values};
use place::{Place, product, room};
use wasm_bindgen::prelude::*;

type Js<T> = Result<T, JsValue>;

/// Version of the package, which its scripts hold against their own.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    nearhand_onnx::VERSION.to_owned()
}

/// A loaded graph, what is given to its next run, and what its last one answered.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Session {
    graph: Graph,
    fed: Vec<Option<Tensor>>,
    answers: Vec<Tensor>,
}

#[wasm_bindgen]
impl Session {
    /// Reads, checks and, where its inputs are of fixed shape, plans a graph. `limits`: bytes of the file, by which all other limits
    /// rise, then each of the graph's own; 0 for what goes with the bytes.
    ///
    /// # Errors
    /// As [`Graph::load`].
    #[wasm_bindgen(constructor)]
    pub fn open(onnx: &[u8], limits: &[f64]) -> Js<Self> {
        Ok(Self { graph: Graph::load(onnx, &within(limits)).map_err(raise)?, fed: Vec::new(), answers: Vec::new() })
    }

    /// Inputs and outputs.
    #[must_use]
    pub fn ports(&self) -> JsValue {
        ports::to_js(self.graph.interface())
    }

    /// Makes room for an input; gives the address of its first element.
    ///
    /// # Errors
    /// `model-mismatch` for a type that does not cross or an input that the graph does not have.
    pub fn feed(&mut self, at: usize, dtype: u8, dims: Vec<u32>) -> Js<usize> {
        let len = product(&dims).ok_or_else(|| mismatch("an input is larger than the address space"))?;
        let values = room(dtype, len).ok_or_else(|| mismatch("an input has a type that does not cross"))?;
        let fed = self.hold(at, dims, values)?;
        Ok(fed.values.place())
    }

    /// Takes an input of strings.
    ///
    /// # Errors
    /// As [`Session::feed`].
    pub fn feed_text(&mut self, at: usize, dims: Vec<u32>, values: Vec<String>) -> Js<()> {
        self.hold(at, dims, Values::Str(values)).map(|_| ())
    }

    /// Runs on what was fed, which is gone then: the inputs in the graph's order. Of those that may be left out, the first so many may
    /// be fed.
    ///
    /// # Errors
    /// As [`Graph::run`].
    pub fn run(&mut self) -> Js<()> {
        // Memory first: what the last run left is not held beside what this one makes.
        self.answers = Vec::new();
        let mut fed = std::mem::take(&mut self.fed);
        let given = fed.iter().take_while(|tensor| tensor.is_some()).count();
        let rest = fed.split_off(given);
        if rest.iter().any(Option::is_some) {
            return Err(mismatch("an input that may be left out is given, but not all before it"));
        }
        let types = self.graph.interface().inputs.iter().map(|port| port.dtype == "bool");
        let inputs = fed.into_iter().flatten().zip(types).map(|(tensor, truth)| place::told(tensor, truth)).collect();
        self.answers = self.graph.run(inputs).map_err(raise)?;
        Ok(())
    }

    /// Type, address of the first element and dimensions of an output; of strings the address says nothing.
    ///
    /// # Errors
    /// `model-mismatch` for an output that is not there.
    pub fn answer(&mut self, at: usize) -> Js<Vec<u32>> {
        let tensor = self.answers.get_mut(at).ok_or_else(|| mismatch("an output is asked for that is not there"))?;
        let mut told = vec![place::number(&tensor.values), tensor.values.place() as u32];
        told.extend(tensor.shape.iter().map(|dim| *dim as u32));
        Ok(told)
    }

    /// The elements of an output of strings, which leave: once a run.
    pub fn answer_text(&mut self, at: usize) -> Vec<String> {
        match self.answers.get_mut(at).map(|tensor| &mut tensor.values) {
            Some(Values::Str(values)) => std::mem::take(values),
            _ => Vec::new(),
        }
    }
}

impl Session {
    fn hold(&mut self, at: usize, dims: Vec<u32>, values: Values) -> Js<&mut Tensor> {
        if self.graph.interface().inputs.len() <= at {
            return Err(mismatch("an input is given that the graph does not have"));
        }
        if self.fed.len() <= at {
            self.fed.resize(at + 1, None);
        }
        let shape = dims.into_iter().map(|dim| dim as usize).collect();
        let place = self.fed.get_mut(at).ok_or_else(|| mismatch("an input is given that the graph does not have"))?;
        Ok(place.insert(Tensor { shape, values }))
    }
}

fn within(limits: &[f64]) -> ModelLimits {
    let given = |at: usize| limits.get(at).copied().filter(|limit| *limit > 0.0);
    let mut all = given(0).map_or_else(ModelLimits::default, |bytes| ModelLimits::within(bytes as usize));
    let ModelLimits { file, graph, .. } = &mut all;
    // As the host says, also below what goes with the defaults.
    file.bytes = given(0).map_or(file.bytes, |bytes| bytes as usize);
    graph.tensor_elements = given(1).map_or(graph.tensor_elements, |n| n as usize);
    graph.total_elements = given(2).map_or(graph.total_elements, |n| n as usize);
    graph.nodes = given(3).map_or(graph.nodes, |n| n as usize);
    graph.products = given(4).map_or(graph.products, |n| n as u64);
    all
}
