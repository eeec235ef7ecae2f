//! The build with all of tract's operators: what the importers of ours refuse goes through tract-onnx's.

use super::import::engine;
use super::plan::Source;
use crate::error::{Code, Error, Result};
use tract_core::internal::*;
use tract_onnx::prelude::InferenceModelExt;

/// Operators that tract-onnx answers wrong, or with a panic, in the conformance run.
const WRONG: &[&str] = &["BitShift", "DFT", "SpaceToDepth", "TreeEnsembleClassifier"];

/// Imports a file by tract-onnx. The file has been checked; names and limits hold.
///
/// # Errors
/// `model-operator-unsupported`, `model-malformed`.
pub(super) fn import(onnx: &[u8], inputs: &[Source<'_>]) -> Result<TypedModel> {
    let mut onnx_engine = tract_onnx::onnx();
    for operator in WRONG {
        onnx_engine.op_register.0.remove(*operator);
    }
    let mut model = onnx_engine.model_for_read(&mut &*onnx).map_err(|e| engine(&e))?;
    let sources = model.inputs.clone();
    let mut order = Vec::new();
    for (name, dtype, shape) in inputs {
        let source = sources.iter().position(|s| model.node(s.node).name == **name);
        let at = source.ok_or_else(|| Error::new(Code::ModelMalformed, "an input is not in the graph").with("input", name))?;
        model.set_input_fact(at, dtype.fact(shape).into()).map_err(|e| engine(&e))?;
        order.extend(sources.get(at));
    }
    model.inputs = order.into_iter().copied().collect();
    let typed = model.into_typed().map_err(|e| engine(&e))?;
    for at in 0..typed.outputs.len() {
        let fact = typed.output_fact(at).map_err(|e| engine(&e))?;
        if fact.shape.as_concrete().is_none() {
            return Err(Error::new(Code::ModelOperatorUnsupported, "a shape of the answer depends on values"));
        }
    }
    Ok(typed)
}
