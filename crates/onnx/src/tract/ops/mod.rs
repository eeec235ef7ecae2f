//! The operators of ONNX that this build runs, one function each, in rooms by kind.

mod activation;
mod affine;
mod arithmetic;
mod conv;
mod elements;
mod indexing;
mod matmul;
mod movement;
mod normalise;
mod quantise;
mod recurrent;
mod reduce;
mod shape;
mod sort;

pub(super) use affine::Affines;
pub(super) use quantise::Products;

use super::import::{Op, Wires};
use crate::error::{Code, Error, Result};
use tract_core::internal::tvec;

/// The sentence of the refusal of an operator that is not in the list below.
pub(super) const MISSING: &str = "the ONNX graph has an operator that this build does not run";

/// Wires one node.
///
/// # Errors
/// `model-operator-unsupported` when the operator, or this use of it, is not run by this build; `model-malformed`.
pub(super) fn import(op: &mut Op<'_, '_>) -> Result<Wires> {
    let one = match op.node.op_type {
        // All that follow are of ONNX's own domain.
        other if op.node.domain == "ai.onnx.ml" => return Err(missing(other)),
        "Abs" | "Ceil" | "Erf" | "Exp" | "Floor" | "Log" | "Neg" | "Reciprocal" | "Round" | "Sign" | "Sqrt" | "Not" => {
            activation::native(op)
        }
        "Sigmoid" | "Tanh" => activation::curve(op),
        "Acos" | "Acosh" | "Asin" | "Asinh" | "Atan" | "Atanh" | "Celu" | "Cos" | "Cosh" | "Elu" | "HardSigmoid"
        | "HardSwish" | "LeakyRelu" | "Mish" | "Selu" | "Shrink" | "Sin" | "Sinh" | "Softplus" | "Softsign" | "Swish" | "Tan"
        | "ThresholdedRelu" => activation::function(op),
        "Relu" => activation::relu(op),
        "Gelu" => activation::gelu(op),
        "Clip" => activation::clip(op),
        "IsInf" => activation::is_inf(op),
        "IsNaN" => activation::is_nan(op),
        "Identity" => op.input(0),
        "Dropout" => activation::dropout(op),
        "Cast" | "CastLike" => elements::cast(op),
        "Where" => elements::choose(op),
        "Constant" => elements::constant(op),
        "ConstantOfShape" => elements::constant_of_shape(op),
        "Range" => elements::range(op),
        "EyeLike" => elements::eye_like(op),
        "OneHot" => elements::one_hot(op),

        "Add" | "Sub" | "Mul" | "Div" => arithmetic::basic(op),
        "Max" | "Min" | "Sum" | "Mean" => arithmetic::variadic(op),
        "Pow" => arithmetic::pow(op),
        "Mod" => arithmetic::modulo(op),
        "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" => arithmetic::compare(op),
        "And" | "Or" | "Xor" | "BitwiseAnd" | "BitwiseOr" | "BitwiseXor" => arithmetic::logic(op),
        "BitwiseNot" => arithmetic::bitwise_not(op),
        "PRelu" => arithmetic::prelu(op),

        "MatMul" => matmul::matmul(op),
        "Gemm" => matmul::gemm(op),
        "Einsum" => matmul::einsum(op),
        "MatMulInteger" => quantise::matmul_integer(op),
        "QLinearMatMul" => quantise::qlinear_matmul(op),
        "QuantizeLinear" => quantise::quantize_linear(op),
        "DequantizeLinear" => quantise::dequantize_linear(op),
        "DynamicQuantizeLinear" => return quantise::dynamic_quantize_linear(op),

        "ArgMax" | "ArgMin" => reduce::arg(op),
        "ReduceL1" | "ReduceL2" | "ReduceLogSum" | "ReduceLogSumExp" | "ReduceMax" | "ReduceMean" | "ReduceMin"
        | "ReduceProd" | "ReduceSum" | "ReduceSumSquare" => reduce::reduce(op),
        "GlobalAveragePool" | "GlobalMaxPool" | "GlobalLpPool" => reduce::global_pool(op),
        "CumSum" => reduce::cum_sum(op),

        "Softmax" | "LogSoftmax" | "Hardmax" => normalise::softmax(op),
        "LayerNormalization" => normalise::layer(op),
        "RMSNormalization" => normalise::rms(op),
        "BatchNormalization" => normalise::batch(op),
        "GroupNormalization" => normalise::group(op),
        "InstanceNormalization" => normalise::instance(op),
        "LpNormalization" => normalise::lp(op),
        "MeanVarianceNormalization" => normalise::mean_variance(op),

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

        "Gather" => indexing::gather(op),
        "GatherElements" => indexing::gather_elements(op),
        "GatherND" => indexing::gather_nd(op),
        "ScatterElements" | "Scatter" => indexing::scatter_elements(op),
        "ScatterND" => indexing::scatter_nd(op),
        "TopK" => return sort::top_k(op),

        "Conv" => conv::conv(op),
        "MaxPool" | "AveragePool" => conv::pool(op),

        "GRU" | "LSTM" | "RNN" => return recurrent::recurrent(op),
        "If" => return elements::conditional(op),
        other => return Err(missing(other)),
    };
    Ok(tvec!(one?))
}

fn missing(operator: &str) -> Error {
    Error::new(Code::ModelOperatorUnsupported, MISSING).with("operator", operator)
}
