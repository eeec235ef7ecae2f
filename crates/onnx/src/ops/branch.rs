//! If.

use super::choices::chosen;
use super::layout::reshaped;
use crate::dtype::DType;
use crate::error::Result;
use crate::lower::{Op, Wires};

/// If. With a condition that is known, the branch that is taken stands in its place; with one that is not, both branches
/// run, and are to answer the same types and shapes.
pub(crate) fn conditional(op: &mut Op<'_, '_>) -> Result<Wires> {
    let condition = op.input(0)?;
    if op.only(condition, &[DType::Bool]).is_err() || op.fact(condition)?.len() != 1 {
        return Err(op.refuse("a condition that is not one truth value"));
    }
    let (then, other) = (op.attribute("then_branch"), op.attribute("else_branch"));
    // A node has an output, and no other node of its graph has that.
    let own = op.node.outputs.iter().find(|o| !o.is_empty()).copied().unwrap_or_default();
    if let Some(known) = op.konst(condition)? {
        let (branch, name) = if known.get::<u8>() == [1] { (then, "then") } else { (other, "else") };
        let graph = branch.and_then(|a| a.graphs.first()).ok_or_else(|| op.bad("branch missing"))?;
        return op.importer.body(&[own, name].join("/"), graph);
    }
    let mut answers = [Wires::new(), Wires::new()];
    for ((branch, name), answers) in [(then, "then"), (other, "else")].into_iter().zip(&mut answers) {
        let graph = branch.and_then(|a| a.graphs.first()).ok_or_else(|| op.bad("branch missing"))?;
        *answers = op.importer.body(&[own, name].join("/"), graph)?;
    }
    let [then, other] = answers;
    let condition = reshaped(op, condition, &[])?;
    let mut out = Wires::new();
    for (yes, no) in then.into_iter().zip(other) {
        if op.fact(yes)? != op.fact(no)? {
            return Err(op.refuse("a condition that depends on values"));
        }
        out.push(chosen(op, condition, yes, no)?);
    }
    Ok(out)
}
