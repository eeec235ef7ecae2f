//! The smallest or largest of a window that moves forward: a queue of those that may still become it.
//!
//! Source: the ascending minima algorithm; an event is dropped as soon as a later one is at least as extreme.

use std::collections::VecDeque;

/// A record that may still be the extreme.
#[derive(Clone, Copy, Debug)]
struct Peak {
    time: i64,
    number: i64,
    value: i64,
}

/// The queue, oldest and most extreme first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peaks {
    queue: VecDeque<Peak>,
    /// Records of the ring, from its oldest on, that have been looked at.
    pub entered: usize,
}

/// Whether a value makes another one needless.
const fn beats(largest: bool, value: i64, other: i64) -> bool {
    if largest { value >= other } else { value <= other }
}

impl Peaks {
    /// The record behind all others enters.
    pub(crate) fn push(&mut self, largest: bool, time: i64, number: i64, value: i64) {
        while self.queue.back().is_some_and(|last| beats(largest, value, last.value)) {
            self.queue.pop_back();
        }
        self.queue.push_back(Peak { time, number, value });
        self.entered += 1;
    }

    /// A record enters among those that are there, behind those of its time.
    pub(crate) fn insert(&mut self, largest: bool, time: i64, number: i64, value: i64) {
        self.entered += 1;
        let mut at = self.queue.partition_point(|peak| peak.time <= time);
        if self.queue.get(at).is_some_and(|later| beats(largest, later.value, value)) {
            return;
        }
        while let Some(before) =
            at.checked_sub(1).filter(|before| self.queue.get(*before).is_some_and(|p| beats(largest, value, p.value)))
        {
            self.queue.remove(before);
            at = before;
        }
        self.queue.insert(at, Peak { time, number, value });
    }

    /// The oldest record of the ring is gone.
    pub(crate) fn drop_first(&mut self, number: i64) {
        self.entered = self.entered.saturating_sub(1);
        if self.queue.front().is_some_and(|first| first.number == number) {
            self.queue.pop_front();
        }
    }

    /// What is at or before a time leaves the window.
    pub(crate) fn leave(&mut self, until: i64) {
        while self.queue.front().is_some_and(|first| first.time <= until) {
            self.queue.pop_front();
        }
    }

    /// The extreme of the window.
    pub(crate) fn value(&self) -> Option<i64> {
        self.queue.front().map(|first| first.value)
    }
}
