//! Attributes of nodes.

use super::graph::Graph;
use super::tensor::TensorProto;
use super::wire::Wire;
use super::{Budget, large, malformed, once, spend};
use crate::error::Result;

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
    float: f32,
    int: i64,
    text: &'a [u8],
    /// The whole message: lists are read when asked for.
    body: Wire<'a>,
    elements: usize,
}

impl<'a> Attribute<'a> {
    pub(super) fn read(body: Wire<'a>, budget: &mut Budget, depth: usize) -> Result<Self> {
        spend(&mut budget.attributes, "more attributes than the limit", budget.limits.attributes)?;
        let (mut name, mut declared) = ("", 0);
        let mut seen: Option<Kind> = None;
        let mut all = 0_u32;
        let (mut float, mut int, mut text) = (0.0, 0, &b""[..]);
        let (mut tensors, mut graphs) = (Vec::new(), Vec::new());
        let (mut one_tensor, mut one_graph) = (None, None);
        let mut wire = body;
        while let Some((number, value)) = wire.next()? {
            match number {
                1 => name = value.name(budget.limits.name_bytes)?,
                2 => float = value.float()?,
                3 => int = value.int()?,
                4 => text = value.bytes()?,
                5 | 10 => {
                    if number == 5 {
                        once(&mut one_tensor, (), "attribute.t")?;
                    }
                    tensors.push(TensorProto::read(value.wire()?, budget)?);
                }
                6 | 11 => {
                    if number == 6 {
                        once(&mut one_graph, (), "attribute.g")?;
                    }
                    graphs.push(Graph::read(value.wire()?, budget, depth + 1)?);
                }
                20 => declared = value.int32()?,
                21 if !value.bytes()?.is_empty() => return Err(malformed("attribute refers to a function's", name)),
                22 | 23 => TensorProto::read_sparse(value.wire()?, budget, &mut tensors)?,
                _ => {}
            }
            let field = kind_of_field(number);
            seen = seen.or(field);
            all |= field.map_or(0, |kind| 1 << kind as u32);
        }
        // `type` is missing in files of IR version 1 and 2: then the field that stands says it.
        let kind = match declared {
            0 => seen.ok_or_else(|| malformed("attribute without a value", name))?,
            1..=14 => kind_of_type(declared),
            other => return Err(malformed("attribute type", other)),
        };
        // A value of its own type may be left out where it is 0; beside it, writers put nothings of all types.
        if all != 0 && all & 1 << kind as u32 == 0 {
            return Err(malformed("attribute of another type than it declares", name));
        }
        Ok(Self { name, kind, tensors, graphs, float, int, text, body, elements: budget.limits.elements })
    }

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
        self.list(Kind::Ints, 8, |value, out| value.ints(out))
    }

    /// The floats.
    ///
    /// # Errors
    /// `model-malformed`.
    pub fn floats(&self) -> Result<Vec<f32>> {
        self.list(Kind::Floats, 7, |value, out| value.floats(out))
    }

    /// The strings.
    ///
    /// # Errors
    /// `model-malformed`, also when one is not UTF-8.
    pub fn texts(&self) -> Result<Vec<&'a str>> {
        self.list(Kind::Strs, 9, |value, out| {
            out.push(self.utf8(value.bytes()?)?);
            Ok(())
        })
    }

    /// Values of a repeated field.
    fn list<T>(
        &self,
        kind: Kind,
        field: u32,
        mut append: impl FnMut(super::wire::Value<'a>, &mut Vec<T>) -> Result<()>,
    ) -> Result<Vec<T>> {
        self.is(kind)?;
        let mut out = Vec::new();
        let mut wire = self.body;
        while let Some((number, value)) = wire.next()? {
            if number == field {
                append(value, &mut out)?;
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

const fn kind_of_field(number: u32) -> Option<Kind> {
    Some(match number {
        2 => Kind::Float,
        3 => Kind::Int,
        4 => Kind::Str,
        5 => Kind::Tensor,
        6 => Kind::Graph,
        7 => Kind::Floats,
        8 => Kind::Ints,
        9 => Kind::Strs,
        10 => Kind::Tensors,
        11 => Kind::Graphs,
        14 | 15 | 22 | 23 => Kind::Other,
        _ => return None,
    })
}

const fn kind_of_type(declared: i32) -> Kind {
    match declared {
        1 => Kind::Float,
        2 => Kind::Int,
        3 => Kind::Str,
        4 => Kind::Tensor,
        5 => Kind::Graph,
        6 => Kind::Floats,
        7 => Kind::Ints,
        8 => Kind::Strs,
        9 => Kind::Tensors,
        10 => Kind::Graphs,
        _ => Kind::Other,
    }
}
