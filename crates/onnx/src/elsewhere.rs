//! Which graphs that the planned engine lacks operators of may run on tract, in the build that has it.

use crate::check::ML;
use crate::file::Graph;

/// Operators that are not taken from tract: it answers them wrong, or with a panic, in the conformance run, they draw random
/// numbers, or they are loops, whose turns no limit of its holds.
pub(crate) const NEVER: &[&str] = &[
    "BitShift",
    "DFT",
    "Loop",
    "Multinomial",
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
    "Scan",
    "SpaceToDepth",
    "TreeEnsembleClassifier",
];

/// Whether tract may be asked about a graph, bodies included. It goes by names alone: an operator of onnxruntime's own, or one that is
/// not of the domain that it names, would be taken for another.
pub(crate) fn may_run(graph: &Graph<'_>) -> bool {
    graph.nodes.iter().all(|node| {
        let of_its_domain = match node.domain {
            "com.microsoft" => false,
            "ai.onnx.ml" => ML.contains(&node.op_type),
            _ => !ML.contains(&node.op_type),
        };
        of_its_domain
            && !NEVER.contains(&node.op_type)
            && node.attributes.iter().flat_map(|attribute| &attribute.graphs).all(may_run)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Node;

    #[test]
    fn by_domain_and_by_name() {
        let of = |domain, op_type| {
            let node = Node { name: "", op_type, domain, inputs: Vec::new(), outputs: Vec::new(), attributes: Vec::new() };
            may_run(&Graph { nodes: vec![node], ..Graph::default() })
        };
        assert!(of("", "ScaledTanh") && of("ai.onnx", "Relu") && of("ai.onnx.ml", "Normalizer"));
        // A name of another domain, and operators that are never taken.
        assert!(!of("ai.onnx.ml", "Relu") && !of("", "Normalizer") && !of("com.microsoft", "Gelu"));
        assert!(!of("", "Scan") && !of("", "RandomNormal"));
    }
}
