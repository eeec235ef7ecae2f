//! Functions of two elements and of many, as ONNX names them.

use crate::dtype::DType;
use crate::error::Result;
use crate::fact::Constant;
use crate::lower::{Op, Wire};
use crate::ops::base::binary::{F, binary};
use crate::ops::base::elements::cast;
use crate::ops::base::unary::{SQRT, SQUARE, unary};

/// A rule that makes one step of two: asked with both inputs of the second, it answers the output where it applies.
pub(crate) type Fuse = fn(&mut Op<'_, '_>, Wire, Wire) -> Result<Option<Wire>>;

/// Add, Sub, Mul, Div. `fuses` are asked first, in their order: what a product or a curve makes of the factor or the summand
/// that follows it.
pub(crate) fn basic(op: &mut Op<'_, '_>, f: F, fuses: &[Fuse]) -> Result<Wire> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    if op.same_type(a, b)?.is_float() {
        for fuse in fuses {
            if let Some(fused) = fuse(op, a, b)? {
                return Ok(fused);
            }
        }
    }
    binary(op, f, a, b)
}

/// Max, Min, Sum, Mean of any number of inputs.
pub(crate) fn variadic(op: &mut Op<'_, '_>) -> Result<Wire> {
    let f = match op.node.op_type {
        "Max" => F::Max,
        "Min" => F::Min,
        _ => F::Add,
    };
    let mut out = op.input(0)?;
    if op.dtype(out)? == DType::Bool {
        return Err(op.refuse("truth values in this operator"));
    }
    for at in 1..op.node.inputs.len() {
        let next = op.input(at)?;
        out = binary(op, f, out, next)?;
    }
    if op.node.op_type == "Mean" {
        op.only(out, DType::FLOATS)?;
        let n = op.scalar(op.node.inputs.len() as f32, out)?;
        out = binary(op, F::Div, out, n)?;
    }
    Ok(out)
}

/// Pow: small constant exponents by multiplication, others by the system's function. Where exactly one of both is a float, or
/// the exponent the wider one, both are 64-bit floats on the way, as in the reference.
pub(crate) fn pow(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    let (to, by) = (op.dtype(a)?, op.dtype(b)?);
    if to == DType::F32
        && let Some(exponent) = op.number(b)?
        && op.rank(b)? <= op.rank(a)?
    {
        if exponent == 2.0 {
            return unary(op, SQUARE, a);
        }
        if exponent == 3.0 {
            let square = unary(op, SQUARE, a)?;
            return binary(op, F::Mul, square, a);
        }
        if exponent == 0.5 {
            return unary(op, SQRT, a);
        }
    }
    if by.is_float() && to != by && to != DType::F64 {
        op.only(a, &[DType::F32, DType::I64, DType::I32, DType::I8, DType::U8])?;
        let (a, b) = (cast(op, a, DType::F64)?, cast(op, b, DType::F64)?);
        let power = binary(op, F::Pow, a, b)?;
        return cast(op, power, to);
    }
    let b = cast(op, b, to)?;
    binary(op, F::Pow, a, b)
}

pub(crate) fn modulo(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    let fmod = op.int("fmod", 0)? != 0;
    binary(op, if fmod { F::Remainder } else { F::Modulo }, a, b)
}

/// Comparisons, PRelu: two inputs as they come.
pub(crate) fn plain(op: &mut Op<'_, '_>, f: F) -> Result<Wire> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    binary(op, f, a, b)
}

/// And, Or, Xor: of truth values, or of bits where the operator's name says so.
pub(crate) fn logic(op: &mut Op<'_, '_>, f: F) -> Result<Wire> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    if (op.same_type(a, b)? == DType::Bool) == op.node.op_type.starts_with("Bitwise") {
        return Err(op.bad("element type"));
    }
    binary(op, f, a, b)
}

pub(crate) fn bitwise_not(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let ones = match op.only(x, DType::INTEGERS)? {
        DType::U8 => Constant::of(DType::U8, &[], &[u8::MAX]),
        dtype => Constant::scalar(dtype, -1.0),
    };
    let ones = op.constant(ones)?;
    binary(op, F::Xor, x, ones)
}

pub(crate) fn bit_shift(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    op.only(a, DType::INTEGERS)?;
    let f = match op.text("direction", "")? {
        "LEFT" => F::ShiftLeft,
        "RIGHT" => F::ShiftRight,
        _ => return Err(op.bad("direction")),
    };
    binary(op, f, a, b)
}
