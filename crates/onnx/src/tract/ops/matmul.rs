//! Products of matrices: with constant ones by kernels of ours, others by tract's EinSum.

use super::affine::{Matrix, affine, columns};
use super::arithmetic::same_type;
use crate::error::Result;
use crate::tract::import::{Op, broadcast, engine};
use tract_core::internal::*;
use tract_core::ops::change_axes::AxisOp;
use tract_core::ops::einsum::EinSum;
use tract_core::ops::math;

/// What a step of tract's plain loop counts, which has no kernel: it takes about so many times as long.
const SLOW: usize = 64;

/// `matrices` is whether the formula is a product of matrices, which has fast kernels.
fn sum(op: &mut Op<'_, '_>, formula: &str, inputs: &[OutletId], matrices: bool) -> Result<OutletId> {
    let first = inputs.first().copied().ok_or_else(|| op.bad("no input"))?;
    let dtype = op.only(first, &[DatumType::F32, DatumType::F64])?;
    for other in inputs {
        same_type(op, first, *other)?;
    }
    // Every letter is a loop.
    let mut loops: Vec<(char, usize)> = Vec::new();
    for (term, wire) in formula.split("->").next().unwrap_or_default().split(',').zip(inputs) {
        for (letter, dim) in term.chars().zip(op.shape(*wire)?) {
            match loops.iter_mut().find(|(l, _)| *l == letter) {
                Some((_, extent)) => *extent = (*extent).max(dim),
                None => loops.push((letter, dim)),
            }
        }
    }
    let mut factors: Vec<usize> = loops.iter().map(|(_, extent)| *extent).collect();
    let mut folded = true;
    for wire in inputs {
        folded &= op.konst(*wire)?.is_some();
    }
    if !matrices || folded || dtype == DatumType::F64 {
        factors.push(SLOW);
    }
    op.work(&factors)?;
    let axes = formula.parse().map_err(|e: TractError| engine(&e))?;
    op.wire(EinSum::new(axes, dtype), inputs)
}

/// Adds leading axes of 1 up to `rank`.
pub(super) fn lift(op: &mut Op<'_, '_>, x: OutletId, rank: usize) -> Result<OutletId> {
    let mut out = x;
    for _ in op.rank(x)?..rank {
        out = op.wire(AxisOp::Add(0), &[out])?;
    }
    Ok(out)
}

pub(super) fn matmul(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    product(op, a, b)
}

/// `numpy.matmul`.
pub(super) fn product(op: &mut Op<'_, '_>, a: OutletId, b: OutletId) -> Result<OutletId> {
    same_type(op, a, b)?;
    let (x, y) = (op.shape(a)?, op.shape(b)?);
    let (row, column) = (x.len() == 1, y.len() == 1);
    if x.is_empty() || y.is_empty() {
        return Err(op.bad("a product of scalars"));
    }
    if y.len() >= 2
        && x.len() >= y.len()
        && let Some(out) = affine(op, a, &Matrix { wire: b, turned: false, factor: 1.0 }, Vec::new())?
    {
        return Ok(out);
    }
    // A vector is a matrix of one row or one column.
    let a = if row { op.wire(AxisOp::Add(0), &[a])? } else { a };
    let b = if column { op.wire(AxisOp::Add(1), &[b])? } else { b };
    let rank = op.rank(a)?.max(op.rank(b)?);
    let (a, b) = (lift(op, a, rank)?, lift(op, b, rank)?);
    let (x, y) = (op.shape(a)?, op.shape(b)?);
    let batch = rank - 2;
    let depths = (x.last().copied(), y.get(batch).copied());
    if depths.0 != depths.1 || batch > 16 {
        return Err(op.bad("depths of a product differ"));
    }
    broadcast(&[x.get(..batch).unwrap_or_default(), y.get(..batch).unwrap_or_default()])?;
    // Batch axes take letters from 'a', then m, k and n.
    let letters: String = (b'a'..).take(batch).map(char::from).collect();
    let formula = format!("{letters}xy,{letters}yz->{letters}xz");
    let mut out = sum(op, &formula, &[a, b], true)?;
    if column {
        out = op.wire(AxisOp::Rm(rank - 1), &[out])?;
    }
    if row {
        out = op.wire(AxisOp::Rm(batch), &[out])?;
    }
    Ok(out)
}

