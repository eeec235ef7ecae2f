//! The ONNX engine: tract. The only file that runs it.

use super::{Interface, Model, check::check};
use crate::bundle::{Align, Feature, InputSpec, ModelSpec, OutputSpec};
use crate::error::{Code, Error, Result};
use crate::tensor::{Tensor, Values, shape_text};
use std::sync::Arc;
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::*;

/// An ONNX graph, planned for the shapes of its manifest.
pub struct TractModel {
    plan: Arc<TypedRunnableModel>,
    output: OutputSpec,
    /// Left-aligned windows put the newest event at position length − 1; per-position outputs are read there.
    align: Align,
}

impl std::fmt::Debug for TractModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TractModel").field("output", &self.output.name).finish_non_exhaustive()
    }
}

impl TractModel {
    /// Loads and plans a graph.
    ///
    /// # Errors
    /// `model-malformed`, `model-external-data`, `model-operator-unsupported`, `model-mismatch` when the graph's
    /// inputs or outputs are not those of `spec`.
    pub fn load(onnx: &[u8], spec: &ModelSpec) -> Result<Self> {
        let proto = decode(onnx)?;
        let have = proto
            .graph
            .as_ref()
            .map(Interface::read)
            .ok_or_else(|| Error::new(Code::ModelMalformed, "the ONNX file has no graph"))?;
        let mut model = tract_onnx::onnx().model_for_proto_model(&proto).map_err(|e| failed(Code::ModelMalformed, &e))?;
        for port in &have.inputs {
            if !spec.inputs.iter().any(|i| i.name == port.name) {
                return Err(mismatch("the graph has an input that the manifest does not fill", &port.name));
            }
        }
        let mut order = Vec::new();
        for input in &spec.inputs {
            let at = have.inputs.iter().position(|p| p.name == input.name);
            let (Some(at), Some(port)) = (at, at.and_then(|a| have.inputs.get(a))) else {
                return Err(mismatch("the manifest fills an input that the graph does not have", &input.name));
            };
            let fits = port.dims.len() == input.shape.len()
                && port.dims.iter().zip(&input.shape).all(|(d, s)| d.is_none_or(|d| d == *s));
            if port.dtype != input.dtype || !fits {
                return Err(mismatch("an input of the graph has another type or shape than the manifest says", &input.name)
                    .with("graph", format!("{} {}", port.dtype, port.shape_text()))
                    .with("manifest", format!("{} {}", input.dtype, shape_text(&input.shape))));
            }
            let fact = if input.dtype == "i64" { i64::fact(&input.shape) } else { f32::fact(&input.shape) };
            model.set_input_fact(at, fact.into()).map_err(|e| failed(Code::ModelMismatch, &e))?;
            order.push(at);
        }
        let Some(output) = have.outputs.iter().position(|p| p.name == spec.output.name) else {
            return Err(mismatch("the graph does not have the output that the manifest reads", &spec.output.name));
        };
        let outlets = (model.inputs.clone(), model.outputs.clone());
        model.inputs = order.iter().filter_map(|at| outlets.0.get(*at).copied()).collect();
        model.outputs = outlets.1.get(output).copied().into_iter().collect();
        let typed = model.into_optimized().map_err(|e| failed(Code::ModelMalformed, &e))?;
        let fact = typed.output_fact(0).map_err(|e| failed(Code::ModelMalformed, &e))?;
        let window = spec.inputs.iter().find_map(window_of).unwrap_or(1);
        let len = fact.shape.as_concrete().map(|d| d.iter().product::<usize>());
        if fact.datum_type != f32::datum_type()
            || !len.is_some_and(|n| n == spec.output.width || n == spec.output.width.saturating_mul(window))
        {
            return Err(mismatch("the graph's output has another type or width than the manifest says", &spec.output.name)
                .with("graph", shape_text(fact.shape.iter()))
                .with("float", fact.datum_type == f32::datum_type())
                .with("width", spec.output.width));
        }
        let plan = typed.into_runnable().map_err(|e| failed(Code::ModelMalformed, &e))?;
        let align = spec.inputs.first().map_or(Align::Right, |i| i.align);
        Ok(Self { plan, output: spec.output.clone(), align })
    }
}

impl Model for TractModel {
    fn run(&mut self, inputs: Vec<Tensor>, events: usize) -> Result<Vec<f32>> {
        let inputs = inputs.into_iter().map(into_tract).collect::<TractResult<TVec<TValue>>>();
        let outputs = inputs.and_then(|i| self.plan.run(i)).map_err(|e| failed(Code::ModelFailed, &e))?;
        let wrong = || mismatch("the model answered another type or width", &self.output.name);
        let tensor = outputs.first().ok_or_else(wrong)?;
        let view = tensor.to_plain_array_view::<f32>().map_err(|e| failed(Code::ModelFailed, &e))?;
        let all: Vec<f32> = view.iter().copied().collect();
        let width = self.output.width;
        let start = match self.align {
            _ if all.len() == width => 0,
            Align::Left => events.clamp(1, (all.len() / width.max(1)).max(1)).saturating_sub(1) * width,
            Align::Right => all.len().saturating_sub(width),
        };
        let answer = all.get(start..start + width).ok_or_else(wrong)?.to_vec();
        if let Some(at) = answer.iter().position(|v| !v.is_finite()) {
            return Err(Error::new(Code::ModelOutputNotFinite, "the model answered NaN or infinity").with("at", at));
        }
        Ok(answer)
    }
}

/// The protobuf, checked: see [`check`].
pub(super) fn decode(onnx: &[u8]) -> Result<ModelProto> {
    let engine = tract_onnx::onnx();
    let proto = engine.proto_model_for_read(&mut &*onnx).map_err(|e| failed(Code::ModelMalformed, &e))?;
    check(&proto, |operator| engine.op_register.0.contains_key(operator))?;
    Ok(proto)
}

fn into_tract(tensor: Tensor) -> TractResult<TValue> {
    let shape = &tensor.shape;
    let tensor = match &tensor.values {
        Values::F32(v) => tract_onnx::prelude::Tensor::from_shape(shape, v)?,
        Values::F64(v) => tract_onnx::prelude::Tensor::from_shape(shape, v)?,
        Values::I64(v) => tract_onnx::prelude::Tensor::from_shape(shape, v)?,
        Values::I32(v) => tract_onnx::prelude::Tensor::from_shape(shape, v)?,
        Values::I8(v) => tract_onnx::prelude::Tensor::from_shape(shape, v)?,
        Values::U8(v) => tract_onnx::prelude::Tensor::from_shape(shape, v)?,
        Values::Bool(v) => tract_onnx::prelude::Tensor::from_shape(shape, v)?,
        Values::Str(v) => tract_onnx::prelude::tensor1(v).into_shape(shape)?,
    };
    Ok(tensor.into_tvalue())
}

/// Window length of an input that has one.
fn window_of(input: &InputSpec) -> Option<usize> {
    match input.feature {
        Feature::Length => None,
        Feature::ItemVector => input.shape.iter().rev().nth(1).copied(),
        _ => input.shape.last().copied(),
    }
}

fn mismatch(what: &'static str, name: &str) -> Error {
    Error::new(Code::ModelMismatch, what).with("name", name)
}

fn failed(code: Code, error: &TractError) -> Error {
    Error::new(code, "the ONNX engine refused").with("why", format!("{error:#}"))
}
