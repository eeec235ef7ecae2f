//! com.microsoft's MatMulNBits: weights of 2, 4 or 8 bits in blocks, multiplied as they lie.

use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::{Constant, Fact};
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};
use crate::ops::base::affine::columns;
use crate::refusal::unsupported;
use crate::weights::Form;
use nearhand_kernels::matmul_nbits::{Codes, Layout, product};
use nearhand_kernels::matmul_nbits_i16 as i16;
use std::sync::Arc;

/// `A Bᵀ + bias`, B in codes. Inputs: A, the codes, and their scales.
#[derive(Clone, Debug)]
pub(super) struct BlockProduct {
    pub(super) layout: Layout,
    /// That of the output.
    pub(super) shape: Vec<usize>,
    /// (middle code − zero point) · scale of each block; empty where all zero points are the middle code.
    pub(super) shifts: Arc<Vec<f32>>,
    /// One value a column, or empty.
    pub(super) bias: Vec<f32>,
    /// Whether the model wants no more of A than 16 bits of the largest value of a block.
    pub(super) short: bool,
}

impl BlockProduct {
    fn rows(&self) -> usize {
        self.shape.iter().rev().skip(1).product()
    }
}

impl Kernel for BlockProduct {
    fn name(&self) -> &'static str {
        "MatMulNBits"
    }

    fn weights(&self) -> usize {
        size_of_val(&**self.shifts) + size_of_val(&*self.bias)
    }

    fn facts(&self, _: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(DType::F32, &self.shape)])
    }

    fn scratch(&self, _: &[&Fact]) -> usize {
        let floats = if self.short { i16::work_len(&self.layout, self.rows()) } else { self.layout.work_len(self.rows()) };
        floats.saturating_mul(size_of::<f32>())
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, scratch: &mut Buffer) -> Result<()> {
        let (a, bytes, scales) = (inputs.get::<f32>(0)?, inputs.get::<u8>(1)?, inputs.get::<f32>(2)?);
        let codes = Codes { bytes, scales, shifts: &self.shifts, layout: self.layout };
        let product = if self.short { i16::product } else { product };
        product(a, codes, &self.bias, scratch.all_mut::<f32>(), outputs.get::<f32>(0)?);
        Ok(())
    }
}

/// A constant input, of this number of elements.
fn constant(op: &Op<'_, '_>, wire: Wire, len: Option<usize>, what: &'static str) -> Result<Constant> {
    let known = op.konst(wire)?;
    let known = known.ok_or_else(|| unsupported("a value must be constant here").with("input", what))?;
    match Some(known.fact.len()) == len {
        true => Ok(known),
        false => Err(op.bad("number of elements").with("input", what)),
    }
}

/// A positive attribute.
pub(super) fn extent(op: &Op<'_, '_>, name: &'static str, default: i64) -> Result<usize> {
    let given = op.int(name, default)?;
    usize::try_from(given).ok().filter(|n| *n > 0).ok_or_else(|| op.bad("extent").with("attribute", name))
}

