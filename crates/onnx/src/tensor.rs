//! Tensors that cross the model boundary.

use std::fmt::Display;

/// Element values, row-major.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// 32-bit floats.
    F32(Vec<f32>),
    /// 64-bit floats.
    F64(Vec<f64>),
    /// 64-bit integers.
    I64(Vec<i64>),
    /// 32-bit integers.
    I32(Vec<i32>),
    /// 8-bit integers.
    I8(Vec<i8>),
    /// 8-bit unsigned integers.
    U8(Vec<u8>),
    /// Truth values.
    Bool(Vec<bool>),
    /// Strings, UTF-8.
    Str(Vec<String>),
}

impl Values {
    /// Number of elements.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::I32(v) => v.len(),
            Self::I8(v) => v.len(),
            Self::U8(v) => v.len(),
            Self::Bool(v) => v.len(),
            Self::Str(v) => v.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element type as the manifest names it.
    #[must_use]
    pub const fn dtype(&self) -> &'static str {
        match self {
            Self::F32(_) => "f32",
            Self::F64(_) => "f64",
            Self::I64(_) => "i64",
            Self::I32(_) => "i32",
            Self::I8(_) => "i8",
            Self::U8(_) => "u8",
            Self::Bool(_) => "bool",
            Self::Str(_) => "str",
        }
    }
}

/// A dense tensor: shape and row-major values, whose number is the shape's product.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Extent of each axis.
    pub shape: Vec<usize>,
    /// The elements.
    pub values: Values,
}

/// An output where it lies: in the memory of the graph, until that is called again.
#[derive(Clone, Copy, Debug)]
pub struct View<'g> {
    /// The element type as the manifest names it.
    pub dtype: &'static str,
    /// Extent of each axis.
    pub shape: &'g [usize],
    /// The elements as they lie in memory, row-major; of strings nothing.
    pub bytes: &'g [u8],
}

/// A shape as text: `[1, 20]`. By `Display`, as what ships has no text for `Debug`.
#[must_use]
pub fn shape_text<D: Display>(shape: impl IntoIterator<Item = D>) -> String {
    let axes: Vec<String> = shape.into_iter().map(|d| d.to_string()).collect();
    format!("[{}]", axes.join(", "))
}

impl Tensor {
    /// A float tensor.
    #[must_use]
    pub const fn f32(shape: Vec<usize>, values: Vec<f32>) -> Self {
        Self { shape, values: Values::F32(values) }
    }

    /// An integer tensor.
    #[must_use]
    pub const fn i64(shape: Vec<usize>, values: Vec<i64>) -> Self {
        Self { shape, values: Values::I64(values) }
    }
}
