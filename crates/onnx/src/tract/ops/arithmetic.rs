//! Functions of two elements, with ONNX's broadcasting.

use super::activation::scalar_of;
use crate::error::Result;
use crate::tract::import::{Op, broadcast, type_name};
use crate::tract::own::{Kernel, one, shape_of, slice};
use tract_core::internal::*;
use tract_core::ops::math;

/// Add, Sub, Mul, Div: tract's kernels for floats, exact wrapping ones of ours for integers.
pub(super) fn basic(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    same_type(op, a, b)?;
    if !op.dtype(a)?.is_float() {
        return integer(op, op.node.op_type, a, b);
    }
    if op.node.op_type == "Mul"
        && let Some(scaled) = super::quantise::scaled_product(op, a, b)?
    {
        return Ok(scaled);
    }
    if op.node.op_type == "Add" {
        let shifted = super::affine::shifted(op, a, b)?;
        if let Some(shifted) = if shifted.is_some() { shifted } else { super::quantise::shifted(op, a, b)? } {
            return Ok(shifted);
        }
    }
    let wired = match op.node.op_type {
        "Add" => math::add(),
        "Sub" => math::sub(),
        "Mul" => math::mul(),
        _ => math::div(),
    };
    op.binary(wired, a, b)
}

/// Max, Min, Sum, Mean of any number of inputs.
pub(super) fn variadic(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let mut out = op.input(0)?;
    let float = op.dtype(out)?.is_float();
    for at in 1..op.node.inputs.len() {
        let next = op.input(at)?;
        same_type(op, out, next)?;
        out = match (float, op.node.op_type) {
            // NaN wins in ONNX's reference; tract's kernels let it go.
            (true, "Max" | "Min") => pair(op, out, next)?,
            (true, _) => op.binary(math::add(), out, next)?,
            (false, name) => integer(op, name, out, next)?,
        };
    }
    if op.node.op_type == "Mean" {
        op.only(out, &[DatumType::F32, DatumType::F64])?;
        let n = op.scalar(op.node.inputs.len() as f32, out)?;
        out = op.binary(math::div(), out, n)?;
    }
    Ok(out)
}

fn pair(op: &mut Op<'_, '_>, a: OutletId, b: OutletId) -> Result<OutletId> {
    let f = if op.node.op_type == "Max" { F::Max } else { F::Min };
    wire(op, f, a, b)
}

/// An integer operation by its ONNX name.
pub(super) fn integer(op: &mut Op<'_, '_>, name: &str, a: OutletId, b: OutletId) -> Result<OutletId> {
    op.only(a, &[DatumType::I64, DatumType::I32, DatumType::I8, DatumType::U8])?;
    let f = match name {
        "Add" | "Sum" => F::Add,
        "Sub" => F::Sub,
        "Mul" => F::Mul,
        "Div" => F::Div,
        "Max" => F::Max,
        "Min" => F::Min,
        _ => return Err(op.refuse("an operator on integers")),
    };
    wire(op, f, a, b)
}

/// Pow: small constant exponents by multiplication, others by the system's function.
pub(super) fn pow(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    if op.dtype(a)? == DatumType::F32
        && let Some(exponent) = scalar_of(op, b)?
        && op.rank(b)? <= op.rank(a)?
    {
        if exponent == 2.0 {
            return op.wire(math::square(), &[a]);
        }
        if exponent == 3.0 {
            let square = op.wire(math::square(), &[a])?;
            return op.binary(math::mul(), square, a);
        }
        if exponent == 0.5 {
            return op.wire(math::sqrt(), &[a]);
        }
    }
    let to = op.dtype(a)?;
    let b = if op.dtype(b)? == to { b } else { op.wire(tract_core::ops::cast::cast(to), &[b])? };
    wire(op, F::Pow, a, b)
}

pub(super) fn modulo(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    same_type(op, a, b)?;
    let fmod = op.int("fmod", 0)? != 0;
    wire(op, if fmod { F::Remainder } else { F::Modulo }, a, b)
}

pub(super) fn compare(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    same_type(op, a, b)?;
    let f = match op.node.op_type {
        "Equal" => F::Equal,
        "Greater" => F::Greater,
        "GreaterOrEqual" => F::GreaterOrEqual,
        "Less" => F::Less,
        _ => F::LessOrEqual,
    };
    wire(op, f, a, b)
}

pub(super) fn logic(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    same_type(op, a, b)?;
    let bits = op.node.op_type.starts_with("Bitwise");
    if (op.dtype(a)? == DatumType::Bool) == bits {
        return Err(op.bad("element type"));
    }
    let f = match op.node.op_type {
        "And" | "BitwiseAnd" => F::And,
        "Or" | "BitwiseOr" => F::Or,
        _ => F::Xor,
    };
    wire(op, f, a, b)
}

