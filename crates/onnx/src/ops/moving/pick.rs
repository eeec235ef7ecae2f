//! The kernel of elements taken from places known when the graph is planned: what strides cannot say.

use crate::dtype::Buffer;
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};
use crate::refusal::malformed;

/// Marks what takes the fill value.
const FILL: u32 = u32::MAX;
/// Most entries of a table.
const MAX_TABLE: usize = 1 << 24;

/// For every output position on an axis the input position, or the fill value; `None` for an axis that stays as it is.
pub(in crate::ops) type Positions = Option<Vec<u32>>;

/// `count` positions of an axis, each given by its number: the input position, or `None` for the fill value.
pub(in crate::ops) fn positions(op: &Op<'_, '_>, count: usize, place: impl Fn(usize) -> Option<usize>) -> Result<Positions> {
    if count > MAX_TABLE {
        return Err(op.refuse("a tensor of this size"));
    }
    let at = |at| place(at).and_then(|p| u32::try_from(p).ok()).unwrap_or(FILL);
    Ok(Some((0..count).map(at).collect()))
}

/// Takes elements axis by axis. `fill` is a value of one element; without it, it is 0.
pub(in crate::ops) fn picked(op: &mut Op<'_, '_>, x: Wire, axes: &[Positions], fill: Option<Wire>) -> Result<Wire> {
    let from = op.shape(x)?;
    // Axes that stay whole before and behind those that change need no entries.
    let changed = || axes.iter().enumerate().filter(|(_, list)| list.is_some()).map(|(at, _)| at);
    let (Some(first), Some(last)) = (changed().min(), changed().max()) else { return Ok(x) };
    let extent = |(list, dim): (&Positions, &usize)| list.as_ref().map_or(*dim, Vec::len);
    let shape: Vec<usize> = axes.iter().zip(&from).map(extent).collect();
    let cells = |shape: &[usize]| shape.iter().try_fold(1_usize, |n, d| n.checked_mul((*d).max(1)));
    let fits = cells(&shape[first..=last]).is_some_and(|n| n <= MAX_TABLE) && cells(&shape).is_some();
    if !fits || from.iter().product::<usize>() >= FILL as usize {
        return Err(op.refuse("a tensor of this size"));
    }
    let mut table: Vec<u32> = vec![0];
    for (list, dim) in axes.iter().zip(&from).take(last + 1).skip(first) {
        let dim = *dim as u32;
        let joined = |base: u32, p: u32| if base == FILL || p == FILL { FILL } else { base * dim + p };
        table = match list {
            Some(list) => table.iter().flat_map(|base| list.iter().map(move |p| joined(*base, *p))).collect(),
            None => table.iter().flat_map(|base| (0..dim).map(move |p| joined(*base, p))).collect(),
        };
    }
    let run = shape.iter().skip(last + 1).product();
    taken(op, x, Pick { shape, table, run, block: from.iter().skip(first).product() }, fill)
}

/// The elements of the last two axes that `keep` (row, column) keeps, 0 for the others.
pub(super) fn masked(op: &mut Op<'_, '_>, x: Wire, keep: impl Fn(usize, usize) -> bool) -> Result<Wire> {
    let shape = op.shape(x)?;
    let Some([rows, columns]) = shape.last_chunk::<2>() else { return Err(op.bad("rank is below 2")) };
    let block = rows * columns;
    if block > MAX_TABLE {
        return Err(op.refuse("a tensor of this size"));
    }
    let table = (0..block).map(|at| if keep(at / columns, at % columns) { at as u32 } else { FILL }).collect();
    taken(op, x, Pick { shape, table, run: 1, block }, None)
}

fn taken(op: &mut Op<'_, '_>, x: Wire, pick: Pick, fill: Option<Wire>) -> Result<Wire> {
    let inputs: Vec<Wire> = [Some(x), fill].into_iter().flatten().collect();
    op.add(pick, &inputs)
}

/// Of each block of the input, runs of elements in the order of a table.
#[derive(Debug)]
struct Pick {
    shape: Vec<usize>,
    /// Which run of a block, or [`FILL`].
    table: Vec<u32>,
    /// Elements of a run.
    run: usize,
    /// Elements of a block.
    block: usize,
}

impl Kernel for Pick {
    fn name(&self) -> &'static str {
        "Pick"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let x = inputs.first().ok_or_else(|| malformed("number of inputs", "0"))?;
        Ok(vec![Fact::new(x.dtype, &self.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let x = inputs.bytes(0)?;
        let fill = if inputs.len() > 1 { inputs.bytes(1)? } else { &[0; 8] };
        let out = outputs.bytes(0)?;
        match inputs.fact(0)?.dtype.bytes() {
            1 => self.copy::<1>(x, fill, out),
            4 => self.copy::<4>(x, fill, out),
            _ => self.copy::<8>(x, fill, out),
        }
        Ok(())
    }
}

impl Pick {
    /// Cells of `W` bytes.
    fn copy<const W: usize>(&self, x: &[u8], fill: &[u8], out: &mut [u8]) {
        let (x, out) = (x.as_chunks::<W>().0, out.as_chunks_mut::<W>().0);
        let fill = fill.first_chunk::<W>().copied().unwrap_or([0; W]);
        let run = self.run.max(1);
        for (number, out) in out.chunks_exact_mut((self.table.len() * run).max(1)).enumerate() {
            let block = x.get(number * self.block..(number + 1) * self.block).unwrap_or_default();
            for (cells, at) in out.chunks_exact_mut(run).zip(&self.table) {
                let from = (*at as usize).saturating_mul(run);
                match block.get(from..from.saturating_add(run)) {
                    Some(values) => cells.iter_mut().zip(values).for_each(|(cell, v)| *cell = *v),
                    None => cells.fill(fill),
                }
            }
        }
    }
}
