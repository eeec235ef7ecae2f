//! Labels that wait for their time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// A label that waits: from when on it counts, which of several of that time came first, the event's number, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Waiting {
    pub at: i64,
    pub order: u64,
    pub number: i64,
    pub fraud: bool,
}

/// All that wait. Most come in order of their times, and wait in a queue; the others in a heap beside it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pending {
    queue: VecDeque<Waiting>,
    heap: BinaryHeap<Reverse<Waiting>>,
    order: u64,
}

impl Pending {
    /// All that wait, those of forgotten ids among them.
    pub(crate) fn len(&self) -> usize {
        self.queue.len() + self.heap.len()
    }

    pub(crate) fn push(&mut self, at: i64, number: i64, fraud: bool) {
        let waiting = Waiting { at, order: self.order, number, fraud };
        self.order += 1;
        if self.queue.back().is_none_or(|last| *last < waiting) {
            self.queue.push_back(waiting);
        } else {
            self.heap.push(Reverse(waiting));
        }
    }

    /// Puts one back that was taken.
    pub(crate) fn put_back(&mut self, waiting: Waiting) {
        self.heap.push(Reverse(waiting));
    }

    /// The next one whose time has come.
    pub(crate) fn due(&mut self, now: i64) -> Option<Waiting> {
        let Some(next) = self.heap.peek() else {
            // Nearly always.
            return if self.queue.front().is_some_and(|next| next.at <= now) { self.queue.pop_front() } else { None };
        };
        let beside = Some(next.0);
        let next = [self.queue.front().copied(), beside].into_iter().flatten().min().filter(|next| next.at <= now)?;
        if beside == Some(next) { self.heap.pop().map(|next| next.0) } else { self.queue.pop_front() }
    }

    /// The first of those that wait in order.
    pub(crate) fn first(&self, most: usize) -> impl Iterator<Item = &Waiting> {
        self.queue.iter().take(most)
    }

    /// Drops those that are no longer wanted.
    pub(crate) fn retain(&mut self, wanted: impl Fn(&Waiting) -> bool) {
        self.queue.retain(&wanted);
        self.heap.retain(|waiting| wanted(&waiting.0));
    }

    /// All, in order.
    pub(crate) fn in_order(&self) -> Vec<Waiting> {
        let mut all: Vec<Waiting> = self.queue.iter().copied().chain(self.heap.iter().map(|waiting| waiting.0)).collect();
        all.sort_unstable();
        all
    }
}