pub(in crate::ops) fn matmul_nbits(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (a, b, scales) = (op.input(0)?, op.input(1)?, op.input(2)?);
    let (zeros, order, bias) = (op.maybe(3), op.maybe(4), op.maybe(5));
    let (depth, width) = (extent(op, "K", 0)?, extent(op, "N", 0)?);
    let (bits, block) = (extent(op, "bits", 4)?, extent(op, "block_size", 0)?);
    op.only(a, &[DType::F32])?;
    op.only(b, &[DType::U8])?;
    op.only(scales, &[DType::F32])?;
    if order.is_some() {
        return Err(op.refuse("an order of the depth (g_idx)"));
    }
    if !matches!(bits, 2 | 4 | 8) || !block.is_power_of_two() || !(16..=256).contains(&block) {
        return Err(op.refuse("this number of bits or size of blocks"));
    }
    // What A may be rounded to: 0 and 1 are 32-bit floats, 2 and 3 those of half the width, 4 is 8-bit integers.
    let short = match op.int("accuracy_level", 0)? {
        0 | 1 => false,
        // Where several blocks share a step, floats are faster.
        2..=4 => block * bits >= 128,
        _ => return Err(op.refuse("this level of accuracy")),
    };
    if op.int("weight_prepacked", 0)? != 0 {
        return Err(op.refuse("weights packed for another engine"));
    }
    let mut shape = op.shape(a)?;
    if shape.last() != Some(&depth) || shape.contains(&0) {
        return Err(op.bad("depths of a product differ"));
    }
    if let Some(last) = shape.last_mut() {
        *last = width;
    }
    op.work(&[&shape[..], &[depth]].concat())?;
    let layout = Layout { bits, block, depth };
    let blocks = layout.blocks().checked_mul(width);
    constant(op, b, layout.column().checked_mul(width), "B")?;
    let factors = constant(op, scales, blocks, "scales")?;
    let shifts = match zeros {
        Some(zeros) => shifts(op, zeros, &factors, &layout, width)?,
        None => Arc::default(),
    };
    let bias = match bias {
        Some(bias) => constant(op, bias, Some(width), "bias")?.get::<f32>().to_vec(),
        None => Vec::new(),
    };
    op.add(BlockProduct { layout, shape, shifts, bias, short }, &[a, b, scales])
}

/// What is made of scales and zero points, shared by all plans of the graph where both are constants of it.
pub(super) fn shared(
    op: &mut Op<'_, '_>,
    (scales, zeros): (&Constant, Option<&Constant>),
    (name, numbers): Form<'_>,
    make: impl FnOnce() -> Result<Vec<f32>>,
) -> Result<Arc<Vec<f32>>> {
    let held = match zeros.map(Constant::number) {
        None => None,
        Some(Some(number)) => Some(number as usize),
        Some(None) => return make().map(Arc::new),
    };
    let numbers: Vec<usize> = held.into_iter().chain(numbers.iter().copied()).collect();
    op.packed(scales, (name, &numbers), make)
}

/// (middle code − zero point) · scale of each block: zero points are floats, or codes of whole bytes a column.
fn shifts(op: &mut Op<'_, '_>, zeros: Wire, scales: &Constant, layout: &Layout, width: usize) -> Result<Arc<Vec<f32>>> {
    let (bits, blocks) = (layout.bits, layout.blocks());
    let dtype = op.only(zeros, &[DType::F32, DType::U8])?;
    let column = (blocks * bits).div_ceil(8);
    let len = if dtype == DType::F32 { blocks.checked_mul(width) } else { column.checked_mul(width) };
    let zeros = constant(op, zeros, len, "zero_points")?;
    let middle = (1_u32 << (bits - 1)) as f32;
    shared(op, (scales, Some(&zeros)), ("shifts of blocks", &[blocks, bits]), || {
        let zero = |at: usize| match dtype {
            DType::F32 => zeros.get::<f32>().get(at).copied().unwrap_or(middle),
            _ => {
                let place = at % blocks * bits;
                let byte = zeros.get::<u8>().get(at / blocks * column + place / 8).copied().unwrap_or(0);
                (u32::from(byte) >> (place % 8) & ((1 << bits) - 1)) as f32
            }
        };
        let values: Vec<f32> = scales.get::<f32>().iter().enumerate().map(|(at, s)| (middle - zero(at)) * s).collect();
        Ok(if values.iter().all(|v| *v == 0.0) { Vec::new() } else { values })
    })
}

/// A product without bias plus a constant, one value a column or one for all.
pub(super) fn shifted(op: &mut Op<'_, '_>, x: Wire, y: Wire) -> Result<Option<Wire>> {
    for (wire, bias) in [(x, y), (y, x)] {
        let Some((kernel, inputs)) = op.made_by::<BlockProduct>(wire).filter(|(k, _)| k.bias.is_empty()) else { continue };
        let (kernel, inputs) = (kernel.clone(), inputs.to_vec());
        let (width, rank) = (kernel.shape.last().copied().unwrap_or(0), kernel.shape.len());
        let Some(bias) = columns(op, bias, width, rank)? else { continue };
        return op.add(BlockProduct { bias, ..kernel }, &inputs).map(Some);
    }
    Ok(None)
}
