//! Weights behind DequantizeLinear: a product takes the codes as they are, and what moves elements moves bytes.

use super::blocks::{BlockProduct, shared};
use super::linear::{BYTES, Dequantize, Grid, pick};
use super::product::{Sides, floats};
use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::{Constant, Fact};
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};
use crate::ops::base::affine::Matrix;
use crate::ops::base::binary::{F, binary};
use crate::store::Restore;
use nearhand_kernels::matmul_nbits::Layout;
use std::sync::Arc;

/// The codes of a constant matrix, column by column, and how it lies in the graph.
#[derive(Debug)]
struct Packed {
    codes: Constant,
    signed: bool,
    bits: usize,
    turned: bool,
    depth: usize,
    width: usize,
}

impl Restore for Packed {
    fn restore(&self) -> Buffer {
        let (packed, mut out) = (self.codes.get::<u8>(), Buffer::zeroed(self.depth * self.width));
        let values = out.all_mut::<u8>();
        for (c, column) in packed.chunks_exact((packed.len() / self.width.max(1)).max(1)).enumerate() {
            for k in 0..self.depth {
                let code =
                    column.get(k * self.bits / 8).map_or(0, |byte| byte >> (k * self.bits % 8) & (0xff >> (8 - self.bits)));
                let at = if self.turned { c * self.depth + k } else { k * self.width + c };
                if let Some(value) = values.get_mut(at) {
                    *value = match (self.signed, self.bits) {
                        (true, 4) => code.wrapping_sub(8),
                        (true, _) => code ^ 128,
                        _ => code,
                    };
                }
            }
        }
        out
    }
}

/// A constant matrix as it is stored.
struct Stored {
    codes: Constant,
    scales: Constant,
    zeros: Option<Constant>,
    grid: Grid,
    bits: usize,
    /// Whether columns lie along the first axis.
    turned: bool,
    depth: usize,
    width: usize,
}

impl Stored {
    /// Place of the value in row `k` and column `c`.
    const fn at(&self, k: usize, c: usize) -> usize {
        if self.turned { c * self.depth + k } else { k * self.width + c }
    }

    /// What turns a byte into its code: unsigned, and from 0 on.
    fn code(&self, byte: u8) -> u8 {
        match (self.codes.fact.dtype, self.bits) {
            (DType::I8, 4) => byte.wrapping_add(8),
            (DType::I8, _) => byte ^ 128,
            _ => byte,
        }
    }

    fn bytes(constant: &Constant) -> &[u8] {
        if constant.fact.dtype == DType::I8 { bytemuck::cast_slice(constant.get::<i8>()) } else { constant.get::<u8>() }
    }

    /// How it is multiplied; `None` where scales are not by column or by blocks of a size that the loops have.
    fn layout(&self) -> Option<Layout> {
        let first = self.grid.part(self.at(0, 0));
        let run = (0..self.depth).take_while(|k| self.grid.part(self.at(*k, 0)) == first).count();
        let (bits, depth) = (self.bits, self.depth);
        if run == depth {
            // One block a column, of whole steps.
            return Some(Layout { bits, block: depth.next_multiple_of(128 / bits), depth });
        }
        (run.is_power_of_two() && run >= 16).then_some(Layout { bits, block: run, depth })
    }

    /// The codes, column by column.
    fn columns(&self, layout: &Layout) -> Packed {
        let (bytes, column) = (Self::bytes(&self.codes), layout.column());
        let mut out = vec![0_u8; column * self.width];
        for (c, out) in out.chunks_exact_mut(column).enumerate() {
            for k in 0..self.depth {
                let code = self.code(bytes.get(self.at(k, c)).copied().unwrap_or(0));
                if let Some(byte) = out.get_mut(k * self.bits / 8) {
                    *byte |= code << (k * self.bits % 8);
                }
            }
        }
        let codes = Constant::of(DType::U8, &[out.len()], &out);
        let Self { bits, turned, depth, width, .. } = *self;
        Packed { codes, signed: self.codes.fact.dtype == DType::I8, bits, turned, depth, width }
    }

    /// Of each block, column by column: its scale, and its zero point as a code.
    fn parts<'s>(&'s self, layout: &'s Layout) -> impl Iterator<Item = (f32, f32)> + 's {
        let (scales, zeros) = (self.scales.get::<f32>(), self.zeros.as_ref().map_or(&[][..], Self::bytes));
        (0..self.width).flat_map(move |c| (0..layout.blocks()).map(move |b| (b * layout.block, c))).map(move |(k, c)| {
            let part = self.grid.part(self.at(k, c));
            (pick(scales, part), f32::from(self.code(pick(zeros, part))))
        })
    }
}

