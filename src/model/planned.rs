//! The graph of a bundle: planned for the shapes of its manifest, answering the one output that the manifest reads.

use super::answer::Model;
use crate::bundle::{Align, Feature, InputSpec, ModelSpec, OutputSpec};
use crate::error::{Code, Error, Result};
use nearhand_onnx::tensor::shape_text;
use nearhand_onnx::{Input, Interface, ModelLimits, Plan, Tensor};

/// An ONNX graph, planned for the shapes of its manifest.
pub struct PlannedModel {
    plan: Plan,
    output: OutputSpec,
    /// Left-aligned windows put the newest event at position length − 1; per-position outputs are read there.
    align: Align,
}

impl std::fmt::Debug for PlannedModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlannedModel").field("output", &self.output.name).finish_non_exhaustive()
    }
}

impl PlannedModel {
    /// Loads and plans a graph, within limits.
    ///
    /// # Errors
    /// `model-malformed`, `model-external-data`, `model-operator-unsupported`, `model-too-large`, `model-mismatch` when
    /// the graph's inputs or outputs are not those of `spec`.
    pub fn load(onnx: &[u8], spec: &ModelSpec, limits: &ModelLimits) -> Result<Self> {
        let have = Interface::within(onnx, limits)?;
        // An engine that has them for the assessor's sake still refuses what the full tier refuses.
        #[cfg(feature = "assess")]
        if let Some(operator) = have.operators.iter().find(|operator| nearhand_onnx::is_tabular(operator)) {
            return Err(Error::new(Code::ModelOperatorUnsupported, "the graph of a shop's bundle cannot have this operator")
                .with("operator", operator));
        }
        for port in have.inputs.iter().filter(|port| !port.optional) {
            if !spec.inputs.iter().any(|i| i.name == port.name) {
                return Err(mismatch("the graph has an input that the manifest does not fill", &port.name));
            }
        }
        let mut inputs: Vec<Input<'_>> = Vec::new();
        for input in &spec.inputs {
            let Some(port) = have.inputs.iter().find(|p| p.name == input.name) else {
                return Err(mismatch("the manifest fills an input that the graph does not have", &input.name));
            };
            let fits = port.dims.len() == input.shape.len()
                && port.dims.iter().zip(&input.shape).all(|(d, s)| d.is_none_or(|d| d == *s));
            if port.dtype != input.dtype || !fits {
                return Err(mismatch("an input of the graph has another type or shape than the manifest says", &input.name)
                    .with("graph", format!("{} {}", port.dtype, dims_text(&port.dims)))
                    .with("manifest", format!("{} {}", input.dtype, shape_text(&input.shape))));
            }
            inputs.push(Input { name: &input.name, dtype: &input.dtype, shape: input.shape.clone() });
        }
        let Some(output) = have.outputs.iter().position(|p| p.name == spec.output.name) else {
            return Err(mismatch("the graph does not have the output that the manifest reads", &spec.output.name));
        };
        let plan = Plan::build(onnx, &inputs, &[output], limits).map_err(told)?;
        let window = spec.inputs.iter().find_map(window_of).unwrap_or(1);
        let width = spec.output.width;
        let answer = plan.output(0);
        let fits = answer.as_ref().is_some_and(|(dtype, shape)| {
            let len: usize = shape.iter().product();
            *dtype == "f32" && (len == width || len == width.saturating_mul(window))
        });
        if !fits {
            let (dtype, shape) = answer.unwrap_or_default();
            return Err(mismatch("the graph's output has another type or width than the manifest says", &spec.output.name)
                .with("graph", format!("{dtype} {}", shape_text(shape)))
                .with("width", width));
        }
        let align = spec.inputs.first().map_or(Align::Right, |i| i.align);
        Ok(Self { plan, output: spec.output.clone(), align })
    }
}

impl PlannedModel {
    /// The engine that runs it: `nearhand` or `tract`.
    #[must_use]
    pub const fn engine(&self) -> &'static str {
        self.plan.engine()
    }
}

/// What a build without tract refuses, and the build with it may run, is refused with the way out.
fn told(error: nearhand_onnx::Error) -> Error {
    let elsewhere = error.details().iter().any(|(name, value)| (*name, value.as_str()) == ("feature", "tract"));
    let error = Error::from(error);
    if !elsewhere {
        return error;
    }
    let why = "the ONNX graph has an operator that this build does not run; the one with tract, nearhand-tract.wasm, may: `load` \
        fetches it for a bundle whose manifest asks for it, as `nearhand pack` writes";
    error.details().iter().fold(Error::new(error.code(), why), |told, (name, value)| told.with(name, value))
}

impl Model for PlannedModel {
    fn run(&mut self, inputs: &[Tensor], events: usize, answer: &mut Vec<f32>) -> Result<()> {
        let outputs = self.plan.run(inputs)?;
        let wrong = || mismatch("the model answered another type or width", &self.output.name);
        let all = outputs.f32(0).ok_or_else(wrong)?;
        let width = self.output.width;
        let start = match self.align {
            _ if all.len() == width => 0,
            Align::Left => events.clamp(1, (all.len() / width.max(1)).max(1)).saturating_sub(1) * width,
            Align::Right => all.len().saturating_sub(width),
        };
        answer.clear();
        answer.extend_from_slice(all.get(start..start + width).ok_or_else(wrong)?);
        Ok(())
    }
}

/// Window length of an input that has one.
fn window_of(input: &InputSpec) -> Option<usize> {
    match input.feature {
        Feature::Length => None,
        Feature::ItemVector => input.shape.iter().rev().nth(1).copied(),
        _ => input.shape.last().copied(),
    }
}

/// Dimensions as text; `?` where one is not fixed.
fn dims_text(dims: &[Option<usize>]) -> String {
    shape_text(dims.iter().map(|d| d.map_or_else(|| "?".to_owned(), |d| d.to_string())))
}

fn mismatch(what: &'static str, name: &str) -> Error {
    Error::new(Code::ModelMismatch, what).with("name", name)
}
