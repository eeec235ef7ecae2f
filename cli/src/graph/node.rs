//! Nodes, attributes, tensors and ports, as they are written.

use super::wire::{field, number, varint};

/// An element type of onnx.proto.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    F32 = 1,
    U8 = 2,
    I8 = 3,
    I32 = 6,
    I64 = 7,
    Bool = 9,
    F16 = 10,
    F64 = 11,
}

impl Element {
    /// By the name that interfaces give it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "f32" => Self::F32,
            "u8" => Self::U8,
            "i8" => Self::I8,
            "i32" => Self::I32,
            "i64" => Self::I64,
            "bool" => Self::Bool,
            "f64" => Self::F64,
            _ => return None,
        })
    }
}

/// An attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Attribute<'a> {
    Int(&'a str, i64),
    Ints(&'a str, &'a [i64]),
}

impl Attribute<'_> {
    fn encode(self) -> Vec<u8> {
        let mut body = Vec::new();
        match self {
            Attribute::Int(name, value) => {
                field(&mut body, 1, name.as_bytes());
                number(&mut body, 3, value.cast_unsigned());
                number(&mut body, 20, 2);
            }
            Attribute::Ints(name, values) => {
                field(&mut body, 1, name.as_bytes());
                values.iter().for_each(|value| number(&mut body, 8, value.cast_unsigned()));
                number(&mut body, 20, 7);
            }
        }
        body
    }
}

/// A NodeProto with one output.
pub(super) fn node(kind: &str, inputs: &[&str], output: &str, attributes: &[Attribute<'_>]) -> Vec<u8> {
    let mut node = Vec::new();
    inputs.iter().for_each(|input| field(&mut node, 1, input.as_bytes()));
    field(&mut node, 2, output.as_bytes());
    field(&mut node, 3, output.as_bytes());
    field(&mut node, 4, kind.as_bytes());
    attributes.iter().for_each(|attribute| field(&mut node, 5, &attribute.encode()));
    node
}

/// A TensorProto of raw values.
pub(super) fn tensor(name: &str, dims: &[usize], element: Element, raw: &[u8]) -> Vec<u8> {
    let mut tensor = Vec::with_capacity(raw.len() + 64);
    dims.iter().for_each(|dim| number(&mut tensor, 1, *dim as u64));
    number(&mut tensor, 2, element as u64);
    field(&mut tensor, 8, name.as_bytes());
    // The values: by far the longest field, so not through a buffer of its own.
    varint(&mut tensor, 9 << 3 | 2);
    varint(&mut tensor, raw.len() as u64);
    tensor.extend_from_slice(raw);
    tensor
}

/// A ValueInfoProto of a tensor of fixed shape.
pub(super) fn port(name: &str, element: Element, dims: &[usize]) -> Vec<u8> {
    crate::onnx::value(name, element as u64, dims)
}
