//! Models, graphs, nodes, attributes, and the types of what goes in and out: what a file says, as slices of it.
//!
//! One file, as a graph holds nodes, which hold attributes, which hold graphs.

use super::limits::{large, malformed};
use super::tensor::TensorProto;
use super::wire::{Value, Wire};
use crate::error::Result;

/// An ONNX file.
#[derive(Clone, Debug)]
pub struct Model<'a> {
    /// Version of the file format.
    pub ir_version: i64,
    /// Operator sets that the file uses.
    pub opsets: Vec<Opset<'a>>,
    /// The graph.
    pub graph: Graph<'a>,
}

/// An operator set: which meaning of its domain's operators is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opset<'a> {
    /// Its domain; `""` is `ai.onnx`.
    pub domain: &'a str,
    /// Its version.
    pub version: i64,
}

/// Nodes between inputs and outputs.
#[derive(Clone, Debug, Default)]
pub struct Graph<'a> {
    /// Its name.
    pub name: &'a str,
    /// Nodes, each after those it reads.
    pub nodes: Vec<Node<'a>>,
    /// Constants by name.
    pub initializers: Vec<TensorProto<'a>>,
    /// Values and indices of sparse constants.
    pub sparse: Vec<TensorProto<'a>>,
    /// Inputs; old files list initializers here too.
    pub inputs: Vec<ValueInfo<'a>>,
    /// Outputs.
    pub outputs: Vec<ValueInfo<'a>>,
    /// Bytes of each node.
    pub(crate) messages: Vec<&'a [u8]>,
}

/// One application of an operator.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// Its name, possibly empty.
    pub name: &'a str,
    /// The operator.
    pub op_type: &'a str,
    /// The operator's domain; `""` is `ai.onnx`.
    pub domain: &'a str,
    /// Names of what it reads; `""` where an optional input is left out.
    pub inputs: Vec<&'a str>,
    /// Names of what it answers; `""` where an output is not wanted.
    pub outputs: Vec<&'a str>,
    /// Its attributes.
    pub attributes: Vec<Attribute<'a>>,
}

/// Tags of an attribute's lists: the field's number, and the wire type of a value that is not packed with others.
pub(super) const FLOATS: u8 = 7 << 3 | 5;
pub(super) const INTS: u8 = 8 << 3;
pub(super) const STRS: u8 = 9 << 3 | 2;

/// onnx.proto's `AttributeProto.AttributeType`, as far as this crate reads attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One float.
    Float,
    /// One integer.
    Int,
    /// One string.
    Str,
    /// One tensor.
    Tensor,
    /// One graph.
    Graph,
    /// Floats.
    Floats,
    /// Integers.
    Ints,
    /// Strings.
    Strs,
    /// Tensors.
    Tensors,
    /// Graphs.
    Graphs,
    /// Sparse tensors and types.
    Other,
}

/// A named constant of a node.
#[derive(Clone, Debug)]
pub struct Attribute<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it holds.
    pub kind: Kind,
    /// Its tensor or tensors; those of a sparse tensor as well.
    pub tensors: Vec<TensorProto<'a>>,
    /// Its graph or graphs.
    pub graphs: Vec<Graph<'a>>,
    pub(super) float: f32,
    pub(super) int: i64,
    pub(super) text: &'a [u8],
    /// The whole message: lists are read when asked for.
    pub(super) body: Wire<'a>,
    pub(super) elements: usize,
}

/// Name and type of an input or output.
#[derive(Clone, Debug)]
pub struct ValueInfo<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type.
    pub kind: Type<'a>,
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type<'a> {
    /// A tensor: element type by number (`TensorProto.DataType`) and dimensions (`None`: of unknown rank).
    Tensor(i32, Option<Vec<Dim<'a>>>),
    /// A sequence, map, optional or sparse tensor.
    Other,
    /// Not said.
    None,
}

/// One dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dim<'a> {
    /// A number.
    Fixed(i64),
    /// A name, such as `batch`.
    Named(&'a str),
    /// Not said.
    Open,
}

impl Model<'_> {
    /// Version of a domain's operators; `""` for `ai.onnx`.
    #[must_use]
    pub fn opset(&self, domain: &str) -> Option<i64> {
        let plain = |d: &str| matches!(d, "" | "ai.onnx");
        self.opsets.iter().find(|o| o.domain == domain || (plain(o.domain) && plain(domain))).map(|o| o.version)
    }
}

impl<'a> Attribute<'a> {
    /// The float.
    ///
    /// # Errors
    /// `model-malformed` when the attribute holds something else; so for all that follow.
    pub fn float(&self) -> Result<f32> {
        self.is(Kind::Float).map(|()| self.float)
    }

    /// The integer.
    ///
    /// # Errors
    /// `model-malformed`.
    pub fn int(&self) -> Result<i64> {
        self.is(Kind::Int).map(|()| self.int)
    }

    /// The string.
    ///
    /// # Errors
    /// `model-malformed`, also when it is not UTF-8.
    pub fn text(&self) -> Result<&'a str> {
        self.is(Kind::Str)?;
        self.utf8(self.text)
    }

    /// The tensor.
    ///
    /// # Errors
    /// `model-malformed`.
    pub fn tensor(&self) -> Result<&TensorProto<'a>> {
        self.is(Kind::Tensor)?;
        self.tensors.first().ok_or_else(|| malformed("attribute without a value", self.name))
    }

    /// The integers.
    ///
    /// # Errors
    /// `model-malformed`.
    pub fn ints(&self) -> Result<Vec<i64>> {
        self.list::<INTS, _>(Kind::Ints, |value, out| value.ints(out))
    }

    /// The floats.
    ///
    /// # Errors
    /// `model-malformed`.
    pub fn floats(&self) -> Result<Vec<f32>> {
        self.list::<FLOATS, _>(Kind::Floats, |value, out| value.floats(out))
    }

    /// The strings.
    ///
    /// # Errors
    /// `model-malformed`, also when one is not UTF-8.
    pub fn texts(&self) -> Result<Vec<&'a str>> {
        self.list::<STRS, _>(Kind::Strs, |value, out| {
            out.push(self.utf8(value.bytes()?)?);
            Ok(())
        })
    }

    /// Values of a repeated field, of which `TAG` is the tag of a single value.
    fn list<const TAG: u8, T>(&self, kind: Kind, append: impl Fn(Value<'a>, &mut Vec<T>) -> Result<()>) -> Result<Vec<T>> {
        self.is(kind)?;
        let mut out = Vec::new();
        let mut wire = self.body;
        while let Some((number, value)) = wire.next()? {
            if number == u32::from(TAG >> 3) {
                append(value, &mut out)?;
                wire.run::<TAG>(|value| append(value, &mut out))?;
            }
        }
        if out.len() > self.elements {
            return Err(large("more values in an attribute than the limit", self.elements).with("attribute", self.name));
        }
        Ok(out)
    }

    fn is(&self, kind: Kind) -> Result<()> {
        if self.kind == kind { Ok(()) } else { Err(malformed("attribute of another type than its operator wants", self.name)) }
    }

    fn utf8(&self, bytes: &'a [u8]) -> Result<&'a str> {
        str::from_utf8(bytes).map_err(|_| malformed("attribute is not UTF-8", self.name))
    }
}
