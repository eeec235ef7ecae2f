//! The kernel of functions of one element: changes elements where they lie.

use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs, in_place, single};
use crate::lower::{Op, Wire};
use crate::refusal::{failed, unsupported};
use nearhand_kernels::{curves, elementwise};

/// A function of one element, for the types that have it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Function {
    /// Name for profiles.
    pub(crate) name: &'static str,
    /// Of a whole slice: what is hot.
    pub(crate) slice: Option<fn(&mut [f32])>,
    /// Of a 32-bit float, where `slice` is none.
    pub(crate) f32: Option<fn(f32) -> f32>,
    /// Of a 64-bit float.
    pub(crate) f64: Option<fn(f64) -> f64>,
    /// Of a 64-bit integer.
    pub(crate) i64: Option<fn(i64) -> i64>,
    /// Of a 32-bit integer.
    pub(crate) i32: Option<fn(i32) -> i32>,
    /// Of an 8-bit integer.
    pub(crate) i8: Option<fn(i8) -> i8>,
    /// Of an unsigned 8-bit integer.
    pub(crate) u8: Option<fn(u8) -> u8>,
    /// Of a truth value, 0 or 1.
    pub(crate) bool: Option<fn(u8) -> u8>,
}

impl Function {
    /// Whether it is defined for a type.
    const fn takes(&self, dtype: DType) -> bool {
        match dtype {
            DType::F32 => self.slice.is_some() || self.f32.is_some(),
            DType::F64 => self.f64.is_some(),
            DType::I64 => self.i64.is_some(),
            DType::I32 => self.i32.is_some(),
            DType::I8 => self.i8.is_some(),
            DType::U8 => self.u8.is_some(),
            DType::Bool => self.bool.is_some(),
            DType::Str => false,
        }
    }
}

/// Adds a function of one element.
///
/// # Errors
/// `model-operator-unsupported` where it is not defined for the value's type.
pub(crate) fn unary(op: &mut Op<'_, '_>, function: Function, x: Wire) -> Result<Wire> {
    op.add(Unary(function), &[x])
}

/// Square roots of 32-bit and 64-bit floats.
pub(crate) const SQRT: Function = Function { slice: Some(elementwise::root), f64: Some(f64::sqrt), ..named("Sqrt") };
/// Squares.
pub(crate) const SQUARE: Function = Function { slice: Some(elementwise::square), f64: Some(|x| x * x), ..named("Square") };
/// Sizes.
pub(crate) const ABS: Function = Function {
    slice: Some(elementwise::size),
    f64: Some(f64::abs),
    i64: Some(i64::wrapping_abs),
    i32: Some(i32::wrapping_abs),
    i8: Some(i8::wrapping_abs),
    u8: Some(|x| x),
    ..named("Abs")
};
/// e to the power of x.
pub(crate) const EXP: Function = Function { slice: Some(curves::exp), f64: Some(f64::exp), ..named("Exp") };
/// Natural logarithms.
pub(crate) const LOG: Function = Function { f32: Some(f32::ln), f64: Some(f64::ln), ..named("Log") };

/// A function of no type yet.
pub(crate) const fn named(name: &'static str) -> Function {
    Function { name, slice: None, f32: None, f64: None, i64: None, i32: None, i8: None, u8: None, bool: None }
}

#[derive(Debug)]
pub(in crate::ops) struct Unary(pub(in crate::ops) Function);

fn each<T: crate::dtype::Element>(inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, f: Option<fn(T) -> T>) -> Result<()> {
    let f = f.ok_or_else(|| failed("a function of another type"))?;
    for cell in in_place::<T>(inputs, outputs)? {
        *cell = f(*cell);
    }
    Ok(())
}

impl Kernel for Unary {
    fn name(&self) -> &'static str {
        self.0.name
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let x = single(inputs)?;
        if !self.0.takes(x.dtype) {
            return Err(unsupported("an element type that this build does not run here").with("type", x.dtype.name()));
        }
        Ok(vec![x.clone()])
    }

    fn over(&self) -> &'static [usize] {
        &[0]
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        match inputs.fact(0)?.dtype {
            DType::F32 => match self.0.slice {
                Some(f) => f(in_place::<f32>(inputs, outputs)?),
                None => each(inputs, outputs, self.0.f32)?,
            },
            DType::F64 => each(inputs, outputs, self.0.f64)?,
            DType::I64 => each(inputs, outputs, self.0.i64)?,
            DType::I32 => each(inputs, outputs, self.0.i32)?,
            DType::I8 => each(inputs, outputs, self.0.i8)?,
            DType::U8 => each(inputs, outputs, self.0.u8)?,
            DType::Bool => each(inputs, outputs, self.0.bool)?,
            DType::Str => return Err(failed("arithmetic of texts")),
        }
        Ok(())
    }
}
