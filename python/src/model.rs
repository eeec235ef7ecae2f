//! An ONNX file by itself.

use crate::error::raise;
use crate::json::write;
use crate::tensors::{Crossing, out, read};
use nearhand::onnx::{Graph, Interface, ModelLimits, Port, Tensor};
use pyo3::prelude::*;
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};

/// An ONNX file, run by the engine that serves.
#[pyclass(frozen, module = "nearhand._nearhand")]
pub(crate) struct Model {
    graph: Mutex<Graph>,
    interface: Interface,
}

fn port(port: &Port) -> Value {
    json!({ "name": port.name, "dtype": port.dtype, "shape": port.dims, "axes": port.names, "optional": port.optional })
}

#[pymethods]
impl Model {
    #[new]
    fn new(py: Python<'_>, onnx: &[u8]) -> PyResult<Self> {
        let graph = py.detach(|| Graph::load(onnx, &ModelLimits::none())).map_err(|error| raise(&error.into()))?;
        Ok(Self { interface: graph.interface().clone(), graph: Mutex::new(graph) })
    }

    /// Inputs, outputs, operators and weights, as JSON.
    fn interface(&self) -> PyResult<String> {
        let Interface { inputs, outputs, operators, parameters } = &self.interface;
        write(&json!({
            "inputs": inputs.iter().map(port).collect::<Vec<_>>(), "outputs": outputs.iter().map(port).collect::<Vec<_>>(),
            "operators": operators, "parameters": parameters,
        }))
    }

    /// Runs once: element type, shape and elements of each input in the interface's order; the same of each output.
    fn run<'py>(&self, py: Python<'py>, inputs: Vec<(String, Vec<usize>, Bound<'py, PyAny>)>) -> PyResult<Vec<Crossing<'py>>> {
        let names = self.interface.inputs.iter().map(|port| port.name.as_str()).chain(std::iter::repeat("an input"));
        let tensor = |((dtype, shape, elements), name): ((String, Vec<usize>, Bound<'py, PyAny>), &str)| {
            read(name, &dtype, shape, &elements)
        };
        let tensors = inputs.into_iter().zip(names).map(tensor).collect::<PyResult<Vec<Tensor>>>()?;
        let answered = py.detach(|| self.graph.lock().unwrap_or_else(PoisonError::into_inner).run(tensors));
        let answered = answered.map_err(|error| raise(&error.into()))?;
        answered.iter().map(|tensor| out(py, tensor)).collect()
    }
}