/// The matrix, where it is bytes behind DequantizeLinear; `None` where it is something else.
fn stored(op: &Op<'_, '_>, matrix: &Matrix) -> Result<Option<Stored>> {
    let (kernel, inputs, turned) = match (op.made_by::<Dequantize>(matrix.wire), op.made_by::<Turned>(matrix.wire)) {
        (Some((kernel, inputs)), _) => (kernel, inputs, matrix.turned),
        (_, Some((kernel, inputs))) => (&kernel.0, inputs, !matrix.turned),
        _ => return Ok(None),
    };
    let (&[codes, scales], zeros) = inputs.split_at(2.min(inputs.len())) else { return Ok(None) };
    let known = (op.konst(codes)?, op.konst(scales)?);
    let zeros = zeros.first().map(|z| op.konst(*z)).transpose()?;
    let ((Some(held), Some(scales)), None | Some(Some(_))) = (known, &zeros) else { return Ok(None) };
    let Some((outer, &[first, second])) = held.fact.shape.split_last_chunk::<2>() else { return Ok(None) };
    if !BYTES.contains(&held.fact.dtype) || held.fact.is_empty() || outer.iter().any(|d| *d != 1) {
        return Ok(None);
    }
    let (depth, width) = if turned { (second, first) } else { (first, second) };
    let bits = if op.narrow(codes) { 4 } else { 8 };
    Ok(Some(Stored { codes: held, scales, zeros: zeros.flatten(), grid: kernel.grid, bits, turned, depth, width }))
}

/// `A W + bias`, where W is constant, of rank 2 but for leading axes of one, and stands behind DequantizeLinear; `None` where
/// it is something else.
///
/// # Errors
/// `model-too-large` beyond the limit of multiplications.
pub(in crate::ops) fn by_stored(op: &mut Op<'_, '_>, a: Wire, matrix: &Matrix, bias: &[f32]) -> Result<Option<Wire>> {
    let Some(stored) = stored(op, matrix)? else { return Ok(None) };
    let Some(layout) = stored.layout() else { return Ok(None) };
    let mut shape = op.shape(a)?;
    let (depth, width) = (stored.depth, stored.width);
    if op.dtype(a)? != DType::F32 || shape.last() != Some(&depth) || shape.contains(&0) {
        return Ok(None);
    }
    if !bias.is_empty() && bias.len() != width {
        return Ok(None);
    }
    if let Some(out) = by_bytes(op, a, &stored, matrix, bias)? {
        return Ok(Some(out));
    }
    op.work(&[&shape[..], &[width]].concat())?;
    if let Some(last) = shape.last_mut() {
        *last = width;
    }
    // Scales may be those of several matrices, and any constant be seen as matrices of several shapes.
    let signed = stored.codes.fact.dtype == DType::I8;
    let form = [depth, width, layout.block, layout.bits, usize::from(stored.turned), usize::from(signed)];
    op.filled(layout.column().checked_mul(width), stored.codes.fact.len())?;
    let packed = op.replaced(&stored.codes, ("codes", &form), || Ok(stored.columns(&layout)))?;
    let factor = matrix.factor;
    let middle = f32::from(1_u8 << (layout.bits - 1));
    let scales = || Ok(stored.parts(&layout).map(|(s, _)| s * factor).collect::<Vec<_>>());
    let shifts = || {
        let values: Vec<f32> = stored.parts(&layout).map(|(s, z)| (middle - z) * s * factor).collect();
        Ok(if values.iter().all(|v| *v == 0.0) { Vec::new() } else { values })
    };
    let (scales, shifts) = if layout.blocks() == 1 || factor != 1.0 {
        // Few, or this product's own.
        (Arc::new(scales()?), Arc::new(shifts()?))
    } else {
        let name = if stored.zeros.is_some() { "shifts of codes" } else { "shifts of codes without zero points" };
        (
            shared(op, (&stored.scales, None), ("scales of codes", &form), scales)?,
            shared(op, (&stored.scales, stored.zeros.as_ref()), (name, &form), shifts)?,
        )
    };
    let codes = op.constant(packed.codes.clone())?;
    let scales = op.constant(Constant::f32(&[scales.len()], &scales))?;
    op.add(BlockProduct { layout, shape, shifts, bias: bias.to_vec(), short: false }, &[a, codes, scales]).map(Some)
}

/// The same where `a` stands behind DequantizeLinear too, each side with one scale, or one a column: a product of bytes.
fn by_bytes(op: &mut Op<'_, '_>, a: Wire, stored: &Stored, matrix: &Matrix, bias: &[f32]) -> Result<Option<Wire>> {
    let by_column = |c: &Constant| c.fact.shape.len() <= 1 && (c.fact.len() == 1 || c.fact.len() == stored.width);
    // Sums of bytes are exact up to this depth, and wrap beyond.
    if stored.depth > 1 << 15 {
        return Ok(None);
    }
    let plain = !stored.turned && !matrix.turned && stored.bits == 8 && matrix.factor == 1.0;
    if !plain || !by_column(&stored.scales) || !stored.zeros.as_ref().is_none_or(by_column) {
        return Ok(None);
    }
    if stored.layout().is_none_or(|l| l.blocks() != 1) || stored.codes.fact.shape.len() != 2 {
        return Ok(None);
    }
    let Some((_, inputs)) = op.made_by::<Dequantize>(a) else { return Ok(None) };
    let inputs = inputs.to_vec();
    let (&[codes, ref parts @ ..], true) = (inputs.as_slice(), op.rank(a)? >= 2) else { return Ok(None) };
    for part in parts {
        if op.fact(*part)?.len() != 1 {
            return Ok(None);
        }
    }
    if !BYTES.contains(&op.dtype(codes)?) {
        return Ok(None);
    }
    let parts = parts.iter().map(|p| op.view(*p, &[], 0)).collect::<Result<Vec<_>>>()?;
    let (b, b_scale) = (op.constant(stored.codes.clone())?, op.constant(stored.scales.clone())?);
    let zero_b = stored.zeros.clone().map(|z| op.constant(z)).transpose()?;
    let scale = parts.first().copied().ok_or_else(|| op.bad("inputs"))?;
    let scale = binary(op, F::Mul, scale, b_scale)?;
    floats(op, Sides { a: codes, b, zero_a: parts.get(1).copied(), zero_b }, scale, bias.to_vec()).map(Some)
}

