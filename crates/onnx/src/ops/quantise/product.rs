//! MatMulInteger: A becomes 16 bits with its zero points taken off, B lies in columns of bytes, and products are summed by
//! pairs. What `quantize_dynamic` writes behind it, Cast · scale + bias, joins it.

use super::linear::BYTES;
use super::work::{carve, room};
use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::{Constant, Fact};
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};
use crate::ops::base::affine::columns;
use crate::ops::base::elements::Cast;
use crate::ops::base::layout::lifted;
use crate::refusal::failed;
use crate::shape::{Loops, broadcast};
use crate::store::Restore;
use nearhand_kernels::matmul_i8::{Columns, pack, packed_len, product, product_scaled, unpack, work_len};
use nearhand_kernels::widen::{padded, widen_rows_i8, widen_rows_u8};
use std::sync::Arc;

/// Constant matrices in columns, one after the other.
#[derive(Debug)]
struct Packed {
    bytes: Vec<u8>,
    /// Bits that differ from those that stand in the graph.
    turned: u8,
    depth: usize,
    width: usize,
}

impl Restore for Packed {
    fn restore(&self) -> Buffer {
        let (cells, len) = (self.depth * self.width, packed_len(self.depth, self.width));
        let mut values = Buffer::zeroed(self.bytes.len() / len.max(1) * cells);
        for (matrix, out) in self.bytes.chunks_exact(len.max(1)).zip(values.all_mut().chunks_exact_mut(cells.max(1))) {
            unpack(matrix, self.turned, self.depth, self.width, out);
        }
        values
    }
}

/// A product of 8-bit matrices, both lifted to one rank; zero points as scalars or vectors of rows and columns.
#[derive(Debug)]
struct Product {
    /// That of the output.
    shape: Vec<usize>,
    rows: usize,
    depth: usize,
    width: usize,
    /// Matrices on either side.
    many: (usize, usize),
    /// Matrices of either side by matrix of the output.
    loops: Loops<2>,
    /// Whether either side has zero points among the inputs.
    zeros: (bool, bool),
    /// B in columns and its zero points, where both are constant: neither is an input then.
    packed: Option<(Arc<Packed>, Vec<i32>)>,
}

/// Inputs: A, B unless packed, their zero points where given, and the scale where the product is scaled.
#[derive(Debug)]
pub(super) struct IntegerProduct {
    product: Arc<Product>,
    /// Sums leave as floats, times a scale that is one number or one a column.
    scaled: bool,
    /// What is added to what is scaled: one value a column, or empty.
    bias: Vec<f32>,
}

/// Cast(MatMulInteger) · scale, as `quantize_dynamic` writes it: one kernel, bit for bit the same. The two nodes that it
/// passes over are dropped with all that nothing reads.
pub(in crate::ops) fn scaled_product(op: &mut Op<'_, '_>, a: Wire, b: Wire) -> Result<Option<Wire>> {
    for (cast, scale) in [(a, b), (b, a)] {
        if op.dtype(cast)? != DType::F32 || op.dtype(scale)? != DType::F32 {
            continue;
        }
        let Some((_, &[sums])) = op.made_by::<Cast>(cast) else { continue };
        let Some((kernel, inputs)) = op.made_by::<IntegerProduct>(sums).filter(|(k, _)| !k.scaled) else { continue };
        let (product, inputs) = (kernel.product.clone(), inputs.to_vec());
        if let Some(wire) = scaled(op, product, inputs, scale, Vec::new())? {
            return Ok(Some(wire));
        }
    }
    Ok(None)
}

/// A product times a scale, where that is one number or one a column.
fn scaled(
    op: &mut Op<'_, '_>,
    product: Arc<Product>,
    mut inputs: Vec<Wire>,
    scale: Wire,
    bias: Vec<f32>,
) -> Result<Option<Wire>> {
    let fact = op.fact(scale)?;
    let fits = fact.shape.len() <= product.shape.len()
        && (fact.len() == 1 || (fact.len() == product.width && fact.shape.last() == Some(&product.width)));
    if !fits || fact.dtype != DType::F32 {
        return Ok(None);
    }
    inputs.push(scale);
    op.add(IntegerProduct { product, scaled: true, bias }, &inputs).map(Some)
}

/// A scaled product plus a constant, one value a column or one for all.
pub(super) fn shifted(op: &mut Op<'_, '_>, x: Wire, y: Wire) -> Result<Option<Wire>> {
    for (wire, bias) in [(x, y), (y, x)] {
        let made = op.made_by::<IntegerProduct>(wire).filter(|(k, _)| k.scaled && k.bias.is_empty());
        let Some((kernel, inputs)) = made else { continue };
        let (product, inputs) = (kernel.product.clone(), inputs.to_vec());
        let Some(bias) = columns(op, bias, product.width, product.shape.len())? else { continue };
        return op.add(IntegerProduct { product, scaled: true, bias }, &inputs).map(Some);
    }
    Ok(None)
}

/// What is turned over in every byte, so that all are signed: unsigned ones are less 128, and so are their zero points.
const fn turned(unsigned: bool) -> u8 {
    if unsigned { 128 } else { 0 }
}

