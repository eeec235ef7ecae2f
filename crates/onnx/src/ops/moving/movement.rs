//! Operators that take elements from places known when the graph is planned: slices, parts, padding, repeats.

use super::pick::{Positions, masked, picked, positions};
use crate::error::Result;
use crate::fact::Constant;
use crate::lower::{Op, Wire, Wires};
use crate::ops::base::elements::{MAX_CELLS, dims};
use crate::ops::base::layout::{reshaped, sliced, spread};
use crate::shape::dense;

/// Axes in the order given, each once; all where none are given.
pub(in crate::ops) fn listed(op: &Op<'_, '_>, axes: Option<Vec<i64>>, rank: usize) -> Result<Vec<usize>> {
    let Some(axes) = axes else { return Ok((0..rank).collect()) };
    op.axes(Some(axes.clone()), rank)?;
    axes.iter().map(|a| op.axis(*a, rank)).collect()
}

pub(in crate::ops) fn slice(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let shape = op.shape(x)?;
    let (starts, ends, axes, steps) = if op.opset() < 10 {
        let starts = op.int_list("starts")?.ok_or_else(|| op.bad("starts missing"))?;
        let ends = op.int_list("ends")?.ok_or_else(|| op.bad("ends missing"))?;
        (starts, ends, op.int_list("axes")?, None)
    } else {
        let (starts, ends) = (op.input(1)?, op.input(2)?);
        let list = |at, what| op.maybe(at).map(|w| op.ints(w, what)).transpose();
        (op.ints(starts, "starts")?, op.ints(ends, "ends")?, list(3, "axes")?, list(4, "steps")?)
    };
    let axes = axes.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = steps.unwrap_or_else(|| vec![1; starts.len()]);
    if ends.len() != starts.len() || axes.len() != starts.len() || steps.len() != starts.len() {
        return Err(op.bad("starts, ends, axes and steps of different lengths"));
    }
    let mut ranges: Vec<(usize, usize, usize)> = shape.iter().map(|d| (0, 1, *d)).collect();
    let mut turned = vec![false; shape.len()];
    let mut seen = vec![false; shape.len()];
    for (((start, end), axis), step) in starts.iter().zip(&ends).zip(&axes).zip(&steps) {
        let axis = op.axis(*axis, shape.len())?;
        if std::mem::replace(&mut seen[axis], true) {
            return Err(op.bad("axis given twice"));
        }
        let dim = shape[axis] as i64;
        let from_end = |v: i64| if v < 0 { v.saturating_add(dim) } else { v };
        let (start, end) = (from_end(*start), from_end(*end));
        // A step back is one forth from the other end, turned.
        let size = step.unsigned_abs();
        let (low, span) = match step {
            0 => return Err(op.bad("step is 0")),
            1.. => (start.clamp(0, dim), end.clamp(0, dim) - start.clamp(0, dim)),
            _ => (start.clamp(-1, dim - 1), start.clamp(-1, dim - 1) - end.clamp(-1, dim - 1)),
        };
        let extent = if span > 0 { (span as u64 - 1) / size + 1 } else { 0 };
        let step_by = if extent > 1 { size } else { 1 };
        let first = if *step < 0 { low - (extent.max(1) as i64 - 1) * step_by as i64 } else { low };
        turned[axis] = *step < 0 && extent > 1;
        ranges[axis] = (if extent == 0 { 0 } else { first as usize }, step_by as usize, extent as usize);
    }
    let out = sliced(op, x, &ranges)?;
    if !turned.contains(&true) {
        return Ok(out);
    }
    let mut back: Vec<Positions> = vec![None; shape.len()];
    for ((back, (_, _, extent)), _) in back.iter_mut().zip(&ranges).zip(&turned).filter(|(_, turned)| **turned) {
        *back = positions(op, *extent, |at| Some(extent - 1 - at))?;
    }
    picked(op, out, &back, None)
}

