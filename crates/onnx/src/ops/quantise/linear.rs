//! To bytes and back: QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear.

use crate::dtype::{Buffer, DType, Element};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire, Wires};
use crate::refusal::{failed, malformed};
use nearhand_kernels::linear_i8::{byte, dequantise_i8, dequantise_u8, quantise as to_bytes};
use nearhand_kernels::matmul_i8::quantise;

/// The types of bytes.
pub(super) const BYTES: &[DType] = &[DType::U8, DType::I8];

/// Which scale and which zero point an element has: elements as rows of rows, all of a row with one part or each with its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    outer: usize,
    middle: usize,
    inner: usize,
    /// Middle rows that share a part.
    block: usize,
    /// Parts from one outer row to the next, from one block to the next, and from one element of a row to the next.
    steps: [usize; 3],
}

impl Grid {
    /// One part for all.
    pub(super) const fn one(len: usize) -> Self {
        Self { outer: 1, middle: 1, inner: len, block: 1, steps: [0, 0, 0] }
    }

    /// One part a place along `axis`.
    fn along(shape: &[usize], axis: usize) -> Self {
        let (outer, middle, inner) = around(shape, axis);
        if inner == 1 {
            return Self { outer, middle: 1, inner: middle, block: 1, steps: [0, 0, 1] };
        }
        Self { outer, middle, inner, block: 1, steps: [0, 1, 0] }
    }

    /// One part for `block` places along `axis` and one along every other.
    fn blocked(shape: &[usize], axis: usize, block: usize) -> Self {
        let (outer, middle, inner) = around(shape, axis);
        let blocks = middle.div_ceil(block);
        if inner == 1 && middle.is_multiple_of(block) {
            return Self { outer: 1, middle: outer * blocks, inner: block, block: 1, steps: [0, 1, 0] };
        }
        Self { outer, middle, inner, block, steps: [blocks * inner, inner, 1] }
    }

    /// The part of an element.
    pub(super) const fn part(&self, at: usize) -> usize {
        let (row, place) = (at / self.inner, at % self.inner);
        let [outer, block, step] = self.steps;
        row / self.middle * outer + row % self.middle / self.block * block + place * step
    }

    /// Calls `row` for each row: its first element, its number of elements, its first part, and the step to the next one.
    fn rows(&self, mut row: impl FnMut(usize, usize, usize, usize)) {
        let [outer, block, step] = self.steps;
        for o in 0..self.outer {
            for m in 0..self.middle {
                row((o * self.middle + m) * self.inner, self.inner, o * outer + m / self.block * block, step);
            }
        }
    }
}

/// Extents before an axis, along it, and after it.
fn around(shape: &[usize], axis: usize) -> (usize, usize, usize) {
    let (before, rest) = shape.split_at(axis.min(shape.len()));
    let (here, after) = rest.split_first().map_or((1, rest), |(here, after)| (*here, after));
    (before.iter().product(), here, after.iter().product())
}

/// How `part`, a scale or zero points, stands to the elements of `x`: one for all, one along an axis, or one a block.
fn grid(op: &Op<'_, '_>, x: Wire, part: Wire) -> Result<Grid> {
    let (shape, parts) = (op.shape(x)?, op.shape(part)?);
    let axis = op.int("axis", 1)?;
    let block = op.int("block_size", 0)?;
    if block != 0 {
        let block = usize::try_from(block).map_err(|_| op.bad("block size"))?;
        let axis = op.axis(axis, shape.len())?;
        let wanted = |(at, dim): (usize, &usize)| if at == axis { dim.div_ceil(block) } else { *dim };
        if !shape.iter().enumerate().map(wanted).eq(parts.iter().copied()) {
            return Err(op.bad("shape of the scales"));
        }
        return Ok(Grid::blocked(&shape, axis, block));
    }
    match *parts.as_slice() {
        [] | [1] => Ok(Grid::one(shape.iter().product())),
        [n] => {
            let axis = op.axis(axis, shape.len())?;
            if shape.get(axis) != Some(&n) {
                return Err(op.bad("length of the scales"));
            }
            Ok(Grid::along(&shape, axis))
        }
        _ => Err(op.refuse("scales of this rank")),
    }
}

