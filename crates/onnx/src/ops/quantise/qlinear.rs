//! QLinearMatMul.

use super::linear::{BYTES, Grid, Quantize};
use super::product::{Sides, floats};
use crate::dtype::DType;
use crate::error::Result;
use crate::lower::{Op, Wire};
use crate::ops::base::binary::{F, binary};

/// The integer product, rescaled: round(p · a_scale · b_scale / y_scale) + y_zero. The scale of B may be one a column.
pub(in crate::ops) fn qlinear_matmul(op: &mut Op<'_, '_>) -> Result<Wire> {
    let wires = (0..8).map(|at| op.input(at)).collect::<Result<Vec<_>>>()?;
    let &[a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero] = wires.as_slice() else { return Err(op.bad("inputs")) };
    let one = |w| Ok::<_, crate::error::Error>(op.fact(w)?.len() == 1);
    let width = op.shape(b)?.last().copied().unwrap_or(1);
    let by_column = op.shape(b_scale)? == [width];
    if !one(a_scale)? || !one(y_scale)? || !one(y_zero)? || !(one(b_scale)? || by_column) {
        return Err(op.refuse("scales by row or column"));
    }
    op.only(a_scale, &[DType::F32])?;
    let to = op.only(y_zero, BYTES)?;
    let flat = |op: &mut Op<'_, '_>, w| op.view(w, &[], 0);
    let a_scale = flat(op, a_scale)?;
    let b_scale = if by_column { b_scale } else { flat(op, b_scale)? };
    let (y_scale, y_zero) = (flat(op, y_scale)?, flat(op, y_zero)?);
    let scale = binary(op, F::Mul, a_scale, b_scale)?;
    let product = floats(op, Sides { a, b, zero_a: Some(a_zero), zero_b: Some(b_zero) }, scale, Vec::new())?;
    let grid = Grid::one(op.fact(product)?.len());
    op.add(Quantize { to, grid }, &[product, y_scale, y_zero])
}
