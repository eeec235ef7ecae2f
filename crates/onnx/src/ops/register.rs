//! The register: which function lowers which operator.

use super::binary::{F, binary};
use super::layout::permuted;
use super::{attention, einsum, grouped, matmul, multihead, recurrent, rotary};
use crate::error::{Code, Error, Result};
use crate::lower::{Op, Wires};

/// The sentence of the refusal of an operator that is not in the list below.
pub(crate) const MISSING: &str = "the ONNX graph has an operator that this build does not run";

/// Lowers one node.
///
/// # Errors
/// `model-operator-unsupported` when the operator, or this use of it, is not run by this build; `model-malformed`.
pub(crate) fn lower(op: &mut Op<'_, '_>) -> Result<Wires> {
    if op.node.domain == "com.microsoft" {
        return contrib(op);
    }
    let one = match op.node.op_type {
        // All that follow are of ONNX's own domain.
        other if op.node.domain == "ai.onnx.ml" => return Err(missing(other)),
        "Add" => {
            let (a, b) = (op.input(0)?, op.input(1)?);
            binary(op, F::Add, a, b)
        }
        "MatMul" => matmul::matmul(op),
        "Gemm" => matmul::gemm(op),
        "Einsum" => einsum::einsum(op),
        "GRU" | "LSTM" | "RNN" => return recurrent::recurrent(op),
        "Attention" => return attention::attention(op),
        "RotaryEmbedding" => rotary::rotary(op),

        "Transpose" => {
            let x = op.input(0)?;
            let perm: Vec<usize> = (0..op.rank(x)?).rev().collect();
            permuted(op, x, &perm)
        }
        other => return Err(missing(other)),
    };
    Ok(vec![one?])
}

/// Lowers one node of onnxruntime's own domain.
fn contrib(op: &mut Op<'_, '_>) -> Result<Wires> {
    let one = match op.node.op_type {
        "FusedMatMul" => matmul::fused(op),
        "RotaryEmbedding" => rotary::contrib(op),
        "MultiHeadAttention" => return multihead::multi_head(op),
        "GroupQueryAttention" => return grouped::group_query(op),
        other => return Err(missing(other)),
    };
    Ok(vec![one?])
}

fn missing(operator: &str) -> Error {
    Error::new(Code::ModelOperatorUnsupported, MISSING).with("operator", operator)
}
