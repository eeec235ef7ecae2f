//! Functions of one element, as ONNX names them.

use super::curve::{Curve, Shape};
use crate::dtype::DType;
use crate::error::Result;
use crate::fact::Constant;
use crate::lower::{Op, Wire, Wires};
use crate::ops::base::binary::{F, binary};
use crate::ops::base::unary::{ABS, EXP, Function, LOG, SQRT, named, unary};
use nearhand_kernels::{activation, curves, elementwise};

macro_rules! floats {
    ($name:literal, $f:ident) => {
        Function { f32: Some(f32::$f), f64: Some(f64::$f), ..named($name) }
    };
}

const NEG: Function = Function {
    slice: Some(elementwise::negate),
    f64: Some(|x| -x),
    i64: Some(i64::wrapping_neg),
    i32: Some(i32::wrapping_neg),
    i8: Some(i8::wrapping_neg),
    ..named("Neg")
};
/// 1, 0 or −1; NaN stays.
const SIGN: Function = Function {
    f32: Some(|x| if x == 0.0 || x.is_nan() { x } else { x.signum() }),
    f64: Some(|x| if x == 0.0 || x.is_nan() { x } else { x.signum() }),
    i64: Some(i64::signum),
    i32: Some(i32::signum),
    i8: Some(i8::signum),
    u8: Some(|x| x.min(1)),
    ..named("Sign")
};

/// Functions without a parameter, for the types that they are defined for.
const PLAIN: &[Function] = &[
    ABS,
    floats!("Ceil", ceil),
    Function { slice: Some(curves::erf), ..named("Erf") },
    EXP,
    floats!("Floor", floor),
    LOG,
    NEG,
    Function { bool: Some(|x| x ^ 1), ..named("Not") },
    Function { slice: Some(elementwise::reciprocal), f64: Some(f64::recip), ..named("Reciprocal") },
    floats!("Round", round_ties_even),
    Function { slice: Some(activation::logistic), f64: Some(|x| 1.0 / (1.0 + (-x).exp())), ..named("Sigmoid") },
    SIGN,
    SQRT,
    Function { slice: Some(activation::tanh), f64: Some(f64::tanh), ..named("Tanh") },
];

/// x/2 · (1 + erf(x/√2)).
pub(super) const GELU: Function = Function { slice: Some(curves::gelu), ..named("Gelu") };
/// The same with tanh in place of erf.
pub(super) const GELU_TANH: Function = Function { slice: Some(curves::gelu_tanh), ..named("Gelu") };

/// A function without a parameter.
pub(crate) fn plain(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let name = op.node.op_type;
    let function = PLAIN.iter().find(|f| f.name == name).ok_or_else(|| op.refuse("not a function of one element"))?;
    unary(op, *function, x)
}

pub(crate) fn relu(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let zero = op.scalar(0.0, x)?;
    binary(op, F::Max, x, zero)
}

/// Gelu of ONNX.
pub(crate) fn gelu(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    match op.text("approximate", "none")? {
        "none" => unary(op, GELU, x),
        "tanh" => unary(op, GELU_TANH, x),
        _ => Err(op.bad("approximate")),
    }
}

/// Gelu, BiasGelu, FastGelu and QuickGelu of com.microsoft (onnxruntime, ContribOperators.md).
pub(crate) fn gelu_microsoft(op: &mut Op<'_, '_>) -> Result<Wire> {
    let mut x = op.input(0)?;
    if op.node.op_type == "QuickGelu" {
        let a = op.float("alpha", 1.702)?;
        op.only(x, &[DType::F32])?;
        return op.add(Curve { shape: Shape::Swish, a, b: 0.0 }, &[x]);
    }
    let bias = match op.node.op_type {
        "BiasGelu" => Some(op.input(1)?),
        "FastGelu" => op.maybe(1),
        _ => None,
    };
    if let Some(bias) = bias {
        if op.rank(bias)? != 1 || op.shape(bias)?.first() != op.shape(x)?.last() {
            return Err(op.bad("bias of another shape"));
        }
        x = binary(op, F::Add, x, bias)?;
    }
    unary(op, if op.node.op_type == "FastGelu" { GELU_TANH } else { GELU }, x)
}

/// SwiGLU: x · sigmoid(a · x), times a value of the same shape.
pub(crate) fn swiglu(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (gate, value) = (op.input(0)?, op.input(1)?);
    op.only(gate, DType::FLOATS)?;
    if op.fact(gate)? != op.fact(value)? {
        return Err(op.bad("inputs of different types or shapes"));
    }
    let a = op.float("alpha", 1.0)?;
    let gate = op.add(Curve { shape: Shape::Swish, a, b: 0.0 }, &[gate])?;
    binary(op, F::Mul, gate, value)
}

