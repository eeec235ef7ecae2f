//! The last rows of an output: of which nodes no more rows than these are wanted.
//!
//! Of a language model's logits the last row alone is read, and behind the last layer that looks at other rows all operators go row by
//! row: they are given the last rows alone.

use crate::file::{Graph, Node};
use std::collections::BTreeSet;
use std::sync::Arc;

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
        let mut whole: BTreeSet<&str> = graph.outputs.iter().map(|port| port.name).filter(|name| *name != output).collect();
        let mut last = BTreeSet::from([output]);
        let mut made = false;
        for (node, of) in graph.nodes.iter().zip(&mut nodes).rev() {
            let mut outputs = node.outputs.iter().filter(|name| !name.is_empty());
            let enough = outputs.clone().any(|name| last.contains(name)) && !outputs.any(|name| whole.contains(name));
            let by_row = if enough { by_row(node) } else { 0 };
            *of = by_row;
            made |= by_row > 0;
            for (at, name) in node.inputs.iter().enumerate() {
                if at < usize::from(by_row) {
                    last.insert(name)
                } else {
                    whole.insert(name)
                };
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

/// How many of its first inputs a node reads row by row, to answer as many rows.
fn by_row(node: &Node<'_>) -> u8 {
    match node.op_type {
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "SkipSimplifiedLayerNormalization" | "SkipLayerNormalization" => 2,
        "MatMul" | "MatMulNBits" | "Cast" | "Identity" | "Sigmoid" | "Tanh" | "Relu" | "Gelu" | "FastGelu" | "QuickGelu"
        | "Swish" | "Erf" | "Sqrt" | "Reciprocal" | "Softplus" | "LeakyRelu" | "HardSwish" | "Neg" | "Exp" => 1,
        "LayerNormalization" | "SimplifiedLayerNormalization" | "RMSNormalization" if along(node, "axis", true) => 1,
        "ReduceMean" | "ReduceSumSquare" if along(node, "axes", false) => 1,
        _ => 0,
    }
}

/// Whether an operator goes along rows, as an attribute says, or where it says nothing, and keeps them.
fn along(node: &Node<'_>, name: &str, unsaid: bool) -> bool {
    let of = |name: &str| node.attributes.iter().find(|a| a.name == name);
    let rows = of(name).map_or(unsaid, |a| a.int().is_ok_and(|n| n == -1) || a.ints().is_ok_and(|n| n == [-1]));
    rows && of("keepdims").is_none_or(|a| a.int().is_ok_and(|n| n == 1))
}