pub(super) fn bitwise_not(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    let dtype = op.only(x, &[DatumType::I64, DatumType::I32, DatumType::I8, DatumType::U8])?;
    let ones = if dtype == DatumType::U8 {
        tensor0(u8::MAX)
    } else {
        tensor0(-1_i64).cast_to_dt(dtype).map_err(|e| crate::tract::import::engine(&e))?.into_owned()
    };
    let ones = op.constant(ones)?;
    wire(op, F::Xor, x, ones)
}

pub(super) fn prelu(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (x, slope) = (op.input(0)?, op.input(1)?);
    same_type(op, x, slope)?;
    op.only(x, &[DatumType::F32])?;
    wire(op, F::PRelu, x, slope)
}

pub(super) fn same_type(op: &Op<'_, '_>, a: OutletId, b: OutletId) -> Result<()> {
    if op.dtype(a)? == op.dtype(b)? {
        return Ok(());
    }
    Err(op.bad("inputs of different types").with("types", [type_name(op.dtype(a)?), type_name(op.dtype(b)?)].join(" ")))
}

fn wire(op: &mut Op<'_, '_>, f: F, a: OutletId, b: OutletId) -> Result<OutletId> {
    let shape = broadcast(&[&op.shape(a)?, &op.shape(b)?])?;
    op.own(Binary { f, shape }, &[a, b])
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum F {
    Add,
    Sub,
    Mul,
    Div,
    Max,
    Min,
    Modulo,
    Remainder,
    Pow,
    PRelu,
    And,
    Or,
    Xor,
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// A function of two elements of one type.
#[derive(Debug)]
struct Binary {
    f: F,
    shape: TVec<usize>,
}

impl Binary {
    const fn compares(&self) -> bool {
        matches!(self.f, F::Equal | F::Greater | F::GreaterOrEqual | F::Less | F::LessOrEqual)
    }
}

impl Kernel for Binary {
    fn name(&self) -> &'static str {
        "Binary"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [a, b] = inputs else { bail!("two inputs") };
        ensure!(a.datum_type == b.datum_type, "types differ");
        let (_, _) = (shape_of(a)?, shape_of(b)?);
        Ok(tvec!(if self.compares() { bool::fact(&*self.shape) } else { a.datum_type.fact(&*self.shape) }))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (a, b) = args_2!(inputs);
        let shape = &self.shape;
        macro_rules! compare {
            ($t:ty) => {{
                let f: fn($t, $t) -> Option<bool> = match self.f {
                    F::Equal => |a, b| Some(a == b),
                    F::Greater => |a, b| Some(a > b),
                    F::GreaterOrEqual => |a, b| Some(a >= b),
                    F::Less => |a, b| Some(a < b),
                    _ => |a, b| Some(a <= b),
                };
                return one(zip(&a, &b, shape, f)?);
            }};
        }
        macro_rules! integers {
            ($t:ty) => {{
                let f: fn($t, $t) -> Option<$t> = match self.f {
                    F::Add => |a, b| Some(a.wrapping_add(b)),
                    F::Sub => |a, b| Some(a.wrapping_sub(b)),
                    F::Mul => |a, b| Some(a.wrapping_mul(b)),
                    F::Div => |a, b| (b != 0).then(|| a.wrapping_div(b)),
                    F::Max => |a, b| Some(a.max(b)),
                    F::Min => |a, b| Some(a.min(b)),
                    F::Remainder => |a, b| (b != 0).then(|| a.wrapping_rem(b)),
                    // The sign of the divisor, as in Python.
                    F::Modulo => |a, b| {
                        (b != 0).then(|| {
                            let r = a.wrapping_rem(b);
                            if r != 0 && ((r < 0 as $t) != (b < 0 as $t)) { r.wrapping_add(b) } else { r }
                        })
                    },
                    F::Pow => |a, b| Some((a as f64).powf(b as f64) as $t),
                    F::And => |a, b| Some(a & b),
                    F::Or => |a, b| Some(a | b),
                    F::Xor => |a, b| Some(a ^ b),
                    _ => bail!("not a function of integers"),
                };
                one(zip(&a, &b, shape, f)?)
            }};
        }
        macro_rules! floats {
            ($t:ty) => {{
                let f: fn($t, $t) -> Option<$t> = match self.f {
                    F::Max => |a, b| Some(if a.is_nan() || b.is_nan() { <$t>::NAN } else { a.max(b) }),
                    F::Min => |a, b| Some(if a.is_nan() || b.is_nan() { <$t>::NAN } else { a.min(b) }),
                    F::Remainder => |a, b| Some(a % b),
                    // The sign of the divisor, as numpy's mod.
                    F::Modulo => |a, b| {
                        let r = a % b;
                        Some(if r == 0.0 {
                            (0.0 as $t).copysign(b)
                        } else if (r < 0.0) != (b < 0.0) {
                            r + b
                        } else {
                            r
                        })
                    },
                    F::Pow => |a, b| Some(a.powf(b)),
                    F::PRelu => |a, b| Some(if a < 0.0 { a * b } else { a }),
                    _ => bail!("not a function of floats"),
                };
                one(zip(&a, &b, shape, f)?)
            }};
        }
        match (a.datum_type(), self.compares()) {
            (DatumType::F32, true) => compare!(f32),
            (DatumType::F64, true) => compare!(f64),
            (DatumType::I64, true) => compare!(i64),
            (DatumType::I32, true) => compare!(i32),
            (DatumType::I8, true) => compare!(i8),
            (DatumType::U8, true) => compare!(u8),
            (DatumType::Bool, true) => compare!(bool),
            (DatumType::F32, _) => floats!(f32),
            (DatumType::F64, _) => floats!(f64),
            (DatumType::I64, _) => integers!(i64),
            (DatumType::I32, _) => integers!(i32),
            (DatumType::I8, _) => integers!(i8),
            (DatumType::U8, _) => integers!(u8),
            (DatumType::Bool, _) => {
                let f: fn(bool, bool) -> Option<bool> = match self.f {
                    F::And => |a, b| Some(a & b),
                    F::Or => |a, b| Some(a | b),
                    F::Xor => |a, b| Some(a ^ b),
                    _ => bail!("not a function of truth values"),
                };
                one(zip(&a, &b, shape, f)?)
            }
            _ => bail!("an element type that is not run"),
        }
    }
}

/// Applies `f` over two tensors broadcast to `shape`; `None` is a division by zero.
fn zip<T: Datum + Copy, U: Datum + Copy>(
    a: &Tensor,
    b: &Tensor,
    shape: &[usize],
    f: fn(T, T) -> Option<U>,
) -> TractResult<Tensor> {
    let (x, y) = (slice::<T>(a)?, slice::<T>(b)?);
    let mut out = Vec::with_capacity(shape.iter().product());
    walk(shape, &[strides(a.shape(), shape), strides(b.shape(), shape)], |[i, j]| {
        if let (Some(x), Some(y)) = (x.get(i), y.get(j))
            && let Some(z) = f(*x, *y)
        {
            out.push(z);
        }
    });
    ensure!(out.len() == shape.iter().product::<usize>(), "integer division by zero");
    Tensor::from_shape(shape, &out)
}

/// Strides of a tensor of shape `from` when broadcast to `to`: 0 where an axis is repeated.
pub(super) fn strides(from: &[usize], to: &[usize]) -> TVec<usize> {
    let mut out: TVec<usize> = tvec!(0; to.len());
    let mut step = 1;
    for (at, dim) in from.iter().enumerate().rev() {
        if let Some(stride) = (at + to.len()).checked_sub(from.len()).and_then(|i| out.get_mut(i)) {
            *stride = if *dim == 1 { 0 } else { step };
        }
        step *= dim;
    }
    out
}

/// Visits every index of `shape` in order with the offsets of `N` strided operands.
pub(super) fn walk<const N: usize>(shape: &[usize], strides: &[TVec<usize>; N], mut visit: impl FnMut([usize; N])) {
    let Some((&width, outer)) = shape.split_last() else { return visit([0; N]) };
    let mut step = [0_usize; N];
    for (step, strides) in step.iter_mut().zip(strides) {
        *step = strides.last().copied().unwrap_or(0);
    }
    let mut index: TVec<usize> = tvec!(0; outer.len());
    let mut row = [0_usize; N];
    for _ in 0..outer.iter().product() {
        let mut at = row;
        for _ in 0..width {
            visit(at);
            for (at, step) in at.iter_mut().zip(&step) {
                *at += step;
            }
        }
        for axis in (0..outer.len()).rev() {
            index[axis] += 1;
            if index[axis] < outer[axis] {
                for (at, strides) in row.iter_mut().zip(strides) {
                    *at += strides[axis];
                }
                break;
            }
            index[axis] = 0;
            for (at, strides) in row.iter_mut().zip(strides) {
                *at -= strides[axis] * (outer[axis] - 1);
            }
        }
    }
}
