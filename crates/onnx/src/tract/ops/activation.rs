//! Functions of one element.

use crate::error::Result;
use crate::tract::import::{Op, engine};
use crate::tract::own::{Kernel, one, shape_of, slice};
use tract_core::internal::*;
use tract_core::ops::element_wise::ElementWiseOp;
use tract_core::ops::{logic, math};

const FLOATS: &[DatumType] = &[DatumType::F32, DatumType::F64];

/// Functions that tract has, with kernels.
pub(super) fn native(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    let dtype = op.dtype(x)?;
    let integer = dtype.is_integer();
    let wired: ElementWiseOp = match op.node.op_type {
        "Not" => {
            op.only(x, &[DatumType::Bool])?;
            logic::not()
        }
        "Abs" if integer => math::abs(),
        "Neg" if dtype.is_signed() => math::neg(),
        "Sign" if integer => math::sign(),
        name => {
            op.only(x, FLOATS)?;
            match name {
                "Abs" => math::abs(),
                "Ceil" => math::ceil(),
                "Exp" => math::exp(),
                "Floor" => math::floor(),
                "Log" => math::ln(),
                "Neg" => math::neg(),
                "Reciprocal" => math::recip(),
                "Round" => math::round_half_to_even(),
                "Sign" => math::sign(),
                "Sqrt" => math::sqrt(),
                // tract has these for 32 bits alone.
                "Erf" if dtype == DatumType::F32 => math::erf(),
                _ => return Err(op.refuse("64-bit floats in this operator")),
            }
        }
    };
    op.wire(wired, &[x])
}

/// By kernels of ours: tract's never come to 1, stop short of 0, and make a number of NaN.
pub(super) fn curve(op: &mut Op<'_, '_>) -> Result<OutletId> {
    use nearhand_kernels::activation::{logistic, tanh};
    let x = op.input(0)?;
    let by_tanh = op.node.op_type == "Tanh";
    if by_tanh && op.dtype(x)? == DatumType::F64 {
        return op.wire(math::tanh(), &[x]);
    }
    op.only(x, &[DatumType::F32])?;
    op.own(Curve(if by_tanh { tanh } else { logistic }), &[x])
}

/// Sigmoid and Tanh, in place.
#[derive(Debug)]
struct Curve(fn(&mut [f32]));

impl Kernel for Curve {
    fn name(&self) -> &'static str {
        "Curve"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(f32::fact(shape_of(args(inputs)?)?)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let mut x = args_1!(inputs).into_tensor();
        self.0(x.try_as_plain_ram_mut()?.as_slice_mut::<f32>()?);
        one(x)
    }
}

pub(super) fn relu(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    let zero = op.scalar(0.0, x)?;
    if op.dtype(x)?.is_float() {
        return op.binary(math::max(), x, zero);
    }
    super::arithmetic::integer(op, "Max", x, zero)
}

pub(super) fn gelu(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    op.only(x, &[DatumType::F32])?;
    match op.text("approximate", "none")? {
        "none" => {
            // x/2 · (1 + erf(x/√2))
            let root = op.scalar(std::f32::consts::FRAC_1_SQRT_2, x)?;
            let scaled = op.binary(math::mul(), x, root)?;
            let erf = op.wire(math::erf(), &[scaled])?;
            let unit = op.scalar(1.0, x)?;
            let lifted = op.binary(math::add(), erf, unit)?;
            let half = op.scalar(0.5, x)?;
            let halved = op.binary(math::mul(), x, half)?;
            op.binary(math::mul(), halved, lifted)
        }
        "tanh" => op.own(Map { f: Function::GeluTanh, a: 0.0, b: 0.0 }, &[x]),
        _ => Err(op.bad("approximate")),
    }
}