pub(in crate::ops) fn split(op: &mut Op<'_, '_>) -> Result<Wires> {
    let x = op.input(0)?;
    let shape = op.shape(x)?;
    let axis = op.axis(op.int("axis", 0)?, shape.len())?;
    let dim = shape[axis];
    let given = if op.opset() < 13 { op.int_list("split")? } else { op.maybe(1).map(|w| op.ints(w, "split")).transpose()? };
    let parts = op.int("num_outputs", op.node.outputs.len() as i64)?;
    let parts =
        usize::try_from(parts).ok().filter(|p| *p == op.node.outputs.len() && *p > 0).ok_or_else(|| op.bad("num_outputs"))?;
    let lengths: Vec<usize> = match given {
        Some(list) => {
            let list: std::result::Result<Vec<usize>, _> = list.iter().map(|d| usize::try_from(*d)).collect();
            list.map_err(|_| op.bad("negative part"))?
        }
        // Equal parts, the last one smaller where they do not come out.
        None => {
            let part = dim.div_ceil(parts);
            (0..parts).map(|i| dim.saturating_sub(i * part).min(part)).collect()
        }
    };
    if lengths.len() != parts || lengths.iter().try_fold(0_usize, |n, d| n.checked_add(*d)) != Some(dim) {
        return Err(op.bad("parts do not add up"));
    }
    let mut start = 0;
    let mut out = Vec::with_capacity(parts);
    for len in lengths {
        let mut ranges: Vec<(usize, usize, usize)> = shape.iter().map(|d| (0, 1, *d)).collect();
        ranges[axis] = (start, 1, len);
        out.push(sliced(op, x, &ranges)?);
        start += len;
    }
    Ok(out)
}

pub(in crate::ops) fn pad(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let shape = op.shape(x)?;
    let rank = shape.len();
    let mode = op.text("mode", "constant")?;
    let (pads, fill, axes) = if op.opset() < 11 {
        let value = op.float("value", 0.0)?;
        (op.int_list("pads")?.ok_or_else(|| op.bad("pads missing"))?, Some(op.scalar(value, x)?), None)
    } else {
        let pads = op.input(1)?;
        let axes = op.maybe(3).map(|w| op.ints(w, "axes")).transpose()?;
        (op.ints(pads, "pads")?, op.maybe(2), axes)
    };
    let axes = listed(op, axes, rank)?;
    if pads.len() != 2 * axes.len() {
        return Err(op.bad("number of pads"));
    }
    if let Some(fill) = fill
        && (op.fact(fill)?.len() != 1 || op.dtype(fill)? != op.dtype(x)?)
    {
        return Err(op.bad("fill value"));
    }
    if !["constant", "edge", "wrap", "reflect"].contains(&mode) {
        return Err(op.bad("mode"));
    }
    let mut taken: Vec<Positions> = vec![None; rank];
    let mut cells = 1_usize;
    for (at, axis) in axes.iter().enumerate() {
        let (Some(before), Some(after)) = (pads.get(at), pads.get(at + axes.len())) else { continue };
        let (dim, limit) = (shape[*axis] as i64, MAX_CELLS as u64);
        if before.unsigned_abs() > limit || after.unsigned_abs() > limit || (mode != "constant" && dim == 0) {
            return Err(op.refuse("a tensor of this size"));
        }
        if (*before, *after) == (0, 0) {
            continue;
        }
        let cut = before.min(&0).abs();
        let kept = dim - cut + after.min(&0);
        if mode == "wrap" && kept <= 0 {
            return Err(op.refuse("nothing is left of a tensor that is to be repeated"));
        }
        let place = |n: usize| match (mode, n as i64 - before) {
            ("constant", p) => (0..dim).contains(&p).then_some(p as usize),
            ("edge", p) => Some(p.clamp(0, dim - 1) as usize),
            // What negative pads cut away does not come again.
            ("wrap", p) => Some(((p - cut).rem_euclid(kept) + cut) as usize),
            _ if dim == 1 => Some(0),
            (_, p) => {
                let turn = p.rem_euclid(2 * (dim - 1));
                Some(turn.min(2 * (dim - 1) - turn) as usize)
            }
        };
        let extent = (dim + before + after).max(0) as usize;
        // Held against the limit before there is a list for every axis.
        cells = cells.saturating_mul(extent.max(1));
        if cells > MAX_CELLS {
            return Err(op.refuse("a tensor of this size"));
        }
        taken[*axis] = positions(op, extent, place)?;
    }
    picked(op, x, &taken, fill)
}

