//! Attributes of a node as its operator asks for them; what nobody asked for is refused.

use crate::error::{Code, Error, Result};
use crate::file::{Attribute, Node};
use crate::tensor::Values;

/// Attributes of one node, and which of them were read.
pub(crate) struct Attrs<'n, 'a> {
    node: &'n Node<'a>,
    read: Vec<&'n str>,
}

impl<'n, 'a> Attrs<'n, 'a> {
    pub(crate) fn new(node: &'n Node<'a>) -> Self {
        Self { node, read: Vec::new() }
    }

    fn find(&mut self, name: &'n str) -> Option<&'n Attribute<'a>> {
        self.read.push(name);
        self.node.attributes.iter().find(|a| a.name == name)
    }

    pub(crate) fn int(&mut self, name: &'n str, default: i64) -> Result<i64> {
        self.find(name).map_or(Ok(default), Attribute::int)
    }

    pub(crate) fn float(&mut self, name: &'n str, default: f32) -> Result<f32> {
        self.find(name).map_or(Ok(default), Attribute::float)
    }

    pub(crate) fn text(&mut self, name: &'n str, default: &'a str) -> Result<&'a str> {
        self.find(name).map_or(Ok(default), Attribute::text)
    }

    /// Empty where the attribute is missing; so for the lists that follow.
    pub(crate) fn ints(&mut self, name: &'n str) -> Result<Vec<i64>> {
        self.find(name).map_or(Ok(Vec::new()), Attribute::ints)
    }

    pub(crate) fn floats(&mut self, name: &'n str) -> Result<Vec<f32>> {
        self.find(name).map_or(Ok(Vec::new()), Attribute::floats)
    }

    pub(crate) fn texts(&mut self, name: &'n str) -> Result<Vec<String>> {
        Ok(self.words(name)?.into_iter().map(str::to_owned).collect())
    }

    /// [`Attrs::texts`] as they stand in the file.
    pub(crate) fn words(&mut self, name: &'n str) -> Result<Vec<&'a str>> {
        self.find(name).map_or(Ok(Vec::new()), Attribute::texts)
    }

    pub(crate) fn values(&mut self, name: &'n str) -> Result<Option<Values>> {
        self.find(name).map(|a| a.tensor()?.values().map(|t| t.values)).transpose()
    }

    /// Numbers of a tensor, and whether they are doubles.
    pub(crate) fn tensor_numbers(&mut self, name: &'n str) -> Result<(Vec<f64>, bool)> {
        match self.values(name)? {
            None => Ok((Vec::new(), false)),
            Some(Values::F32(v)) => Ok((v.into_iter().map(f64::from).collect(), false)),
            Some(Values::F64(v)) => Ok((v, true)),
            Some(_) => Err(malformed("attribute is not a tensor of floats", name)),
        }
    }

    /// Numbers given as floats, or as a tensor under another name.
    pub(crate) fn numbers(&mut self, floats: &'n str, tensor: &'n str) -> Result<(Vec<f64>, bool)> {
        let plain = self.floats(floats)?;
        let (wide, double) = self.tensor_numbers(tensor)?;
        match (plain.is_empty(), wide.is_empty()) {
            (false, false) => Err(malformed("attribute given twice, as floats and as a tensor", floats)),
            (false, true) => Ok((plain.into_iter().map(f64::from).collect(), false)),
            _ => Ok((wide, double)),
        }
    }

    /// Reads and drops what has no bearing on the answer.
    pub(crate) fn ignore(&mut self, name: &'n str) {
        self.read.push(name);
    }

    /// Refuses attributes that nobody read: their meaning would be missing from the answer.
    pub(crate) fn done(self) -> Result<()> {
        match self.node.attributes.iter().find(|a| !self.read.contains(&a.name)) {
            Some(a) => {
                Err(unsupported(self.node, "the operator has an attribute that this build does not know")
                    .with("attribute", a.name))
            }
            None => Ok(()),
        }
    }
}

/// `model-malformed` with what is wrong and the offending value.
pub(crate) fn malformed(what: &'static str, value: impl std::fmt::Display) -> Error {
    said(what, &value)
}

/// Apart, so that not every type has a copy.
#[inline(never)]
fn said(what: &'static str, value: &dyn std::fmt::Display) -> Error {
    Error::new(Code::ModelMalformed, "the ONNX graph is malformed").with("what", what).with("value", value)
}

/// `model-operator-unsupported`, naming the operator.
pub(crate) fn unsupported(node: &Node<'_>, why: &'static str) -> Error {
    Error::new(Code::ModelOperatorUnsupported, why)
        .with("operator", node.op_type)
        .with("domain", node.domain)
        .with("node", node.name)
}
