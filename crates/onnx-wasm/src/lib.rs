//! The engine alone in wasm: ONNX bytes and tensors in, tensors out. The npm package's `nearhand/onnx` is its face
//! (`www/lib/src/onnx`); conformance and benchmarks run through that face.
//!
//! ```ts
//! class Session {
//!   constructor(onnx: Uint8Array, limits: Float64Array);   // bytes, tensorElements, totalElements, nodes, products; 0: by default
//!   ports(): { inputs: Port[]; outputs: Port[] };          // Port: { name, type: number | string, dims: (number | string | null)[], optional }
//!   feed(at: number, type: number, dims: Uint32Array): number;
//!   feed_text(at: number, dims: Uint32Array, values: string[]): void;
//!   run(): number;                                         // the address of a table of 32-bit numbers
//!   again(): void;                                         // runs on what lies where the table says
//!   answer_text(at: number): string[];
//!   states(): { input: string; output: string; axis: number | null }[];   // axis: along which it grows
//!   declare(pairs: string[]): void;                        // input, output, input, output, …
//!   state(): State;
//!   run_state(state: State): number;                       // fed without the states' inputs; answers are without their outputs
//! }
//! class State { length(): number; bytes(): number; truncate(length: number): void; copy(): State; free(): void }
//! ```
//! Types are the numbers of onnx.proto's `TensorProto.DataType`. Elements are copied by the host: `feed` makes room for an input and
//! tells the address where its elements are to be written. A run tells, in a table of the memory, where the outputs' elements lie until
//! the next call, and where the next inputs of the same shapes may be written at once: `again` runs on them, answers lie where they lay,
//! and nothing is copied that need not be. Truth values are bytes. The linear memory is an export of the module, `memory`.
//!
//! The table: the number of inputs that may be written at once, all that were fed or none; for each its address, type, rank and
//! dimensions; the number of outputs, and for each the same. It stays until the next `run` or `run_state`.
//!
//! Errors are thrown as `NearhandError` with a `code`, as the package throws them.
#![cfg(target_arch = "wasm32")]

mod error;
mod place;
mod ports;
mod state;

use error::{mismatch, raise};
use nearhand_onnx::{Graph, ModelLimits, Tensor, Values};
use place::{Place, product, room};
use state::State;
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
    /// Of a run with states; of any other they lie in the graph.
    answers: Option<Vec<Tensor>>,
    table: Vec<u32>,
}

#[wasm_bindgen]
impl Session {
    /// Reads, checks and, where its inputs are of fixed shape, plans a graph. `limits`: bytes of the file, by which all other limits
    /// rise, then each of the graph's own; 0 for what goes with the bytes.
    ///
    /// # Errors
    /// As [`Graph::open`].
    #[wasm_bindgen(constructor)]
    pub fn open(onnx: Vec<u8>, limits: &[f64]) -> Js<Self> {
        Ok(Self { graph: Graph::open(onnx, &within(limits)).map_err(raise)?, fed: Vec::new(), answers: None, table: Vec::new() })
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
        let place = self.make_room(at, dtype, dims);
        self.whole(place)
    }

    /// Takes an input of strings.
    ///
    /// # Errors
    /// As [`Session::feed`].
    pub fn feed_text(&mut self, at: usize, dims: Vec<u32>, values: Vec<String>) -> Js<()> {
        let held = self.hold(at, dims, Values::Str(values)).map(|_| ());
        self.whole(held)
    }

    /// Runs on what was fed, which is gone then: the inputs in the graph's order. Of those that may be left out, the first so many may
    /// be fed. Tells the address of the table.
    ///
    /// # Errors
    /// As [`Graph::run`].
    pub fn run(&mut self) -> Js<usize> {
        let inputs = self.inputs(false)?;
        self.graph.run_here(&inputs, &mut |_, _| true).map_err(raise)?;
        let rooms: Option<Vec<u32>> = (0..inputs.len()).map(|at| Some(address(self.graph.input_mut(at)?))).collect();
        let rooms = rooms.unwrap_or_default();
        self.table.push(rooms.len() as u32);
        for (room, Tensor { shape, values }) in rooms.into_iter().zip(&inputs) {
            tell(&mut self.table, values.dtype(), room, shape);
        }
        let outputs = self.graph.interface().outputs.len();
        self.table.push(outputs as u32);
        for at in 0..outputs {
            let view = self.graph.view(at).ok_or_else(|| mismatch("an output has no memory"))?;
            tell(&mut self.table, view.dtype, address(view.bytes), view.shape);
        }
        Ok(self.table.as_ptr() as usize)
    }

