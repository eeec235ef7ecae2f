//! The register: which function lowers which operator.

use super::binary::{F, binary};
use super::{conv, grid, indexing, loss, movement, pool, resize, scatter, sequence, shape};
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
        "Reshape" => shape::reshape(op),
        "Flatten" => shape::flatten(op),
        "Squeeze" => shape::squeeze(op),
        "Unsqueeze" => shape::unsqueeze(op),
        "Transpose" => shape::transpose(op),
        "Expand" => shape::expand(op),
        "Shape" => shape::shape(op),
        "Size" => shape::size(op),
        "Concat" => shape::concat(op),
        "DepthToSpace" | "SpaceToDepth" => shape::depth_space(op),

        "Slice" => movement::slice(op),
        "Split" => return movement::split(op),
        "Pad" => movement::pad(op),
        "Tile" => movement::tile(op),
        "Trilu" => movement::trilu(op),
        "CenterCropPad" => movement::center_crop_pad(op),

        "Gather" => indexing::gather(op),
        "GatherElements" => indexing::gather_elements(op),
        "GatherND" => indexing::gather_nd(op),
        "ScatterElements" | "Scatter" => scatter::scatter_elements(op),
        "ScatterND" => scatter::scatter_nd(op),
        "TensorScatter" => scatter::tensor_scatter(op),

        "Conv" => conv::conv(op),
        "ConvTranspose" => conv::conv_transpose(op),
        "MaxPool" | "AveragePool" | "LpPool" => return pool::pool(op),
        "MaxUnpool" => pool::max_unpool(op),
        "CausalConvWithState" => return sequence::causal_conv(op),
        "Col2Im" => conv::col2im(op),

        "Resize" | "Upsample" => resize::resize(op),
        "GridSample" => grid::grid_sample(op),
        "AffineGrid" => grid::affine_grid(op),
        "ReverseSequence" => sequence::reverse_sequence(op),
        "HannWindow" | "HammingWindow" | "BlackmanWindow" => sequence::signal_window(op),
        "LRN" => sequence::lrn(op),
        "NegativeLogLikelihoodLoss" | "SoftmaxCrossEntropyLoss" => return loss::loss(op),

        other => return Err(missing(other)),
    };
    Ok(vec![one?])
}

fn missing(operator: &str) -> Error {
    Error::new(Code::ModelOperatorUnsupported, MISSING).with("operator", operator)
}
