//! What an ONNX graph must be before anything runs it: self-contained, known operators, sound names.

use crate::error::{Code, Error, Result};
use crate::file::{Graph, Limits, Model, Node, TensorProto};
use std::collections::BTreeMap;

/// Operators of ai.onnx.ml (ONNX, Operators-ml.md).
pub(crate) const ML: &[&str] = &[
    "ArrayFeatureExtractor",
    "Binarizer",
    "CastMap",
    "CategoryMapper",
    "DictVectorizer",
    "FeatureVectorizer",
    "Imputer",
    "LabelEncoder",
    "LinearClassifier",
    "LinearRegressor",
    "Normalizer",
    "OneHotEncoder",
    "SVMClassifier",
    "SVMRegressor",
    "Scaler",
    "TreeEnsemble",
    "TreeEnsembleClassifier",
    "TreeEnsembleRegressor",
    "ZipMap",
];

/// Reads a file and refuses external data, foreign operators, and names that lead nowhere.
///
/// # Errors
/// `model-malformed`, `model-external-data`, `model-operator-unsupported`.
pub(crate) fn read<'a>(onnx: &'a [u8], limits: &Limits) -> Result<Model<'a>> {
    let model = Model::read(onnx, limits)?;
    graph_ok(&model.graph, &mut Vec::new())?;
    Ok(model)
}

/// Names that stand. A map of the one type that this module has, so that it is compiled once.
type Names<'a> = BTreeMap<&'a str, usize>;

/// `scopes` holds the names that stand, one set a graph: a body sees those of the graphs around it.
fn graph_ok<'a>(graph: &Graph<'a>, scopes: &mut Vec<Names<'a>>) -> Result<()> {
    for tensor in graph.initializers.iter().chain(&graph.sparse) {
        tensor_ok(tensor)?;
    }
    let mut names = Names::new();
    // An initializer may have the name of an input, whose value it is then where none is given.
    for (name, kind) in graph.inputs.iter().map(|i| (i.name, 1)).chain(graph.initializers.iter().map(|i| (i.name, 2))) {
        if names.insert(name, kind) == Some(kind) {
            return Err(malformed("name defined twice", name));
        }
    }
    scopes.push(names);
    for node in &graph.nodes {
        node_ok(node, scopes)?;
        for output in node.outputs.iter().filter(|o| !o.is_empty()) {
            if stands(scopes, output) {
                return Err(malformed("name defined twice", output));
            }
            if let Some(names) = scopes.last_mut() {
                names.insert(output, 0);
            }
        }
    }
    if graph.outputs.is_empty() {
        return Err(malformed("graph without output", graph.name));
    }
    if let Some(output) = graph.outputs.iter().find(|o| !stands(scopes, o.name)) {
        return Err(malformed("output comes from nowhere", output.name));
    }
    scopes.pop();
    Ok(())
}

fn stands(scopes: &[Names<'_>], name: &str) -> bool {
    scopes.iter().any(|names| names.contains_key(name))
}

fn node_ok<'a>(node: &Node<'a>, scopes: &mut Vec<Names<'a>>) -> Result<()> {
    // Of onnxruntime's own operators the register knows some.
    let known = matches!(node.domain, "" | "ai.onnx" | "ai.onnx.ml" | "com.microsoft");
    if !known {
        return Err(Error::new(Code::ModelOperatorUnsupported, "the ONNX graph has an operator that this build does not run")
            .with("operator", node.op_type)
            .with("domain", node.domain)
            .with("node", node.name));
    }
    // ONNX wants nodes in topological order: a name not yet defined is a cycle or a hole.
    if let Some(input) = node.inputs.iter().find(|i| !i.is_empty() && !stands(scopes, i)) {
        return Err(malformed("input comes from nowhere", input));
    }
    // No operator is without.
    if node.outputs.iter().all(|o| o.is_empty()) {
        return Err(malformed("node without output", node.op_type));
    }
    let mut names = Names::new();
    for attribute in &node.attributes {
        if names.insert(attribute.name, 0).is_some() {
            return Err(malformed("attribute given twice", attribute.name));
        }
        for tensor in &attribute.tensors {
            tensor_ok(tensor)?;
        }
        for graph in &attribute.graphs {
            graph_ok(graph, scopes)?;
        }
    }
    Ok(())
}

fn tensor_ok(tensor: &TensorProto<'_>) -> Result<()> {
    if tensor.external {
        return Err(Error::new(
            Code::ModelExternalData,
            "the ONNX file keeps tensors in other files: save it with all data inside",
        )
        .with("tensor", tensor.name));
    }
    if tensor.dims.iter().any(|d| *d < 0) {
        return Err(malformed("negative dimension", tensor.name));
    }
    Ok(())
}

fn malformed(what: &'static str, name: &str) -> Error {
    Error::new(Code::ModelMalformed, "the ONNX graph is malformed").with("what", what).with("name", name)
}

#[cfg(test)]
mod tests {
    use super::*;
    fn refusal(bytes: &[u8]) -> Error {
        read(bytes, &Limits::default()).unwrap_err()
    }

    #[test]
    fn unfit_graphs_are_refused_by_name() {
        let e = refusal(include_bytes!("../../../tests/fixtures/external_data.onnx"));
        assert_eq!((e.code(), e.details()[0].1.as_str()), (Code::ModelExternalData, "far"));
        let e = refusal(include_bytes!("../../../tests/fixtures/operator_foreign.onnx"));
        assert_eq!((e.code(), e.details()[1].1.as_str()), (Code::ModelOperatorUnsupported, "other"));
        for (bytes, what) in [
            (&include_bytes!("../../../tests/fixtures/input_from_nowhere.onnx")[..], "input comes from nowhere"),
            (include_bytes!("../../../tests/fixtures/output_from_nowhere.onnx"), "output comes from nowhere"),
            (include_bytes!("../../../tests/fixtures/cycle.onnx"), "input comes from nowhere"),
            (b"not an onnx file at all", "wire type"),
            (b"", "graph"),
        ] {
            let e = refusal(bytes);
            assert_eq!((e.code(), e.details()[0].1.as_str()), (Code::ModelMalformed, what));
        }
    }
}
