//! Labels that wait for their time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A label that waits: from when on it counts, which of several of that time came first, the event's number, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Waiting {
    pub at: i64,
    pub order: u64,
    pub number: i64,
    pub fraud: bool,
}

/// All that wait, the next one first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pending {
    heap: BinaryHeap<Reverse<Waiting>>,
    order: u64,
}

impl Pending {
    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }

    pub(crate) fn push(&mut self, at: i64, number: i64, fraud: bool) {
        self.heap.push(Reverse(Waiting { at, order: self.order, number, fraud }));
        self.order += 1;
    }

    /// Puts one back that was taken.
    pub(crate) fn put_back(&mut self, waiting: Waiting) {
        self.heap.push(Reverse(waiting));
    }

    /// The next one whose time has come.
    pub(crate) fn due(&mut self, now: i64) -> Option<Waiting> {
        self.heap.peek().filter(|next| next.0.at <= now)?;
        self.heap.pop().map(|next| next.0)
    }

    /// All, in order.
    pub(crate) fn in_order(&self) -> Vec<Waiting> {
        let mut all: Vec<Waiting> = self.heap.iter().map(|waiting| waiting.0).collect();
        all.sort_unstable();
        all
    }
}