/// The one grid of scale and zero points, of which either may be one for all.
fn both(op: &Op<'_, '_>, x: Wire, scale: Wire, zero: Option<Wire>) -> Result<Grid> {
    let of_scale = grid(op, x, scale)?;
    let Some(zero) = zero else { return Ok(of_scale) };
    let of_zero = grid(op, x, zero)?;
    Ok(if op.fact(scale)?.len() == 1 { of_zero } else { of_scale })
}

pub(in crate::ops) fn dequantize_linear(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, scale) = (op.input(0)?, op.input(1)?);
    op.only(x, &[DType::U8, DType::I8, DType::I32])?;
    op.only(scale, &[DType::F32])?;
    // Floats of half the width run as 32 bits.
    if !matches!(op.int("output_dtype", 1)?, 0 | 1 | 10 | 16) {
        return Err(op.refuse("an output type other than 32-bit float"));
    }
    let zero = op.maybe(2);
    if let Some(zero) = zero {
        op.same_type(x, zero)?;
        if op.narrow(x) != op.narrow(zero) {
            return Err(op.bad("inputs of different types"));
        }
    }
    let grid = both(op, x, scale, zero)?;
    let mut inputs = vec![x, scale];
    inputs.extend(zero);
    // Weights stay as they are where a product takes them so.
    op.later(Dequantize { grid }, &inputs)
}

/// (x − zero) · scale. Inputs: x, scale, and zero points where they are not 0.
#[derive(Clone, Debug)]
pub(super) struct Dequantize {
    pub(super) grid: Grid,
}

/// Part `at` of parts that are one for all or one each.
pub(super) fn pick<T: Copy + Default>(parts: &[T], at: usize) -> T {
    if let [one] = parts { *one } else { parts.get(at).copied().unwrap_or_default() }
}

/// The loop for a row with one part.
type Fast<T> = fn(&[T], i32, f32, &mut [f32]);

impl Dequantize {
    fn rows<T: Element + Into<i64>>(&self, inputs: &Inputs<'_>, out: &mut [f32], fast: Option<Fast<T>>) -> Result<()> {
        let (x, scales) = (inputs.get::<T>(0)?, inputs.get::<f32>(1)?);
        let zeros = if inputs.len() > 2 { inputs.get::<T>(2)? } else { &[] };
        self.grid.rows(|from, len, part, step| {
            let (Some(x), Some(out)) = (x.get(from..from + len), out.get_mut(from..from + len)) else { return };
            if let (Some(fast), 0) = (fast, step) {
                return fast(x, pick(zeros, part).into() as i32, pick(scales, part), out);
            }
            for (i, (out, x)) in out.iter_mut().zip(x).enumerate() {
                // Wraps at 32 bits, as the reference does.
                let (x, zero): (i64, i64) = ((*x).into(), pick(zeros, part + i * step).into());
                *out = (x - zero) as i32 as f32 * pick(scales, part + i * step);
            }
        });
        Ok(())
    }

    /// The floats of the inputs.
    pub(super) fn fill(&self, inputs: &Inputs<'_>, out: &mut [f32]) -> Result<()> {
        match inputs.fact(0)?.dtype {
            DType::U8 => self.rows::<u8>(inputs, out, Some(dequantise_u8)),
            DType::I8 => self.rows::<i8>(inputs, out, Some(dequantise_i8)),
            _ => self.rows::<i32>(inputs, out, None),
        }
    }
}

