//! The model: a row of features in, a score out.

use crate::assess::manifest::{Inputs, Output};
use crate::error::{Code, Error, Result};
use nearhand_onnx::{Graph, ModelLimits, Tensor, Values, View};

/// A graph whose interface is known to fit.
#[derive(Debug)]
pub(in crate::assess) struct Model {
    graph: Graph,
    inputs: Inputs,
    output: Output,
    /// Place of the output in the graph.
    at: usize,
    /// Features of a row.
    features: usize,
    /// Whether the plan of one row stands.
    warm: bool,
}

fn mismatch(why: &'static str) -> Error {
    Error::new(Code::ModelMismatch, why)
}

impl Model {
    /// Loads a graph, and holds its interface against what packing found.
    ///
    /// # Errors
    /// `model-…`.
    pub(in crate::assess) fn load(
        onnx: Vec<u8>,
        inputs: &Inputs,
        output: &Output,
        features: usize,
        limits: &ModelLimits,
    ) -> Result<Self> {
        let graph = Graph::open(onnx, limits)?;
        let ports = graph.interface();
        let own: Vec<&str> = ports.inputs.iter().filter(|port| !port.optional).map(|port| port.name.as_str()).collect();
        if own.len() != inputs.names.len() || own.iter().zip(&inputs.names).any(|(a, b)| a != b) {
            return Err(mismatch("the graph has other inputs than the manifest says").with("inputs", own.join(", ")));
        }
        if inputs.names.len() != 1 && inputs.names.len() != features {
            return Err(mismatch("a graph takes all features in one input, or each in one of its own").with("inputs", own.len()));
        }
        if ports.inputs.iter().any(|port| !port.optional && port.dtype != inputs.dtype) {
            return Err(mismatch("an input has another type than the manifest says").with("type", &inputs.dtype));
        }
        let at = ports.outputs.iter().position(|port| port.name == output.name);
        let at = at.ok_or_else(|| mismatch("the graph has no output of this name").with("output", &output.name))?;
        Ok(Self { graph, inputs: inputs.clone(), output: output.clone(), at, features, warm: false })
    }

    /// What runs the graph.
    pub(in crate::assess) const fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The score of a row, as the model answers it: maybe not finite. Runs in the memory of the last call.
    ///
    /// # Errors
    /// `model-failed`, `model-mismatch`.
    pub(in crate::assess) fn score(&mut self, row: &[f32]) -> Result<f32> {
        if !self.again(row)? {
            let tensors = tensors(&self.inputs, row, self.features)?;
            self.graph.run_here(&tensors, &mut |_, _| true)?;
            self.warm = true;
        }
        match self.graph.view(self.at) {
            Some(view) => read(&view, &self.output, 0),
            None => match &self.graph.tensor(self.at)? {
                Tensor { shape, values: Values::F32(v) } if shape.iter().product::<usize>() == self.output.width => {
                    v.get(self.output.column).copied().ok_or_else(|| mismatch("the output has no such column"))
                }
                _ => Err(mismatch("the output is not of floats")),
            },
        }
    }

    /// Scores of many rows, at most some thousands, at once.
    ///
    /// # Errors
    /// As [`Model::score`].
    pub(in crate::assess) fn scores(&mut self, rows: &[f32]) -> Result<Vec<f32>> {
        self.warm = false;
        let tensors = tensors(&self.inputs, rows, self.features)?;
        self.graph.run_here(&tensors, &mut |_, _| true)?;
        let count = rows.len() / self.features;
        let view = self.graph.view(self.at).ok_or_else(|| mismatch("the output is no tensor of floats"))?;
        if view.shape.first() != Some(&count) {
            return Err(mismatch("the output has another number of rows than were given").with("rows", count));
        }
        (0..count).map(|at| read(&view, &self.output, at)).collect()
    }

    /// Runs on the memory of the last run; `false` where that cannot be.
    fn again(&mut self, row: &[f32]) -> Result<bool> {
        if !self.warm || self.inputs.names.len() != 1 || self.inputs.dtype != "f32" {
            return Ok(false);
        }
        let Some(room) = self.graph.input_mut(0).filter(|room| room.len() == 4 * row.len()) else { return Ok(false) };
        for (to, value) in room.chunks_exact_mut(4).zip(row) {
            to.copy_from_slice(&value.to_le_bytes());
        }
        self.graph.run_again(&mut |_, _| true)?;
        Ok(true)
    }
}

/// Rows as the graph takes them.
fn tensors(inputs: &Inputs, rows: &[f32], features: usize) -> Result<Vec<Tensor>> {
    let count = rows.len() / features.max(1);
    let cast = |values: Vec<f32>| -> Result<Values> {
        Ok(match inputs.dtype.as_str() {
            "f32" => Values::F32(values),
            "f64" => Values::F64(values.into_iter().map(f64::from).collect()),
            other => return Err(mismatch("features enter as f32 or f64").with("type", other)),
        })
    };
    if inputs.names.len() == 1 {
        return Ok(vec![Tensor { shape: vec![count, features], values: cast(rows.to_vec())? }]);
    }
    let column = |at: usize| rows.iter().skip(at).step_by(features.max(1)).copied().collect::<Vec<_>>();
    (0..features).map(|at| Ok(Tensor { shape: vec![count, 1], values: cast(column(at))? })).collect()
}

/// The score of a row of an output where it lies.
fn read(view: &View<'_>, output: &Output, row: usize) -> Result<f32> {
    let rows = view.shape.first().copied().unwrap_or(1);
    let elements: usize = view.shape.iter().product();
    if elements != rows.saturating_mul(output.width) {
        return Err(mismatch("the output has another number of columns than the manifest says")
            .with("shape", nearhand_onnx::tensor::shape_text(view.shape))
            .with("columns", output.width));
    }
    let at = row.saturating_mul(output.width).saturating_add(output.column);
    let score = match view.dtype {
        "f32" => view.bytes.as_chunks::<4>().0.get(at).map(|bytes| f32::from_le_bytes(*bytes)),
        "f64" => view.bytes.as_chunks::<8>().0.get(at).map(|bytes| f64::from_le_bytes(*bytes) as f32),
        other => return Err(mismatch("the output is not of floats").with("type", other)),
    };
    score.ok_or_else(|| mismatch("the output has no such row"))
}
