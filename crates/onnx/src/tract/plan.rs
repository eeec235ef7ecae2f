//! A graph planned for fixed input shapes.

use super::import::{Importer, engine, from_tract, into_tract, type_name};
use super::own::slice;
use crate::check;
use crate::error::{Code, Error, Result};
use crate::file::Model;
use crate::limits::ModelLimits;
use crate::tensor::{Tensor as Plain, Values, shape_text};
use std::marker::PhantomData;
use tract_core::internal::*;

/// An input of a graph as a plan takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input<'a> {
    /// Its name in the graph.
    pub name: &'a str,
    /// Its element type, as [`crate::Port::dtype`] names it.
    pub dtype: &'a str,
    /// Its shape.
    pub shape: Vec<usize>,
}

/// Name, element type and shape of an input.
pub(super) type Source<'a> = (&'a str, DatumType, Vec<usize>);

/// A graph planned for inputs of fixed types and shapes, and for those of its outputs that are asked for. All other shapes
/// are known then, and all that depends on them alone is computed.
pub struct Plan {
    runnable: Arc<TypedRunnableModel>,
    /// Kept between runs: making it costs as much as a small model's run.
    state: TypedSimpleState,
    /// Those of the last run, whose memory is used again.
    inputs: Vec<Arc<Tensor>>,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan").field("inputs", &self.inputs.len()).finish_non_exhaustive()
    }
}

impl Plan {
    /// Reads, checks and plans a graph within limits. `inputs` are what will be given, in the order of [`Plan::run`]: all that
    /// the graph must have, by name. `outputs` are the places of those asked for among the graph's, in the order of the answer;
    /// a place that the graph does not have is passed over.
    ///
    /// # Errors
    /// `model-malformed`, `model-external-data`, `model-operator-unsupported`, `model-too-large`.
    pub fn build(onnx: &[u8], inputs: &[Input<'_>], outputs: &[usize], limits: &ModelLimits) -> Result<Self> {
        check::read(onnx, &limits.file)?;
        let mut sources: Vec<Source<'_>> = Vec::new();
        for Input { name, dtype, shape } in inputs {
            sources.push((name, input_type(name, dtype)?, shape.clone()));
        }
        Self::checked(onnx, &sources, outputs, limits)
    }

    /// As [`Plan::build`], of a file that has been checked.
    pub(super) fn checked(onnx: &[u8], inputs: &[Source<'_>], outputs: &[usize], limits: &ModelLimits) -> Result<Self> {
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

    /// Type and shape of output `at` of those asked for, where it is fixed.
    #[must_use]
    pub fn output(&self, at: usize) -> Option<(&'static str, Vec<usize>)> {
        let fact = self.runnable.model().output_fact(at).ok()?;
        Some((type_name(fact.datum_type), fact.shape.as_concrete()?.to_vec()))
    }

    /// Runs once.
    ///
    /// # Errors
    /// `model-mismatch` for inputs of another type or shape, `model-failed`.
    pub fn run(&mut self, inputs: &[Plain]) -> Result<Outputs<'_>> {
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
        let values = self.state.run(values).map_err(|e| {
            // What a failed run left in the state is of no use to the next.
            if let Ok(state) = self.runnable.spawn() {
                self.state = state;
            }
            Error::new(Code::ModelFailed, "the model failed").with("why", format_args!("{e:#}"))
        })?;
        Ok(Outputs { values, plan: PhantomData })
    }
}

/// What a plan answered, in the order in which it was asked for, until the plan is run again.
pub struct Outputs<'p> {
    values: TVec<TValue>,
    plan: PhantomData<&'p mut Plan>,
}

impl std::fmt::Debug for Outputs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outputs").field("len", &self.values.len()).finish()
    }
}

impl Outputs<'_> {
    /// The values of output `at`, where it is there and of 32-bit floats.
    #[must_use]
    pub fn f32(&self, at: usize) -> Option<&[f32]> {
        self.values.get(at).and_then(|t| slice::<f32>(t).ok())
    }

    /// Copies of all outputs.
    ///
    /// # Errors
    /// `model-operator-unsupported` for an element type that is none of [`Values`].
    pub fn tensors(&self) -> Result<Vec<Plain>> {
        self.values.iter().map(|v| from_tract(v)).collect()
    }
}

fn refill<T: Datum + Copy>(held: &mut Tensor, new: &[T]) -> TractResult<()> {
    held.try_as_plain_ram_mut()?.as_slice_mut::<T>()?.copy_from_slice(new);
    Ok(())
}

/// The type of an input, where this build runs it.
pub(super) fn input_type(name: &str, dtype: &str) -> Result<DatumType> {
    datum_type(dtype).ok_or_else(|| {
        Error::new(Code::ModelOperatorUnsupported, "an input has a type that this build does not run")
            .with("input", name)
            .with("type", dtype)
    })
}

/// tract's type of the interface's.
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
