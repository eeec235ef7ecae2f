//! Inputs and outputs of an ONNX file.

use crate::error::Result;
use crate::tensor::shape_text;
use tract_onnx::pb::{GraphProto, ValueInfoProto, tensor_shape_proto::dimension, type_proto};

/// Name, element type and dimensions (`None`: not fixed) of a graph's input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Name in the graph.
    pub name: String,
    /// `f32`, `i64`, or `onnx:N` with N of onnx.proto's `TensorProto.DataType`.
    pub dtype: String,
    /// Dimensions.
    pub dims: Vec<Option<usize>>,
}

impl Port {
    /// The dimensions as text; `?` where one is not fixed.
    pub(super) fn shape_text(&self) -> String {
        shape_text(self.dims.iter().map(|d| d.map_or_else(|| "?".to_owned(), |d| d.to_string())))
    }
}

/// Inputs and outputs of an ONNX file, in the graph's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Inputs that are not initializers.
    pub inputs: Vec<Port>,
    /// Outputs.
    pub outputs: Vec<Port>,
    /// Distinct operators, sorted.
    pub operators: Vec<String>,
    /// Numbers of weights in initializers.
    pub parameters: u64,
}

impl Interface {
    /// Reads an ONNX file's inputs and outputs; the file is checked as for running.
    ///
    /// # Errors
    /// `model-malformed`, `model-external-data`, `model-operator-unsupported`.
    pub fn of(onnx: &[u8]) -> Result<Self> {
        let model = super::tract::decode(onnx)?;
        Ok(model.graph.as_ref().map(Self::read).unwrap_or_default())
    }

    pub(super) fn read(graph: &GraphProto) -> Self {
        let held = |name: &str| graph.initializer.iter().any(|i| i.name == name);
        let mut operators: Vec<String> = graph.node.iter().map(|n| n.op_type.clone()).collect();
        operators.sort_unstable();
        operators.dedup();
        let count = |dims: &[i64]| dims.iter().map(|d| d.unsigned_abs()).fold(1, u64::saturating_mul);
        Self {
            inputs: graph.input.iter().filter(|i| !held(&i.name)).map(port).collect(),
            outputs: graph.output.iter().map(port).collect(),
            operators,
            parameters: graph.initializer.iter().map(|t| count(&t.dims)).fold(0, u64::saturating_add),
        }
    }
}

fn port(info: &ValueInfoProto) -> Port {
    let Some(type_proto::Value::TensorType(tensor)) = info.r#type.as_ref().and_then(|t| t.value.as_ref()) else {
        return Port { name: info.name.clone(), dtype: "none".to_owned(), dims: Vec::new() };
    };
    // onnx.proto, TensorProto.DataType: 1 is FLOAT, 7 is INT64.
    let dtype = match tensor.elem_type {
        1 => "f32".to_owned(),
        7 => "i64".to_owned(),
        other => format!("onnx:{other}"),
    };
    let dims = tensor.shape.iter().flat_map(|s| &s.dim).map(|d| match d.value {
        Some(dimension::Value::DimValue(n)) => usize::try_from(n).ok(),
        _ => None,
    });
    Port { name: info.name.clone(), dtype, dims: dims.collect() }
}
