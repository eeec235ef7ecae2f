//! Operators that move no element, or whole axes.

use crate::error::Result;
use crate::fact::{Constant, MAX_RANK};
use crate::lower::{Op, Wire, longer};
use crate::ops::base::elements::dims;
use crate::ops::base::layout::{joined, permuted, reshaped, spread};
use crate::ops::quantise::turned;
use crate::shape::broadcast;

pub(in crate::ops) fn reshape(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let allow_zero = op.int("allowzero", 0)? != 0;
    let wanted = op.input(1)?;
    let wanted = op.ints(wanted, "shape")?;
    let from = op.shape(x)?;
    let mut to: Vec<usize> = Vec::with_capacity(wanted.len());
    let mut open = None;
    for (at, dim) in wanted.iter().enumerate() {
        to.push(match dim {
            0 if !allow_zero => *from.get(at).ok_or_else(|| op.bad("0 beyond the input's rank"))?,
            -1 if open.is_none() => {
                open = Some(at);
                1
            }
            d => usize::try_from(*d).map_err(|_| op.bad("negative dimension"))?,
        });
    }
    let cells: usize = from.iter().product();
    if let Some(dim) = open.and_then(|at| to.get(at).map(|_| at)) {
        let rest: usize = product(&to).ok_or_else(|| op.bad("shape"))?;
        if rest == 0 {
            return Err(op.bad("-1 beside 0"));
        }
        to[dim] = cells / rest;
    }
    if product(&to) != Some(cells) {
        return Err(op.bad("number of elements"));
    }
    reshaped(op, x, &to)
}

fn product(dims: &[usize]) -> Option<usize> {
    dims.iter().try_fold(1_usize, |n, d| n.checked_mul(*d))
}

pub(in crate::ops) fn flatten(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let shape = op.shape(x)?;
    let axis = op.int("axis", 1)?;
    let axis = if axis == shape.len() as i64 { shape.len() } else { op.axis(axis, shape.len())? };
    let (outer, inner) = shape.split_at(axis);
    let to = [outer.iter().product::<usize>(), inner.iter().product()];
    reshaped(op, x, &to)
}

/// Axes as attribute (up to operator set 12) or input.
fn axes(op: &Op<'_, '_>) -> Result<Option<Vec<i64>>> {
    if op.opset() < 13 {
        return op.int_list("axes");
    }
    op.maybe(1).map(|w| op.ints(w, "axes")).transpose()
}

pub(in crate::ops) fn squeeze(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let shape = op.shape(x)?;
    let axes = match axes(op)? {
        Some(axes) => op.axes(Some(axes), shape.len())?,
        None => (0..shape.len()).filter(|a| shape.get(*a) == Some(&1)).collect(),
    };
    if axes.iter().any(|axis| shape[*axis] != 1) {
        return Err(op.bad("axis to squeeze is not 1"));
    }
    let to: Vec<usize> = shape.iter().enumerate().filter(|(a, _)| !axes.contains(a)).map(|(_, d)| *d).collect();
    reshaped(op, x, &to)
}

pub(in crate::ops) fn unsqueeze(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let axes = axes(op)?.ok_or_else(|| op.bad("axes missing"))?;
    let mut to = op.shape(x)?;
    let rank = to.len() + axes.len();
    if rank > MAX_RANK {
        return Err(op.refuse("a tensor of this rank"));
    }
    for axis in op.axes(Some(axes), rank)? {
        to.insert(axis, 1);
    }
    reshaped(op, x, &to)
}

pub(in crate::ops) fn transpose(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let rank = op.rank(x)?;
    let perm = match op.int_list("perm")? {
        Some(perm) => {
            let perm = perm.iter().map(|a| op.axis(*a, rank)).collect::<Result<Vec<_>>>()?;
            let mut sorted = perm.clone();
            sorted.sort_unstable();
            if !sorted.into_iter().eq(0..rank) {
                return Err(op.bad("perm is not a permutation"));
            }
            perm
        }
        None => (0..rank).rev().collect(),
    };
    if perm == [1, 0]
        && let Some(out) = turned(op, x)?
    {
        return Ok(out);
    }
    permuted(op, x, &perm)
}

