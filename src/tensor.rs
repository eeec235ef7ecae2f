//! Tensors that cross the model boundary.

/// Element values, row-major.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// 32-bit floats.
    F32(Vec<f32>),
    /// 64-bit integers.
    I64(Vec<i64>),
}

impl Values {
    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::F32(v) => v.len(),
            Self::I64(v) => v.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element type as the manifest names it.
    #[must_use]
    pub const fn dtype(&self) -> &'static str {
        match self {
            Self::F32(_) => "f32",
            Self::I64(_) => "i64",
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
