//! Operators that take elements from places given by values. Places are checked at every run.

use super::arithmetic::same_type;
use crate::error::Result;
use crate::tract::import::Op;
use crate::tract::own::{Kernel, one, shape_of, slice};
use tract_core::internal::*;

/// A place on an axis of `dim`, counted from the end where negative.
fn place(index: i64, dim: usize) -> TractResult<usize> {
    let at = if index < 0 { index.checked_add(dim as i64) } else { Some(index) };
    at.and_then(|at| usize::try_from(at).ok())
        .filter(|at| *at < dim)
        .ok_or_else(|| format_err!("index {index} on an axis of {dim}"))
}

/// Indices as 64 bits.
fn wide(op: &mut Op<'_, '_>, wire: OutletId) -> Result<OutletId> {
    op.only(wire, &[DatumType::I64, DatumType::I32])?;
    if op.dtype(wire)? == DatumType::I64 {
        return Ok(wire);
    }
    op.wire(tract_core::ops::cast::cast(DatumType::I64), &[wire])
}

pub(super) fn gather(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (x, indices) = (op.input(0)?, op.input(1)?);
    let axis = op.axis(op.int("axis", 0)?, op.rank(x)?)?;
    let indices = wide(op, indices)?;
    op.own(Gather { axis }, &[x, indices])
}

#[derive(Debug)]
struct Gather {
    axis: usize,
}

impl Gather {
    fn shape(&self, data: &[usize], indices: &[usize]) -> TVec<usize> {
        let (before, after) = (data.iter().take(self.axis), data.iter().skip(self.axis + 1));
        before.chain(indices).chain(after).copied().collect()
    }
}

impl Kernel for Gather {
    fn name(&self) -> &'static str {
        "Gather"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [data, indices] = inputs else { bail!("two inputs") };
        Ok(tvec!(data.datum_type.fact(&*self.shape(shape_of(data)?, shape_of(indices)?))))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (data, indices) = args_2!(inputs);
        let shape = self.shape(data.shape(), indices.shape());
        let mut out = Tensor::zero_dt(data.datum_type(), &shape)?;
        let dim = data.shape().get(self.axis).copied().unwrap_or(0);
        let run = data.shape().iter().skip(self.axis + 1).product::<usize>() * data.datum_type().size_of();
        let places = slice::<i64>(&indices)?.iter().map(|i| place(*i, dim)).collect::<TractResult<Vec<_>>>()?;
        if run == 0 || dim == 0 || places.is_empty() {
            return one(out);
        }
        let blocks = data.as_bytes().chunks_exact(run * dim);
        for (block, out) in blocks.zip(out.as_bytes_mut().chunks_exact_mut(run * places.len())) {
            for (at, out) in places.iter().zip(out.chunks_exact_mut(run)) {
                if let Some(from) = block.get(at * run..(at + 1) * run) {
                    out.copy_from_slice(from);
                }
            }
        }
        one(out)
    }
}

pub(super) fn gather_elements(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (x, indices) = (op.input(0)?, op.input(1)?);
    let rank = op.rank(x)?;
    let axis = op.axis(op.int("axis", 0)?, rank)?;
    fits(op, x, indices, axis)?;
    let indices = wide(op, indices)?;
    op.own(GatherElements { axis }, &[x, indices])
}

/// Whether indices lie within the data on every axis but one.
fn fits(op: &Op<'_, '_>, x: OutletId, indices: OutletId, axis: usize) -> Result<()> {
    let (data, indices) = (op.shape(x)?, op.shape(indices)?);
    if data.len() != indices.len() || indices.iter().zip(&data).enumerate().any(|(a, (i, d))| a != axis && i > d) {
        return Err(op.bad("indices of a shape that does not fit"));
    }
    Ok(())
}

/// Where each index of `shape` lies in data of shape `data`, with position `axis` taken from `indices`.
fn scattered(data: &[usize], indices: &Tensor, axis: usize) -> TractResult<Vec<usize>> {
    let dim = data.get(axis).copied().unwrap_or(0);
    let shape = indices.shape();
    let steps = Tensor::natural_strides(data);
    let own: TVec<usize> = steps.iter().enumerate().map(|(a, s)| if a == axis { 0 } else { *s as usize }).collect();
    let step = steps.get(axis).map_or(1, |s| *s as usize);
    let mut bases = Vec::with_capacity(indices.len());
    super::arithmetic::walk(shape, &[own], |[at]| bases.push(at));
    slice::<i64>(indices)?.iter().zip(bases).map(|(i, base)| Ok(base + place(*i, dim)? * step)).collect()
}

#[derive(Debug)]
struct GatherElements {
    axis: usize,
}