pub(in crate::ops) fn expand(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let wanted = op.input(1)?;
    let wanted = dims(op, wanted, "shape")?;
    let from = op.shape(x)?;
    let to = broadcast(&[&from, &wanted])?;
    spread(op, x, &to)
}

pub(in crate::ops) fn shape(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let shape = op.shape(x)?;
    let rank = shape.len() as i64;
    let clamp = |at: i64| (if at < 0 { at.saturating_add(rank) } else { at }).clamp(0, rank) as usize;
    let (start, end) = (clamp(op.int("start", 0)?), clamp(op.int("end", rank)?));
    let dims: Vec<i64> = shape.iter().take(end).skip(start).map(|d| *d as i64).collect();
    op.constant(Constant::i64(&[dims.len()], &dims))
}

pub(in crate::ops) fn size(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let cells = op.fact(x)?.len();
    op.constant(Constant::i64(&[], &[cells as i64]))
}

pub(in crate::ops) fn concat(op: &mut Op<'_, '_>) -> Result<Wire> {
    let first = op.input(0)?;
    let rank = op.rank(first)?;
    let axis = op.attribute("axis").ok_or_else(|| op.bad("axis missing"))?.int()?;
    let axis = op.axis(axis, rank)?;
    let base = op.shape(first)?;
    let mut wires = Vec::new();
    for at in 0..op.node.inputs.len() {
        let wire = op.input(at)?;
        op.same_type(first, wire)?;
        let shape = op.shape(wire)?;
        let fits = shape.len() == rank && shape.iter().zip(&base).enumerate().all(|(i, (a, b))| i == axis || a == b);
        if !fits {
            return Err(op.bad("shapes that do not join"));
        }
        // Nothing joined is nothing: a cache that is still empty, and has no memory of its own.
        if shape.get(axis) != Some(&0) || (at == 0 && op.memory(wire).is_some()) {
            wires.push(wire);
        }
    }
    if wires.is_empty() {
        return Ok(first);
    }
    let all = joined(op, &wires, axis)?;
    op.grows(&[first], &[all], (None, 0), longer);
    Ok(all)
}

/// DepthToSpace and SpaceToDepth: reshape, transpose, reshape (ONNX's operator pages).
pub(in crate::ops) fn depth_space(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let shape = op.shape(x)?;
    let &[n, c, h, w] = &*shape else { return Err(op.bad("rank is not 4")) };
    let b = op.int("blocksize", 0)?;
    let b = usize::try_from(b).ok().filter(|b| (1..=1 << 12).contains(b)).ok_or_else(|| op.bad("blocksize"))?;
    let mode = op.text("mode", "DCR")?;
    let blocks_first = match mode {
        "DCR" => true,
        "CRD" => false,
        _ => return Err(op.bad("mode")),
    };
    if op.node.op_type == "SpaceToDepth" {
        if h % b != 0 || w % b != 0 {
            return Err(op.bad("blocksize does not divide"));
        }
        let split = reshaped(op, x, &[n, c, h / b, b, w / b, b])?;
        let moved = permuted(op, split, if blocks_first { &[0, 3, 5, 1, 2, 4] } else { &[0, 1, 3, 5, 2, 4] })?;
        return reshaped(op, moved, &[n, c * b * b, h / b, w / b]);
    }
    if c % (b * b) != 0 {
        return Err(op.bad("blocksize does not divide"));
    }
    let inner = c / (b * b);
    let moved = if blocks_first {
        let split = reshaped(op, x, &[n, b, b, inner, h, w])?;
        permuted(op, split, &[0, 3, 4, 1, 5, 2])?
    } else {
        let split = reshaped(op, x, &[n, inner, b, b, h, w])?;
        permuted(op, split, &[0, 1, 4, 2, 5, 3])?
    };
    reshaped(op, moved, &[n, inner, h * b, w * b])
}
