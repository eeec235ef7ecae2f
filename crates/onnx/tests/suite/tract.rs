//! Random valid graphs on tract, where the build has it: an engine that shares no line with ours.

use crate::graphs::Pair;
use crate::same::differs;
use nearhand_onnx::{Graph, ModelLimits, Tensor, Values};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tract_onnx::prelude::*;

/// What came of a graph.
#[derive(Debug)]
pub(crate) enum Told {
    /// tract does not take it, or not without a panic.
    Refused,
    /// Both answer the same.
    Same,
    /// They do not.
    Other(String),
}

fn answer(pair: &Pair) -> TractResult<Vec<Tensor>> {
    let mut model = tract_onnx::onnx().model_for_read(&mut &*pair.open)?;
    for (at, (shape, _)) in pair.inputs.iter().enumerate() {
        model.set_input_fact(at, f32::datum_type().fact(shape).into())?;
    }
    let runnable = model.into_optimized()?.into_runnable()?;
    let inputs =
        pair.inputs.iter().map(|(shape, values)| Ok(tract_onnx::prelude::Tensor::from_shape(shape, values)?.into_tvalue()));
    let outputs = runnable.run(inputs.collect::<TractResult<TVec<TValue>>>()?)?;
    let plain = |t: &TValue| {
        Ok(Tensor { shape: t.shape().to_vec(), values: Values::F32(t.try_as_plain_ram()?.as_slice::<f32>()?.to_vec()) })
    };
    outputs.iter().map(plain).collect()
}

/// Whether our engine answers as tract does.
pub(crate) fn told(pair: &Pair) -> Told {
    let Ok(Ok(want)) = catch_unwind(AssertUnwindSafe(|| answer(pair))) else { return Told::Refused };
    let inputs = pair.inputs.iter().map(|(shape, values)| Tensor::f32(shape.clone(), values.clone())).collect();
    let have = Graph::load(&pair.open, &ModelLimits::default()).and_then(|mut graph| graph.run(inputs));
    match have.map(|have| differs(&have, &want)) {
        Ok(None) => Told::Same,
        Ok(Some(text)) => Told::Other(format!("{text}: {:?}", pair.operators)),
        Err(e) => Told::Other(format!("{e}: {:?}", pair.operators)),
    }
}
