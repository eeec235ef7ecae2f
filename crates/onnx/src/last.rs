//! The last rows of an output: of which nodes no more rows than these are wanted.
//!
//! Of a language model's logits the last row alone is read, and behind the last layer that looks at other rows all operators go row by
//! row: they are given the last rows alone.

use crate::file::{Attribute, Graph, Node};
use std::sync::Arc;

/// Names that are looked through, from the end of a graph on. A layer of a language model has some hundreds at most.
const MOST: usize = 2048;

/// That the last rows of an output are enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Last {
    /// By node, of how many of its first inputs the last rows are enough; of nodes behind the last that is here none are.
    nodes: Arc<[u8]>,
    /// How many rows.
    rows: usize,
}

impl Last {
    /// Of an output of which one row is wanted; `None` where other rows are read, or may be.
    pub(crate) fn of(graph: &Graph<'_>, output: &str) -> Option<Self> {
        if graph.nodes.iter().any(|node| node.attributes.iter().any(|a| !a.graphs.is_empty())) {
            return None;
        }
        let mut nodes = vec![0; graph.nodes.len()];
        // Names of which all rows are read, and of which the last ones are.
        let mut whole: Vec<&str> = graph.outputs.iter().map(|port| port.name).filter(|name| *name != output).collect();
        let mut last = vec![output];
        let mut made = false;
        for (node, of) in graph.nodes.iter().zip(&mut nodes).rev() {
            if whole.len() + node.outputs.len() > MOST {
                break;
            }
            let mut outputs = node.outputs.iter().filter(|name| !name.is_empty());
            let enough = outputs.clone().any(|name| last.contains(name)) && !outputs.any(|name| whole.contains(name));
            let by_row = if enough { by_row(node) } else { 0 };
            *of = by_row;
            made |= by_row > 0;
            for (at, name) in node.inputs.iter().enumerate() {
                if at < usize::from(by_row) { &mut last } else { &mut whole }.push(name);
            }
        }
        made.then(|| Self { nodes: nodes.into(), rows: 1 })
    }

    /// The same, for another number of rows.
    pub(crate) fn with(&self, rows: usize) -> Self {
        Self { nodes: self.nodes.clone(), rows: rows.max(1) }
    }

    /// Of how many of a node's first inputs the last rows are enough, and how many rows.
    pub(crate) fn at(&self, node: usize) -> (usize, usize) {
        (self.nodes.get(node).map_or(0, |n| usize::from(*n)), self.rows)
    }
}

/// Operators that answer as many rows as they read, each row of that row alone: of one input, or of two.
const OF_ONE: &[&str] =
    &["MatMul", "MatMulNBits", "Cast", "Identity", "Sigmoid", "Tanh", "Relu", "Gelu", "FastGelu", "QuickGelu", "Erf", "Sqrt"];
const OF_TWO: &[&str] = &["Add", "Sub", "Mul", "Div", "Pow", "SkipSimplifiedLayerNormalization", "SkipLayerNormalization"];
/// Likewise, where they go along rows: the attribute that says so.
const ALONG: &[(&str, &str)] = &[
    ("LayerNormalization", "axis"),
    ("SimplifiedLayerNormalization", "axis"),
    ("RMSNormalization", "axis"),
    ("ReduceMean", "axes"),
];

/// How many of its first inputs a node reads row by row, to answer as many rows.
fn by_row(node: &Node<'_>) -> u8 {
    let along = ALONG.iter().find(|(op, _)| *op == node.op_type);
    match along {
        Some((_, axis)) => u8::from(goes_along(node, axis)),
        None if OF_TWO.contains(&node.op_type) => 2,
        None => u8::from(OF_ONE.contains(&node.op_type)),
    }
}

/// Whether an operator goes along rows, as an attribute says, and keeps them. A norm that says nothing does.
fn goes_along(node: &Node<'_>, axis: &str) -> bool {
    let said = node.attributes.iter().any(|a| a.name == axis);
    let last = |a: &Attribute<'_>| a.int().is_ok_and(|n| n == -1) || a.ints().is_ok_and(|n| n == [-1]);
    let right = |a: &Attribute<'_>| if a.name == axis { last(a) } else { a.name != "keepdims" || a.int().is_ok_and(|n| n == 1) };
    (said || axis == "axis") && node.attributes.iter().all(right)
}
