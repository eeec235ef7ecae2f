//! Operators that take elements from places given by values. Places are checked at every run.

use super::places::{Indices, cells, runs};
use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};
use crate::ops::base::layout::{reshaped, sliced};
use crate::refusal::malformed;
use crate::shape::{Loops, dense};

/// Types of indices.
pub(in crate::ops) const INDEX: &[DType] = &[DType::I64, DType::I32];

pub(in crate::ops) fn gather(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, indices) = (op.input(0)?, op.input(1)?);
    let axis = op.axis(op.int("axis", 0)?, op.rank(x)?)?;
    gathered(op, x, indices, axis)
}

/// The places of `x` on an axis that `indices` name.
pub(in crate::ops) fn gathered(op: &mut Op<'_, '_>, x: Wire, indices: Wire, axis: usize) -> Result<Wire> {
    op.only(indices, INDEX)?;
    let (from, at) = (op.shape(x)?, op.shape(indices)?);
    let shape: Vec<usize> = from.iter().take(axis).chain(&at).chain(from.iter().skip(axis + 1)).copied().collect();
    // One known place is a slice.
    let known = op.konst(indices)?.filter(|c| c.fact.len() == 1).and_then(|c| c.ints().first().copied());
    let dim = from[axis] as i64;
    if let Some(place) = known.map(|i| if i < 0 { i + dim } else { i }).filter(|i| (0..dim).contains(i)) {
        let mut ranges: Vec<(usize, usize, usize)> = from.iter().map(|d| (0, 1, *d)).collect();
        ranges[axis] = (place as usize, 1, 1);
        let one = sliced(op, x, &ranges)?;
        return reshaped(op, one, &shape);
    }
    let run = from.iter().skip(axis + 1).product();
    op.add(Gather { shape, dim: from[axis], run }, &[x, indices])
}

#[derive(Debug)]
struct Gather {
    shape: Vec<usize>,
    /// Extent of the axis.
    dim: usize,
    /// Elements of a place.
    run: usize,
}

impl Kernel for Gather {
    fn name(&self) -> &'static str {
        "Gather"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        typed(inputs, &self.shape)
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (x, indices) = (inputs.bytes(0)?, Indices::of(inputs, 1)?);
        let run = self.run * inputs.fact(0)?.dtype.bytes();
        let out = outputs.bytes(0)?;
        if out.is_empty() {
            return indices.check(self.dim);
        }
        for (block, out) in x.chunks_exact((run * self.dim).max(1)).zip(out.chunks_exact_mut(run * indices.len())) {
            for (number, to) in out.chunks_exact_mut(run).enumerate() {
                let at = indices.place(number, self.dim)?;
                cells(to, block, at);
            }
        }
        // Where the axis is empty there is no block, and no place is right.
        if self.dim == 0 { indices.check(0) } else { Ok(()) }
    }
}

/// An output of the first input's type.
pub(in crate::ops) fn typed(inputs: &[&Fact], shape: &[usize]) -> Result<Vec<Fact>> {
    let x = inputs.first().ok_or_else(|| malformed("number of inputs", "0"))?;
    Ok(vec![Fact::new(x.dtype, shape)])
}

/// Walks over the places of a tensor along one axis, named by indices of their own for each element.
#[derive(Debug)]
pub(in crate::ops) struct Along {
    /// Offsets of the elements, but for the axis.
    loops: Loops<1>,
    dim: usize,
    /// From one place on the axis to the next.
    step: usize,
}

impl Along {
    /// For indices that lie within the data on every axis but `axis`.
    pub(in crate::ops) fn new(op: &Op<'_, '_>, x: Wire, indices: Wire, axis: usize) -> Result<Self> {
        op.only(indices, INDEX)?;
        let (data, indices) = (op.shape(x)?, op.shape(indices)?);
        if data.len() != indices.len() || indices.iter().zip(&data).enumerate().any(|(a, (i, d))| a != axis && i > d) {
            return Err(op.bad("indices of a shape that does not fit"));
        }
        let mut strides = dense(&data);
        let step = std::mem::take(&mut strides[axis]);
        Ok(Self { loops: Loops::new(&indices, &[strides]), dim: data[axis], step })
    }

    /// Calls `visit` with the number of each index and its place.
    pub(in crate::ops) fn each(&self, indices: &Indices<'_>, visit: &mut dyn FnMut(usize, usize)) -> Result<()> {
        let (mut number, mut done) = (0, Ok(()));
        self.loops.each(|[base]| {
            match indices.place(number, self.dim) {
                Ok(at) => visit(number, base + at * self.step),
                Err(e) => done = Err(e),
            }
            number += 1;
        });
        done
    }
}