    /// Runs as the last [`Session::run`] did, on what lies where its table says, and answers where it says.
    ///
    /// # Errors
    /// As [`Graph::run_again`].
    pub fn again(&mut self) -> Js<()> {
        self.graph.run_again(&mut |_, _| true).map_err(raise)
    }

    /// The graph's states.
    #[must_use]
    pub fn states(&self) -> JsValue {
        state::to_js(self.graph.states())
    }

    /// Takes pairs of an input and an output for the states.
    ///
    /// # Errors
    /// As [`Graph::declare_states`].
    pub fn declare(&mut self, pairs: Vec<String>) -> Js<()> {
        let pairs: Vec<(&str, &str)> =
            pairs.chunks_exact(2).filter_map(|pair| Some((pair.first()?.as_str(), pair.get(1)?.as_str()))).collect();
        self.graph.declare_states(&pairs).map_err(raise)
    }

    /// States before the first run.
    #[must_use]
    pub fn state(&self) -> State {
        State(self.graph.state())
    }

    /// As [`Session::run`], with the states from there: what is fed and what is answered is without them.
    ///
    /// # Errors
    /// As [`Graph::run_state`].
    pub fn run_state(&mut self, state: &mut State) -> Js<usize> {
        let inputs = self.inputs(true)?;
        let mut answers = self.graph.run_state(&mut state.0, inputs, &mut |_, _| true).map_err(raise)?;
        self.table.extend([0, answers.len() as u32]);
        for Tensor { shape, values } in &mut answers {
            tell(&mut self.table, values.dtype(), values.place() as u32, shape);
        }
        self.answers = Some(answers);
        Ok(self.table.as_ptr() as usize)
    }

    /// The elements of an output of strings, which may leave: once a run.
    ///
    /// # Errors
    /// As [`Graph::tensor`].
    pub fn answer_text(&mut self, at: usize) -> Js<Vec<String>> {
        let values = match &mut self.answers {
            Some(answers) => answers.get_mut(at).map(|tensor| std::mem::replace(&mut tensor.values, Values::U8(Vec::new()))),
            None => Some(self.graph.tensor(at).map_err(raise)?.values),
        };
        Ok(if let Some(Values::Str(values)) = values { values } else { Vec::new() })
    }
}

impl Session {
    /// What was fed, in the graph's order; `others`: without the states' inputs.
    fn inputs(&mut self, others: bool) -> Js<Vec<Tensor>> {
        // Memory first: what the last run left is not held beside what this one makes.
        self.answers = None;
        self.table.clear();
        let mut inputs = Vec::new();
        let (mut fed, mut ended) = (std::mem::take(&mut self.fed).into_iter(), false);
        for port in &self.graph.interface().inputs {
            let tensor = fed.next().flatten();
            if others && self.graph.states().iter().any(|state| state.input == port.name) {
                continue;
            }
            match tensor {
                Some(_) if ended => return Err(mismatch("an input that may be left out is given, but not all before it")),
                Some(tensor) => inputs.push(place::told(tensor, port.dtype == "bool")),
                None => ended = true,
            }
        }
        Ok(inputs)
    }

    /// Where one input is refused, those before it are let go of: they are not part of the next run.
    fn whole<T>(&mut self, fed: Js<T>) -> Js<T> {
        if fed.is_err() {
            self.fed.clear();
        }
        fed
    }

    fn make_room(&mut self, at: usize, dtype: u8, dims: Vec<u32>) -> Js<usize> {
        let len = product(&dims).ok_or_else(|| mismatch("an input is larger than the address space"))?;
        let values = room(dtype, len).ok_or_else(|| mismatch("an input has a type that does not cross"))?;
        Ok(self.hold(at, dims, values)?.values.place())
    }

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

/// A line of the table.
fn tell(table: &mut Vec<u32>, dtype: &str, address: u32, shape: &[usize]) {
    table.extend([address, place::number(dtype), shape.len() as u32]);
    table.extend(shape.iter().map(|dim| *dim as u32));
}

fn address(bytes: &[u8]) -> u32 {
    bytes.as_ptr() as usize as u32
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
