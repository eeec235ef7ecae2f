//! Linear functions that a file holds: candidates, which are believed only where they answer as the model does.

use crate::error::Result;
use nearhand_onnx::file::{Graph, Limits, Model, Node};
use nearhand_onnx::{Tensor, Values};

/// w · x + b over the features as they enter the graph.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Function {
    pub(super) weights: Vec<f64>,
    pub(super) intercept: f64,
}

/// All linear functions of so many features: rows of LinearClassifier, LinearRegressor, Gemm and MatMul, behind a Scaler where there is one;
/// the difference of two rows that are all.
pub(super) fn functions(onnx: &[u8], features: usize, limits: &Limits) -> Result<Vec<Function>> {
    let model = Model::read(onnx, limits)?;
    let graph = &model.graph;
    let mut out = Vec::new();
    for node in &graph.nodes {
        let rows = match node.op_type {
            "LinearClassifier" | "LinearRegressor" => {
                rows(&floats(node, "coefficients"), &floats(node, "intercepts"), features, true)
            }
            "Gemm" | "MatMul" => product(graph, node, features),
            _ => continue,
        };
        if let [first, second] = &rows[..] {
            let weights = second.weights.iter().zip(&first.weights).map(|(b, a)| b - a).collect();
            out.push(Function { weights, intercept: second.intercept - first.intercept });
        }
        out.extend(rows);
    }
    for scaler in graph.nodes.iter().filter(|node| node.op_type == "Scaler") {
        let (offset, scale) = (floats(scaler, "offset"), floats(scaler, "scale"));
        let at = |list: &[f64], at: usize, none: f64| match list {
            [] => none,
            [one] => *one,
            list => list.get(at).copied().unwrap_or(none),
        };
        let scaled = out.iter().map(|f| {
            let weights: Vec<f64> = f.weights.iter().enumerate().map(|(i, w)| w * at(&scale, i, 1.0)).collect();
            let moved: f64 = weights.iter().enumerate().map(|(i, w)| w * at(&offset, i, 0.0)).sum();
            Function { weights, intercept: f.intercept - moved }
        });
        let scaled: Vec<Function> = scaled.collect();
        out.extend(scaled);
    }
    Ok(out)
}

fn floats(node: &Node<'_>, name: &str) -> Vec<f64> {
    let found = node.attributes.iter().find(|attribute| attribute.name == name).and_then(|attribute| attribute.floats().ok());
    found.unwrap_or_default().into_iter().map(f64::from).collect()
}

/// Rows of weights and their intercepts. `by_row`: a row's weights stand together.
fn rows(weights: &[f64], intercepts: &[f64], features: usize, by_row: bool) -> Vec<Function> {
    let count = weights.len().checked_div(features).unwrap_or(0);
    if count == 0 || count * features != weights.len() {
        return Vec::new();
    }
    let row = |k: usize| -> Vec<f64> {
        let (start, step) = if by_row { (k * features, 1) } else { (k, count) };
        weights.iter().skip(start).step_by(step).take(features).copied().collect()
    };
    (0..count).map(|k| Function { weights: row(k), intercept: intercepts.get(k).copied().unwrap_or(0.0) }).collect()
}

/// Of a product with a constant matrix, and the constant added to it.
fn product(graph: &Graph<'_>, node: &Node<'_>, features: usize) -> Vec<Function> {
    let constant = |name: Option<&&str>| -> Option<Vec<f64>> {
        let tensor = graph.initializers.iter().find(|tensor| Some(&tensor.name) == name)?;
        match tensor.values().ok()? {
            Tensor { values: Values::F32(v), .. } => Some(v.into_iter().map(f64::from).collect()),
            Tensor { values: Values::F64(v), .. } => Some(v),
            _ => None,
        }
    };
    let Some(weights) = constant(node.inputs.get(1)) else { return Vec::new() };
    let number = |name: &str| node.attributes.iter().find(|a| a.name == name).and_then(|a| a.int().ok()).unwrap_or(0);
    let added = || {
        let adds = graph.nodes.iter().filter(|n| n.op_type == "Add" && n.inputs.iter().any(|i| node.outputs.contains(i)));
        adds.flat_map(|n| n.inputs.iter().map(|name| constant(Some(name)))).flatten().next()
    };
    let intercepts = constant(node.inputs.get(2)).or_else(added).unwrap_or_default();
    rows(&weights, &intercepts, features, number("transB") == 1)
}
