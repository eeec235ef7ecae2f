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

/// The elements as they lie in memory. Of truth values any byte but 0 is true.
#[cfg(feature = "trees")]
fn bytes(values: &Values, truth: u8) -> Vec<u8> {
    match values {
        Values::F32(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Values::F64(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Values::I64(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Values::I32(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Values::I8(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Values::U8(v) => v.clone(),
        Values::Bool(v) => v.iter().map(|x| u8::from(*x) * truth).collect(),
        Values::Str(_) => Vec::new(),
    }
}

/// The answers to the same inputs once more, written into the memory of the graph; `None` where they have none there.
#[cfg(feature = "trees")]
pub(crate) fn again(graph: &mut Graph, inputs: &[Tensor]) -> Option<Result<Vec<Tensor>, Error>> {
    for (at, tensor) in inputs.iter().enumerate() {
        graph.input_mut(at)?.copy_from_slice(&bytes(&tensor.values, 7));
    }
    Some(graph.run_again(&mut |_, _| true).and_then(|()| {
        (0..graph.interface().outputs.len()).map(|at| graph.tensor(at).inspect(|tensor| lies(graph, at, tensor))).collect()
    }))
}

/// Without memory of its own, as before.
#[cfg(not(feature = "trees"))]
pub(crate) fn again(graph: &mut Graph, inputs: &[Tensor]) -> Option<Result<Vec<Tensor>, Error>> {
    Some(graph.run(inputs.to_vec()))
}

/// Holds an output against where it lies.
#[cfg(feature = "trees")]
fn lies(graph: &Graph, at: usize, tensor: &Tensor) {
    let Some(view) = graph.view(at) else { return };
    assert_eq!((view.dtype, view.shape), (tensor.values.dtype(), tensor.shape.as_slice()));
    assert_eq!(view.bytes, bytes(&tensor.values, 1));
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
    let have = again(&mut open, &inputs()).transpose().map_err(told)?;
    if let Some(text) = have.and_then(|have| differs(&have, &want)) {
        return Err(format!("in place: {text}: {:?}", pair.operators));
    }
    Ok(())
}
