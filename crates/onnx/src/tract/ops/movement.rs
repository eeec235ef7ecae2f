//! Operators that take elements from places known at load: one kernel, a table of places.

use super::elements::dims;
use crate::error::Result;
use crate::tract::import::{Op, Wires};
use crate::tract::own::{Kernel, one};
use tract_core::internal::*;
use tract_core::ops::array::Slice;

/// Marks a cell that takes the fill value.
const FILL: u32 = u32::MAX;

/// Output element i is input element `from[i]`, or the second input where that is [`FILL`].
#[derive(Debug)]
struct Pick {
    shape: TVec<usize>,
    from: Vec<u32>,
}

impl Kernel for Pick {
    fn name(&self) -> &'static str {
        "Pick"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let x = inputs.first().ok_or_else(|| format_err!("no input"))?;
        Ok(tvec!(x.datum_type.fact(&*self.shape)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let x = inputs.first().ok_or_else(|| format_err!("no input"))?;
        let width = x.datum_type().size_of();
        let fill = inputs.get(1).map(|f| f.as_bytes()).unwrap_or_default();
        let source = x.as_bytes();
        let mut out = Tensor::zero_dt(x.datum_type(), &self.shape)?;
        for (cell, from) in out.as_bytes_mut().chunks_exact_mut(width).zip(&self.from) {
            let at = *from as usize * width;
            let value = if *from == FILL { fill.get(..width) } else { source.get(at..at + width) };
            if let Some(value) = value {
                cell.copy_from_slice(value);
            }
        }
        one(out)
    }
}

/// Builds the table axis by axis: `axes[a]` lists, for every output position on axis a, the input position or `None`.
fn pick(op: &mut Op<'_, '_>, x: OutletId, axes: &[Vec<Option<usize>>], fill: Option<OutletId>) -> Result<OutletId> {
    let from = op.shape(x)?;
    let shape: TVec<usize> = axes.iter().map(Vec::len).collect();
    let cells = shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d)).filter(|n| *n <= super::elements::MAX_CELLS);
    if cells.is_none() || from.iter().product::<usize>() >= FILL as usize {
        return Err(op.refuse("a tensor of this size"));
    }
    let mut table: Vec<Option<usize>> = vec![Some(0)];
    for (positions, dim) in axes.iter().zip(&from) {
        table = table.iter().flat_map(|base| positions.iter().map(move |p| base.zip(*p).map(|(b, p)| b * dim + p))).collect();
    }
    let from = table.into_iter().map(|at| at.map_or(FILL, |at| at as u32)).collect();
    let inputs: TVec<OutletId> = [Some(x), fill].into_iter().flatten().collect();
    op.own(Pick { shape, from }, &inputs)
}

pub(super) fn slice(op: &mut Op<'_, '_>) -> Result<OutletId> {
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
    let mut seen = Vec::new();
    let mut out = x;
    let mut strided: Vec<Vec<Option<usize>>> = shape.iter().map(|d| (0..*d).map(Some).collect()).collect();
    let mut any = false;
    for (((start, end), axis), step) in starts.iter().zip(&ends).zip(&axes).zip(&steps) {
        let axis = op.axis(*axis, shape.len())?;
        if seen.contains(&axis) {
            return Err(op.bad("axis given twice"));
        }
        seen.push(axis);
        let dim = shape.get(axis).copied().unwrap_or(0) as i64;
        let from_end = |v: i64| if v < 0 { v.saturating_add(dim) } else { v };
        let (start, end) = (from_end(*start), from_end(*end));
        let positions: Vec<Option<usize>> = match step {
            0 => return Err(op.bad("step is 0")),
            1.. => {
                let (start, end) = (start.clamp(0, dim), end.clamp(0, dim));
                (start..end).step_by(usize::try_from(*step).unwrap_or(usize::MAX)).map(|p| Some(p as usize)).collect()
            }
            _ => {
                let (start, end) = (start.clamp(-1, dim - 1), end.clamp(-1, dim - 1));
                let stride = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
                (end + 1..=start).rev().step_by(stride).map(|p| Some(p as usize)).collect()
            }
        };
        match step {
            1 if !positions.is_empty() => {
                let first = positions.first().copied().flatten().unwrap_or(0);
                if positions.len() as i64 != dim {
                    out = op.wire(Slice::new(axis, first, first + positions.len()), &[out])?;
                }
                if let Some(list) = strided.get_mut(axis) {
                    *list = (0..positions.len()).map(Some).collect();
                }
            }
            _ => {
                any = true;
                if let Some(list) = strided.get_mut(axis) {
                    *list = positions;
                }
            }
        }
    }
    if any { pick(op, out, &strided, None) } else { Ok(out) }
}

