//! What a model may take.

use super::trees::TreeLimits;
use crate::onnx::Limits;

/// Bounds that hold while a model is loaded and run; beyond them it is refused with `model-too-large`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelLimits {
    /// The file: bytes, nodes, names, depth.
    pub file: Limits,
    /// The graph: elements and nodes.
    pub graph: GraphLimits,
    /// Each tree ensemble.
    pub trees: TreeLimits,
}

/// Bounds of the tensors of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphLimits {
    /// Elements of one tensor. Default 2²⁶.
    pub tensor_elements: usize,
    /// Elements of all tensors of the graph together, weights and results. Default 2²⁸.
    pub total_elements: usize,
    /// Nodes after import. Default 16,384.
    pub nodes: usize,
    /// Multiplications of one run in products of matrices, convolutions, pools and recurrent cells: small tensors can ask
    /// for hours of them. Default 2³⁴, some seconds.
    pub products: u64,
}

impl Default for GraphLimits {
    fn default() -> Self {
        Self { tensor_elements: 1 << 26, total_elements: 1 << 28, nodes: 1 << 14, products: 1 << 34 }
    }
}
