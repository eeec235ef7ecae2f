//! Where elements lie, and as what.

use nearhand_onnx::{Tensor, Values};

pub(crate) trait Place {
    /// The address of the first element, as the host sees it.
    fn place(&mut self) -> usize;
}

/// For each type that crosses as numbers: its number in onnx.proto.
macro_rules! each {
    ($values:expr, $v:ident => $do:expr, text => $text:expr) => {
        match $values {
            Values::F32($v) => $do,
            Values::F64($v) => $do,
            Values::I64($v) => $do,
            Values::I32($v) => $do,
            Values::I8($v) => $do,
            Values::U8($v) => $do,
            Values::Bool($v) => $do,
            Values::Str(_) => $text,
        }
    };
}

impl Place for Values {
    fn place(&mut self) -> usize {
        each!(self, v => v.as_mut_ptr() as usize, text => 0)
    }
}

/// Zeros of a type. Truth values come as bytes, which may hold anything until the host has written: see [`told`].
pub(crate) fn room(dtype: u8, len: usize) -> Option<Values> {
    Some(match dtype {
        1 => Values::F32(vec![0.0; len]),
        2 | 9 => Values::U8(vec![0; len]),
        3 => Values::I8(vec![0; len]),
        6 => Values::I32(vec![0; len]),
        7 => Values::I64(vec![0; len]),
        11 => Values::F64(vec![0.0; len]),
        _ => return None,
    })
}

/// The number of a type in onnx.proto, by the name that the engine has for it; 0 where elements of it do not cross.
pub(crate) fn number(dtype: &str) -> u32 {
    match dtype {
        "f32" => 1,
        "u8" => 2,
        "i8" => 3,
        "i32" => 6,
        "i64" => 7,
        "str" => 8,
        "bool" => 9,
        "f64" => 11,
        _ => 0,
    }
}

/// Bytes are truth values where the graph says so: whatever is not 0 is true.
pub(crate) fn told(tensor: Tensor, truth: bool) -> Tensor {
    match tensor.values {
        Values::U8(bytes) if truth => {
            Tensor { shape: tensor.shape, values: Values::Bool(bytes.into_iter().map(|b| b != 0).collect()) }
        }
        values => Tensor { shape: tensor.shape, values },
    }
}

/// Elements of a shape.
pub(crate) fn product(dims: &[u32]) -> Option<usize> {
    dims.iter().try_fold(1_usize, |all, dim| all.checked_mul(*dim as usize))
}
