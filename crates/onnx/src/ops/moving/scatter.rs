//! Operators that put elements at places given by values.

use super::indexing::{Along, Blocks, INDEX, Places, typed};
use super::places::{Indices, cells, runs};
use crate::dtype::{Buffer, DType, Element};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs, in_place};
use crate::lower::{Op, Wire};
use crate::refusal::failed;

/// What becomes of an element that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reduction {
    None,
    Add,
    Mul,
    Max,
    Min,
}

fn reduction(op: &Op<'_, '_>, x: Wire) -> Result<Reduction> {
    let kind = match op.text("reduction", "none")? {
        "none" => return Ok(Reduction::None),
        "add" => Reduction::Add,
        "mul" => Reduction::Mul,
        "max" => Reduction::Max,
        "min" => Reduction::Min,
        _ => return Err(op.bad("reduction")),
    };
    if op.dtype(x)? == DType::Bool { Err(op.refuse("a reduction of truth values")) } else { Ok(kind) }
}

pub(in crate::ops) fn scatter_elements(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, indices, updates) = (op.input(0)?, op.input(1)?, op.input(2)?);
    op.same_type(x, updates)?;
    let reduction = reduction(op, x)?;
    let axis = op.axis(op.int("axis", 0)?, op.rank(x)?)?;
    let along = Along::new(op, x, indices, axis)?;
    if op.shape(indices)? != op.shape(updates)? {
        return Err(op.bad("updates of another shape than indices"));
    }
    op.add(Scatter { places: Places::Along(along), reduction }, &[x, indices, updates])
}

pub(in crate::ops) fn scatter_nd(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, indices, updates) = (op.input(0)?, op.input(1)?, op.input(2)?);
    op.same_type(x, updates)?;
    let reduction = reduction(op, x)?;
    let blocks = Blocks::new(op, x, indices, 0)?;
    if op.shape(updates)? != blocks.shape {
        return Err(op.bad("updates of a shape that does not fit"));
    }
    op.add(Scatter { places: Places::Blocks(blocks), reduction }, &[x, indices, updates])
}

/// ScatterElements and ScatterND.
#[derive(Debug)]
struct Scatter {
    places: Places,
    reduction: Reduction,
}

impl Kernel for Scatter {
    fn name(&self) -> &'static str {
        "Scatter"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let shape = inputs.first().map(|x| x.shape.clone()).unwrap_or_default();
        typed(inputs, &shape)
    }

    fn over(&self) -> &'static [usize] {
        &[0]
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let dtype = inputs.fact(0)?.dtype;
        if self.reduction == Reduction::None {
            let (indices, updates) = (Indices::of(inputs, 1)?, inputs.bytes(2)?);
            let width = self.places.run() * dtype.bytes();
            let out = kept(inputs, outputs)?;
            return self.places.each(&indices, &mut |number, at| {
                if let Some(to) = runs(out, at, width) {
                    cells(to, updates, number);
                }
            });
        }
        macro_rules! integers {
            ($t:ty) => {{
                let f: fn($t, $t) -> $t = match self.reduction {
                    Reduction::Mul => <$t>::wrapping_mul,
                    Reduction::Max => <$t>::max,
                    Reduction::Min => <$t>::min,
                    _ => <$t>::wrapping_add,
                };
                self.reduce(inputs, outputs, f)
            }};
        }
        macro_rules! floats {
            ($t:ty) => {{
                // NaN stays, as in numpy.
                let f: fn($t, $t) -> $t = match self.reduction {
                    Reduction::Mul => |a, b| a * b,
                    Reduction::Max => |a, b| if a >= b || a.is_nan() { a } else { b },
                    Reduction::Min => |a, b| if a <= b || a.is_nan() { a } else { b },
                    _ => |a, b| a + b,
                };
                self.reduce(inputs, outputs, f)
            }};
        }
        match dtype {
            DType::F32 => floats!(f32),
            DType::F64 => floats!(f64),
            DType::I64 => integers!(i64),
            DType::I32 => integers!(i32),
            DType::I8 => integers!(i8),
            DType::U8 => integers!(u8),
            DType::Bool | DType::Str => Err(failed("a reduction of truth values or texts")),
        }
    }
}

impl Scatter {
    fn reduce<T: Element>(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, f: fn(T, T) -> T) -> Result<()> {
        let (indices, updates) = (Indices::of(inputs, 1)?, inputs.get::<T>(2)?);
        let run = self.places.run();
        let out = in_place::<T>(inputs, outputs)?;
        self.places.each(&indices, &mut |number, at| {
            let from = updates.get(number * run..(number + 1) * run).unwrap_or_default();
            let to = out.get_mut(at * run..(at + 1) * run).unwrap_or_default();
            to.iter_mut().zip(from).for_each(|(a, b)| *a = f(*a, *b));
        })
    }
}

