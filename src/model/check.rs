//! What an ONNX graph must be before the engine sees it: self-contained, known operators, sound names.

use crate::error::{Code, Error, Result};
use std::collections::HashSet;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorProto};

/// Refuses external data, unknown operators, and names that lead nowhere (which would make the engine panic).
///
/// # Errors
/// `model-malformed`, `model-external-data`, `model-operator-unsupported`.
pub(super) fn check(model: &ModelProto, known: impl Fn(&str) -> bool) -> Result<()> {
    let graph = model.graph.as_ref().ok_or_else(|| malformed("graph", ""))?;
    graph_ok(graph, &HashSet::new(), &known, 0)
}

/// Deepest nesting of If, Loop and Scan bodies.
const MAX_DEPTH: usize = 8;

fn graph_ok<'a>(graph: &'a GraphProto, outer: &HashSet<&'a str>, known: &impl Fn(&str) -> bool, depth: usize) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(malformed("nesting", &graph.name));
    }
    for tensor in &graph.initializer {
        tensor_ok(tensor)?;
    }
    for tensor in graph.sparse_initializer.iter().flat_map(|s| s.values.iter().chain(&s.indices)) {
        tensor_ok(tensor)?;
    }
    let mut names: HashSet<&str> = outer.clone();
    names.extend(graph.input.iter().map(|i| i.name.as_str()));
    names.extend(graph.initializer.iter().map(|i| i.name.as_str()));
    for node in &graph.node {
        node_ok(node, &names, known, depth)?;
        for output in node.output.iter().filter(|o| !o.is_empty()) {
            if !names.insert(output) {
                return Err(malformed("name defined twice", output));
            }
        }
    }
    match graph.output.iter().find(|o| !names.contains(o.name.as_str())) {
        Some(output) => Err(malformed("output comes from nowhere", &output.name)),
        None => Ok(()),
    }
}

fn node_ok<'a>(node: &'a NodeProto, names: &HashSet<&'a str>, known: &impl Fn(&str) -> bool, depth: usize) -> Result<()> {
    let standard = matches!(node.domain.as_str(), "" | "ai.onnx" | "ai.onnx.ml");
    if !standard || !known(&node.op_type) {
        return Err(Error::new(Code::ModelOperatorUnsupported, "the ONNX graph has an operator that this build does not run")
            .with("operator", &node.op_type)
            .with("domain", &node.domain)
            .with("node", &node.name));
    }
    // ONNX wants nodes in topological order: a name not yet defined is a cycle or a hole.
    if let Some(input) = node.input.iter().find(|i| !i.is_empty() && !names.contains(i.as_str())) {
        return Err(malformed("input comes from nowhere", input));
    }
    for attribute in &node.attribute {
        for tensor in attribute.t.iter().chain(&attribute.tensors) {
            tensor_ok(tensor)?;
        }
        for graph in attribute.g.iter().chain(&attribute.graphs) {
            graph_ok(graph, names, known, depth + 1)?;
        }
    }
    Ok(())
}

fn tensor_ok(tensor: &TensorProto) -> Result<()> {
    // data_location 1 is EXTERNAL (onnx.proto, TensorProto.DataLocation).
    if tensor.data_location == Some(1) || !tensor.external_data.is_empty() {
        return Err(Error::new(
            Code::ModelExternalData,
            "the ONNX file keeps tensors in other files: save it with all data inside",
        )
        .with("tensor", &tensor.name));
    }
    if tensor.dims.iter().any(|d| *d < 0) {
        return Err(malformed("negative dimension", &tensor.name));
    }
    Ok(())
}

fn malformed(what: &'static str, name: &str) -> Error {
    Error::new(Code::ModelMalformed, "the ONNX graph is malformed").with("what", what).with("name", name)
}