/// Packs every matrix of `bytes`.
fn pack_all(bytes: &[u8], turned: u8, depth: usize, width: usize, out: &mut [u8]) {
    let (cells, len) = ((depth * width).max(1), packed_len(depth, width).max(1));
    for (matrix, out) in bytes.chunks_exact(cells).zip(out.chunks_exact_mut(len)) {
        pack(matrix, turned, depth, width, out);
    }
}

/// The bytes of input `at` as numbers, `less` taken off.
fn numbers<T: From<i16>>(inputs: &Inputs<'_>, at: usize, less: i16, out: &mut [T]) -> Result<()> {
    let signed = inputs.fact(at)?.dtype == DType::I8;
    for (cell, byte) in out.iter_mut().zip(inputs.bytes(at)?) {
        *cell = (if signed { i16::from(byte.cast_signed()) } else { i16::from(*byte) } - less).into();
    }
    Ok(())
}

impl Product {
    /// Working memory: rows of A, its zero points, what a product takes, B in columns, and its zero points.
    const fn sizes(&self) -> [usize; 5] {
        let (rows, depth, width) = (self.rows, self.depth, self.width);
        let bytes = if self.packed.is_some() { 0 } else { packed_len(depth, width).saturating_mul(self.many.1) };
        [padded(depth).saturating_mul(rows).saturating_mul(self.many.0), rows, work_len(rows, depth), bytes, width]
    }
}

impl Kernel for IntegerProduct {
    fn name(&self) -> &'static str {
        "MatMulInteger"
    }

    fn weights(&self) -> usize {
        self.product.packed.as_ref().map_or(0, |(packed, _)| packed.bytes.len())
    }

    fn facts(&self, _: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(if self.scaled { DType::F32 } else { DType::I32 }, &self.product.shape)])
    }

    fn scratch(&self, _: &[&Fact]) -> usize {
        let [rows, zeros, work, bytes, others] = self.product.sizes();
        let of_a = [rows, zeros].map(room::<i16>);
        of_a.into_iter().chain([work, others].map(room::<i32>)).fold(room::<u8>(bytes), usize::saturating_add)
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, scratch: &mut Buffer) -> Result<()> {
        let Product { rows, depth, width, loops, zeros, packed, .. } = &*self.product;
        let sizes = self.product.sizes();
        let rest = scratch.all_mut::<u8>();
        let (a_rows, rest) = carve::<i16>(rest, sizes[0])?;
        let (a_zeros, rest) = carve::<i16>(rest, sizes[1])?;
        let (work, rest) = carve::<i32>(rest, sizes[2])?;
        let (bytes, rest) = carve::<u8>(rest, sizes[3])?;
        let (b_zeros, _) = carve::<i32>(rest, sizes[4])?;
        let mut next = if packed.is_none() { 2 } else { 1 };
        // Of A: 16 bits less the zero points, of which there is one or one a row.
        let mut count = 1;
        a_zeros.fill(0);
        if zeros.0 {
            count = inputs.fact(next)?.len();
            numbers(inputs, next, 0, a_zeros)?;
            next += 1;
        }
        let a_zeros = a_zeros.get(..count).unwrap_or_default();
        a_rows.fill(0);
        match inputs.fact(0)?.dtype {
            DType::U8 => widen_rows_u8(inputs.get::<u8>(0)?, *depth, a_zeros, a_rows),
            _ => widen_rows_i8(inputs.get::<i8>(0)?, *depth, a_zeros, a_rows),
        }
        let (bytes, b_zeros): (&[u8], &[i32]) = if let Some((packed, zeros)) = packed {
            (&packed.bytes, zeros)
        } else {
            let less = turned(inputs.fact(1)?.dtype == DType::U8);
            bytes.fill(0);
            pack_all(inputs.bytes(1)?, less, *depth, *width, bytes);
            let less = i16::from(less);
            let mut count = 1;
            b_zeros.fill(-i32::from(less));
            if zeros.1 {
                count = inputs.fact(next)?.len();
                numbers(inputs, next, less, b_zeros)?;
                next += 1;
            }
            (bytes, b_zeros.get(..count).unwrap_or_default())
        };
        let (step, len, block) = (rows * padded(*depth), packed_len(*depth, *width), rows * width);
        let sides = |i: usize, j: usize| {
            let packed = bytes.get(j * len..(j + 1) * len)?;
            Some((a_rows.get(i * step..(i + 1) * step)?, Columns { packed, zeros: b_zeros }))
        };
        let mut at = 0;
        if self.scaled {
            let (scale, out) = (inputs.get::<f32>(next)?, outputs.get::<f32>(0)?);
            loops.each(|[i, j]| {
                if let (Some((a, b)), Some(out)) = (sides(i, j), out.get_mut(at..at + block)) {
                    product_scaled(a, b, *depth, (scale, &self.bias), work, out);
                }
                at += block;
            });
        } else {
            let out = outputs.get::<i32>(0)?;
            loops.each(|[i, j]| {
                if let (Some((a, b)), Some(out)) = (sides(i, j), out.get_mut(at..at + block)) {
                    product(a, b, *depth, work, out);
                }
                at += block;
            });
        }
        if at == outputs.fact(0)?.len() { Ok(()) } else { Err(failed("an output of another size")) }
    }
}

