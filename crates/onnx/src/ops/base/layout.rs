//! Elements in another order or number: views where they lie so already, one kernel of strides where not.

use crate::dtype::Buffer;
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs, single};
use crate::lower::{Op, Wire};
use crate::refusal::malformed;
use crate::shape::{Loops, dense, strides};

/// What became of a value's axes.
#[derive(Clone, Debug)]
pub(super) enum Moved {
    /// Axis `i` is axis `perm[i]`.
    Permuted(Vec<usize>),
    /// Axes of 1 are repeated, others stand before them.
    Spread,
    /// Of each axis from a place on every so manyth, so many.
    Sliced(Vec<(usize, usize, usize)>),
}

/// Elements of `x` from `base` on, in an order given by one stride an axis of `shape`. A view where they lie so already.
fn strided(op: &mut Op<'_, '_>, x: Wire, shape: &[usize], strides: Vec<usize>, base: usize, moved: Moved) -> Result<Wire> {
    let loops = Loops::new(shape, &[strides]);
    if shape.contains(&0) || loops.is_dense() {
        return op.view(x, shape, if shape.contains(&0) { 0 } else { base });
    }
    let turned = matches!(&moved, Moved::Permuted(perm) if *perm == [1, 0]);
    let kernel = Strided { shape: shape.to_vec(), base, loops, moved };
    // A product with it is one with the matrix as it was.
    if turned { op.later(kernel, &[x]) } else { op.add(kernel, &[x]) }
}

/// The same elements in another shape.
pub(crate) fn reshaped(op: &mut Op<'_, '_>, x: Wire, shape: &[usize]) -> Result<Wire> {
    if op.fact(x)?.shape == shape {
        return Ok(x);
    }
    if op.fact(x)?.len() != shape.iter().product::<usize>() {
        return Err(op.bad("number of elements"));
    }
    op.view(x, shape, 0)
}

/// Leading axes of 1 up to `rank`.
pub(crate) fn lifted(op: &mut Op<'_, '_>, x: Wire, rank: usize) -> Result<Wire> {
    let shape = op.shape(x)?;
    let mut out = vec![1; rank.saturating_sub(shape.len())];
    out.extend(shape);
    reshaped(op, x, &out)
}

/// Axes in another order: axis `i` of the result is axis `perm[i]` of `x`.
pub(crate) fn permuted(op: &mut Op<'_, '_>, x: Wire, perm: &[usize]) -> Result<Wire> {
    let from = op.shape(x)?;
    let steps = dense(&from);
    let at = |list: &[usize], axis: &usize| list.get(*axis).copied().ok_or_else(|| malformed("perm", &axis.to_string()));
    let shape = perm.iter().map(|a| at(&from, a)).collect::<Result<Vec<_>>>()?;
    let strides = perm.iter().map(|a| at(&steps, a)).collect::<Result<Vec<_>>>()?;
    if shape == from && perm.iter().copied().eq(0..from.len()) {
        return Ok(x);
    }
    strided(op, x, &shape, strides, 0, Moved::Permuted(perm.to_vec()))
}

/// The order of axes that undoes `perm`.
pub(crate) fn inverse(perm: &[usize]) -> Vec<usize> {
    let mut back = vec![0; perm.len()];
    for (to, from) in perm.iter().enumerate() {
        if let Some(place) = back.get_mut(*from) {
            *place = to;
        }
    }
    back
}

/// The constant matrix of which a value is the one with its axes exchanged; `None` where it is something else.
pub(super) fn unturned(op: &Op<'_, '_>, x: Wire) -> Result<Option<Wire>> {
    let turned = |kernel: &Strided| matches!(&kernel.moved, Moved::Permuted(perm) if *perm == [1, 0]);
    let Some((_, &[from])) = op.made_by::<Strided>(x).filter(|(kernel, _)| turned(kernel)) else { return Ok(None) };
    Ok(op.konst(from)?.is_some().then_some(from))
}

/// Broadcast to a shape to which it broadcasts.
pub(crate) fn spread(op: &mut Op<'_, '_>, x: Wire, shape: &[usize]) -> Result<Wire> {
    let from = op.shape(x)?;
    if from == shape {
        return Ok(x);
    }
    strided(op, x, shape, strides(&from, shape), 0, Moved::Spread)
}

/// Of each axis every `step`-th place from `start` on, `extent` of them. Places are inside of `x`.
pub(crate) fn sliced(op: &mut Op<'_, '_>, x: Wire, ranges: &[(usize, usize, usize)]) -> Result<Wire> {
    let from = op.shape(x)?;
    let inside = from.len() == ranges.len()
        && from.iter().zip(ranges).all(|(dim, (start, step, extent))| {
            *extent == 0 || (extent - 1).checked_mul(*step).and_then(|l| l.checked_add(*start)).is_some_and(|l| l < *dim)
        });
    if !inside {
        return Err(op.bad("a slice outside of its input"));
    }
    let steps = dense(&from);
    let base = ranges.iter().zip(&steps).map(|((start, _, _), s)| start * s).sum();
    let shape: Vec<usize> = ranges.iter().map(|(_, _, extent)| *extent).collect();
    if shape == from {
        return Ok(x);
    }
    let strides = ranges.iter().zip(&steps).map(|((_, step, _), s)| step * s).collect();
    strided(op, x, &shape, strides, base, Moved::Sliced(ranges.to_vec()))
}

