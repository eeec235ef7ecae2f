//! If.

use crate::dtype::DType;
use crate::error::Result;
use crate::lower::{Op, Wires};

/// If with a condition that is known: the branch that is taken stands in its place.
pub(crate) fn conditional(op: &mut Op<'_, '_>) -> Result<Wires> {
    let condition = op.input(0)?;
    let taken = match op.konst(condition)? {
        Some(known) if known.fact.dtype == DType::Bool && known.fact.len() == 1 => known.get::<u8>() == [1],
        _ => return Err(op.refuse("a condition that depends on values")),
    };
    let (then, other) = (op.attribute("then_branch"), op.attribute("else_branch"));
    let (branch, name) = if taken { (then, "then") } else { (other, "else") };
    let graph = branch.and_then(|a| a.graphs.first()).ok_or_else(|| op.bad("branch missing"))?;
    // A node has an output, and no other node of its graph has that.
    let own = op.node.outputs.iter().find(|o| !o.is_empty()).copied().unwrap_or_default();
    op.importer.body(&[own, name].join("/"), graph)
}