/// Gemm: α A' B' + β C.
pub(super) fn gemm(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    same_type(op, a, b)?;
    let (alpha, beta) = (op.float("alpha", 1.0)?, op.float("beta", 1.0)?);
    let (across, down) = (op.int("transA", 0)? != 0, op.int("transB", 0)? != 0);
    let (x, y) = (op.shape(a)?, op.shape(b)?);
    let (&[x0, x1], &[y0, y1]) = (&*x, &*y) else { return Err(op.bad("rank is not 2")) };
    let depth = (if across { x0 } else { x1 }, if down { y1 } else { y0 });
    if depth.0 != depth.1 {
        return Err(op.bad("depths of a product differ"));
    }
    if !across {
        let width = if down { y0 } else { y1 };
        let shift = match op.maybe(2) {
            // As it is: β is 1, and C fits.
            Some(c) if beta == 1.0 => columns(op, c, width, 2)?,
            Some(_) => None,
            None => Some(Vec::new()),
        };
        if let Some(bias) = shift
            && let Some(out) = affine(op, a, &Matrix { wire: b, turned: down, factor: alpha }, bias)?
        {
            return Ok(out);
        }
    }
    let formula = match (across, down) {
        (false, false) => "xy,yz->xz",
        (false, true) => "xy,zy->xz",
        (true, false) => "yx,yz->xz",
        (true, true) => "yx,zy->xz",
    };
    let mut out = sum(op, formula, &[a, b], true)?;
    if alpha != 1.0 {
        let factor = op.scalar(alpha, out)?;
        out = op.binary(math::mul(), out, factor)?;
    }
    let Some(mut c) = op.maybe(2) else { return Ok(out) };
    same_type(op, a, c)?;
    if broadcast(&[&op.shape(out)?, &op.shape(c)?])? != op.shape(out)? {
        return Err(op.bad("shape of C"));
    }
    if beta != 1.0 {
        let factor = op.scalar(beta, c)?;
        c = op.binary(math::mul(), c, factor)?;
    }
    op.binary(math::add(), out, c)
}

pub(super) fn einsum(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let text: String = op.text("equation", "")?.chars().filter(|c| !c.is_whitespace()).collect();
    let (left, right) = text.split_once("->").ok_or_else(|| op.refuse("an equation without ->"))?;
    let terms: Vec<&str> = left.split(',').collect();
    let plain = |t: &str| {
        let mut letters: Vec<char> = t.chars().collect();
        let all = letters.iter().all(char::is_ascii_alphabetic);
        letters.sort_unstable();
        letters.windows(2).all(|w| w[0] != w[1]) && all
    };
    if !terms.iter().chain([&right]).all(|t| plain(t)) || terms.len() != op.node.inputs.len() || terms.len() > 2 {
        return Err(op.refuse("an equation of this form"));
    }
    if !right.chars().all(|c| left.contains(c)) {
        return Err(op.bad("equation"));
    }
    let mut extents: Vec<(char, usize)> = Vec::new();
    let mut wires = Vec::new();
    for (at, term) in terms.iter().enumerate() {
        let wire = op.input(at)?;
        let shape = op.shape(wire)?;
        if shape.len() != term.len() {
            return Err(op.bad("rank differs from the equation"));
        }
        for (letter, dim) in term.chars().zip(&shape) {
            match extents.iter().find(|(l, _)| *l == letter) {
                Some((_, have)) if have != dim => return Err(op.bad("extents differ")),
                Some(_) => {}
                None => extents.push((letter, *dim)),
            }
        }
        wires.push(wire);
    }
    let [_, _] = wires.as_slice() else { return Err(op.refuse("an equation of one term")) };
    sum(op, &text, &wires, false)
}
