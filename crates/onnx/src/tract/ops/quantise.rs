//! 8-bit weights and activations.
//!
//! Weights that stand behind DequantizeLinear are widened at load. MatMulInteger has a kernel of ours, since tract has
//! none for wasm: both sides become 16 bits with their zero points taken off, and products are summed by pairs.

use super::arithmetic::{strides, walk};
use super::matmul::lift;
use crate::error::Result;
use crate::tract::import::{Op, Wires, broadcast};
use crate::tract::own::{Kernel, Own, one, shape_of, slice};
use nearhand_kernels::matmul_i8::{
    Columns, pack, packed_len, padded, product, product_scaled, quantise, widen_rows_i8, widen_rows_u8, work_len,
};
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
struct Product {
    shape: TVec<usize>,
    has_a: bool,
    has_b: bool,
    /// B turned into columns, where it and its zero points are constant.
    packed: Option<Packed>,
}

/// Inputs: A, B, their zero points where given, and the scale where the product is scaled.
#[derive(Debug)]
struct IntegerProduct {
    product: Arc<Product>,
    /// Sums leave as floats, times a scale that is one number or one a column.
    scaled: bool,
    /// What is added to what is scaled: one value a column, or empty.
    bias: Vec<f32>,
}

/// The products imported so far, by the wires that carry them: as they are, cast to floats, and scaled.
#[derive(Debug, Default)]
pub(in crate::tract) struct Products(Vec<Carried>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Integer,
    Cast,
    Scaled,
}

#[derive(Clone, Debug)]
struct Carried {
    wire: OutletId,
    form: Form,
    product: Arc<Product>,
    inputs: TVec<OutletId>,
}

impl Products {
    /// Notes that `to` is `from` cast to floats.
    pub(super) fn cast(&mut self, from: OutletId, to: OutletId) {
        if let Some(carried) = self.0.iter().find(|c| c.wire == from && c.form == Form::Integer).cloned() {
            self.0.push(Carried { wire: to, form: Form::Cast, ..carried });
        }
    }
}

/// Cast(MatMulInteger) · scale, as `quantize_dynamic` writes it: one kernel, bit for bit the same. The two nodes that it
/// passes over are dropped with all that nothing reads.
pub(super) fn scaled_product(op: &mut Op<'_, '_>, a: OutletId, b: OutletId) -> Result<Option<OutletId>> {
    for (product, scale) in [(a, b), (b, a)] {
        let Some(carried) = op.importer.products.0.iter().find(|c| c.form == Form::Cast && c.wire == product).cloned() else {
            continue;
        };
        let cells: usize = op.shape(scale)?.iter().product();
        let width = carried.product.shape.last().copied().unwrap_or(0);
        let fits = op.rank(scale)? <= carried.product.shape.len()
            && (cells == 1 || (cells == width && op.shape(scale)?.last() == Some(&width)));
        if !fits || op.dtype(scale)? != DatumType::F32 {
            continue;
        }
        let mut inputs = carried.inputs;
        inputs.push(scale);
        let product = carried.product;
        let kernel = IntegerProduct { product: product.clone(), scaled: true, bias: Vec::new() };
        let wire = op.own(kernel, &inputs)?;
        op.importer.products.0.push(Carried { wire, form: Form::Scaled, product, inputs });
        return Ok(Some(wire));
    }
    Ok(None)
}

/// A scaled product plus a constant, one value a column or one for all.
pub(super) fn shifted(op: &mut Op<'_, '_>, x: OutletId, y: OutletId) -> Result<Option<OutletId>> {
    for (wire, bias) in [(x, y), (y, x)] {
        let find = |c: &&Carried| c.form == Form::Scaled && c.wire == wire;
        let Some(Carried { product, inputs, .. }) = op.importer.products.0.iter().find(find).cloned() else { continue };
        let width = product.shape.last().copied().unwrap_or(0);
        let Some(bias) = super::affine::columns(op, bias, width, product.shape.len())? else { continue };
        return op.own(IntegerProduct { product, scaled: true, bias }, &inputs).map(Some);
    }
    Ok(None)
}

/// A matrix, or several, as the kernel wants it: signed bytes, column by column.
#[derive(Debug)]
struct Packed {
    words: Vec<i16>,
    zeros: Vec<i32>,
}

impl Packed {
    fn new(b: &Tensor, zero: Option<&Tensor>, single: bool) -> TractResult<Self> {
        let Some([depth, width]) = b.shape().last_chunk::<2>().copied() else { bail!("rank of B") };
        let zeros = zero.map_or_else(|| Ok(vec![0]), widened)?;
        let (words, offset) = match b.datum_type() {
            // Less 128, and so are their zero points.
            DatumType::U8 => (turned(slice::<u8>(b)?, depth, width, single, |v| v.wrapping_sub(128).cast_signed()), 128),
            _ => (turned(slice::<i8>(b)?, depth, width, single, |v| v), 0),
        };
        Ok(Self { words, zeros: zeros.iter().map(|z| i32::from(*z) - offset).collect() })
    }
}

