//! 8-bit weights and activations.
//!
//! Weights that stand behind DequantizeLinear are widened at load. MatMulInteger has a kernel of ours, since tract has
//! none for wasm: both sides become 16 bits with their zero points taken off, and products are summed by pairs.

use super::arithmetic::{strides, walk};
use super::matmul::lift;
use crate::error::Result;
use crate::model::tract::import::{Op, Wires, broadcast};
use crate::model::tract::own::{Kernel, Own, one, shape_of, slice};
use nearhand_kernels::matmul_i8::{LANES, padded, product, quantise};
use tract_core::internal::*;
use tract_core::ops::math;

const BYTES: &[DatumType] = &[DatumType::U8, DatumType::I8];

/// Shapes scale and zero point for broadcasting against `x`: scalars as they are, vectors along `axis`.
fn along(op: &mut Op<'_, '_>, x: OutletId, part: OutletId) -> Result<OutletId> {
    let shape = op.shape(part)?;
    let rank = op.rank(x)?;
    let axis = op.int("axis", 1)?;
    if op.int("block_size", 0)? != 0 {
        return Err(op.refuse("scales by block"));
    }
    match &*shape {
        [] => Ok(part),
        [1] => super::shape::into_shape(op, part, &[]),
        [n] => {
            let axis = op.axis(axis, rank)?;
            if op.shape(x)?.get(axis) != Some(n) {
                return Err(op.bad("length of the scales"));
            }
            let to: Vec<usize> = (0..rank).map(|a| if a == axis { *n } else { 1 }).collect();
            super::shape::into_shape(op, part, &to)
        }
        _ => Err(op.refuse("scales of this rank")),
    }
}

pub(super) fn dequantize_linear(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (x, scale) = (op.input(0)?, op.input(1)?);
    op.only(x, &[DatumType::U8, DatumType::I8, DatumType::I32])?;
    op.only(scale, &[DatumType::F32])?;
    if op.int("output_dtype", 1)? > 1 {
        return Err(op.refuse("an output type other than 32-bit float"));
    }
    let factor = along(op, x, scale)?;
    let mut inputs = tvec!(x, factor);
    if let Some(zero) = op.maybe(2) {
        super::arithmetic::same_type(op, x, zero)?;
        inputs.push(along(op, x, zero)?);
    }
    op.own(Dequantize, &inputs)
}

/// Values, scale, and the zero point in 32 bits: 0 where none is given.
fn scaled(inputs: TVec<TValue>) -> TractResult<(TValue, TValue, Tensor)> {
    let mut inputs = inputs.into_iter();
    let (Some(x), Some(scale)) = (inputs.next(), inputs.next()) else { bail!("two inputs") };
    let zero = match inputs.next() {
        Some(zero) => zero.cast_to::<i32>()?.into_owned(),
        None => tensor0(0_i32),
    };
    Ok((x, scale, zero))
}

/// (x − zero) · scale.
#[derive(Debug)]
struct Dequantize;

