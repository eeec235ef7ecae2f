//! Products with constant matrices, most of a model's work: packed once for all plans of a graph.

use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::{Constant, Fact};
use crate::kernel::{Inputs, Kernel, Outputs, single};
use crate::lower::{Op, Wire};
use crate::ops::base::layout::unturned;
use crate::refusal::malformed;
use crate::store::Restore;
use nearhand_kernels::matmul_f32::{pack, packed_len, product, unpack};
use std::sync::Arc;

/// A packed matrix.
#[derive(Debug)]
struct Packed {
    values: Vec<f32>,
    depth: usize,
    width: usize,
    /// Between two rows and between two columns of the matrix as it stands in the graph.
    strides: (usize, usize),
}

impl Restore for Packed {
    fn restore(&self) -> Buffer {
        let mut values = Buffer::zeroed(self.depth * self.width * size_of::<f32>());
        unpack(&self.values, self.depth, self.width, self.strides, values.all_mut());
        values
    }
}

/// `A W + bias`: A of any rank, its last axis the depth; bias one value a column, or empty.
#[derive(Clone, Debug)]
pub(crate) struct Affine {
    weights: Arc<Packed>,
    bias: Vec<f32>,
    /// That of the output.
    shape: Vec<usize>,
}

/// A constant matrix, and how it is read.
pub(crate) struct Matrix {
    pub(crate) wire: Wire,
    /// Whether columns lie along the first of the last two axes.
    pub(crate) turned: bool,
    /// Factor of every value.
    pub(crate) factor: f32,
}

/// `A W + bias`, where W is constant, of rank 2 but for leading axes of one, and all is 32-bit floats; `None` where it is
/// something else.
///
/// # Errors
/// `model-too-large` beyond the limit of multiplications.
pub(crate) fn affine(op: &mut Op<'_, '_>, a: Wire, matrix: &Matrix, bias: Vec<f32>) -> Result<Option<Wire>> {
    let other = unturned(op, matrix.wire)?.map(|wire| Matrix { wire, turned: !matrix.turned, ..*matrix });
    let matrix = other.as_ref().unwrap_or(matrix);
    let Some(values) = op.konst(matrix.wire)? else { return Ok(None) };
    let (shape, dims) = (op.shape(a)?, op.shape(matrix.wire)?);
    let Some((&depth, rows)) = shape.split_last() else { return Ok(None) };
    let Some((outer, &[first, second])) = dims.split_last_chunk::<2>() else { return Ok(None) };
    let (have, width) = if matrix.turned { (second, first) } else { (first, second) };
    let plain = op.dtype(a)? == DType::F32 && values.fact.dtype == DType::F32 && outer.iter().all(|d| *d == 1);
    if !plain || have != depth || depth == 0 || width == 0 || shape.contains(&0) || (bias.len() != width && !bias.is_empty()) {
        return Ok(None);
    }
    op.work(&[&shape[..], &[width]].concat())?;
    let weights = packed(op, &values, (depth, width), matrix)?;
    let shape = [rows, &[width]].concat();
    op.add(Affine { weights, bias, shape }, &[a]).map(Some)
}

fn packed(op: &mut Op<'_, '_>, values: &Constant, (depth, width): (usize, usize), matrix: &Matrix) -> Result<Arc<Packed>> {
    let strides = if matrix.turned { (1, depth) } else { (width, 1) };
    let make = || {
        let mut packed = vec![0.0; packed_len(depth, width)];
        pack(values.get::<f32>(), depth, width, strides, &mut packed);
        if matrix.factor != 1.0 {
            packed.iter_mut().for_each(|v| *v *= matrix.factor);
        }
        Ok(Packed { values: packed, depth, width, strides })
    };
    op.filled(Some(packed_len(depth, width)), depth * width)?;
    // The constant may be seen as several matrices.
    let form = [depth, width, usize::from(matrix.turned), matrix.factor.to_bits() as usize];
    if matrix.factor == 1.0 { op.replaced(values, ("matrix", &form), make) } else { op.packed(values, ("matrix", &form), make) }
}

/// `x + y`, where one is a product with a constant matrix and the other constant, one value a column or one for all: the
/// product with that as its bias. `None` where it is something else.
///
/// # Errors
/// Those of adding a kernel.
pub(crate) fn shifted(op: &mut Op<'_, '_>, x: Wire, y: Wire) -> Result<Option<Wire>> {
    for (wire, bias) in [(x, y), (y, x)] {
        let Some((kernel, inputs)) = op.made_by::<Affine>(wire) else { continue };
        let (kernel, inputs) = (kernel.clone(), inputs.to_vec());
        if !kernel.bias.is_empty() {
            continue;
        }
        let Some(bias) = columns(op, bias, kernel.weights.width, kernel.shape.len())? else { continue };
        return op.add(Affine { bias, ..kernel }, &inputs).map(Some);
    }
    Ok(None)
}

/// A constant as one value a column of a tensor of this width and rank; `None` where it is something else.
///
/// # Errors
/// `model-malformed` for a wire that is none.
pub(crate) fn columns(op: &Op<'_, '_>, wire: Wire, width: usize, rank: usize) -> Result<Option<Vec<f32>>> {
    let known = op.konst(wire)?.filter(|v| v.fact.dtype == DType::F32 && v.fact.shape.len() <= rank);
    Ok(known.and_then(|values| match values.get::<f32>() {
        [one] => Some(vec![*one; width]),
        cells if cells.len() == width && values.fact.shape.last() == Some(&width) => Some(cells.to_vec()),
        _ => None,
    }))
}

impl Kernel for Affine {
    fn name(&self) -> &'static str {
        "MatMul"
    }

    fn weights(&self) -> usize {
        size_of_val(&*self.weights.values) + size_of_val(&*self.bias)
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let a = single(inputs)?;
        if a.dtype != DType::F32 || a.shape.last() != Some(&self.weights.depth) {
            return Err(malformed("depths of a product differ", a.dtype.name()));
        }
        Ok(vec![Fact::new(DType::F32, &self.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let Packed { values, depth, width, .. } = &*self.weights;
        product(inputs.get::<f32>(0)?, values, *depth, *width, &self.bias, outputs.get::<f32>(0)?);
        Ok(())
    }
}