/// Each matrix in turn.
fn turned<T: Copy + Default>(values: &[T], depth: usize, width: usize, single: bool, byte: fn(T) -> i8) -> Vec<i16> {
    let (cells, len) = ((depth * width).max(1), packed_len(depth, width, single));
    let mut out = vec![0; values.len() / cells * len];
    for (matrix, out) in values.chunks_exact(cells).zip(out.chunks_exact_mut(len.max(1))) {
        pack(|k, c| byte(matrix.get(k * width + c).copied().unwrap_or_default()), depth, width, single, out);
    }
    out
}

/// The elements of an 8-bit tensor as 16 bits.
fn widened(x: &Tensor) -> TractResult<Vec<i16>> {
    Ok(match x.datum_type() {
        DatumType::U8 => slice::<u8>(x)?.iter().map(|v| i16::from(*v)).collect(),
        _ => slice::<i8>(x)?.iter().map(|v| i16::from(*v)).collect(),
    })
}

/// Rows as the kernel wants them: 16 bits less their zero points.
fn rows_of(a: &Tensor, zero: Option<&Tensor>) -> TractResult<Vec<i16>> {
    let Some([rows, depth]) = a.shape().last_chunk::<2>().copied() else { bail!("rank of A") };
    let zeros = zero.map_or_else(|| Ok(vec![0]), widened)?;
    let mut out = vec![0_i16; a.len() / depth.max(1) * padded(depth)];
    let zeros = if zeros.len() == rows { &zeros[..] } else { zeros.get(..1).unwrap_or_default() };
    match a.datum_type() {
        DatumType::U8 => widen_rows_u8(slice::<u8>(a)?, depth, zeros, &mut out),
        _ => widen_rows_i8(slice::<i8>(a)?, depth, zeros, &mut out),
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
        let dtype = if self.scaled { DatumType::F32 } else { DatumType::I32 };
        Ok(tvec!(dtype.fact(&*self.product.shape)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let Product { shape, has_a, has_b, packed } = &*self.product;
        let mut inputs = inputs.into_iter();
        let (Some(a), Some(b)) = (inputs.next(), inputs.next()) else { bail!("two inputs") };
        let zero_a = if *has_a { inputs.next() } else { None };
        let zero_b = if *has_b { inputs.next() } else { None };
        let (Some([rows, depth]), Some(width)) = (a.shape().last_chunk::<2>().copied(), b.shape().last().copied()) else {
            bail!("rank of A")
        };
        let a_rows = rows_of(&a, zero_a.as_deref())?;
        let made;
        let packed = match packed {
            Some(packed) => packed,
            None => {
                made = Packed::new(&b, zero_b.as_deref(), rows == 1)?;
                &made
            }
        };
        let scale = if self.scaled { inputs.next() } else { None };
        let scale = scale.as_ref().map(|s| slice::<f32>(s)).transpose()?;
        let (mut sums, mut floats) = (Vec::new(), Vec::new());
        let cells: usize = shape.iter().product();
        match scale {
            Some(_) => floats.resize(cells, 0.0_f32),
            None => sums.resize(cells, 0_i32),
        }
        let block = rows * width;
        let (outer, _) = shape.split_at(shape.len().saturating_sub(2));
        let of = |t: &TValue| strides(t.shape().get(..outer.len()).unwrap_or_default(), outer);
        let (step, len) = (padded(depth), packed_len(depth, width, rows == 1));
        let mut work = vec![0; work_len(rows, depth)];
        let mut at = 0;
        walk(outer, &[of(&a), of(&b)], |[i, j]| {
            let a = a_rows.get(i * rows * step..(i + 1) * rows * step);
            let b = packed.words.get(j * len..(j + 1) * len);
            if let (Some(a), Some(words)) = (a, b) {
                let b = Columns { words, zeros: &packed.zeros };
                match scale {
                    Some(scale) => floats
                        .get_mut(at..at + block)
                        .into_iter()
                        .for_each(|out| product_scaled(a, b, depth, (scale, &self.bias), &mut work, out)),
                    None => sums.get_mut(at..at + block).into_iter().for_each(|out| product(a, b, depth, &mut work, out)),
                }
            }
            at += block;
        });
        one(if self.scaled { Tensor::from_shape(shape, &floats)? } else { Tensor::from_shape(shape, &sums)? })
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
    op.work(&[&shape[..], &[depth]].concat())?;
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
        (Some(b), Some(zero)) => Some(Packed::new(&b, zero.as_deref(), rows == 1).map_err(|e| crate::tract::import::engine(&e))?),
        _ => None,
    };
    let product = Arc::new(Product { shape, has_a: zero_a.is_some(), has_b: zero_b.is_some(), packed });
    let wire = op.own(IntegerProduct { product: product.clone(), scaled: false, bias: Vec::new() }, &inputs)?;
    op.importer.products.0.push(Carried { wire, form: Form::Integer, product, inputs });
    Ok(wire)
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