/// One after the other along an axis; all of one type and, but for that axis, of one shape.
pub(crate) fn joined(op: &mut Op<'_, '_>, parts: &[Wire], axis: usize) -> Result<Wire> {
    let (Some(first), false) = (parts.first(), parts.is_empty()) else { return Err(op.bad("no input")) };
    if let Some(wire) = op.appended(parts, axis)? {
        return Ok(wire);
    }
    if parts.len() == 1 {
        return Ok(*first);
    }
    op.add(Joined { axis }, parts)
}

#[derive(Debug)]
pub(super) struct Strided {
    shape: Vec<usize>,
    base: usize,
    loops: Loops<1>,
    pub(super) moved: Moved,
}

impl Kernel for Strided {
    fn name(&self) -> &'static str {
        "Copy"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(single(inputs)?.dtype, &self.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (x, out) = (inputs.bytes(0)?, outputs.bytes(0)?);
        match inputs.fact(0)?.dtype.bytes() {
            1 => self.copy::<1>(x, out),
            4 => self.copy::<4>(x, out),
            _ => self.copy::<8>(x, out),
        }
        Ok(())
    }
}

impl Strided {
    /// Cells of `W` bytes.
    fn copy<const W: usize>(&self, x: &[u8], out: &mut [u8]) {
        let (x, out) = (x.as_chunks::<W>().0, out.as_chunks_mut::<W>().0);
        let mut rest = &mut *out;
        self.loops.rows(|[at], width, [step]| {
            let (row, after) = std::mem::take(&mut rest).split_at_mut_checked(width).unwrap_or_default();
            rest = after;
            let from = x.get(self.base + at..).unwrap_or_default();
            match step {
                0 => row.iter_mut().for_each(|cell| *cell = from.first().copied().unwrap_or([0; W])),
                1 => row.iter_mut().zip(from).for_each(|(cell, v)| *cell = *v),
                _ => row.iter_mut().zip(from.iter().step_by(step)).for_each(|(cell, v)| *cell = *v),
            }
        });
    }
}

#[derive(Debug)]
struct Joined {
    axis: usize,
}

impl Kernel for Joined {
    fn name(&self) -> &'static str {
        "Concat"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let first = inputs.first().ok_or_else(|| malformed("number of inputs", "0"))?;
        let mut fact = (*first).clone();
        let mut total = 0_usize;
        for input in inputs {
            let alike = input.dtype == first.dtype
                && input.shape.len() == first.shape.len()
                && input.shape.iter().zip(&first.shape).enumerate().all(|(i, (a, b))| i == self.axis || a == b);
            let more = input.shape.get(self.axis).filter(|_| alike);
            total = more
                .and_then(|m| total.checked_add(*m))
                .ok_or_else(|| malformed("shapes that do not join", &crate::tensor::shape_text(&input.shape)))?;
        }
        if let Some(dim) = fact.shape.get_mut(self.axis) {
            *dim = total;
        }
        Ok(vec![fact])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let whole = outputs.fact(0)?;
        let outer: usize = whole.shape.iter().take(self.axis).product();
        let stride = whole.bytes() / outer.max(1);
        let out = outputs.bytes(0)?;
        let mut before = 0;
        for at in 0..inputs.len() {
            let from = inputs.bytes(at)?;
            let width = from.len() / outer.max(1);
            if width == 0 {
                continue;
            }
            for (row, from) in out.chunks_exact_mut(stride.max(1)).zip(from.chunks_exact(width)) {
                if let Some(cells) = row.get_mut(before..before + width) {
                    cells.copy_from_slice(from);
                }
            }
            before += width;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::graph::Graph;
    use crate::limits::ModelLimits;
    use crate::ops::writer::File;
    use crate::tensor::{Tensor, Values};

    #[test]
    fn what_is_repeated_is_not_written_over() {
        // The first row of −x, which nobody reads after it, is added to both rows of z.
        let mut file = File::default();
        for name in ["x", "z"] {
            file.input(name, 1, &[2, 2]);
        }
        file.ints("0", &[1], &[0]);
        file.ints("1", &[1], &[1]);
        file.node("Neg", &["x"], &["n"], &[]);
        file.node("Slice", &["n", "0", "1"], &["s"], &[]);
        file.node("Add", &["s", "z"], &["y"], &[]);
        file.output("y", 1, &[2, 2]);
        let given = |values: &[f32]| Tensor::f32(vec![2, 2], values.to_vec());
        let mut graph = Graph::load(&file.finish(), &ModelLimits::default()).unwrap();
        let out = graph.run(vec![given(&[1.0, 2.0, 3.0, 4.0]), given(&[10.0, 20.0, 30.0, 40.0])]).unwrap();
        assert_eq!(out[0].values, Values::F32(vec![9.0, 18.0, 29.0, 38.0]));
    }
}
