//! Inputs and outputs of an ONNX file.

use crate::check;
use crate::error::{Code, Error, Result};
use crate::file::{Dim, Model, Type, ValueInfo, dtype_name};
use crate::limits::ModelLimits;
use std::collections::BTreeMap;

/// Name, element type and dimensions (`None`: not fixed) of a graph's input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Name in the graph.
    pub name: String,
    /// `f32`, `f64`, `i64`, `i32`, `i8`, `u8`, `bool`, `str`; `onnx:N` with N of onnx.proto's `TensorProto.DataType` for
    /// other elements, `none` for what is no tensor.
    pub dtype: String,
    /// Dimensions.
    pub dims: Vec<Option<usize>>,
    /// For each dimension its name, such as `batch`, where it is not fixed and the graph has one for it.
    pub names: Vec<Option<String>>,
    /// Whether it may be left out: an initializer of its name stands for it then.
    pub optional: bool,
}

/// Inputs and outputs of an ONNX file, in the graph's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Inputs that must be given, then those that may be. Before version 4 of the file format every initializer is listed
    /// as an input as well, and is none.
    pub inputs: Vec<Port>,
    /// Outputs.
    pub outputs: Vec<Port>,
    /// Distinct operators, sorted.
    pub operators: Vec<String>,
    /// Numbers of weights in initializers.
    pub parameters: u64,
}

impl Interface {
    /// Reads an ONNX file's inputs and outputs, however large it is: what is read borrows. The file is checked, but for what
    /// its operators are.
    ///
    /// # Errors
    /// `model-malformed`, `model-external-data`, `model-operator-unsupported` for operators outside ONNX's own domains.
    pub fn of(onnx: &[u8]) -> Result<Self> {
        Self::within(onnx, &ModelLimits::none())
    }

    /// As [`Interface::of`], of a file within limits.
    ///
    /// # Errors
    /// As [`Interface::of`], and `model-too-large`.
    pub fn within(onnx: &[u8], limits: &ModelLimits) -> Result<Self> {
        Ok(Self::read(&check::read(onnx, &limits.file)?))
    }

    /// As the graph declares it, but for ZipMap's outputs, which are tensors where they are run.
    pub(crate) fn with_maps(model: &Model<'_>) -> Self {
        let mut interface = Self::read(model);
        for node in model.graph.nodes.iter().filter(|n| n.op_type == "ZipMap") {
            let labels = node.attributes.iter().map(|a| a.texts().map_or(0, |l| l.len()).max(a.ints().map_or(0, |l| l.len())));
            let labels = labels.max();
            for port in interface.outputs.iter_mut().filter(|p| node.outputs.contains(&p.name.as_str())) {
                port.dtype = "f32".to_owned();
                port.dims = vec![None, labels];
            }
        }
        interface
    }

    /// Half-width floats (onnx.proto's `FLOAT16` and `BFLOAT16`) become 32-bit ones.
    pub(crate) fn widen(&mut self) {
        let half = |port: &&mut Port| matches!(port.dtype.as_str(), "onnx:10" | "onnx:16");
        self.inputs.iter_mut().chain(&mut self.outputs).filter(half).for_each(|port| "f32".clone_into(&mut port.dtype));
    }

    pub(crate) fn read(model: &Model<'_>) -> Self {
        let graph = &model.graph;
        let (mut held, mut operators) = (BTreeMap::new(), BTreeMap::new());
        for tensor in &graph.initializers {
            held.insert(tensor.name, 0_usize);
        }
        for node in &graph.nodes {
            operators.insert(node.op_type, 0_usize);
        }
        let count = |dims: &[i64]| dims.iter().map(|d| d.unsigned_abs()).fold(1, u64::saturating_mul);
        let ports = graph.inputs.iter().map(|i| port(i, held.contains_key(i.name)));
        let (mut inputs, optional): (Vec<Port>, Vec<Port>) = ports.partition(|p| !p.optional);
        if model.ir_version >= 4 {
            inputs.extend(optional);
        }
        Self {
            inputs,
            outputs: graph.outputs.iter().map(|o| port(o, false)).collect(),
            operators: operators.keys().map(|o| (*o).to_owned()).collect(),
            parameters: graph.initializers.iter().map(|t| count(&t.dims)).fold(0, u64::saturating_add),
        }
    }
}

/// How many of the inputs may be given: all that must, and of the others the first so many.
pub(crate) fn given(inputs: &mut dyn Iterator<Item = &Port>, given: usize) -> Result<()> {
    let (mut needed, mut most) = (0, 0);
    for input in inputs {
        most += 1;
        needed += usize::from(!input.optional);
    }
    if (needed..=most).contains(&given) {
        return Ok(());
    }
    Err(Error::new(Code::ModelMismatch, "the model has another number of inputs").with("inputs", needed).with("given", given))
}

/// Whether an output is of the type that the graph declares.
pub(crate) fn declared(output: &Port, answered: &str) -> Result<()> {
    if output.dtype == answered {
        return Ok(());
    }
    Err(Error::new(Code::ModelMalformed, "an output has another type than the graph declares")
        .with("output", &output.name)
        .with("declared", &output.dtype)
        .with("answered", answered))
}

fn port(info: &ValueInfo<'_>, optional: bool) -> Port {
    let name = info.name.to_owned();
    let Type::Tensor(element, dims) = &info.kind else {
        return Port { name, dtype: "none".to_owned(), dims: Vec::new(), names: Vec::new(), optional };
    };
    let dtype = dtype_name(*element).map_or_else(|| format!("onnx:{element}"), str::to_owned);
    let fixed = dims.iter().flatten().map(|d| match d {
        Dim::Fixed(n) => usize::try_from(*n).ok(),
        _ => None,
    });
    let names = dims.iter().flatten().map(|d| match d {
        Dim::Named(name) if !name.is_empty() => Some((*name).to_owned()),
        _ => None,
    });
    Port { name, dtype, dims: fixed.collect(), names: names.collect(), optional }
}
