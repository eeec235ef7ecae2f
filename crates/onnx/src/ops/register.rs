//! The register: which function lowers which operator.

use super::attention::{grouped, multihead, rotary, standard};
use super::base::binary::F;
use super::base::{affine, elements};
use super::control::{branch, repeat};
#[cfg(feature = "trees")]
use super::ml;
use super::moving::{indexing, movement, scatter, shape};
use super::pointwise::arithmetic::{self, Fuse};
use super::pointwise::{activation, choices, cumulative, curve, written};
use super::products::{einsum, matmul};
use super::qoperator;
use super::quantise;
use super::recurrent::layer;
use super::rows::{loss, normalise, reduce, softmax, sort};
use super::spatial::{conv, conv_integer, deconv, grid, pool, resize, sequence};
use crate::error::{Code, Error, Result};
use crate::lower::{Op, Wires};

/// The sentence of the refusal of an operator that is not in the list below.
pub(crate) const MISSING: &str = "the ONNX graph has an operator that this build does not run";

/// What makes one step of a product and what its factors were made by, in the order in which they are asked.
const OF_FACTORS: &[Fuse] = &[quantise::scaled_product, written::curve];
/// What makes one step of a product and the summand that follows it.
const OF_SUMMANDS: &[Fuse] = &[affine::shifted, quantise::shifted];

/// Lowers one node.
///
/// # Errors
/// `model-operator-unsupported` when the operator, or this use of it, is not run by this build; `model-malformed`.
pub(crate) fn lower(op: &mut Op<'_, '_>) -> Result<Wires> {
    match op.node.domain {
        "" | "ai.onnx" => standard(op),
        "com.microsoft" => microsoft(op),
        #[cfg(feature = "trees")]
        "ai.onnx.ml" => ml::lower(op)?.ok_or_else(|| missing(op.node.op_type).with("domain", op.node.domain)),
        _ => Err(missing(op.node.op_type)),
    }
}