/// The first output with the bytes of the first input in it.
fn kept<'o>(inputs: &Inputs<'_>, outputs: &'o mut Outputs<'_>) -> Result<&'o mut [u8]> {
    let taken = inputs.taken() == Some(0);
    let out = outputs.bytes(0)?;
    if !taken {
        let from = inputs.bytes(0)?;
        if from.len() != out.len() {
            return Err(failed("an output of another size"));
        }
        out.copy_from_slice(from);
    }
    Ok(out)
}

/// A cache with new rows from a place on, one place a batch (ONNX, TensorScatter).
pub(in crate::ops) fn tensor_scatter(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, update) = (op.input(0)?, op.input(1)?);
    op.same_type(x, update)?;
    let (cache, new) = (op.shape(x)?, op.shape(update)?);
    let axis = op.axis(op.int("axis", -2)?, cache.len())?;
    let alike = cache.len() == new.len() && cache.iter().zip(&new).enumerate().all(|(i, (c, n))| c == n || (i == axis && n < c));
    if axis == 0 || !alike {
        return Err(op.bad("an update of a shape that does not fit"));
    }
    let circular = match op.text("mode", "linear")? {
        "linear" => false,
        "circular" => true,
        _ => return Err(op.bad("mode")),
    };
    let starts = match op.maybe(2) {
        Some(starts) => starts,
        None if cache[0] <= crate::ops::base::elements::MAX_CELLS => {
            op.constant(crate::fact::Constant::i64(&cache[..1], &vec![0; cache[0]]))?
        }
        None => return Err(op.refuse("a tensor of this size")),
    };
    op.only(starts, INDEX)?;
    if op.shape(starts)? != cache[..1] {
        return Err(op.bad("write_indices of a shape that does not fit"));
    }
    let kernel = Rows {
        middle: cache[1..axis].iter().product(),
        dim: cache[axis],
        rows: new[axis],
        run: cache.iter().skip(axis + 1).product(),
        circular,
        undone: op.written(x),
    };
    if !kernel.undone {
        return op.add(kernel, &[x, starts, update]);
    }
    // In the memory of a state. What was there is put back where the run does not come to its end.
    let saved = op.add(Saved(kernel.clone(), new), &[x, starts])?;
    let out = op.add(kernel.clone(), &[x, starts, update])?;
    op.undo(out, kernel, &[out, starts, saved])?;
    Ok(out)
}

#[derive(Clone, Debug)]
struct Rows {
    /// Blocks of a batch.
    middle: usize,
    /// Rows of a block, and new ones.
    dim: usize,
    rows: usize,
    /// Elements of a row.
    run: usize,
    circular: bool,
    /// Whether another kernel undoes it.
    undone: bool,
}

impl Rows {
    /// Calls `visit` with the number of each new row, and of the row of the cache where it belongs.
    fn each(&self, starts: &Indices<'_>, mut visit: impl FnMut(usize, usize)) -> Result<()> {
        for block in 0..starts.len() * self.middle {
            let start = starts.value(block / self.middle.max(1));
            let fits = |start: &usize| self.circular || start.checked_add(self.rows).is_some_and(|end| end <= self.dim);
            let start = usize::try_from(start).ok().filter(fits);
            let start = start.ok_or_else(|| failed("rows written outside of the cache"))?;
            for row in 0..self.rows {
                let at = (start % self.dim.max(1) + row) % self.dim.max(1);
                visit(block * self.rows + row, block * self.dim + at);
            }
        }
        Ok(())
    }
}

/// The rows of a cache that are about to be written over. Inputs: the cache, and where.
#[derive(Debug)]
struct Saved(Rows, Vec<usize>);

impl Kernel for Saved {
    fn name(&self) -> &'static str {
        "Saved"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        typed(inputs, &self.1)
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (from, starts) = (inputs.bytes(0)?, Indices::of(inputs, 1)?);
        let width = self.0.run * inputs.fact(0)?.dtype.bytes();
        let out = outputs.bytes(0)?;
        if out.is_empty() {
            return Ok(());
        }
        self.0.each(&starts, |row, at| {
            if let Some(to) = runs(out, row, width) {
                cells(to, from, at);
            }
        })
    }
}

impl Kernel for Rows {
    fn name(&self) -> &'static str {
        "TensorScatter"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let shape = inputs.first().map(|x| x.shape.clone()).unwrap_or_default();
        typed(inputs, &shape)
    }

    fn over(&self) -> &'static [usize] {
        &[0]
    }

    fn adds(&self) -> bool {
        self.undone
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (starts, update) = (Indices::of(inputs, 1)?, inputs.bytes(2)?);
        let width = self.run * inputs.fact(0)?.dtype.bytes();
        let out = kept(inputs, outputs)?;
        if out.is_empty() {
            return Ok(());
        }
        self.each(&starts, |row, at| {
            if let Some(to) = runs(out, at, width) {
                cells(to, update, row);
            }
        })
    }
}