/// Clip: bounds are attributes up to operator set 10, inputs from 11 on.
pub(super) fn clip(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    let (low, high) = if op.opset() < 11 {
        let (low, high) = (op.float("min", f32::MIN)?, op.float("max", f32::MAX)?);
        (Some(op.scalar(low, x)?), Some(op.scalar(high, x)?))
    } else {
        (op.maybe(1), op.maybe(2))
    };
    let float = op.dtype(x)?.is_float();
    let mut out = x;
    for (bound, name) in [(low, "Max"), (high, "Min")] {
        let Some(bound) = bound else { continue };
        if op.rank(bound)? != 0 || op.dtype(bound)? != op.dtype(x)? {
            return Err(op.bad("bound of another type or shape"));
        }
        out = match (float, name) {
            (false, name) => super::arithmetic::integer(op, name, out, bound)?,
            (true, "Max") => op.binary(math::max(), out, bound)?,
            (true, _) => op.binary(math::min(), out, bound)?,
        };
    }
    Ok(out)
}

pub(super) fn dropout(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    let _ = (op.float("ratio", 0.5)?, op.int("seed", 0)?);
    if let Some(training) = op.maybe(2)
        && op.ints(training, "training_mode")? != [0]
    {
        return Err(op.refuse("dropout in training mode"));
    }
    Ok(x)
}

pub(super) fn is_nan(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    op.only(x, &[DatumType::F32])?;
    op.own(Test { nan: true, positive: false, negative: false }, &[x])
}

pub(super) fn is_inf(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    op.only(x, &[DatumType::F32])?;
    let positive = op.int("detect_positive", 1)? != 0;
    let negative = op.int("detect_negative", 1)? != 0;
    op.own(Test { nan: false, positive, negative }, &[x])
}

#[derive(Clone, Copy, Debug)]
enum Function {
    Acos,
    Acosh,
    Asin,
    Asinh,
    Atan,
    Atanh,
    Celu,
    Cos,
    Cosh,
    Elu,
    GeluTanh,
    HardSigmoid,
    HardSwish,
    LeakyRelu,
    Mish,
    Selu,
    Shrink,
    Sin,
    Sinh,
    Softplus,
    Softsign,
    Swish,
    Tan,
    ThresholdedRelu,
}

/// Functions that are rarely hot: computed in 64 bits, element by element.
pub(super) fn function(op: &mut Op<'_, '_>) -> Result<OutletId> {
    use Function as F;
    let x = op.input(0)?;
    op.only(x, FLOATS)?;
    let (f, a, b) = match op.node.op_type {
        "Acos" => (F::Acos, 0.0, 0.0),
        "Acosh" => (F::Acosh, 0.0, 0.0),
        "Asin" => (F::Asin, 0.0, 0.0),
        "Asinh" => (F::Asinh, 0.0, 0.0),
        "Atan" => (F::Atan, 0.0, 0.0),
        "Atanh" => (F::Atanh, 0.0, 0.0),
        "Cos" => (F::Cos, 0.0, 0.0),
        "Cosh" => (F::Cosh, 0.0, 0.0),
        "Sin" => (F::Sin, 0.0, 0.0),
        "Sinh" => (F::Sinh, 0.0, 0.0),
        "Tan" => (F::Tan, 0.0, 0.0),
        "Celu" => (F::Celu, op.float("alpha", 1.0)?, 0.0),
        "Elu" => (F::Elu, op.float("alpha", 1.0)?, 0.0),
        "HardSigmoid" => (F::HardSigmoid, op.float("alpha", 0.2)?, op.float("beta", 0.5)?),
        "HardSwish" => (F::HardSwish, 0.0, 0.0),
        "LeakyRelu" => (F::LeakyRelu, op.float("alpha", 0.01)?, 0.0),
        "Mish" => (F::Mish, 0.0, 0.0),
        "Selu" => (F::Selu, op.float("alpha", 1.673_263_2)?, op.float("gamma", 1.050_701)?),
        "Shrink" => (F::Shrink, op.float("lambd", 0.5)?, op.float("bias", 0.0)?),
        "Softplus" => (F::Softplus, 0.0, 0.0),
        "Softsign" => (F::Softsign, 0.0, 0.0),
        "Swish" => (F::Swish, op.float("alpha", 1.0)?, 0.0),
        "ThresholdedRelu" => (F::ThresholdedRelu, op.float("alpha", 1.0)?, 0.0),
        _ => return Err(op.refuse("not a function of one element")),
    };
    op.own(Map { f, a, b }, &[x])
}