/// Walks over the blocks of a tensor that tuples of indices name; the first `batch` axes are shared.
#[derive(Debug)]
pub(in crate::ops) struct Blocks {
    /// Extents that a tuple goes through.
    inner: Vec<usize>,
    /// Tuples of each batch.
    per_batch: usize,
    /// Elements of a block.
    pub(in crate::ops) run: usize,
    /// Shape of all blocks named.
    pub(in crate::ops) shape: Vec<usize>,
}

impl Blocks {
    pub(in crate::ops) fn new(op: &Op<'_, '_>, x: Wire, indices: Wire, batch: usize) -> Result<Self> {
        op.only(indices, INDEX)?;
        let (data, tuples) = (op.shape(x)?, op.shape(indices)?);
        let (Some((depth, outer)), true) = (tuples.split_last(), batch < tuples.len().min(data.len())) else {
            return Err(op.bad("batch_dims"));
        };
        let fits = data.iter().zip(&tuples).take(batch).all(|(a, b)| a == b);
        let inner = data.get(batch..batch.saturating_add(*depth)).filter(|i| !i.is_empty() && fits);
        let inner = inner.ok_or_else(|| op.bad("indices of a shape that does not fit"))?.to_vec();
        let rest = data.iter().skip(batch + depth);
        Ok(Self {
            inner,
            per_batch: outer.iter().skip(batch).product(),
            run: rest.clone().product(),
            shape: outer.iter().chain(rest).copied().collect(),
        })
    }

    /// Calls `visit` with the number of each tuple and of its block.
    pub(in crate::ops) fn each(&self, indices: &Indices<'_>, visit: &mut dyn FnMut(usize, usize)) -> Result<()> {
        let span: usize = self.inner.iter().product();
        let depth = self.inner.len();
        for number in 0..indices.len() / depth {
            let mut at = 0;
            for (axis, dim) in self.inner.iter().enumerate() {
                at = at * dim + indices.place(number * depth + axis, *dim)?;
            }
            visit(number, number / self.per_batch.max(1) * span + at);
        }
        Ok(())
    }
}

pub(in crate::ops) fn gather_elements(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, indices) = (op.input(0)?, op.input(1)?);
    let axis = op.axis(op.int("axis", 0)?, op.rank(x)?)?;
    let (along, shape) = (Along::new(op, x, indices, axis)?, op.shape(indices)?);
    op.add(Named { places: Places::Along(along), shape }, &[x, indices])
}

pub(in crate::ops) fn gather_nd(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, indices) = (op.input(0)?, op.input(1)?);
    let batch = usize::try_from(op.int("batch_dims", 0)?).map_err(|_| op.bad("batch_dims"))?;
    let blocks = Blocks::new(op, x, indices, batch)?;
    let shape = blocks.shape.clone();
    op.add(Named { places: Places::Blocks(blocks), shape }, &[x, indices])
}

/// Places of either kind.
#[derive(Debug)]
pub(in crate::ops) enum Places {
    /// One index an element.
    Along(Along),
    /// One tuple of indices a block.
    Blocks(Blocks),
}

impl Places {
    /// Elements that a place holds.
    pub(in crate::ops) const fn run(&self) -> usize {
        match self {
            Self::Along(_) => 1,
            Self::Blocks(blocks) => blocks.run,
        }
    }

    /// Calls `visit` with the number of each place, and where it lies in the data, in runs.
    pub(in crate::ops) fn each(&self, indices: &Indices<'_>, visit: &mut dyn FnMut(usize, usize)) -> Result<()> {
        match self {
            Self::Along(along) => along.each(indices, visit),
            Self::Blocks(blocks) => blocks.each(indices, visit),
        }
    }
}

/// GatherElements and GatherND.
#[derive(Debug)]
struct Named {
    places: Places,
    shape: Vec<usize>,
}

impl Kernel for Named {
    fn name(&self) -> &'static str {
        "GatherND"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        typed(inputs, &self.shape)
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (x, indices) = (inputs.bytes(0)?, Indices::of(inputs, 1)?);
        let width = self.places.run() * inputs.fact(0)?.dtype.bytes();
        let out = outputs.bytes(0)?;
        self.places.each(&indices, &mut |number, at| {
            if let Some(to) = runs(out, number, width) {
                cells(to, x, at);
            }
        })
    }
}
