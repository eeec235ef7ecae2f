//! Reading ahead. Over a log most of the time goes into waiting for memory: an event's places lie anywhere, and each is found by the one before. Of
//! several events they are read at once, so that they have come when it is their turn.

use super::Windows;
use crate::key::{AHEAD, Keys};
use std::hint::black_box;

impl Windows {
    /// How many events [`Windows::look_ahead`] is best told at once.
    pub const AHEAD: usize = AHEAD;

    /// Looks at what the next events will ask for, by their ids and, key by key, their values. Nothing changes but how soon the answers are there: a
    /// loop over a log calls it before every [`Windows::AHEAD`] events.
    pub fn look_ahead<'a, K>(&self, ids: impl Iterator<Item = &'a str>, keys: impl Iterator<Item = K>)
    where
        K: Iterator<Item = &'a str>,
    {
        let mut read = ids.fold(0, |read, id| read ^ self.ids.look(id)) ^ self.ids.look_at_oldest(Self::AHEAD);
        for (key, ((keys, plan), values)) in self.keys.iter().zip(&self.plan.keys).zip(keys).enumerate() {
            read ^= keys.look_at(values);
            if plan.labelled {
                read ^= self.look_at_labels(key, keys);
            }
        }
        black_box(read);
    }

    /// The events whose labels come next.
    fn look_at_labels(&self, key: usize, keys: &Keys) -> i64 {
        let next = self.pending.first(Self::AHEAD);
        let places = next.filter_map(|waiting| self.ids.slot(waiting.number, key));
        places.fold(0, |read, at| read ^ keys.look(at))
    }
}
