//! com.microsoft's GatherBlockQuantized: slices of a tensor of 4 or 8 bits, as floats.

use super::blocks::extent;
use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};
use crate::refusal::failed;

/// Inputs: codes, indices, scales, and zero points where they are not the default one.
#[derive(Debug)]
struct GatherBlocks {
    /// Bits of a code; where 4, a byte holds two along the last axis, the lower first.
    bits: usize,
    /// Extents in front of the axis that is gathered from, along it, and after it.
    extents: [usize; 3],
    /// Extent along the quantised axis, and elements from one place of it to the next.
    quantised: [usize; 2],
    block: usize,
    /// Codes of a run of the last axis.
    last: usize,
    /// Bytes of such a run, and of the zero points of one.
    runs: [usize; 2],
    /// Zero point where none is given.
    zero: i32,
    shape: Vec<usize>,
}

impl GatherBlocks {
    /// Code `at`; packed, runs of `len` codes take `run` bytes.
    fn code(&self, bytes: &[u8], at: usize, len: usize, run: usize, signed: bool) -> i32 {
        if self.bits == 8 {
            let byte = bytes.get(at).copied().unwrap_or(0);
            return if signed { byte.cast_signed().into() } else { byte.into() };
        }
        let (row, place) = (at / len.max(1), at % len.max(1));
        let byte = bytes.get(row * run + place / 2).copied().unwrap_or(0);
        i32::from(byte >> (place % 2 * 4) & 15)
    }
}

impl Kernel for GatherBlocks {
    fn name(&self) -> &'static str {
        "GatherBlockQuantized"
    }

    fn facts(&self, _: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(DType::F32, &self.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (codes, signed, scales) = (inputs.bytes(0)?, inputs.fact(0)?.dtype == DType::I8, inputs.get::<f32>(2)?);
        let zeros = if inputs.len() > 3 { Some(inputs.bytes(3)?) } else { None };
        let count = inputs.fact(1)?.len();
        let [outer, dim, inner] = self.extents;
        let [extent, step] = self.quantised;
        let blocks = extent.div_ceil(self.block);
        // Along the last axis the parts are as many as blocks are, along others as elements are.
        let parts = if step == 1 { blocks } else { self.last };
        let mut cells = outputs.get::<f32>(0)?.iter_mut();
        for o in 0..outer {
            for i in 0..count {
                let index = match inputs.fact(1)?.dtype {
                    DType::I64 => inputs.get::<i64>(1)?.get(i).copied(),
                    _ => inputs.get::<i32>(1)?.get(i).map(|v| i64::from(*v)),
                };
                let index = index.map(|i| if i < 0 { i + dim as i64 } else { i }).and_then(|i| usize::try_from(i).ok());
                let index = index.filter(|i| *i < dim).ok_or_else(|| failed("an index outside of its axis"))?;
                for (at, cell) in ((o * dim + index) * inner..).zip(cells.by_ref().take(inner)) {
                    let (front, place, back) = (at / (extent * step), at / step % extent, at % step);
                    let part = (front * blocks + place / self.block) * step + back;
                    let zero = zeros.map_or(self.zero, |z| self.code(z, part, parts, self.runs[1], signed));
                    let code = self.code(codes, at, self.last, self.runs[0], signed);
                    *cell = (code - zero) as f32 * scales.get(part).copied().unwrap_or(0.0);
                }
            }
        }
        Ok(())
    }
}

pub(in crate::ops) fn gather_block_quantized(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (data, indices, scales, zeros) = (op.input(0)?, op.input(1)?, op.input(2)?, op.maybe(3));
    let dtype = op.only(data, &[DType::U8, DType::I8])?;
    op.only(indices, &[DType::I64, DType::I32])?;
    op.only(scales, &[DType::F32])?;
    let bits = extent(op, "bits", 4)?;
    let block = extent(op, "block_size", 128)?;
    if !matches!(bits, 4 | 8) || !block.is_power_of_two() || block < 16 {
        return Err(op.refuse("this number of bits or size of blocks"));
    }
    // Integers of 4 bits come a byte each. Bytes of a type of their own hold two.
    let narrow = op.narrow(data);
    let held = if narrow || bits == 8 { 8 } else { 4 };
    if !narrow && dtype == DType::I8 {
        return Err(op.refuse("signed bytes here"));
    }
    if narrow && bits != 4 {
        return Err(op.bad("number of bits"));
    }
    let stored = op.shape(data)?;
    let mut shape = stored.clone();
    let Some(last) = shape.last_mut() else { return Err(op.bad("rank of the data")) };
    let run = *last;
    *last = last.checked_mul(8 / held).ok_or_else(|| op.bad("extent of the last axis"))?;
    let last = *last;
    let gathered = op.axis(op.int("gather_axis", 0)?, shape.len())?;
    let axis = op.axis(op.int("quantize_axis", 1)?, shape.len())?;
    if held == 4 && (axis + 1 != shape.len() || axis == gathered) {
        return Err(op.refuse("packed data that is gathered or scaled along other axes"));
    }
    let extents: [usize; 3] = [shape[..gathered].iter().product(), shape[gathered], shape[gathered + 1..].iter().product()];
    let quantised = [shape[axis], shape[axis + 1..].iter().product()];
    let mut parts = shape.clone();
    parts[axis] = parts[axis].div_ceil(block);
    if op.shape(scales)? != parts {
        return Err(op.bad("shape of the scales"));
    }
    let mut inputs = vec![data, indices, scales];
    let mut zero_run = parts.last().copied().unwrap_or(1);
    if let Some(zeros) = zeros {
        op.same_type(data, zeros)?;
        if held == 4 {
            zero_run = zero_run.div_ceil(2);
        }
        if let Some(last) = parts.last_mut() {
            *last = zero_run;
        }
        if op.shape(zeros)? != parts {
            return Err(op.bad("shape of the zero points"));
        }
        inputs.push(zeros);
    }
    let out = [&shape[..gathered], &op.shape(indices)?, &shape[gathered + 1..]].concat();
    // Integers of 4 bits have 0 for their zero point where none is given, packed ones the middle code.
    let zero = if narrow { 0 } else { 1 << (bits - 1) };
    let kernel = GatherBlocks { bits: held, extents, quantised, block, runs: [run, zero_run], last, zero, shape: out };
    op.add(kernel, &inputs)
}
