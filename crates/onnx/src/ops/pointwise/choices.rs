//! Where and OneHot: one of two values for every cell, whatever their type.

use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};
use crate::ops::base::elements::{MAX_CELLS, cast};
use crate::refusal::malformed;
use crate::shape::{Loops, broadcast};
use nearhand_kernels::elementwise;

/// Where.
pub(crate) fn choose(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (condition, x, y) = (op.input(0)?, op.input(1)?, op.input(2)?);
    op.only(condition, &[DType::Bool])?;
    chosen(op, condition, x, y)
}

/// Cells of `x` where the condition holds, and of `y` elsewhere.
pub(crate) fn chosen(op: &mut Op<'_, '_>, condition: Wire, x: Wire, y: Wire) -> Result<Wire> {
    op.same_type(x, y)?;
    let shapes = [op.shape(condition)?, op.shape(x)?, op.shape(y)?];
    let shapes = [&shapes[0][..], &shapes[1][..], &shapes[2][..]];
    let shape = broadcast(&shapes)?;
    let loops = Loops::broadcast(&shape, shapes);
    op.add(Choose { shape, loops }, &[condition, x, y])
}

/// `condition ? x : y`: elements are bytes here.
#[derive(Debug)]
struct Choose {
    shape: Vec<usize>,
    loops: Loops<3>,
}

impl Kernel for Choose {
    fn name(&self) -> &'static str {
        "Where"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let [_, x, _] = inputs else { return Err(malformed("number of inputs", "")) };
        Ok(vec![Fact::new(x.dtype, &self.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (when, x, y, out) = (inputs.get::<u8>(0)?, inputs.bytes(1)?, inputs.bytes(2)?, outputs.bytes(0)?);
        match inputs.fact(1)?.dtype.bytes() {
            1 => self.pick(when, x, y, out, elementwise::pick1),
            4 => self.pick(when, x, y, out, elementwise::pick4),
            _ => self.pick(when, x, y, out, elementwise::pick8),
        }
        Ok(())
    }
}

/// Picks a row of cells of `W` bytes by truth values.
type Pick<const W: usize> = fn(&[u8], &[[u8; W]], &[[u8; W]], &mut [[u8; W]]);

impl Choose {
    /// Cells of `W` bytes, from `x` where the condition holds and from `y` elsewhere.
    fn pick<const W: usize>(&self, when: &[u8], x: &[u8], y: &[u8], out: &mut [u8], pick: Pick<W>) {
        let (x, y) = (x.as_chunks::<W>().0, y.as_chunks::<W>().0);
        let mut rest = out.as_chunks_mut::<W>().0;
        self.loops.rows(|[c, i, j], width, steps| {
            let (row, after) = std::mem::take(&mut rest).split_at_mut_checked(width).unwrap_or_default();
            rest = after;
            // Steps are 1, or 0 where a side has one cell for the whole row: what is broadcast is dense.
            let extent = |step: usize| if step == 0 { 1 } else { width };
            let x = x.get(i..i + extent(steps[1])).unwrap_or_default();
            let y = y.get(j..j + extent(steps[2])).unwrap_or_default();
            let when = when.get(c..c + extent(steps[0])).unwrap_or_default();
            match when {
                [one] if width > 1 => match if *one != 0 { x } else { y } {
                    [cell] => row.fill(*cell),
                    cells => row.iter_mut().zip(cells).for_each(|(to, cell)| *to = *cell),
                },
                when => pick(when, x, y, row),
            }
        });
    }
}

pub(crate) fn one_hot(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (indices, depth, values) = (op.input(0)?, op.input(1)?, op.input(2)?);
    let rank = op.rank(indices)?;
    let axis = op.axis(op.int("axis", -1)?, rank + 1)?;
    let depth = if op.dtype(depth)?.is_float() {
        op.floats(depth, "depth")?.first().map(|d| *d as i64)
    } else {
        op.ints(depth, "depth")?.first().copied()
    };
    let depth = depth.and_then(|d| usize::try_from(d).ok()).filter(|d| (1..=MAX_CELLS).contains(d));
    let depth = depth.ok_or_else(|| op.bad("depth"))?;
    if op.shape(values)? != [2] {
        return Err(op.bad("values are not two"));
    }
    let indices = cast(op, indices, DType::I64)?;
    op.add(OneHot { axis, depth }, &[indices, values])
}

#[derive(Debug)]
struct OneHot {
    axis: usize,
    depth: usize,
}

impl Kernel for OneHot {
    fn name(&self) -> &'static str {
        "OneHot"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let [indices, values] = inputs else { return Err(malformed("number of inputs", "")) };
        let mut shape = indices.shape.clone();
        shape.insert(self.axis.min(shape.len()), self.depth);
        Ok(vec![Fact::new(values.dtype, &shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let width = inputs.fact(1)?.dtype.bytes();
        let inner: usize = outputs.fact(0)?.shape.iter().skip(self.axis + 1).product::<usize>().max(1);
        let (indices, values, out) = (inputs.get::<i64>(0)?, inputs.bytes(1)?, outputs.bytes(0)?);
        let (off, on) = values.split_at_checked(width).unwrap_or_default();
        for cell in out.chunks_exact_mut(width) {
            cell.copy_from_slice(off);
        }
        let depth = self.depth as i64;
        for (i, index) in indices.iter().enumerate().filter(|(_, index)| (-depth..depth).contains(*index)) {
            let hot = index.rem_euclid(depth) as usize;
            let at = ((i / inner) * self.depth + hot) * inner + i % inner;
            if let Some(cell) = out.get_mut(at * width..(at + 1) * width) {
                cell.copy_from_slice(on);
            }
        }
        Ok(())
    }
}
