//! com.microsoft's DynamicQuantizeMatMul and MatMulIntegerToFloat: integer products that leave as floats.

use super::linear::{BYTES, dynamic};
use super::product::{Sides, floats};
use crate::dtype::DType;
use crate::error::Result;
use crate::lower::{Op, Wire};
use crate::ops::base::affine::columns;
use crate::ops::base::binary::{F, binary};

/// `product · a_scale · b_scale + bias`: the scale of A is one number, that of B one or one a column.
fn scaled(op: &mut Op<'_, '_>, sides: Sides, (a_scale, b_scale): (Wire, Wire), bias: Option<Wire>) -> Result<Wire> {
    op.only(sides.b, BYTES)?;
    op.only(a_scale, &[DType::F32])?;
    op.only(b_scale, &[DType::F32])?;
    if op.fact(a_scale)?.len() != 1 {
        return Err(op.refuse("scales by row"));
    }
    let a_scale = op.view(a_scale, &[], 0)?;
    let scale = binary(op, F::Mul, a_scale, b_scale)?;
    let Some(bias) = bias else { return floats(op, sides, scale, Vec::new()) };
    let width = op.shape(sides.b)?.last().copied().unwrap_or(0);
    if op.shape(bias)? != [width] {
        return Err(op.bad("shape of the bias"));
    }
    match columns(op, bias, width, 1)? {
        Some(values) => floats(op, sides, scale, values),
        None => {
            let product = floats(op, sides, scale, Vec::new())?;
            binary(op, F::Add, product, bias)
        }
    }
}

/// A is quantised over its own range.
pub(in crate::ops) fn dynamic_quantize_matmul(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, b, b_scale, zero_b, bias) = (op.input(0)?, op.input(1)?, op.input(2)?, op.maybe(3), op.maybe(4));
    let quantised = dynamic(op, x)?;
    let &[a, a_scale, zero_a] = quantised.as_slice() else { return Err(op.bad("outputs")) };
    scaled(op, Sides { a, b, zero_a: Some(zero_a), zero_b }, (a_scale, b_scale), bias)
}

/// Both sides are bytes.
pub(in crate::ops) fn matmul_integer_to_float(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (a, b, a_scale, b_scale) = (op.input(0)?, op.input(1)?, op.input(2)?, op.input(3)?);
    let (zero_a, zero_b, bias) = (op.maybe(4), op.maybe(5), op.maybe(6));
    scaled(op, Sides { a, b, zero_a, zero_b }, (a_scale, b_scale), bias)
}