/// A function of one element, with up to two parameters.
#[derive(Debug)]
struct Map {
    f: Function,
    a: f32,
    b: f32,
}

impl Map {
    /// Formulas of ONNX's operator pages.
    fn at(&self, x: f64) -> f64 {
        let (a, b) = (f64::from(self.a), f64::from(self.b));
        let sigmoid = |v: f64| 1.0 / (1.0 + (-v).exp());
        let softplus = |v: f64| v.max(0.0) + (-v.abs()).exp().ln_1p();
        match self.f {
            Function::Acos => x.acos(),
            Function::Acosh => x.acosh(),
            Function::Asin => x.asin(),
            Function::Asinh => x.asinh(),
            Function::Atan => x.atan(),
            Function::Atanh => x.atanh(),
            Function::Celu => x.max(0.0) + (a * (x / a).exp_m1()).min(0.0),
            Function::Cos => x.cos(),
            Function::Cosh => x.cosh(),
            Function::Elu if x < 0.0 => a * x.exp_m1(),
            Function::Elu => x,
            Function::GeluTanh => {
                let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x * x * x);
                0.5 * x * (1.0 + inner.tanh())
            }
            Function::HardSigmoid => (a * x + b).clamp(0.0, 1.0),
            Function::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
            Function::LeakyRelu if x < 0.0 => a * x,
            Function::LeakyRelu => x,
            Function::Mish => x * softplus(x).tanh(),
            Function::Selu if x <= 0.0 => b * (a * x.exp() - a),
            Function::Selu => b * x,
            Function::Shrink if x < -a => x + b,
            Function::Shrink if x > a => x - b,
            Function::Shrink => 0.0,
            Function::Sin => x.sin(),
            Function::Sinh => x.sinh(),
            Function::Softplus => softplus(x),
            Function::Softsign => x / (1.0 + x.abs()),
            Function::Swish => x * sigmoid(a * x),
            Function::Tan => x.tan(),
            Function::ThresholdedRelu if x > a => x,
            Function::ThresholdedRelu => 0.0,
        }
    }
}

impl Kernel for Map {
    fn name(&self) -> &'static str {
        "Map"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let x = args(inputs)?;
        Ok(tvec!(x.datum_type.fact(shape_of(x)?)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let x = inputs.into_iter().next().ok_or_else(|| format_err!("no input"))?;
        if x.datum_type() == DatumType::F64 {
            let y: Vec<f64> = slice::<f64>(&x)?.iter().map(|v| self.at(*v)).collect();
            return one(Tensor::from_shape(x.shape(), &y)?);
        }
        let y: Vec<f32> = slice::<f32>(&x)?.iter().map(|v| self.at(f64::from(*v)) as f32).collect();
        one(Tensor::from_shape(x.shape(), &y)?)
    }
}

/// IsNaN and IsInf.
#[derive(Debug)]
struct Test {
    nan: bool,
    positive: bool,
    negative: bool,
}

impl Kernel for Test {
    fn name(&self) -> &'static str {
        "Test"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(bool::fact(shape_of(args(inputs)?)?)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let x = inputs.into_iter().next().ok_or_else(|| format_err!("no input"))?;
        let test = |v: &f32| {
            (self.nan && v.is_nan()) || (self.positive && *v == f32::INFINITY) || (self.negative && *v == f32::NEG_INFINITY)
        };
        let y: Vec<bool> = slice::<f32>(&x)?.iter().map(test).collect();
        one(Tensor::from_shape(x.shape(), &y)?)
    }
}

fn args<'f>(inputs: &[&'f TypedFact]) -> TractResult<&'f TypedFact> {
    inputs.first().copied().ok_or_else(|| format_err!("no input"))
}

/// A float constant of a wire, for rewriting special cases.
pub(super) fn scalar_of(op: &Op<'_, '_>, wire: OutletId) -> Result<Option<f32>> {
    let Some(tensor) = op.konst(wire)?.filter(|t| t.len() == 1) else { return Ok(None) };
    let tensor = tensor.cast_to::<f32>().map_err(|e| engine(&e))?;
    Ok(slice::<f32>(&tensor).map_err(|e| engine(&e))?.first().copied())
}
