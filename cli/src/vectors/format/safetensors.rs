//! `.safetensors`: one tensor is the vectors, another may be their ids as whole numbers.

use super::Asked;
use super::array::{Array, Data, Float, choose};
use super::npy::given;
use crate::vectors::given::{Given, bad};
use ::safetensors::{Dtype, SafeTensors};
use nearhand::Result;

/// Whether a file begins as such ones do: the length of a header that is JSON.
pub(super) fn looks(bytes: &[u8]) -> bool {
    let length = bytes.first_chunk().map(|b| u64::from_le_bytes(*b));
    bytes.get(8) == Some(&b'{') && length.is_some_and(|n| n < bytes.len() as u64)
}

/// Reads a file.
pub(super) fn read(asked: &Asked<'_>, bytes: &[u8]) -> Result<Given> {
    let path = asked.path;
    let tensors = SafeTensors::deserialize(bytes)
        .map_err(|e| bad(path, "the file is no sound safetensors file").with("why", e).with("bytes", bytes.len()))?;
    let mut names: Vec<&str> = tensors.names();
    names.sort_unstable();
    let mut arrays = Vec::new();
    for name in names {
        let tensor = tensors.tensor(name).map_err(|e| bad(path, "a tensor is malformed").with("why", e))?;
        let data = tensor.data();
        let float = |float: Float| Data::Floats(float.read(data, false));
        let data = match tensor.dtype() {
            Dtype::F16 => float(Float::F16),
            Dtype::BF16 => float(Float::Bf16),
            Dtype::F32 => float(Float::F32),
            Dtype::F64 => float(Float::F64),
            Dtype::I64 => Data::Ids(data.as_chunks().0.iter().map(|b| i64::from_le_bytes(*b).to_string()).collect()),
            Dtype::I32 => Data::Ids(data.as_chunks().0.iter().map(|b| i32::from_le_bytes(*b).to_string()).collect()),
            _ => Data::Neither("a tensor of this type is neither floats nor ids: save it as float32"),
        };
        let dtype = format!("{:?}", tensor.dtype()).to_lowercase();
        arrays.push(Array { name: name.to_owned(), dtype, shape: tensor.shape().to_vec(), data });
    }
    if arrays.is_empty() {
        return Err(bad(path, "the file has no tensors"));
    }
    let (vectors, ids) = choose(path, arrays, asked.ids(), asked.vectors(), asked.items)?;
    given(path, "safetensors", vectors, ids)
}
