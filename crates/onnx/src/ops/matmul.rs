//! Products of matrices: MatMul, Gemm, and com.microsoft's FusedMatMul.

use super::affine::{Matrix, affine, columns};
use super::binary::{F, binary};
use super::layout::{lifted, permuted, reshaped};
use super::product::{Sides, product};
use super::quantise::by_stored;
use crate::error::Result;
use crate::lower::{Op, Wire};
use crate::shape::broadcast;

pub(super) fn matmul(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    multiplied(op, a, &Matrix { wire: b, turned: false, factor: 1.0 })
}

/// FusedMatMul: alpha times `numpy.matmul`, the last two axes of either side exchanged where told.
pub(super) fn fused(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    let factor = op.float("alpha", 1.0)?;
    if op.int("transBatchA", 0)? != 0 || op.int("transBatchB", 0)? != 0 {
        return Err(op.refuse("batch axes that are exchanged"));
    }
    let (across, down) = (op.int("transA", 0)? != 0, op.int("transB", 0)? != 0);
    let a = if across { exchanged(op, a)? } else { a };
    // A vector has no axes to exchange.
    let turned = down && op.rank(b)? >= 2;
    multiplied(op, a, &Matrix { wire: b, turned, factor })
}

/// The last two axes exchanged, where there are two.
fn exchanged(op: &mut Op<'_, '_>, x: Wire) -> Result<Wire> {
    let rank = op.rank(x)?;
    let mut perm: Vec<usize> = (0..rank).collect();
    if let Some(at) = rank.checked_sub(2) {
        perm.swap(at, at + 1);
    }
    permuted(op, x, &perm)
}

/// A product with a constant matrix: of its codes where it stands behind DequantizeLinear, else packed.
fn by_constant(op: &mut Op<'_, '_>, a: Wire, b: &Matrix, bias: Vec<f32>) -> Result<Option<Wire>> {
    match by_stored(op, a, b, &bias)? {
        Some(out) => Ok(Some(out)),
        None => affine(op, a, b, bias),
    }
}

/// `numpy.matmul` of `a` and `b`, times the factor.
fn multiplied(op: &mut Op<'_, '_>, a: Wire, b: &Matrix) -> Result<Wire> {
    op.same_type(a, b.wire)?;
    let (x, y) = (op.shape(a)?, op.shape(b.wire)?);
    let (row, column) = (x.len() == 1, y.len() == 1);
    if x.is_empty() || y.is_empty() {
        return Err(op.bad("a product of scalars"));
    }
    // A vector is a matrix of one row or one column.
    let a = if row { lifted(op, a, 2)? } else { a };
    if y.len() >= 2
        && op.rank(a)? >= y.len()
        && let Some(out) = by_constant(op, a, b, Vec::new())?
    {
        return if row { reshaped(op, out, &op.shape(out)?.split_off(1)) } else { Ok(out) };
    }
    let right = if column { reshaped(op, b.wire, &[&y[..], &[1]].concat())? } else { b.wire };
    let sides = Sides { a, b: right, turned: b.turned, factor: b.factor };
    let out = product(op, &sides, true)?;
    let mut shape = op.shape(out)?;
    if column {
        shape.pop();
    }
    if row {
        shape.remove(shape.len() - 1 - usize::from(!column));
    }
    reshaped(op, out, &shape)
}

/// Gemm: α A' B' + β C.
pub(super) fn gemm(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    op.same_type(a, b)?;
    let (alpha, beta) = (op.float("alpha", 1.0)?, op.float("beta", 1.0)?);
    let (across, down) = (op.int("transA", 0)? != 0, op.int("transB", 0)? != 0);
    let (x, y) = (op.shape(a)?, op.shape(b)?);
    let (&[x0, x1], &[y0, y1]) = (&*x, &*y) else { return Err(op.bad("rank is not 2")) };
    let depth = (if across { x0 } else { x1 }, if down { y1 } else { y0 });
    if depth.0 != depth.1 {
        return Err(op.bad("depths of a product differ"));
    }
    let a = if across { exchanged(op, a)? } else { a };
    let width = if down { y0 } else { y1 };
    let shift = match op.maybe(2) {
        // As it is: β is 1, and C fits.
        Some(c) if beta == 1.0 => columns(op, c, width, 2)?,
        Some(_) => None,
        None => Some(Vec::new()),
    };
    if let Some(bias) = shift
        && let Some(out) = by_constant(op, a, &Matrix { wire: b, turned: down, factor: alpha }, bias)?
    {
        return Ok(out);
    }
    let out = product(op, &Sides { a, b, turned: down, factor: alpha }, true)?;
    let Some(mut c) = op.maybe(2) else { return Ok(out) };
    op.same_type(a, c)?;
    if broadcast(&[&op.shape(out)?, &op.shape(c)?])? != op.shape(out)? {
        return Err(op.bad("shape of C"));
    }
    if beta != 1.0 {
        let factor = op.scalar(beta, c)?;
        c = binary(op, F::Mul, c, factor)?;
    }
    binary(op, F::Add, out, c)
}
