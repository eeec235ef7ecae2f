//! A graph planned for fixed input shapes.

use super::import::{Importer, engine, from_tract, into_tract, type_name};
use crate::error::{Code, Error, Result};
use crate::model::ModelLimits;
use crate::onnx::Model;
use crate::tensor::{Tensor as Plain, Values, shape_text};
use tract_core::internal::*;

/// Name, element type and shape of an input.
pub(super) type Input<'a> = (&'a str, DatumType, Vec<usize>);

/// A runnable graph.
pub(super) struct Plan {
    runnable: Arc<TypedRunnableModel>,
    /// Kept between runs: making it costs as much as a small model's run.
    state: TypedSimpleState,
    /// Those of the last run, whose memory is used again.
    inputs: Vec<Arc<Tensor>>,
}

impl Plan {
    /// Imports, optimises and plans the graph of a file that has been checked. `outputs` are those of the graph's that are asked for, in order.
    ///
    /// # Errors
    /// `model-malformed`, `model-operator-unsupported`, `model-too-large`.
    pub(super) fn build(onnx: &[u8], inputs: &[Input<'_>], outputs: &[usize], limits: &ModelLimits) -> Result<Self> {
        let model = Model::read(onnx, &limits.file)?;
        let typed = Importer::import(&model, inputs, &limits.graph);
        #[cfg(feature = "all-ops")]
        let typed = match typed {
            // Only for operators that are missing here: an attribute that is not understood stays a refusal.
            Err(e) if e.message() == super::ops::MISSING => super::all::import(onnx, inputs).map_err(|_| e),
            typed => typed,
        };
        let mut typed = typed?;
        typed.outputs = outputs.iter().filter_map(|o| typed.outputs.get(*o).copied()).collect();
        let typed = typed.into_optimized().map_err(|e| engine(&e))?;
        let runnable = typed.into_runnable().map_err(|e| engine(&e))?;
        let state = runnable.spawn().map_err(|e| engine(&e))?;
        let inputs = inputs.iter().map(|(_, dtype, shape)| Tensor::zero_dt(*dtype, shape).map(Arc::new));
        Ok(Self { runnable, state, inputs: inputs.collect::<TractResult<_>>().map_err(|e| engine(&e))? })
    }

    /// Whether it was planned for these inputs.
    pub(super) fn fits(&self, inputs: &[Plain]) -> bool {
        self.inputs.len() == inputs.len()
            && self.inputs.iter().zip(inputs).all(|(planned, tensor)| *planned.shape() == *tensor.shape)
    }

    /// Type and shape of output `at`, where it is fixed.
    pub(super) fn output(&self, at: usize) -> Option<(&'static str, Vec<usize>)> {
        let fact = self.runnable.model().output_fact(at).ok()?;
        Some((type_name(fact.datum_type), fact.shape.as_concrete()?.to_vec()))
    }

    /// Runs once.
    ///
    /// # Errors
    /// `model-mismatch` for inputs of another type or shape, `model-failed`.
    pub(super) fn run(&mut self, inputs: &[Plain]) -> Result<TVec<TValue>> {
        let mut values: TVec<TValue> = tvec!();
        for (have, planned) in inputs.iter().zip(&mut self.inputs) {
            let same = have.values.dtype() == type_name(planned.datum_type()) && *have.shape == *planned.shape();
            if !same || have.values.len() != planned.len() {
                return Err(Error::new(Code::ModelMismatch, "an input has another type or shape than the model was planned for")
                    .with("have", format!("{} {}", have.values.dtype(), shape_text(&have.shape)))
                    .with("planned", format!("{} {}", type_name(planned.datum_type()), shape_text(planned.shape()))));
            }
            match (&have.values, Arc::get_mut(planned)) {
                // What features are of.
                (Values::F32(new), Some(held)) => refill(held, new).map_err(|e| engine(&e))?,
                (Values::I64(new), Some(held)) => refill(held, new).map_err(|e| engine(&e))?,
                _ => *planned = into_tract(have)?.into_arc_tensor(),
            }
            values.push(planned.clone().into_tvalue());
        }
        self.state.run(values).map_err(|e| {
            // What a failed run left in the state is of no use to the next.
            if let Ok(state) = self.runnable.spawn() {
                self.state = state;
            }
            Error::new(Code::ModelFailed, "the model failed").with("why", format_args!("{e:#}"))
        })
    }
}

fn refill<T: Datum + Copy>(held: &mut Tensor, new: &[T]) -> TractResult<()> {
    held.try_as_plain_ram_mut()?.as_slice_mut::<T>()?.copy_from_slice(new);
    Ok(())
}

/// Tensors out of tract.
pub(super) fn plain(values: &[TValue]) -> Result<Vec<Plain>> {
    values.iter().map(|v| from_tract(v)).collect()
}

/// tract's type of the manifest's or interface's.
pub(super) fn datum_type(name: &str) -> Option<DatumType> {
    Some(match name {
        "f32" => DatumType::F32,
        "f64" => DatumType::F64,
        "i64" => DatumType::I64,
        "i32" => DatumType::I32,
        "i8" => DatumType::I8,
        "u8" => DatumType::U8,
        "bool" => DatumType::Bool,
        _ => return None,
    })
}
