//! What is told of a plan: its steps and its memory.

/// A step of a plan: one kernel, in the order in which they run. Sizes are those of whole tensors: a step may look at less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its kernel, as [`crate::Graph::run_watched`] names it.
    pub kernel: &'static str,
    /// Number of the node that it came from, among [`crate::file::Graph::nodes`] of the file; of several nodes that became one
    /// step, the last; of a node in a body, the node that has the body. `None` where it stands for no single node.
    pub node: Option<usize>,
    /// Element type and shape of what it writes first.
    pub output: (&'static str, Vec<usize>),
    /// Bytes of the values that it reads: inputs of the graph and what other steps wrote.
    pub reads: usize,
    /// Bytes of the values that it writes.
    pub writes: usize,
    /// Bytes of constants that it reads, those it holds packed included.
    pub weights: usize,
    /// Bytes of working memory. All steps share the same.
    pub scratch: usize,
}

impl Step {
    /// A whole graph as one step, of which nothing else is known.
    #[cfg(any(feature = "tract", all(not(feature = "trees"), any(feature = "tabular", not(feature = "plan")))))]
    pub(crate) const fn whole(kernel: &'static str) -> Self {
        Self { kernel, node: None, output: ("none", Vec::new()), reads: 0, writes: 0, weights: 0, scratch: 0 }
    }
}

/// What a plan holds in memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Values between steps, inputs and outputs among them: buffers that are taken again once nobody reads what is in them.
    pub arena: usize,
    /// Working memory of the steps.
    pub scratch: usize,
    /// Constants that steps and outputs read as they are, each once.
    pub constants: usize,
    /// Weights packed for loops. What several steps share counts for each.
    pub packed: usize,
    /// The file, which is kept for plans of other shapes; 0 where all shapes are fixed.
    pub file: usize,
}

impl Memory {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> usize {
        [self.arena, self.scratch, self.constants, self.packed, self.file].into_iter().fold(0, usize::saturating_add)
    }
}