impl Kernel for Dequantize {
    fn name(&self) -> &'static str {
        "DequantizeLinear"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let x = inputs.first().ok_or_else(|| format_err!("no input"))?;
        Ok(tvec!(f32::fact(shape_of(x)?)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (x, scale, zero) = scaled(inputs)?;
        let wide = x.cast_to::<i32>()?;
        let (values, scales, zeros) = (slice::<i32>(&wide)?, slice::<f32>(&scale)?, slice::<i32>(&zero)?);
        let mut out = Vec::with_capacity(values.len());
        let shape = x.shape();
        walk(shape, &[strides(shape, shape), strides(scale.shape(), shape), strides(zero.shape(), shape)], |[i, s, z]| {
            let at = |v: &[i32], i: usize| v.get(i).copied().unwrap_or(0);
            out.push(at(values, i).wrapping_sub(at(zeros, z)) as f32 * scales.get(s).copied().unwrap_or(0.0));
        });
        one(Tensor::from_shape(shape, &out)?)
    }
}

pub(super) fn quantize_linear(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (x, scale) = (op.input(0)?, op.input(1)?);
    op.only(x, &[DatumType::F32])?;
    op.only(scale, &[DatumType::F32])?;
    let _ = (op.int("saturate", 1)?, op.int("precision", 0)?);
    let said = op.int("output_dtype", 0)?;
    let zero = op.maybe(2);
    let to = match (zero, said) {
        (Some(zero), _) => op.only(zero, BYTES)?,
        (None, 0 | 2) => DatumType::U8,
        (None, 3) => DatumType::I8,
        _ => return Err(op.refuse("this output type")),
    };
    let factor = along(op, x, scale)?;
    let mut inputs = tvec!(x, factor);
    if let Some(zero) = zero {
        inputs.push(along(op, x, zero)?);
    }
    op.own(Quantize { to }, &inputs)
}

/// saturate(round_half_even(x / scale) + zero).
#[derive(Debug)]
struct Quantize {
    to: DatumType,
}

fn quantised(values: &[i32], to: DatumType, shape: &[usize]) -> TractResult<Tensor> {
    if to == DatumType::I8 {
        let bytes: Vec<i8> = values.iter().map(|v| (*v).clamp(-128, 127) as i8).collect();
        return Tensor::from_shape(shape, &bytes);
    }
    let bytes: Vec<u8> = values.iter().map(|v| (*v).clamp(0, 255) as u8).collect();
    Tensor::from_shape(shape, &bytes)
}

/// The nearest integer, halves to even, within what saturates anyway.
fn nearest(x: f32) -> i32 {
    x.clamp(-1e6, 1e6).round_ties_even() as i32
}

impl Kernel for Quantize {
    fn name(&self) -> &'static str {
        "QuantizeLinear"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let x = inputs.first().ok_or_else(|| format_err!("no input"))?;
        Ok(tvec!(self.to.fact(shape_of(x)?)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (x, scale, zero) = scaled(inputs)?;
        let (values, scales, zeros) = (slice::<f32>(&x)?, slice::<f32>(&scale)?, slice::<i32>(&zero)?);
        let mut out = Vec::with_capacity(values.len());
        let shape = x.shape();
        walk(shape, &[strides(shape, shape), strides(scale.shape(), shape), strides(zero.shape(), shape)], |[i, s, z]| {
            let (x, s) = (values.get(i).copied().unwrap_or(0.0), scales.get(s).copied().unwrap_or(1.0));
            out.push(nearest(x / s) + zeros.get(z).copied().unwrap_or(0));
        });
        one(quantised(&out, self.to, shape)?)
    }
}

pub(super) fn dynamic_quantize_linear(op: &mut Op<'_, '_>) -> Result<Wires> {
    let x = op.input(0)?;
    op.only(x, &[DatumType::F32])?;
    if op.shape(x)?.contains(&0) {
        return Err(op.refuse("an empty tensor"));
    }
    op.wires(Own::new(DynamicQuantize), &[x])
}

/// To u8 over the tensor's own range, which always holds 0.
#[derive(Debug)]
struct DynamicQuantize;

impl Kernel for DynamicQuantize {
    fn name(&self) -> &'static str {
        "DynamicQuantizeLinear"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [x] = inputs else { bail!("one input") };
        let none: [usize; 0] = [];
        Ok(tvec!(u8::fact(shape_of(x)?), f32::fact(none), u8::fact(none)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let x = args_1!(inputs);
        let mut bytes = vec![0_u8; x.len()];
        let (scale, zero) = quantise(slice::<f32>(&x)?, &mut bytes);
        Ok(tvec!(Tensor::from_shape(x.shape(), &bytes)?.into_tvalue(), tensor0(scale).into_tvalue(), tensor0(zero).into_tvalue()))
    }
}

/// A product of 8-bit matrices, both lifted to one rank; zero points as scalars or vectors of rows and columns.
#[derive(Debug)]
struct IntegerProduct {
    shape: TVec<usize>,
    has_a: bool,
    has_b: bool,
    /// B widened and turned into columns, where it is constant.
    packed: Option<Vec<i16>>,
}

/// The elements of an 8-bit tensor as 16 bits.
fn widened(x: &Tensor) -> TractResult<Vec<i16>> {
    Ok(match x.datum_type() {
        DatumType::U8 => slice::<u8>(x)?.iter().map(|v| i16::from(*v)).collect(),
        _ => slice::<i8>(x)?.iter().map(|v| i16::from(*v)).collect(),
    })
}

fn zeros(zero: Option<&Tensor>) -> TractResult<Vec<i16>> {
    zero.map_or_else(|| Ok(vec![0]), widened)
}

/// Columns of each matrix in turn, each with its zero point taken off, padded to whole vectors.
fn columns(b: &Tensor, zero: Option<&Tensor>) -> TractResult<Vec<i16>> {
    let values = widened(b)?;
    let Some([depth, width]) = b.shape().last_chunk::<2>().copied() else { bail!("rank of B") };
    let zeros = zeros(zero)?;
    let mut out = Vec::with_capacity(values.len());
    for matrix in values.chunks_exact((depth * width).max(1)) {
        for column in 0..width {
            let zero = zeros.get(if zeros.len() == width { column } else { 0 }).copied().unwrap_or(0);
            out.extend(matrix.iter().skip(column).step_by(width.max(1)).map(|v| v - zero));
            out.resize(out.len().next_multiple_of(LANES), 0);
        }
    }
    Ok(out)
}

/// Rows likewise.
fn rows_of(a: &Tensor, zero: Option<&Tensor>) -> TractResult<Vec<i16>> {
    let values = widened(a)?;
    let Some([rows, depth]) = a.shape().last_chunk::<2>().copied() else { bail!("rank of A") };
    let zeros = zeros(zero)?;
    let mut out = Vec::with_capacity(values.len() / depth.max(1) * padded(depth));
    for (i, row) in values.chunks_exact(depth.max(1)).enumerate() {
        let zero = zeros.get(if zeros.len() == rows { i % rows.max(1) } else { 0 }).copied().unwrap_or(0);
        out.extend(row.iter().map(|v| v - zero));
        out.resize(out.len().next_multiple_of(LANES), 0);
    }
    Ok(out)
}

impl Kernel for IntegerProduct {
    fn name(&self) -> &'static str {
        "MatMulInteger"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        for input in inputs {
            shape_of(input)?;
        }
        Ok(tvec!(i32::fact(&*self.shape)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let mut inputs = inputs.into_iter();
        let (Some(a), Some(b)) = (inputs.next(), inputs.next()) else { bail!("two inputs") };
        let zero_a = if self.has_a { inputs.next() } else { None };
        let zero_b = if self.has_b { inputs.next() } else { None };
        let (Some([rows, depth]), Some(width)) = (a.shape().last_chunk::<2>().copied(), b.shape().last().copied()) else {
            bail!("rank of A")
        };
        let a_rows = rows_of(&a, zero_a.as_deref())?;
        let turned;
        let b_columns = match &self.packed {
            Some(packed) => packed,
            None => {
                turned = columns(&b, zero_b.as_deref())?;
                &turned
            }
        };
        let mut out = vec![0_i32; self.shape.iter().product()];
        let batch = self.shape.len().saturating_sub(2);
        let (outer_a, outer_b) = (a.shape().get(..batch).unwrap_or_default(), b.shape().get(..batch).unwrap_or_default());
        let outer = self.shape.get(..batch).unwrap_or_default();
        let step = padded(depth);
        let mut blocks = out.chunks_exact_mut((rows * width).max(1));
        walk(outer, &[strides(outer_a, outer), strides(outer_b, outer)], |[i, j]| {
            let a = a_rows.get(i * rows * step..(i + 1) * rows * step);
            let b = b_columns.get(j * step * width..(j + 1) * step * width);
            if let (Some(a), Some(b), Some(out)) = (a, b, blocks.next()) {
                product(a, b, depth, out);
            }
        });
        one(Tensor::from_shape(&self.shape, &out)?)
    }
}

fn integers(
    op: &mut Op<'_, '_>,
    a: OutletId,
    b: OutletId,
    zero_a: Option<OutletId>,
    zero_b: Option<OutletId>,
) -> Result<OutletId> {
    op.only(a, BYTES)?;
    op.only(b, BYTES)?;
    let rank = op.rank(a)?.max(op.rank(b)?);
    if op.rank(a)? < 2 || op.rank(b)? < 2 {
        return Err(op.refuse("a product with a vector"));
    }
    let (a, b) = (lift(op, a, rank)?, lift(op, b, rank)?);
    let (x, y) = (op.shape(a)?, op.shape(b)?);
    let batch = rank - 2;
    let (rows, depth, width) = (x[batch], x[batch + 1], y[batch + 1]);
    if depth != y[batch] || x.contains(&0) || y.contains(&0) {
        return Err(op.bad("depths of a product differ"));
    }
    let mut shape = broadcast(&[&x[..batch], &y[..batch]])?;
    shape.extend([rows, width]);
    let mut inputs = tvec!(a, b);
    for (zero, side, length) in [(zero_a, a, rows), (zero_b, b, width)] {
        let Some(zero) = zero else { continue };
        super::arithmetic::same_type(op, zero, side)?;
        let cells: usize = op.shape(zero)?.iter().product();
        if op.rank(zero)? > 1 || (cells != 1 && cells != length) {
            return Err(op.refuse("zero points of this shape"));
        }
        inputs.push(zero);
    }
    // Weights are turned once, at load.
    let fixed = match zero_b {
        Some(zero) => op.konst(zero)?.map(Some),
        None => Some(None),
    };
    let packed = match (op.konst(b)?, fixed) {
        (Some(b), Some(zero)) => Some(columns(&b, zero.as_deref()).map_err(|e| crate::model::tract::import::engine(&e))?),
        _ => None,
    };
    op.own(IntegerProduct { shape, has_a: zero_a.is_some(), has_b: zero_b.is_some(), packed }, &inputs)
}

pub(super) fn matmul_integer(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    let (zero_a, zero_b) = (op.maybe(2), op.maybe(3));
    integers(op, a, b, zero_a, zero_b)
}

/// QLinearMatMul: the integer product, rescaled: round(p · a_scale · b_scale / y_scale) + y_zero.
pub(super) fn qlinear_matmul(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let wires = (0..8).map(|at| op.input(at)).collect::<Result<Vec<_>>>()?;
    let &[a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero] = wires.as_slice() else { return Err(op.bad("inputs")) };
    for wire in [a_scale, b_scale, y_scale, y_zero] {
        if op.shape(wire)?.iter().product::<usize>() != 1 {
            return Err(op.refuse("scales by row or column"));
        }
    }
    op.only(a_scale, &[DatumType::F32])?;
    let to = op.only(y_zero, BYTES)?;
    let p = integers(op, a, b, Some(a_zero), Some(b_zero))?;
    let p = op.wire(tract_core::ops::cast::cast(DatumType::F32), &[p])?;
    let flat = |op: &mut Op<'_, '_>, w| super::shape::into_shape(op, w, &[]);
    let (a_scale, b_scale, y_scale, y_zero) = (flat(op, a_scale)?, flat(op, b_scale)?, flat(op, y_scale)?, flat(op, y_zero)?);
    let both = op.binary(math::mul(), a_scale, b_scale)?;
    let product = op.binary(math::mul(), p, both)?;
    op.own(Quantize { to }, &[product, y_scale, y_zero])
}
