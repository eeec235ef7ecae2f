//! Products with constant matrices, most of a model's work: packed once, at load, for kernels of ours.

use crate::error::Result;
use crate::tract::import::{Op, engine};
use crate::tract::own::{Kernel, one, slice};
use nearhand_kernels::matmul_f32::{pack, packed_len, product};
use tract_core::internal::*;

/// A packed matrix.
#[derive(Debug)]
struct Weights {
    packed: Vec<f32>,
    depth: usize,
    width: usize,
}

/// `A W + bias`: A of any rank, its last axis the depth; bias one value a column, or empty.
#[derive(Clone, Debug)]
struct Affine {
    weights: Arc<Weights>,
    bias: Vec<f32>,
    /// That of the output.
    shape: TVec<usize>,
}

/// The products without bias imported so far, by their wires: an Add that follows joins them.
#[derive(Debug, Default)]
pub(in crate::tract) struct Affines(Vec<(OutletId, OutletId, Affine)>);

/// A constant matrix, and how it is read.
pub(super) struct Matrix {
    pub(super) wire: OutletId,
    /// Whether columns lie along the first of the last two axes.
    pub(super) turned: bool,
    /// Factor of every value.
    pub(super) factor: f32,
}

/// `A W + bias`, where W is constant, of rank 2 but for leading axes of one, and all is 32-bit floats.
pub(super) fn affine(op: &mut Op<'_, '_>, a: OutletId, matrix: &Matrix, bias: Vec<f32>) -> Result<Option<OutletId>> {
    let Some(values) = op.konst(matrix.wire)? else { return Ok(None) };
    let (shape, dims) = (op.shape(a)?, op.shape(matrix.wire)?);
    let Some((&depth, rows)) = shape.split_last() else { return Ok(None) };
    let Some((outer, &[first, second])) = dims.split_last_chunk::<2>() else { return Ok(None) };
    let (have, width) = if matrix.turned { (second, first) } else { (first, second) };
    let plain = op.dtype(a)? == DatumType::F32 && values.datum_type() == DatumType::F32 && outer.iter().all(|d| *d == 1);
    if !plain || have != depth || depth == 0 || width == 0 || shape.contains(&0) || (bias.len() != width && !bias.is_empty()) {
        return Ok(None);
    }
    op.work(&[&shape[..], &[width]].concat())?;
    let values = slice::<f32>(&values).map_err(|e| engine(&e))?;
    let mut packed = vec![0.0; packed_len(depth, width)];
    pack(values, depth, width, if matrix.turned { (1, depth) } else { (width, 1) }, rows.iter().all(|d| *d == 1), &mut packed);
    if matrix.factor != 1.0 {
        packed.iter_mut().for_each(|v| *v *= matrix.factor);
    }
    let mut shape: TVec<usize> = rows.into();
    shape.push(width);
    let bare = bias.is_empty();
    let kernel = Affine { weights: Arc::new(Weights { packed, depth, width }), bias, shape };
    let out = op.own(kernel.clone(), &[a])?;
    if bare {
        op.importer.affines.0.push((out, a, kernel));
    }
    Ok(Some(out))
}

/// `x + y`, where one is a product with a constant matrix and the other constant, one value a column or one for all.
pub(super) fn shifted(op: &mut Op<'_, '_>, x: OutletId, y: OutletId) -> Result<Option<OutletId>> {
    for (wire, bias) in [(x, y), (y, x)] {
        let Some((_, a, kernel)) = op.importer.affines.0.iter().find(|(w, ..)| *w == wire).cloned() else { continue };
        let width = kernel.weights.width;
        let Some(bias) = columns(op, bias, width, kernel.shape.len())? else { continue };
        return op.own(Affine { bias, ..kernel }, &[a]).map(Some);
    }
    Ok(None)
}

/// A constant as one value a column of a tensor of this width and rank; `None` where it is something else.
pub(super) fn columns(op: &Op<'_, '_>, wire: OutletId, width: usize, rank: usize) -> Result<Option<Vec<f32>>> {
    let Some(values) = op.konst(wire)?.filter(|v| v.datum_type() == DatumType::F32 && v.rank() <= rank) else {
        return Ok(None);
    };
    let cells = slice::<f32>(&values).map_err(|e| engine(&e))?;
    Ok(match cells {
        [one] => Some(vec![*one; width]),
        cells if cells.len() == width && values.shape().last() == Some(&width) => Some(cells.to_vec()),
        _ => None,
    })
}

impl Kernel for Affine {
    fn name(&self) -> &'static str {
        "MatMul"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [_] = inputs else { bail!("one input") };
        Ok(tvec!(f32::fact(&*self.shape)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let a = args_1!(inputs);
        let Weights { packed, depth, width } = &*self.weights;
        let mut out = Tensor::zero::<f32>(&self.shape)?;
        product(slice::<f32>(&a)?, packed, *depth, *width, &self.bias, out.try_as_plain_ram_mut()?.as_slice_mut::<f32>()?);
        one(out)
    }
}
