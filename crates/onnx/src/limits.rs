//! What a model may take.

use crate::file::Limits;
use crate::trees::TreeLimits;

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

impl ModelLimits {
    /// Those of a host that takes files of so many bytes: the defaults up to 64 MiB, beyond in proportion. Names, depth
    /// and trees are bounded as ever.
    #[must_use]
    pub fn within(bytes: usize) -> Self {
        let more = bytes.div_ceil(64 << 20).max(1);
        let times = |limit: usize| limit.saturating_mul(more);
        let Self { file, graph, trees } = Self::default();
        Self {
            file: Limits {
                bytes: times(file.bytes),
                nodes: times(file.nodes),
                attributes: times(file.attributes),
                tensors: times(file.tensors),
                names: times(file.names),
                elements: times(file.elements),
                ..file
            },
            graph: GraphLimits {
                tensor_elements: times(graph.tensor_elements),
                total_elements: times(graph.total_elements),
                nodes: times(graph.nodes),
                products: graph.products.saturating_mul(more as u64),
                turns: graph.turns,
            },
            trees,
        }
    }

    /// Whatever memory holds: for the host's own files.
    #[must_use]
    pub fn none() -> Self {
        Self::within(usize::MAX)
    }
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
    /// for hours of them. Of every step the elements count that it reads. Default 2³⁴, some seconds.
    pub products: u64,
    /// Turns of a loop whose number only a run tells (Loop with a computed number or condition). Default 2¹⁶; fewer where so
    /// many would ask for more than `products`. A loop of known number is held to `products` alone.
    pub turns: usize,
}

impl Default for GraphLimits {
    fn default() -> Self {
        Self { tensor_elements: 1 << 26, total_elements: 1 << 28, nodes: 1 << 14, products: 1 << 34, turns: 1 << 16 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_rise_with_what_the_host_takes() {
        assert_eq!(ModelLimits::within(64 << 20), ModelLimits::default());
        assert_eq!(ModelLimits::within(1), ModelLimits::default());
        let twice = ModelLimits::within((64 << 20) + 1);
        assert_eq!((twice.file.bytes, twice.file.nodes, twice.file.elements), (128 << 20, 1 << 17, 1 << 27));
        assert_eq!((twice.graph.tensor_elements, twice.graph.products), (1 << 27, 1 << 35));
        // Names and depth are bounds of sense, not of size.
        assert_eq!((twice.file.name_bytes, twice.file.depth, twice.trees), (1 << 10, 8, TreeLimits::default()));
        // Where numbers end, so do bounds: 2 GiB in a page of 32 bits included.
        let none = ModelLimits::none();
        assert!(none.file.bytes > usize::MAX / 2 && none.graph.total_elements == usize::MAX);
    }
}