impl Kernel for Dequantize {
    fn name(&self) -> &'static str {
        "DequantizeLinear"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let x = inputs.first().ok_or_else(|| malformed("number of inputs", "0"))?;
        Ok(vec![Fact::new(DType::F32, &x.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        self.fill(inputs, outputs.get::<f32>(0)?)
    }
}

pub(in crate::ops) fn quantize_linear(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, scale) = (op.input(0)?, op.input(1)?);
    op.only(x, &[DType::F32])?;
    op.only(scale, &[DType::F32])?;
    let _ = (op.int("saturate", 1)?, op.int("precision", 0)?);
    let said = op.int("output_dtype", 0)?;
    let zero = op.maybe(2);
    let to = match (zero, said) {
        (Some(zero), _) => op.only(zero, BYTES)?,
        (None, 0 | 2) => DType::U8,
        (None, 3) => DType::I8,
        _ => return Err(op.refuse("this output type")),
    };
    let grid = both(op, x, scale, zero)?;
    let mut inputs = vec![x, scale];
    inputs.extend(zero);
    op.add(Quantize { to, grid }, &inputs)
}

/// saturate(round_half_even(x / scale) + zero). Inputs: x, scale, and zero points where they are not 0.
#[derive(Debug)]
pub(super) struct Quantize {
    pub(super) to: DType,
    pub(super) grid: Grid,
}

impl Quantize {
    fn rows<T: Element + Into<i32>>(&self, range: (i32, i32), inputs: &Inputs<'_>, outputs: &mut Outputs<'_>) -> Result<()> {
        let (x, scales, out) = (inputs.get::<f32>(0)?, inputs.get::<f32>(1)?, outputs.bytes(0)?);
        let zeros = if inputs.len() > 2 { inputs.get::<T>(2)? } else { &[] };
        self.grid.rows(|from, len, part, step| {
            let (Some(x), Some(out)) = (x.get(from..from + len), out.get_mut(from..from + len)) else { return };
            if step == 0 {
                return to_bytes(x, pick(scales, part), pick(zeros, part).into(), range, out);
            }
            for (i, (out, x)) in out.iter_mut().zip(x).enumerate() {
                *out = byte(*x, pick(scales, part + i * step), pick(zeros, part + i * step).into(), range);
            }
        });
        Ok(())
    }
}

impl Kernel for Quantize {
    fn name(&self) -> &'static str {
        "QuantizeLinear"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let x = inputs.first().ok_or_else(|| malformed("number of inputs", "0"))?;
        Ok(vec![Fact::new(self.to, &x.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        match self.to {
            DType::U8 => self.rows::<u8>((0, 255), inputs, outputs),
            DType::I8 => self.rows::<i8>((-128, 127), inputs, outputs),
            _ => Err(failed("not a type of bytes")),
        }
    }
}

/// The one number of a scale or a zero point.
fn alone(op: &mut Op<'_, '_>, part: Wire, types: &[DType]) -> Result<Wire> {
    op.only(part, types)?;
    if op.fact(part)?.len() == 1 { op.view(part, &[], 0) } else { Err(op.refuse("more than one scale or zero point")) }
}

/// The floats of bytes with one scale and one zero point.
pub(in crate::ops) fn widened(op: &mut Op<'_, '_>, x: Wire, scale: Wire, zero: Option<Wire>) -> Result<Wire> {
    let of = op.only(x, BYTES)?;
    let mut inputs = vec![x, alone(op, scale, &[DType::F32])?];
    if let Some(zero) = zero {
        inputs.push(alone(op, zero, &[of])?);
    }
    let grid = Grid::one(op.fact(x)?.len());
    op.add(Dequantize { grid }, &inputs)
}

/// Floats as bytes of a type with one scale and one zero point.
pub(in crate::ops) fn narrowed(op: &mut Op<'_, '_>, y: Wire, scale: Wire, zero: Option<Wire>, to: DType) -> Result<Wire> {
    let mut inputs = vec![y, alone(op, scale, &[DType::F32])?];
    if let Some(zero) = zero {
        inputs.push(alone(op, zero, &[to])?);
    }
    let grid = Grid::one(op.fact(y)?.len());
    op.add(Quantize { to, grid }, &inputs)
}

pub(in crate::ops) fn dynamic_quantize_linear(op: &mut Op<'_, '_>) -> Result<Wires> {
    let x = op.input(0)?;
    dynamic(op, x)
}

/// `x` in unsigned bytes, its scale, and its zero point.
pub(super) fn dynamic(op: &mut Op<'_, '_>, x: Wire) -> Result<Wires> {
    op.only(x, &[DType::F32])?;
    if op.fact(x)?.is_empty() {
        return Err(op.refuse("an empty tensor"));
    }
    op.add_all(DynamicQuantize, &[x])
}

/// To u8 over the tensor's own range, which always holds 0.
#[derive(Debug)]
struct DynamicQuantize;

impl Kernel for DynamicQuantize {
    fn name(&self) -> &'static str {
        "DynamicQuantizeLinear"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let x = crate::kernel::single(inputs)?;
        Ok(vec![Fact::new(DType::U8, &x.shape), Fact::new(DType::F32, &[]), Fact::new(DType::U8, &[])])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let x = inputs.get::<f32>(0)?;
        let (bytes, scale, zero) = outputs.three::<u8, f32, u8>()?;
        let (s, z) = quantise(x, bytes);
        scale.fill(s);
        zero.fill(z);
        Ok(())
    }
}
