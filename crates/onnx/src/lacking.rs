//! Which operators of a file the planned engine does not have, told without a plan: shapes need not be known.

use crate::check;
use crate::error::Result;
use crate::file::{Graph, Model, Node};
use crate::limits::ModelLimits;
use crate::lower::Importer;
use crate::ops;
use crate::plan;
use crate::weights::Weights;
use std::collections::BTreeSet;

/// The operators of a file that the planned engine does not have, each once, in the file's order and with its domain where that
/// is not ONNX's own (`com.example.Fold`): what a graph of arithmetic needs the feature `tract` for. Empty where it has all;
/// whether it takes their attributes and shapes a plan alone tells.
///
/// # Errors
/// `model-malformed`, `model-external-data`, `model-too-large`.
pub fn lacking(onnx: &[u8], limits: &ModelLimits) -> Result<Vec<String>> {
    let model = check::read(onnx, &limits.file)?;
    let (mut seen, mut lacking) = (BTreeSet::new(), Vec::new());
    let mut nodes: Vec<&Node<'_>> = Vec::new();
    gather(&model.graph, &mut nodes);
    for (domain, op_type) in nodes.iter().map(|node| (node.domain, node.op_type)).filter(|operator| seen.insert(*operator)) {
        // The register looks at the name first: a node without inputs is refused for that, or for being unknown.
        let node = Node { name: "", op_type, domain, inputs: Vec::new(), outputs: Vec::new(), attributes: Vec::new() };
        let graph = Graph { nodes: vec![node], ..Graph::default() };
        let alone = Model { ir_version: model.ir_version, opsets: model.opsets.clone(), graph };
        let lowered = Importer::lower(&alone, &[], &[], limits, (ops::lower, plan::body), &mut Weights::default());
        if lowered.is_err_and(|e| e.message() == ops::MISSING) {
            lacking.push(if matches!(domain, "" | "ai.onnx") { op_type.to_owned() } else { [domain, op_type].join(".") });
        }
    }
    Ok(lacking)
}

/// The nodes of a graph and of the bodies within it.
fn gather<'g, 'a>(graph: &'g Graph<'a>, into: &mut Vec<&'g Node<'a>>) {
    for node in &graph.nodes {
        into.push(node);
        node.attributes.iter().flat_map(|attribute| &attribute.graphs).for_each(|body| gather(body, into));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_by_name_and_what_is_there_is_not() {
        let of = |onnx: &[u8]| lacking(onnx, &ModelLimits::default()).unwrap();
        assert_eq!(of(include_bytes!("../../../tests/fixtures/query_rare.onnx")), ["ScaledTanh"]);
        assert_eq!(of(include_bytes!("../../../tests/fixtures/operator_unknown.onnx")), ["Wonder"]);
        assert!(of(include_bytes!("../../../tests/fixtures/query_mean.onnx")).is_empty());
    }
}