/// A matrix behind DequantizeLinear, its axes exchanged.
#[derive(Debug)]
struct Turned(Dequantize);

impl Kernel for Turned {
    fn name(&self) -> &'static str {
        "DequantizeLinear"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let mut facts = self.0.facts(inputs)?;
        facts.iter_mut().for_each(|f| f.shape.reverse());
        Ok(facts)
    }

    fn scratch(&self, inputs: &[&Fact]) -> usize {
        inputs.first().map_or(0, |x| x.len() * 4)
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, scratch: &mut Buffer) -> Result<()> {
        let fact = inputs.fact(0)?;
        let width = fact.shape.last().copied().unwrap_or(1);
        let values = scratch.all_mut::<f32>().get_mut(..fact.len()).unwrap_or_default();
        self.0.fill(inputs, values)?;
        let out = outputs.get::<f32>(0)?;
        let rows = out.len() / width.max(1);
        for (at, cell) in out.iter_mut().enumerate() {
            *cell = values.get(at % rows * width + at / rows).copied().unwrap_or(0.0);
        }
        Ok(())
    }
}

/// The axes of a matrix exchanged where it is constant and stands behind DequantizeLinear, so that a product that follows
/// finds the codes; `None` where it is something else.
pub(in crate::ops) fn turned(op: &mut Op<'_, '_>, x: Wire) -> Result<Option<Wire>> {
    let Some((kernel, inputs)) = op.made_by::<Dequantize>(x) else { return Ok(None) };
    let (kernel, inputs) = (kernel.clone(), inputs.to_vec());
    for input in &inputs {
        if op.konst(*input)?.is_none() {
            return Ok(None);
        }
    }
    if op.rank(x)? == 2 { op.later(Turned(kernel), &inputs).map(Some) } else { Ok(None) }
}

/// What `lower` makes of the node with bytes in the place of its first input, where that is constant, has one scale, and
/// stands behind DequantizeLinear: the same in floats. For operators that move elements, whatever they are.
pub(in crate::ops) fn moved(op: &mut Op<'_, '_>, lower: fn(&mut Op<'_, '_>) -> Result<Wire>) -> Result<Wire> {
    let x = op.input(0)?;
    let parts = op.made_by::<Dequantize>(x).map(|(_, inputs)| inputs.to_vec()).unwrap_or_default();
    let Some((codes, rest)) = parts.split_first() else { return lower(op) };
    let mut one = op.konst(*codes)?.is_some();
    for part in rest {
        one &= op.fact(*part)?.len() == 1 && op.konst(*part)?.is_some();
    }
    if !one {
        return lower(op);
    }
    if let Some(input) = op.inputs.first_mut() {
        *input = Some(*codes);
    }
    let moved = lower(op)?;
    let grid = Grid::one(op.fact(moved)?.len());
    op.later(Dequantize { grid }, &[&[moved], rest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_had_back() {
        for (depth, width, turned) in [(1, 1, false), (5, 3, false), (33, 7, true), (16, 4, false), (40, 2, true)] {
            for (dtype, bits) in [(DType::U8, 8), (DType::I8, 8), (DType::U8, 4), (DType::I8, 4)] {
                // Of four bits: 0 to 15, or −8 to 7.
                let byte = |i: usize| match (dtype, bits) {
                    (DType::I8, 4) => ((i * 7 % 16) as u8).wrapping_sub(8),
                    (_, 4) => (i * 7 % 16) as u8,
                    _ => (i * 91 % 256) as u8,
                };
                let bytes: Vec<u8> = (0..depth * width).map(byte).collect();
                let codes = Constant::of(dtype, &[depth * width], &bytes);
                let (scales, grid) = (Constant::f32(&[], &[1.0]), Grid::one(bytes.len()));
                let stored = Stored { codes, scales, zeros: None, grid, bits, turned, depth, width };
                let packed = stored.columns(&stored.layout().unwrap());
                assert_eq!(packed.restore().all::<u8>()[..bytes.len()], bytes);
            }
        }
    }
}
