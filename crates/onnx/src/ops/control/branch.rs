//! If.

use super::turns::Branch;
use crate::dtype::DType;
use crate::error::Result;
use crate::file::{Attribute, Graph};
use crate::lower::{Op, Wires};
use crate::ops::base::layout::reshaped;
use std::sync::Mutex;

/// If. With a condition that is known, the branch that is taken stands in its place. With one that is computed, the branch that
/// is taken runs, where both answer the same types and shapes. One that is given, and any other, has to be known.
pub(crate) fn conditional(op: &mut Op<'_, '_>) -> Result<Wires> {
    let condition = op.input(0)?;
    if op.only(condition, &[DType::Bool]).is_err() || op.fact(condition)?.len() != 1 {
        return Err(op.refuse("a condition that is not one truth value"));
    }
    let (then, other) = (op.attribute("then_branch"), op.attribute("else_branch"));
    let (then, other) = (graph(op, then)?, graph(op, other)?);
    let scopes = [scope(op, "then"), scope(op, "else")];
    if op.is_computed(condition)? {
        let (first, second) = (op.importer.inner(&scopes[0], then, &[])?, op.importer.inner(&scopes[1], other, &[])?);
        if first.outputs == second.outputs {
            for inner in [&first, &second] {
                op.work(&[usize::try_from(inner.work).unwrap_or(usize::MAX)])?;
            }
            let mut inputs = vec![reshaped(op, condition, &[])?];
            inputs.extend(first.captured.iter().chain(&second.captured));
            let counts = [first.captured.len(), second.captured.len()];
            let bodies = [(Mutex::new(first.body), counts[0]), (Mutex::new(second.body), counts[1])];
            return op.add_all(Branch { facts: first.outputs, bodies }, &inputs);
        }
    }
    match op.ints(condition, "condition")?.as_slice() {
        [0] => op.importer.body(&scopes[1], other, &[]),
        _ => op.importer.body(&scopes[0], then, &[]),
    }
}

/// The graph of an attribute.
pub(super) fn graph<'a>(op: &Op<'_, 'a>, body: Option<&'a Attribute<'a>>) -> Result<&'a Graph<'a>> {
    body.and_then(|a| a.graphs.first()).ok_or_else(|| op.bad("branch missing"))
}

/// What tells the bodies of a graph apart.
pub(super) fn scope(op: &Op<'_, '_>, name: &str) -> String {
    // A node has an output, and no other node of its graph has that.
    let own = op.node.outputs.iter().find(|o| !o.is_empty()).copied().unwrap_or_default();
    [own, name].join("/")
}
