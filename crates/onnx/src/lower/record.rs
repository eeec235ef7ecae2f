//! What was done for a node when its graph was lowered: enough to do it again for other shapes, and to see whether it must be.

use super::builder::{Builder, Grows, Wire};
use std::ops::Range;

/// The part of the graph under construction that came of one node.
#[derive(Debug)]
pub(crate) struct Record {
    pub(super) inputs: Vec<Option<Wire>>,
    pub(super) outputs: Vec<Wire>,
    /// Numbers of the values and the kernels that it added.
    pub(super) values: Range<usize>,
    pub(super) made: Range<usize>,
    /// What it looked at of others, and whether it was at the kernel.
    pub(super) reads: Vec<(Wire, bool)>,
    /// Where its caches may be of other lengths without more ado.
    pub(super) grows: Option<Grows>,
    /// What it took out of the limits.
    pub(super) cells: usize,
    pub(super) work: u64,
}

/// Where the graph under construction stands before a node.
pub(super) struct Mark {
    values: usize,
    made: usize,
    cells: usize,
    work: u64,
}

impl Mark {
    pub(super) fn of(builder: &mut Builder) -> Self {
        builder.reads.borrow_mut().clear();
        builder.grows = None;
        Self { values: builder.values.len(), made: builder.made.len(), cells: builder.cells, work: builder.work }
    }

    /// What has come since.
    pub(super) fn record(&self, builder: &mut Builder, inputs: Vec<Option<Wire>>, outputs: Vec<Wire>) -> Record {
        let mut reads: Vec<(Wire, bool)> = Vec::new();
        for read in builder.reads.get_mut().drain(..).filter(|(w, _)| w.0 < self.values) {
            if !reads.contains(&read) {
                reads.push(read);
            }
        }
        Record {
            inputs,
            outputs,
            values: self.values..builder.values.len(),
            made: self.made..builder.made.len(),
            reads,
            grows: builder.grows.take(),
            cells: builder.cells.saturating_sub(self.cells),
            work: builder.work.saturating_sub(self.work),
        }
    }
}
