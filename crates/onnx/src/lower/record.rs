//! What was done for a node when its graph was lowered: enough to do it again for other shapes, and to see whether it must be.

use super::builder::{Builder, Wire};
use crate::kernel::Kernel;
use std::ops::Range;
use std::sync::Arc;

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

/// A kernel for a cache with so many rows before the new ones, and so many with them, where it is made for that number of rows. Where it
/// is not, it stays as it is.
pub(crate) type Longer = fn(&dyn Kernel, usize, usize) -> Option<Arc<dyn Kernel>>;

/// What an operator says of caches to which it adds rows: how many are in them makes a difference to some of its kernels and to the rows
/// that it answers, and to nothing else, as long as there are any and memory has room.
#[derive(Debug)]
pub(crate) struct Grows {
    /// The rows that are there, of each cache, and how many they are in all of them.
    pub(crate) past: Vec<Wire>,
    pub(crate) len: usize,
    pub(crate) axis: usize,
    /// New rows.
    pub(crate) rows: usize,
    /// The number of both together, where it is an input.
    pub(crate) total: Option<Wire>,
    /// Multiplications by row.
    pub(crate) work: u64,
    pub(crate) longer: Longer,
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
