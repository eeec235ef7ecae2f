//! Tensors and types into tract and out of it.

use crate::dtype::DType;
use crate::error::{Code, Error, Result};
use crate::refusal::unsupported;
use crate::tensor::{Tensor as Plain, Values};
use tract_onnx::prelude::*;

/// tract's type of ours.
pub(super) const fn datum_type(dtype: DType) -> DatumType {
    match dtype {
        DType::F32 => DatumType::F32,
        DType::F64 => DatumType::F64,
        DType::I64 => DatumType::I64,
        DType::I32 => DatumType::I32,
        DType::I8 => DatumType::I8,
        DType::U8 => DatumType::U8,
        DType::Bool => DatumType::Bool,
        DType::Str => DatumType::String,
    }
}

/// Our type of tract's, where there is one.
pub(super) fn dtype(of: DatumType) -> Option<DType> {
    DType::ALL.iter().copied().find(|ours| datum_type(*ours) == of)
}

pub(super) fn into_tract(tensor: &Plain) -> Result<Tensor> {
    let shape = &tensor.shape;
    match &tensor.values {
        Values::F32(v) => Tensor::from_shape(shape, v),
        Values::F64(v) => Tensor::from_shape(shape, v),
        Values::I64(v) => Tensor::from_shape(shape, v),
        Values::I32(v) => Tensor::from_shape(shape, v),
        Values::I8(v) => Tensor::from_shape(shape, v),
        Values::U8(v) => Tensor::from_shape(shape, v),
        Values::Bool(v) => Tensor::from_shape(shape, v),
        Values::Str(_) => return Err(unsupported("strings run in tabular models alone")),
    }
    .map_err(|e| engine(&e))
}

pub(super) fn from_tract(tensor: &Tensor) -> Result<Plain> {
    let values = match tensor.datum_type() {
        DatumType::F32 => slice(tensor).map(|v| Values::F32(v.to_vec())),
        DatumType::F64 => slice(tensor).map(|v| Values::F64(v.to_vec())),
        DatumType::I64 => slice(tensor).map(|v| Values::I64(v.to_vec())),
        DatumType::I32 => slice(tensor).map(|v| Values::I32(v.to_vec())),
        DatumType::I8 => slice(tensor).map(|v| Values::I8(v.to_vec())),
        DatumType::U8 => slice(tensor).map(|v| Values::U8(v.to_vec())),
        DatumType::Bool => slice(tensor).map(|v| Values::Bool(v.to_vec())),
        _ => return Err(unsupported("an element type that does not leave a model")),
    };
    Ok(Plain { shape: tensor.shape().to_vec(), values: values.map_err(|e| engine(&e))? })
}

fn slice<T: Datum>(tensor: &Tensor) -> TractResult<&[T]> {
    tensor.try_as_plain_ram()?.as_slice::<T>()
}

/// What tract says against a graph.
pub(super) fn engine(error: &TractError) -> Error {
    Error::new(Code::ModelOperatorUnsupported, "the ONNX engine refused").with("why", format_args!("{error:#}"))
}