/// Clip: bounds are attributes up to operator set 10, inputs from 11 on.
pub(crate) fn clip(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let (low, high) = if op.opset() < 11 {
        let (low, high) = (op.float("min", f32::MIN)?, op.float("max", f32::MAX)?);
        (Some(op.scalar(low, x)?), Some(op.scalar(high, x)?))
    } else {
        // A list of one is taken for a number, as exporters write both.
        let mut bound = |at| match op.maybe(at) {
            Some(wire) if op.dtype(wire)? == op.dtype(x)? && matches!(*op.shape(wire)?, [] | [1]) => {
                op.view(wire, &[], 0).map(Some)
            }
            Some(_) => Err(op.bad("bound of another type or shape")),
            None => Ok(None),
        };
        (bound(1)?, bound(2)?)
    };
    if let (DType::F32, Some(low), Some(high)) = (op.dtype(x)?, low, high)
        && let (Some(a), Some(b)) = (op.number(low)?, op.number(high)?)
        && !a.is_nan()
        && !b.is_nan()
    {
        return op.add(Curve { shape: Shape::Clip, a, b }, &[x]);
    }
    let out = low.map_or(Ok(x), |low| binary(op, F::Max, x, low))?;
    high.map_or(Ok(out), |high| binary(op, F::Min, out, high))
}

/// Dropout outside of training: its input, and a mask that hides nothing.
pub(crate) fn dropout(op: &mut Op<'_, '_>) -> Result<Wires> {
    let x = op.input(0)?;
    let _ = (op.float("ratio", 0.5)?, op.int("seed", 0)?, op.maybe(1));
    if let Some(training) = op.maybe(2)
        && op.ints(training, "training_mode")? != [0]
    {
        return Err(op.refuse("dropout in training mode"));
    }
    // Older masks are of the input's type, in which what is kept is not told.
    if !op.wants(1) || op.opset() < 10 {
        return Ok(vec![x]);
    }
    let shape = op.shape(x)?;
    let kept = op.constant(Constant::scalar(DType::Bool, 1.0))?;
    Ok(vec![x, crate::ops::base::layout::spread(op, kept, &shape)?])
}

/// Functions with up to two parameters, and those that are rarely hot.
pub(crate) fn function(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    op.only(x, DType::FLOATS)?;
    let (shape, a, b) = match op.node.op_type {
        "Acos" => (Shape::Acos, 0.0, 0.0),
        "Acosh" => (Shape::Acosh, 0.0, 0.0),
        "Asin" => (Shape::Asin, 0.0, 0.0),
        "Asinh" => (Shape::Asinh, 0.0, 0.0),
        "Atan" => (Shape::Atan, 0.0, 0.0),
        "Atanh" => (Shape::Atanh, 0.0, 0.0),
        "Cos" => (Shape::Cos, 0.0, 0.0),
        "Cosh" => (Shape::Cosh, 0.0, 0.0),
        "Sin" => (Shape::Sin, 0.0, 0.0),
        "Sinh" => (Shape::Sinh, 0.0, 0.0),
        "Tan" => (Shape::Tan, 0.0, 0.0),
        "Celu" => (Shape::Celu, op.float("alpha", 1.0)?, 0.0),
        "Elu" => (Shape::Elu, op.float("alpha", 1.0)?, 0.0),
        "HardSigmoid" => (Shape::HardSigmoid, op.float("alpha", 0.2)?, op.float("beta", 0.5)?),
        "HardSwish" => (Shape::HardSwish, 0.0, 0.0),
        "LeakyRelu" => (Shape::LeakyRelu, op.float("alpha", 0.01)?, 0.0),
        "Mish" => (Shape::Mish, 0.0, 0.0),
        "Selu" => (Shape::Selu, op.float("alpha", 1.673_263_2)?, op.float("gamma", 1.050_701)?),
        "Shrink" => (Shape::Shrink, op.float("lambd", 0.5)?, op.float("bias", 0.0)?),
        "Softplus" => (Shape::Softplus, 0.0, 0.0),
        "Softsign" => (Shape::Softsign, 0.0, 0.0),
        "Swish" => (Shape::Swish, op.float("alpha", 1.0)?, 0.0),
        "ThresholdedRelu" => (Shape::ThresholdedRelu, op.float("alpha", 1.0)?, 0.0),
        _ => return Err(op.refuse("not a function of one element")),
    };
    op.add(Curve { shape, a, b }, &[x])
}