pub(in crate::ops) fn tile(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let repeats = op.input(1)?;
    let repeats = dims(op, repeats, "repeats")?;
    let shape = op.shape(x)?;
    if repeats.len() != shape.len() {
        return Err(op.bad("number of repeats"));
    }
    let to: Option<Vec<usize>> = shape.iter().zip(&repeats).map(|(d, r)| d.checked_mul(*r)).collect();
    let to = to.filter(|to| to.iter().try_fold(1_usize, |n, d| n.checked_mul(*d)).is_some_and(|n| n <= MAX_CELLS));
    let to = to.ok_or_else(|| op.refuse("a tensor of this size"))?;
    // A repeated axis is one of the repeats, broadcast, before it.
    let (mut lone, mut wide) = (Vec::new(), Vec::new());
    for (dim, repeat) in shape.iter().zip(&repeats) {
        if *repeat != 1 {
            lone.push(1);
            wide.push(*repeat);
        }
        lone.push(*dim);
        wide.push(*dim);
    }
    let lifted = reshaped(op, x, &lone)?;
    let spread = spread(op, lifted, &wide)?;
    reshaped(op, spread, &to)
}

pub(in crate::ops) fn trilu(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let upper = op.int("upper", 1)? != 0;
    let k = match op.maybe(1) {
        Some(wire) => i128::from(op.ints(wire, "k")?.first().copied().unwrap_or(0)),
        None => 0,
    };
    masked(op, x, |row, column| if upper { column as i128 >= row as i128 + k } else { column as i128 <= row as i128 + k })
}

/// Cut to the middle or padded with zeros around it, axis by axis (ONNX, CenterCropPad).
pub(in crate::ops) fn center_crop_pad(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, wanted) = (op.input(0)?, op.input(1)?);
    let shape = op.shape(x)?;
    let wanted = dims(op, wanted, "shape")?;
    let axes = listed(op, op.int_list("axes")?, shape.len())?;
    if axes.len() != wanted.len() {
        return Err(op.bad("number of axes"));
    }
    let mut taken: Vec<Positions> = vec![None; shape.len()];
    for (axis, want) in axes.iter().zip(&wanted) {
        let (dim, want) = (shape[*axis], *want);
        let (cut, before) = (dim.saturating_sub(want) / 2, want.saturating_sub(dim) / 2);
        if want != dim {
            taken[*axis] = positions(op, want, |i| (i + cut).checked_sub(before).filter(|p| *p < dim))?;
        }
    }
    picked(op, x, &taken, None)
}

/// Places of an axis, or of all elements in a row, at which a known condition is true.
pub(in crate::ops) fn compress(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, condition) = (op.input(0)?, op.input(1)?);
    let shape = op.shape(x)?;
    let axis = op.attribute("axis").map(crate::file::Attribute::int).transpose()?;
    let (x, axis) = match axis {
        Some(axis) => (x, op.axis(axis, shape.len())?),
        None => (reshaped(op, x, &[shape.iter().product()])?, 0),
    };
    let shape = op.shape(x)?;
    let kept: Vec<usize> =
        op.ints(condition, "condition")?.iter().enumerate().filter(|(_, v)| **v != 0).map(|(at, _)| at).collect();
    if kept.last().is_some_and(|last| *last >= shape[axis]) {
        return Err(op.bad("a condition longer than its axis"));
    }
    let mut taken: Vec<Positions> = vec![None; shape.len()];
    taken[axis] = positions(op, kept.len(), |at| kept.get(at).copied())?;
    picked(op, x, &taken, None)
}

/// The indices of the elements of a known value that are not 0, one row an axis.
pub(in crate::ops) fn non_zero(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let values = op.doubles(x, "X")?;
    let shape = op.shape(x)?;
    let found: Vec<usize> = values.iter().enumerate().filter(|(_, v)| **v != 0.0).map(|(at, _)| at).collect();
    let mut out = Vec::with_capacity(found.len() * shape.len());
    for (step, dim) in dense(&shape).iter().zip(&shape) {
        out.extend(found.iter().map(|at| (at / step % dim) as i64));
    }
    op.constant(Constant::i64(&[shape.len(), found.len()], &out))
}
