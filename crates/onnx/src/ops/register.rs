//! The register: which function lowers which operator.

use super::binary::{F, binary};
use super::layout::permuted;
use super::{normalise, reduce, softmax, sort};
use crate::error::{Code, Error, Result};
use crate::lower::{Op, Wires};

/// The sentence of the refusal of an operator that is not in the list below.
pub(crate) const MISSING: &str = "the ONNX graph has an operator that this build does not run";

/// Lowers one node.
///
/// # Errors
/// `model-operator-unsupported` when the operator, or this use of it, is not run by this build; `model-malformed`.
pub(crate) fn lower(op: &mut Op<'_, '_>) -> Result<Wires> {
    let one = match op.node.op_type {
        // All that follow are of ONNX's own domain.
        other if op.node.domain == "ai.onnx.ml" => return Err(missing(other)),
        "Add" => {
            let (a, b) = (op.input(0)?, op.input(1)?);
            binary(op, F::Add, a, b)
        }
        "Transpose" => {
            let x = op.input(0)?;
            let perm: Vec<usize> = (0..op.rank(x)?).rev().collect();
            permuted(op, x, &perm)
        }

        "ArgMax" | "ArgMin" => reduce::arg(op),
        "ReduceL1" | "ReduceL2" | "ReduceLogSum" | "ReduceLogSumExp" | "ReduceMax" | "ReduceMean" | "ReduceMin"
        | "ReduceProd" | "ReduceSum" | "ReduceSumSquare" => reduce::reduce(op),
        "GlobalAveragePool" | "GlobalMaxPool" | "GlobalLpPool" => reduce::global_pool(op),
        "Softmax" | "LogSoftmax" | "Hardmax" => softmax::softmax(op),
        "LayerNormalization" => return normalise::layer(op),
        "RMSNormalization" => return normalise::rms(op),
        // Of com.microsoft; exporters write the first without its domain.
        "SimplifiedLayerNormalization" => return normalise::simplified(op),
        "SkipLayerNormalization" | "SkipSimplifiedLayerNormalization" => return normalise::skip(op),
        "BatchNormalization" => return normalise::batch(op),
        "GroupNormalization" => normalise::group(op),
        "InstanceNormalization" => normalise::instance(op),
        "LpNormalization" => normalise::lp(op),
        "MeanVarianceNormalization" => normalise::mean_variance(op),
        "TopK" => return sort::top_k(op),
        other => return Err(missing(other)),
    };
    Ok(vec![one?])
}

fn missing(operator: &str) -> Error {
    Error::new(Code::ModelOperatorUnsupported, MISSING).with("operator", operator)
}
