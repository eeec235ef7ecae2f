//! If.

use super::choices::chosen;
use crate::dtype::DType;
use crate::error::Result;
use crate::file::Attribute;
use crate::lower::{Op, Wires};
use crate::ops::base::layout::reshaped;

/// If. With a condition that is known, the branch that is taken stands in its place. With one that is computed, both branches
/// run where they answer the same types and shapes. One that is given, and any other, has to be known.
pub(crate) fn conditional(op: &mut Op<'_, '_>) -> Result<Wires> {
    let condition = op.input(0)?;
    if op.only(condition, &[DType::Bool]).is_err() || op.fact(condition)?.len() != 1 {
        return Err(op.refuse("a condition that is not one truth value"));
    }
    let (then, other) = (op.attribute("then_branch"), op.attribute("else_branch"));
    if op.is_computed(condition)? {
        let (then, other) = (branch(op, then, "then")?, branch(op, other, "else")?);
        let same = then.iter().zip(&other).all(|(a, b)| matches!((op.fact(*a), op.fact(*b)), (Ok(a), Ok(b)) if a == b));
        if same && then.len() == other.len() {
            let condition = reshaped(op, condition, &[])?;
            return then.into_iter().zip(other).map(|(yes, no)| chosen(op, condition, yes, no)).collect();
        }
    }
    match op.ints(condition, "condition")?.as_slice() {
        [0] => branch(op, other, "else"),
        _ => branch(op, then, "then"),
    }
}

/// Lowers a branch: its outputs.
fn branch<'a>(op: &mut Op<'_, 'a>, body: Option<&'a Attribute<'a>>, name: &str) -> Result<Wires> {
    let graph = body.and_then(|a| a.graphs.first()).ok_or_else(|| op.bad("branch missing"))?;
    // A node has an output, and no other node of its graph has that.
    let own = op.node.outputs.iter().find(|o| !o.is_empty()).copied().unwrap_or_default();
    op.importer.body(&[own, name].join("/"), graph)
}