pub(super) fn split(op: &mut Op<'_, '_>) -> Result<Wires> {
    let x = op.input(0)?;
    let shape = op.shape(x)?;
    let axis = op.axis(op.int("axis", 0)?, shape.len())?;
    let dim = shape.get(axis).copied().unwrap_or(0);
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
    if lengths.contains(&0) {
        return Err(op.refuse("an empty part"));
    }
    let mut start = 0;
    let mut out = tvec!();
    for len in lengths {
        out.push(if len == dim { x } else { op.wire(Slice::new(axis, start, start + len), &[x])? });
        start += len;
    }
    Ok(out)
}

pub(super) fn pad(op: &mut Op<'_, '_>) -> Result<OutletId> {
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
    let axes: Vec<usize> = match axes {
        Some(axes) => axes.iter().map(|a| op.axis(*a, rank)).collect::<Result<_>>()?,
        None => (0..rank).collect(),
    };
    if pads.len() != 2 * axes.len() {
        return Err(op.bad("number of pads"));
    }
    if let Some(fill) = fill
        && (op.shape(fill)?.iter().product::<usize>() != 1 || op.dtype(fill)? != op.dtype(x)?)
    {
        return Err(op.bad("fill value"));
    }
    let mut positions: Vec<Vec<Option<usize>>> = shape.iter().map(|d| (0..*d).map(Some).collect()).collect();
    for (at, axis) in axes.iter().enumerate() {
        let (Some(before), Some(after), Some(dim)) = (pads.get(at), pads.get(at + axes.len()), shape.get(*axis)) else {
            continue;
        };
        let (dim, limit) = (*dim as i64, super::elements::MAX_CELLS as i64);
        if before.abs() > limit || after.abs() > limit || (mode != "constant" && dim == 0) {
            return Err(op.refuse("a tensor of this size"));
        }
        let place = |p: i64| match mode {
            "constant" => Some((0..dim).contains(&p).then_some(p as usize)),
            "edge" => Some(Some(p.clamp(0, dim - 1) as usize)),
            "wrap" => Some(Some(p.rem_euclid(dim) as usize)),
            "reflect" if dim == 1 => Some(Some(0)),
            "reflect" => {
                let turn = p.rem_euclid(2 * (dim - 1));
                Some(Some(turn.min(2 * (dim - 1) - turn) as usize))
            }
            _ => None,
        };
        let list: Option<Vec<Option<usize>>> = (-before..dim + after).map(place).collect();
        if let (Some(slot), Some(list)) = (positions.get_mut(*axis), list) {
            *slot = list;
        } else {
            return Err(op.bad("mode"));
        }
    }
    pick(op, x, &positions, fill)
}

pub(super) fn tile(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    let repeats = op.input(1)?;
    let repeats = dims(op, repeats, "repeats")?;
    let shape = op.shape(x)?;
    if repeats.len() != shape.len() {
        return Err(op.bad("number of repeats"));
    }
    let cells = shape.iter().zip(&repeats).try_fold(1_usize, |n, (d, r)| n.checked_mul(d.checked_mul(*r)?));
    if cells.is_none_or(|n| n > super::elements::MAX_CELLS) {
        return Err(op.refuse("a tensor of this size"));
    }
    let positions: Vec<Vec<Option<usize>>> =
        shape.iter().zip(&repeats).map(|(d, r)| (0..*r).flat_map(|_| (0..*d).map(Some)).collect()).collect();
    pick(op, x, &positions, None)
}

pub(super) fn trilu(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    let upper = op.int("upper", 1)? != 0;
    let k = match op.maybe(1) {
        Some(wire) => op.ints(wire, "k")?.first().copied().unwrap_or(0),
        None => 0,
    };
    let shape = op.shape(x)?;
    let (Some([rows, columns]), cells) = (shape.last_chunk::<2>(), shape.iter().product::<usize>()) else {
        return Err(op.bad("rank is below 2"));
    };
    if cells >= FILL as usize {
        return Err(op.refuse("a tensor of this size"));
    }
    let keep = |at: usize| {
        let (row, column) = ((at / columns % rows) as i128, (at % columns) as i128);
        if upper { column >= row + i128::from(k) } else { column <= row + i128::from(k) }
    };
    let from = (0..cells).map(|at| if keep(at) { at as u32 } else { FILL }).collect();
    op.own(Pick { shape, from }, &[x])
}
