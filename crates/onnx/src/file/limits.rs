//! What a file may hold, what is left of that while it is read, and how it is refused.

use crate::error::{Code, Error, Result};

/// What a file may hold. Every count is over the whole file, bodies of If and Loop included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file. Default 64 MiB, as for bundles.
    pub bytes: usize,
    /// Nodes. Default 65,536.
    pub nodes: usize,
    /// Attributes. Default 131,072.
    pub attributes: usize,
    /// Tensors: initializers, and those inside attributes. Default 65,536.
    pub tensors: usize,
    /// Inputs and outputs of graphs, and names of nodes' inputs and outputs. Default 524,288.
    pub names: usize,
    /// Elements of one tensor, and of one list attribute. Default 2²⁶.
    pub elements: usize,
    /// Bytes of one name, operator or domain. Default 1,024.
    pub name_bytes: usize,
    /// Graphs inside graphs. Default 8.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            nodes: 1 << 16,
            attributes: 1 << 17,
            tensors: 1 << 16,
            names: 1 << 19,
            elements: 1 << 26,
            name_bytes: 1 << 10,
            depth: 8,
        }
    }
}

/// What is left of the [`Limits`] while a file is read.
pub(super) struct Budget {
    pub(super) limits: Limits,
    pub(super) nodes: usize,
    pub(super) attributes: usize,
    pub(super) tensors: usize,
    pub(super) names: usize,
}

impl Budget {
    pub(super) const fn new(limits: &Limits) -> Self {
        Self { limits: *limits, nodes: limits.nodes, attributes: limits.attributes, tensors: limits.tensors, names: limits.names }
    }
}

/// Takes one from a budget.
pub(super) fn spend(left: &mut usize, what: &'static str, limit: usize) -> Result<()> {
    *left = left.checked_sub(1).ok_or_else(|| large(what, limit))?;
    Ok(())
}

/// `model-too-large` with what is more than the limit.
pub(super) fn large(what: &'static str, limit: usize) -> Error {
    Error::new(Code::ModelTooLarge, "the model is larger than the limits: a larger maxBytes raises them")
        .with("what", what)
        .with("limit", limit)
}

/// `model-malformed` with what is wrong and the offending value.
pub(super) fn malformed(what: &'static str, value: impl std::fmt::Display) -> Error {
    said(what, &value)
}

/// Apart, so that not every type has a copy.
#[inline(never)]
fn said(what: &'static str, value: &dyn std::fmt::Display) -> Error {
    Error::new(Code::ModelMalformed, "the ONNX file is malformed").with("what", what).with("value", value)
}

/// Sets a field that may stand once: where a second one stands, readers differ in what they make of it.
pub(super) fn once<T>(place: &mut Option<T>, value: T, what: &'static str) -> Result<()> {
    if place.is_some() {
        return Err(malformed("field given twice", what));
    }
    *place = Some(value);
    Ok(())
}
