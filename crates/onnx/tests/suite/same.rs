//! Whether two ways of running a graph answer the same.

use crate::graphs::Pair;
use nearhand_onnx::{Error, Graph, ModelLimits, Tensor, Values};

fn floats(tensor: &Tensor) -> &[f32] {
    if let Values::F32(values) = &tensor.values { values } else { &[] }
}

/// Fused kernels may round differently.
fn near(a: f32, b: f32) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 2e-5 * (1.0 + a.abs().max(b.abs()))
}

/// Where two answers differ.
pub(crate) fn differs(have: &[Tensor], want: &[Tensor]) -> Option<String> {
    if have.len() != want.len() {
        return Some(format!("{} outputs for {}", have.len(), want.len()));
    }
    have.iter().zip(want).find_map(|(have, want)| {
        let at = floats(have).iter().zip(floats(want)).find(|(a, b)| !near(**a, **b));
        let same = have.shape == want.shape && floats(have).len() == floats(want).len() && at.is_none();
        (!same).then(|| format!("{:?} for {:?}, first {at:?}", have.shape, want.shape))
    })
}

/// What is wrong with the answers to a graph, if anything: planned, against every node by itself.
pub(crate) fn wrong(pair: &Pair) -> Result<(), String> {
    let told = |e: Error| format!("{e}: {:?}", pair.operators);
    let load = |bytes: &[u8]| Graph::load(bytes, &ModelLimits::default()).map_err(told);
    let (mut open, mut known) = (load(&pair.open)?, load(&pair.known)?);
    let inputs = || pair.inputs.iter().map(|(shape, values)| Tensor::f32(shape.clone(), values.clone())).collect::<Vec<_>>();
    let want = known.run(Vec::new()).map_err(told)?;
    // Twice: memory holds the last run's values then.
    for run in 0..2 {
        let have = open.run(inputs()).map_err(told)?;
        if let Some(text) = differs(&have, &want) {
            return Err(format!("run {run}: {text}: {:?}", pair.operators));
        }
    }
    Ok(())
}