/// What a product is made of.
#[derive(Clone, Copy, Debug)]
pub(in crate::ops) struct Sides {
    pub(in crate::ops) a: Wire,
    pub(in crate::ops) b: Wire,
    pub(in crate::ops) zero_a: Option<Wire>,
    pub(in crate::ops) zero_b: Option<Wire>,
}

fn prepare(op: &mut Op<'_, '_>, sides: Sides) -> Result<(Arc<Product>, Vec<Wire>)> {
    let Sides { a, b, zero_a, zero_b } = sides;
    op.only(a, BYTES)?;
    op.only(b, BYTES)?;
    let rank = op.rank(a)?.max(op.rank(b)?);
    if op.rank(a)? < 2 || op.rank(b)? < 2 {
        return Err(op.refuse("a product with a vector"));
    }
    let (a, b) = (lifted(op, a, rank)?, lifted(op, b, rank)?);
    let (x, y) = (op.shape(a)?, op.shape(b)?);
    let (Some((x_outer, &[rows, depth])), Some((y_outer, &[have, width]))) =
        (x.split_last_chunk::<2>(), y.split_last_chunk::<2>())
    else {
        return Err(op.bad("rank of a product"));
    };
    if depth != have || x.contains(&0) || y.contains(&0) {
        return Err(op.bad("depths of a product differ"));
    }
    let outer = broadcast(&[x_outer, y_outer])?;
    let shape = [&outer[..], &[rows, width]].concat();
    op.work(&[&shape[..], &[depth]].concat())?;
    for (zero, side, length) in [(zero_a, a, rows), (zero_b, b, width)] {
        let Some(zero) = zero else { continue };
        op.same_type(zero, side)?;
        let cells = op.fact(zero)?.len();
        if op.rank(zero)? > 1 || (cells != 1 && cells != length) {
            return Err(op.refuse("zero points of this shape"));
        }
    }
    // Weights are turned once, at load.
    let fixed = match zero_b {
        Some(zero) => op.konst(zero)?.map(|z| z.ints()),
        None => Some(vec![0]),
    };
    let packed = match (op.konst(b)?, fixed) {
        (Some(b), Some(zeros)) => Some(packed(op, &b, &zeros, (depth, width))?),
        _ => None,
    };
    let mut inputs = vec![a];
    let loose = packed.is_none();
    inputs.extend(loose.then_some(b));
    inputs.extend(zero_a);
    inputs.extend(zero_b.filter(|_| loose));
    let product = Product {
        rows,
        depth,
        width,
        many: (x_outer.iter().product(), y_outer.iter().product()),
        loops: Loops::broadcast(&outer, [x_outer, y_outer]),
        zeros: (zero_a.is_some(), zero_b.is_some()),
        packed,
        shape,
    };
    Ok((Arc::new(product), inputs))
}

fn packed(op: &mut Op<'_, '_>, b: &Constant, zeros: &[i64], (depth, width): (usize, usize)) -> Result<(Arc<Packed>, Vec<i32>)> {
    let turned = turned(b.fact.dtype == DType::U8);
    // The constant may be seen as several matrices in more than one way.
    let many = b.fact.len() / (depth * width).max(1);
    op.filled(packed_len(depth, width).checked_mul(many), b.fact.len())?;
    let packed = op.replaced(b, ("bytes", &[depth, width]), || {
        let mut bytes = vec![0; packed_len(depth, width) * many];
        let values: &[u8] = if turned == 0 { bytemuck::cast_slice(b.get::<i8>()) } else { b.get::<u8>() };
        pack_all(values, turned, depth, width, &mut bytes);
        Ok(Packed { bytes, turned, depth, width })
    })?;
    Ok((packed, zeros.iter().map(|z| *z as i32 - i32::from(turned)).collect()))
}

/// The product as 32-bit integers.
pub(super) fn integers(op: &mut Op<'_, '_>, sides: Sides) -> Result<Wire> {
    let (product, inputs) = prepare(op, sides)?;
    op.add(IntegerProduct { product, scaled: false, bias: Vec::new() }, &inputs)
}

/// The product times `scale`, one number or one a column, plus `bias`: one value a column, or empty.
pub(super) fn floats(op: &mut Op<'_, '_>, sides: Sides, scale: Wire, bias: Vec<f32>) -> Result<Wire> {
    let (product, inputs) = prepare(op, sides)?;
    scaled(op, product, inputs, scale, bias)?.ok_or_else(|| op.refuse("scales of this shape"))
}

pub(in crate::ops) fn matmul_integer(op: &mut Op<'_, '_>) -> Result<Wire> {
    let sides = Sides { a: op.input(0)?, b: op.input(1)?, zero_a: op.maybe(2), zero_b: op.maybe(3) };
    integers(op, sides)
}
