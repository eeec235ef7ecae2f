//! A graph run by tract.

use super::convert::{datum_type, dtype, engine, from_tract, into_tract};
use crate::elsewhere;
use crate::error::{Code, Error, Result};
use crate::fact::Fact;
use crate::refusal::unsupported;
use crate::tensor::{Tensor as Plain, Values};
use tract_onnx::prelude::*;

/// A graph planned for fixed input shapes.
pub(crate) struct Plan {
    runnable: Arc<TypedRunnableModel>,
    /// Kept between runs: making it costs as much as a small model's run.
    state: TypedSimpleState,
    inputs: Vec<Fact>,
    outputs: Vec<Fact>,
    answer: Vec<Plain>,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan").field("inputs", &self.inputs).finish_non_exhaustive()
    }
}

impl Plan {
    /// Imports, optimises and plans the graph of a file that has been checked. `outputs` are those of the graph's that are asked
    /// for, in order.
    ///
    /// # Errors
    /// `model-operator-unsupported`, `model-malformed`.
    pub(crate) fn build(onnx: &[u8], inputs: &[(&str, Fact)], outputs: &[usize]) -> Result<Self> {
        let mut typed = import(onnx, inputs)?;
        typed.outputs = outputs.iter().filter_map(|o| typed.outputs.get(*o).copied()).collect();
        let facts = facts(&typed)?;
        let typed = typed.into_optimized().map_err(|e| engine(&e))?;
        let runnable = typed.into_runnable().map_err(|e| engine(&e))?;
        let state = runnable.spawn().map_err(|e| engine(&e))?;
        let inputs = inputs.iter().map(|(_, fact)| fact.clone()).collect();
        Ok(Self { runnable, state, inputs, outputs: facts, answer: Vec::new() })
    }

    /// Types and shapes of the inputs.
    pub(crate) fn inputs(&self) -> &[Fact] {
        &self.inputs
    }

    /// Type and shape of output `at`.
    pub(crate) fn output(&self, at: usize) -> Option<&Fact> {
        self.outputs.get(at)
    }

    /// 32-bit floats of output `at` of the last run.
    pub(crate) fn f32(&self, at: usize) -> Option<&[f32]> {
        match &self.answer.get(at)?.values {
            Values::F32(values) => Some(values),
            _ => None,
        }
    }

    /// Output `at` of the last run.
    ///
    /// # Errors
    /// `model-failed` before the first run.
    pub(crate) fn tensor(&self, at: usize) -> Result<Plain> {
        self.answer.get(at).cloned().ok_or_else(|| crate::refusal::failed("an output is missing"))
    }

    /// Runs once, on inputs of the planned types and shapes.
    ///
    /// # Errors
    /// `model-failed`, `model-operator-unsupported`.
    pub(crate) fn run(&mut self, inputs: &[Plain]) -> Result<()> {
        let values = inputs.iter().map(|t| Ok(into_tract(t)?.into_tvalue())).collect::<Result<TVec<TValue>>>()?;
        let values = self.state.run(values).map_err(|e| {
            // What a failed run left in the state is of no use to the next.
            if let Ok(state) = self.runnable.spawn() {
                self.state = state;
            }
            Error::new(Code::ModelFailed, "the model failed").with("why", format_args!("{e:#}"))
        })?;
        self.answer = values.iter().map(|v| from_tract(v)).collect::<Result<_>>()?;
        Ok(())
    }
}

/// Types and shapes of the outputs.
fn facts(typed: &TypedModel) -> Result<Vec<Fact>> {
    let mut out = Vec::new();
    for at in 0..typed.outputs.len() {
        let fact = typed.output_fact(at).map_err(|e| engine(&e))?;
        let shape = fact.shape.as_concrete().ok_or_else(|| unsupported("a shape of the answer depends on values"))?;
        let dtype = dtype(fact.datum_type).ok_or_else(|| unsupported("an element type that does not leave a model"))?;
        out.push(Fact::new(dtype, shape));
    }
    Ok(out)
}

/// Imports a file by tract-onnx. The file has been checked; names and limits hold.
fn import(onnx: &[u8], inputs: &[(&str, Fact)]) -> Result<TypedModel> {
    let mut onnx_engine = tract_onnx::onnx();
    for operator in elsewhere::NEVER {
        onnx_engine.op_register.0.remove(*operator);
    }
    let mut model = onnx_engine.model_for_read(&mut &*onnx).map_err(|e| engine(&e))?;
    let sources = model.inputs.clone();
    let mut order = Vec::new();
    for (name, fact) in inputs {
        let source = sources.iter().position(|s| model.node(s.node).name == **name);
        let at = source.ok_or_else(|| Error::new(Code::ModelMalformed, "an input is not in the graph").with("input", name))?;
        model.set_input_fact(at, datum_type(fact.dtype).fact(&*fact.shape).into()).map_err(|e| engine(&e))?;
        order.extend(sources.get(at));
    }
    model.inputs = order.into_iter().copied().collect();
    model.into_typed().map_err(|e| engine(&e))
}