impl Kernel for GatherElements {
    fn name(&self) -> &'static str {
        "GatherElements"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [data, indices] = inputs else { bail!("two inputs") };
        Ok(tvec!(data.datum_type.fact(shape_of(indices)?)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (data, indices) = args_2!(inputs);
        let width = data.datum_type().size_of();
        let mut out = Tensor::zero_dt(data.datum_type(), indices.shape())?;
        let places = scattered(data.shape(), &indices, self.axis)?;
        for (cell, at) in out.as_bytes_mut().chunks_exact_mut(width).zip(places) {
            if let Some(from) = data.as_bytes().get(at * width..(at + 1) * width) {
                cell.copy_from_slice(from);
            }
        }
        one(out)
    }
}

pub(super) fn scatter_elements(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (x, indices, updates) = (op.input(0)?, op.input(1)?, op.input(2)?);
    same_type(op, x, updates)?;
    if op.text("reduction", "none")? != "none" {
        return Err(op.refuse("a reduction while scattering"));
    }
    let rank = op.rank(x)?;
    let axis = op.axis(op.int("axis", 0)?, rank)?;
    fits(op, x, indices, axis)?;
    if op.shape(indices)? != op.shape(updates)? {
        return Err(op.bad("updates of another shape than indices"));
    }
    let indices = wide(op, indices)?;
    op.own(Scatter { axis: Some(axis) }, &[x, indices, updates])
}

/// ScatterElements (with an axis) and ScatterND (without).
#[derive(Debug)]
struct Scatter {
    axis: Option<usize>,
}

impl Kernel for Scatter {
    fn name(&self) -> &'static str {
        "Scatter"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let x = inputs.first().ok_or_else(|| format_err!("no input"))?;
        Ok(tvec!(x.datum_type.fact(shape_of(x)?)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (data, indices, updates) = args_3!(inputs);
        let (places, run) = match self.axis {
            Some(axis) => (scattered(data.shape(), &indices, axis)?, 1),
            None => blocks(data.shape(), &indices, 0)?,
        };
        let width = data.datum_type().size_of() * run;
        let mut out = data.into_tensor();
        if width == 0 {
            return one(out);
        }
        let bytes = out.as_bytes_mut();
        for (at, from) in places.iter().zip(updates.as_bytes().chunks_exact(width)) {
            if let Some(cell) = bytes.get_mut(at * width..(at + 1) * width) {
                cell.copy_from_slice(from);
            }
        }
        one(out)
    }
}

/// Block numbers named by index tuples (the last axis of `indices`), and the elements of a block; the first `batch` axes
/// are shared.
fn blocks(data: &[usize], indices: &Tensor, batch: usize) -> TractResult<(Vec<usize>, usize)> {
    let depth = indices.shape().last().copied().unwrap_or(0);
    let inner = data.get(batch..batch + depth).ok_or_else(|| format_err!("index tuples too long"))?;
    let run: usize = data.iter().skip(batch + depth).product();
    let span: usize = inner.iter().product();
    let per_batch: usize = indices.shape().iter().skip(batch).rev().skip(1).product();
    let mut out = Vec::new();
    let tuples = slice::<i64>(indices)?;
    let count = tuples.len().checked_div(depth).unwrap_or(0);
    for (n, tuple) in tuples.chunks_exact(depth.max(1)).take(count).enumerate() {
        let mut at = n / per_batch.max(1) * span;
        let mut step = span;
        for (index, dim) in tuple.iter().zip(inner) {
            step /= (*dim).max(1);
            at += place(*index, *dim)? * step;
        }
        out.push(at);
    }
    Ok((out, run))
}

pub(super) fn gather_nd(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (x, indices) = (op.input(0)?, op.input(1)?);
    let (data, tuples) = (op.shape(x)?, op.shape(indices)?);
    let batch = op.int("batch_dims", 0)?;
    let batch = usize::try_from(batch).ok().filter(|b| *b < tuples.len().min(data.len())).ok_or_else(|| op.bad("batch_dims"))?;
    let depth = tuples.last().copied().unwrap_or(0);
    if depth == 0 || batch + depth > data.len() || data.iter().zip(&tuples).take(batch).any(|(a, b)| a != b) {
        return Err(op.bad("indices of a shape that does not fit"));
    }
    let indices = wide(op, indices)?;
    op.own(GatherNd { batch }, &[x, indices])
}

#[derive(Debug)]
struct GatherNd {
    batch: usize,
}

impl GatherNd {
    fn shape(&self, data: &[usize], indices: &[usize]) -> TVec<usize> {
        let depth = indices.last().copied().unwrap_or(0);
        let outer = indices.split_last().map_or(indices, |(_, rest)| rest);
        outer.iter().chain(data.iter().skip(self.batch + depth)).copied().collect()
    }
}

impl Kernel for GatherNd {
    fn name(&self) -> &'static str {
        "GatherND"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [data, indices] = inputs else { bail!("two inputs") };
        Ok(tvec!(data.datum_type.fact(&*self.shape(shape_of(data)?, shape_of(indices)?))))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (data, indices) = args_2!(inputs);
        let (places, run) = blocks(data.shape(), &indices, self.batch)?;
        let width = run * data.datum_type().size_of();
        let mut out = Tensor::zero_dt(data.datum_type(), &self.shape(data.shape(), indices.shape()))?;
        if width == 0 {
            return one(out);
        }
        for (cell, at) in out.as_bytes_mut().chunks_exact_mut(width).zip(places) {
            if let Some(from) = data.as_bytes().get(at * width..(at + 1) * width) {
                cell.copy_from_slice(from);
            }
        }
        one(out)
    }
}

pub(super) fn scatter_nd(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (x, indices, updates) = (op.input(0)?, op.input(1)?, op.input(2)?);
    same_type(op, x, updates)?;
    if op.text("reduction", "none")? != "none" {
        return Err(op.refuse("a reduction while scattering"));
    }
    let (data, tuples) = (op.shape(x)?, op.shape(indices)?);
    let depth = tuples.last().copied().unwrap_or(0);
    let want = GatherNd { batch: 0 }.shape(&data, &tuples);
    if depth == 0 || depth > data.len() || op.shape(updates)? != want {
        return Err(op.bad("updates of a shape that does not fit"));
    }
    let indices = wide(op, indices)?;
    op.own(Scatter { axis: None }, &[x, indices, updates])
}