/// Operators of ONNX's own domain.
fn standard(op: &mut Op<'_, '_>) -> Result<Wires> {
    let one = match op.node.op_type {
        "Abs" | "Ceil" | "Erf" | "Exp" | "Floor" | "Log" | "Neg" | "Reciprocal" | "Round" | "Sigmoid" | "Sign" | "Sqrt"
        | "Tanh" | "Not" => activation::plain(op),
        "Acos" | "Acosh" | "Asin" | "Asinh" | "Atan" | "Atanh" | "Celu" | "Cos" | "Cosh" | "Elu" | "HardSigmoid"
        | "HardSwish" | "LeakyRelu" | "Mish" | "Selu" | "Shrink" | "Sin" | "Sinh" | "Softplus" | "Softsign" | "Swish" | "Tan"
        | "ThresholdedRelu" => activation::function(op),
        "Relu" => activation::relu(op),
        "Gelu" => activation::gelu(op),
        "SwiGLU" => activation::swiglu(op),
        "Clip" => activation::clip(op),
        "Dropout" => return activation::dropout(op),
        "IsInf" => curve::is_inf(op),
        "IsNaN" => curve::is_nan(op),
        "Identity" => op.input(0),
        "Cast" | "CastLike" => elements::cast_op(op),
        "BitCast" => elements::bit_cast(op),
        "Constant" => elements::constant(op),
        "ConstantOfShape" => elements::constant_of_shape(op),
        "Range" => elements::range(op),
        "EyeLike" => elements::eye_like(op),
        "Where" => choices::choose(op),
        "OneHot" => choices::one_hot(op),
        "CumSum" | "CumProd" => cumulative::cumulative(op),
        "If" => return branch::conditional(op),
        "Loop" => return repeat::repeat(op),
        "Scan" => return repeat::scan(op),

        "Add" => arithmetic::basic(op, F::Add, OF_SUMMANDS),
        "Sub" => arithmetic::basic(op, F::Sub, &[]),
        "Mul" => arithmetic::basic(op, F::Mul, OF_FACTORS),
        "Div" => arithmetic::basic(op, F::Div, &[]),
        "Max" | "Min" | "Sum" | "Mean" => arithmetic::variadic(op),
        "Pow" => arithmetic::pow(op),
        "Mod" => arithmetic::modulo(op),
        "Equal" => arithmetic::plain(op, F::Equal),
        "Greater" => arithmetic::plain(op, F::Greater),
        "GreaterOrEqual" => arithmetic::plain(op, F::GreaterOrEqual),
        "Less" => arithmetic::plain(op, F::Less),
        "LessOrEqual" => arithmetic::plain(op, F::LessOrEqual),
        "PRelu" => arithmetic::plain(op, F::PRelu),
        "And" | "BitwiseAnd" => arithmetic::logic(op, F::And),
        "Or" | "BitwiseOr" => arithmetic::logic(op, F::Or),
        "Xor" | "BitwiseXor" => arithmetic::logic(op, F::Xor),
        "BitwiseNot" => arithmetic::bitwise_not(op),
        "BitShift" => arithmetic::bit_shift(op),

        "MatMul" => matmul::matmul(op),
        "Gemm" => matmul::gemm(op),
        "Einsum" => einsum::einsum(op),
        "GRU" | "LSTM" | "RNN" => return layer::recurrent(op),
        "QuantizeLinear" => quantise::quantize_linear(op),
        "DequantizeLinear" => quantise::dequantize_linear(op),
        "DynamicQuantizeLinear" => return quantise::dynamic_quantize_linear(op),
        "MatMulInteger" => quantise::matmul_integer(op),
        "QLinearMatMul" => quantise::qlinear_matmul(op),

        "Attention" => return standard::attention(op),
        "RotaryEmbedding" => rotary::rotary(op),

        "Reshape" => quantise::moved(op, shape::reshape),
        "Flatten" => quantise::moved(op, shape::flatten),
        "Squeeze" => quantise::moved(op, shape::squeeze),
        "Unsqueeze" => quantise::moved(op, shape::unsqueeze),
        "Transpose" => shape::transpose(op),
        "Expand" => shape::expand(op),
        "Shape" => shape::shape(op),
        "Size" => shape::size(op),
        "Concat" => shape::concat(op),
        "DepthToSpace" | "SpaceToDepth" => shape::depth_space(op),

        "Slice" => quantise::moved(op, movement::slice),
        "Split" => return movement::split(op),
        "Pad" => movement::pad(op),
        "Tile" => movement::tile(op),
        "Trilu" => movement::trilu(op),
        "Compress" => movement::compress(op),
        "NonZero" => movement::non_zero(op),
        "CenterCropPad" => movement::center_crop_pad(op),

        "Gather" => quantise::moved(op, indexing::gather),
        "GatherElements" => indexing::gather_elements(op),
        "GatherND" => indexing::gather_nd(op),
        "ScatterElements" | "Scatter" => scatter::scatter_elements(op),
        "ScatterND" => scatter::scatter_nd(op),
        "TensorScatter" => scatter::tensor_scatter(op),

        "Conv" => conv::conv(op),
        "ConvInteger" => conv_integer::conv_integer(op),
        "QLinearConv" => conv_integer::qlinear_conv(op),
        "ConvTranspose" => deconv::conv_transpose(op),
        "MaxPool" | "AveragePool" | "LpPool" => return pool::pool(op),
        "MaxUnpool" => pool::max_unpool(op),
        "CausalConvWithState" => return sequence::causal_conv(op),
        "Col2Im" => deconv::col2im(op),

        "Resize" | "Upsample" => resize::resize(op),
        "GridSample" => grid::grid_sample(op),
        "AffineGrid" => grid::affine_grid(op),
        "ReverseSequence" => sequence::reverse_sequence(op),
        "HannWindow" | "HammingWindow" | "BlackmanWindow" => sequence::signal_window(op),
        "LRN" => sequence::lrn(op),
        "NegativeLogLikelihoodLoss" | "SoftmaxCrossEntropyLoss" => return loss::loss(op),

        "ArgMax" | "ArgMin" => reduce::arg(op),
        "ReduceL1" | "ReduceL2" | "ReduceLogSum" | "ReduceLogSumExp" | "ReduceMax" | "ReduceMean" | "ReduceMin"
        | "ReduceProd" | "ReduceSum" | "ReduceSumSquare" => reduce::reduce(op),
        "GlobalAveragePool" | "GlobalMaxPool" | "GlobalLpPool" => reduce::global_pool(op),
        "Softmax" | "LogSoftmax" | "Hardmax" => softmax::softmax(op),
        "LayerNormalization" => return normalise::layer(op),
        "RMSNormalization" => return normalise::rms(op),
        // Of com.microsoft, but exporters write it without its domain.
        "SimplifiedLayerNormalization" => return normalise::simplified(op),
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

/// Operators of onnxruntime (its ContribOperators.md).
fn microsoft(op: &mut Op<'_, '_>) -> Result<Wires> {
    let one = match op.node.op_type {
        "Gelu" | "BiasGelu" | "FastGelu" | "QuickGelu" => activation::gelu_microsoft(op),
        "FusedMatMul" => matmul::fused(op),
        "MatMulNBits" => quantise::matmul_nbits(op),
        "GatherBlockQuantized" => quantise::gather_block_quantized(op),
        "DynamicQuantizeMatMul" => quantise::dynamic_quantize_matmul(op),
        "MatMulIntegerToFloat" => quantise::matmul_integer_to_float(op),
        "QLinearAdd" => qoperator::arithmetic(op, F::Add),
        "QLinearMul" => qoperator::arithmetic(op, F::Mul),
        "QLinearSigmoid" | "QLinearLeakyRelu" | "QLinearSoftmax" | "QLinearGlobalAveragePool" | "QLinearAveragePool" => {
            qoperator::function(op)
        }
        "QLinearConcat" => qoperator::concat(op),
        "QGemm" => qoperator::gemm(op),
        "RotaryEmbedding" => rotary::contrib(op),
        "MultiHeadAttention" => return multihead::multi_head(op),
        "GroupQueryAttention" => return grouped::group_query(op),
        "SimplifiedLayerNormalization" => return normalise::simplified(op),
        "SkipLayerNormalization" | "SkipSimplifiedLayerNormalization" => return normalise::skip(op),
        other => return Err(missing(other).with("domain", op.node.domain)),
    };
    Ok(vec![one?])
}

fn missing(operator: &str) -> Error {
    Error::new(Code::ModelOperatorUnsupported, MISSING).with("operator", operator)
}
