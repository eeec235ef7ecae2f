//! Element types that flow through graphs, and the bytes that hold them.

use bytemuck::{Pod, cast_slice, cast_slice_mut};

/// Type of a tensor's elements. Half-width floats of a file run as `F32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DType {
    /// 32-bit floats.
    F32,
    /// 64-bit floats.
    F64,
    /// 64-bit integers.
    I64,
    /// 32-bit integers.
    I32,
    /// 8-bit integers.
    I8,
    /// 8-bit unsigned integers.
    U8,
    /// Truth values: a byte each, 0 or 1.
    Bool,
    /// Texts: 8 bytes each, the number of the text in the plan's list.
    Str,
}

impl DType {
    /// Every type.
    pub(crate) const ALL: &'static [Self] =
        &[Self::F32, Self::F64, Self::I64, Self::I32, Self::I8, Self::U8, Self::Bool, Self::Str];
    /// Floats.
    pub(crate) const FLOATS: &'static [Self] = &[Self::F32, Self::F64];
    /// Integers.
    pub(crate) const INTEGERS: &'static [Self] = &[Self::I64, Self::I32, Self::I8, Self::U8];

    /// Name as in [`crate::Port`] and [`crate::Values`].
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::I64 => "i64",
            Self::I32 => "i32",
            Self::I8 => "i8",
            Self::U8 => "u8",
            Self::Bool => "bool",
            Self::Str => "str",
        }
    }

    /// The type of that name.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|t| t.name() == name)
    }

    /// The type of onnx.proto's `TensorProto.DataType`; half floats run as 32 bits. Of numbers alone: no operator makes texts
    /// of a type that it is told, but for Cast.
    #[must_use]
    pub(crate) const fn of_onnx(number: i64) -> Option<Self> {
        Some(match number {
            1 | 10 | 16 => Self::F32,
            2 => Self::U8,
            3 => Self::I8,
            6 => Self::I32,
            7 => Self::I64,
            9 => Self::Bool,
            11 => Self::F64,
            _ => return None,
        })
    }

    /// Bytes of an element.
    #[must_use]
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::F64 | Self::I64 | Self::Str => 8,
            Self::F32 | Self::I32 => 4,
            Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }

    /// Whether its elements are floats.
    #[must_use]
    pub(crate) const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }
}

/// A Rust type of elements. Truth values are read as `u8`, texts as the numbers that they have.
pub(crate) trait Element: Pod + Default + Send + Sync {
    /// Whether elements of the type are read as this one.
    fn reads(dtype: DType) -> bool;
}

macro_rules! element {
    ($($rust:ty: $($dtype:ident)|+;)*) => {
        $(impl Element for $rust {
            fn reads(dtype: DType) -> bool {
                matches!(dtype, $(DType::$dtype)|+)
            }
        })*
    };
}

element! {
    f32: F32;
    f64: F64;
    i64: I64 | Str;
    i32: I32;
    i8: I8;
    u8: U8 | Bool;
}

/// Memory for elements of any type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Buffer(Vec<u64>);

impl Buffer {
    /// So many bytes, all 0.
    #[must_use]
    pub(crate) fn zeroed(bytes: usize) -> Self {
        Self(vec![0; bytes.div_ceil(8)])
    }

    /// These elements.
    #[must_use]
    pub(crate) fn of<T: Element>(values: &[T]) -> Self {
        let mut buffer = Self::zeroed(size_of_val(values));
        if let Some(to) = buffer.all_mut::<T>().get_mut(..values.len()) {
            to.copy_from_slice(values);
        }
        buffer
    }

    /// All of it, as elements.
    #[must_use]
    pub(crate) fn all<T: Element>(&self) -> &[T] {
        cast_slice(&self.0)
    }

    /// All of it, as elements.
    pub(crate) fn all_mut<T: Element>(&mut self) -> &mut [T] {
        cast_slice_mut(&mut self.0)
    }
}
