//! Tensors as Python has them: element type, shape, and the elements as bytes, row-major, little-endian; strings as a list.

use crate::error::refuse;
use nearhand::onnx::{Tensor, Values};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

/// Element type, shape and elements.
pub(crate) type Crossing<'py> = (&'static str, Vec<usize>, Bound<'py, PyAny>);

/// A tensor on its way out.
pub(crate) fn out<'py>(py: Python<'py>, tensor: &Tensor) -> PyResult<Crossing<'py>> {
    let bytes = |bytes: Vec<u8>| PyBytes::new(py, &bytes).into_any();
    let elements = match &tensor.values {
        Values::F32(v) => bytes(v.iter().flat_map(|x| x.to_le_bytes()).collect()),
        Values::F64(v) => bytes(v.iter().flat_map(|x| x.to_le_bytes()).collect()),
        Values::I64(v) => bytes(v.iter().flat_map(|x| x.to_le_bytes()).collect()),
        Values::I32(v) => bytes(v.iter().flat_map(|x| x.to_le_bytes()).collect()),
        Values::I8(v) => bytes(v.iter().map(|x| x.cast_unsigned()).collect()),
        Values::U8(v) => PyBytes::new(py, v).into_any(),
        Values::Bool(v) => bytes(v.iter().map(|x| u8::from(*x)).collect()),
        Values::Str(v) => PyList::new(py, v)?.into_any(),
    };
    Ok((tensor.values.dtype(), tensor.shape.clone(), elements))
}

/// A tensor that comes in, for the input of this name.
pub(crate) fn read(name: &str, dtype: &str, shape: Vec<usize>, elements: &Bound<'_, PyAny>) -> PyResult<Tensor> {
    if dtype == "str" {
        return Ok(Tensor { shape, values: Values::Str(elements.extract()?) });
    }
    let bytes = elements.cast::<PyBytes>()?.as_bytes();
    let values = match dtype {
        "f32" => Values::F32(numbers(bytes, f32::from_le_bytes)),
        "f64" => Values::F64(numbers(bytes, f64::from_le_bytes)),
        "i64" => Values::I64(numbers(bytes, i64::from_le_bytes)),
        "i32" => Values::I32(numbers(bytes, i32::from_le_bytes)),
        "i8" => Values::I8(bytes.iter().map(|byte| byte.cast_signed()).collect()),
        "u8" => Values::U8(bytes.to_vec()),
        "bool" => Values::Bool(bytes.iter().map(|byte| *byte != 0).collect()),
        other => {
            let why = format!("{name} has elements of type {other}; taken are f32, f64, i64, i32, i8, u8, bool and strings");
            return Err(refuse("model-mismatch", &why, name));
        }
    };
    Ok(Tensor { shape, values })
}

fn numbers<const N: usize, T>(bytes: &[u8], number: fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|bytes| number(*bytes)).collect()
}

/// Numbers in 32 bits, as bytes.
pub(crate) fn floats<'py>(py: Python<'py>, values: &[f32]) -> Bound<'py, PyBytes> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    PyBytes::new(py, &bytes)
}

/// Whole numbers in 32 bits, as bytes.
pub(crate) fn naturals<'py>(py: Python<'py>, values: &[u32]) -> Bound<'py, PyBytes> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    PyBytes::new(py, &bytes)
}
