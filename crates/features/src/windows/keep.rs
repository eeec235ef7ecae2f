//! What stays of an event: a record for each of its keys, its id, its answer.

use super::Windows;
use crate::evaluate::Looked;
use crate::event::Event;
use crate::ids::Known;
use crate::key::{NOBODY, Slot};
use crate::name::Name;
use crate::ring::{BITS, FRAUD, KNOWN, NUMBER};

impl Windows {
    /// Where the event's value of a key is, with its windows moved to the event's time.
    pub(super) fn meet(&mut self, key: usize, event: &Event<'_>) -> u32 {
        let name = event.keys.get(key).copied().unwrap_or("");
        let (Some(keys), Some(plan), false) = (self.keys.get_mut(key), self.plan.keys.get(key), name.is_empty()) else {
            return NOBODY;
        };
        if plan.windows.is_empty() && !plan.since {
            return NOBODY;
        }
        let gone = self.latest - self.spec.lateness() - plan.reach;
        if !plan.since {
            keys.sweep(gone);
        }
        let at = keys.meet(name).unwrap_or_else(|| {
            if keys.len() >= self.spec.limits().keys as usize {
                keys.forget(keys.oldest());
                self.counts.keys_forgotten += 1;
            }
            keys.add(name, Slot::new(plan))
        });
        let mut dropped = 0;
        if let Some(slot) = keys.slot_mut(at) {
            slot.seek(plan, event.time);
            dropped = slot.expire(plan, gone);
            slot.advance(plan, event.time);
        }
        keys.events -= dropped;
        at
    }

    /// Records an event for a key.
    pub(super) fn record(&mut self, key: usize, looked: &Looked<'_>) {
        let at = looked.slots.get(key).copied().unwrap_or(NOBODY);
        let (Some(keys), Some(plan)) = (self.keys.get_mut(key), self.plan.keys.get(key)) else { return };
        let limits = self.spec.limits();
        let Some(slot) = keys.slot_mut(at) else { return };
        self.record.clear();
        self.record.extend([looked.event.time, self.number, looked.event.flags.into()]);
        self.record.extend(plan.amounts.iter().map(|amount| looked.event.amounts.get(*amount).copied().unwrap_or(0)));
        self.record.extend(plan.others.iter().map(|other| looked.hashes.get(*other).copied().unwrap_or(0).cast_signed()));
        slot.insert(plan, &self.record);
        if slot.ring.len() > limits.events_per_key as usize {
            slot.lose(plan);
            self.counts.events_forgotten += 1;
        } else {
            keys.events += 1;
        }
        self.trim(key, at);
    }

    /// Forgets what is beyond the limit of a key's events: the values seen least recently, and last of all events of this one.
    fn trim(&mut self, key: usize, at: u32) {
        let (Some(keys), Some(plan)) = (self.keys.get_mut(key), self.plan.keys.get(key)) else { return };
        while keys.events > self.spec.limits().events as usize {
            let oldest = keys.oldest();
            if oldest != at {
                keys.forget(oldest);
                self.counts.keys_forgotten += 1;
                continue;
            }
            if let Some(slot) = keys.slot_mut(at) {
                slot.lose(plan);
            }
            keys.events -= 1;
            self.counts.events_forgotten += 1;
        }
    }

    /// Puts a value in the place of what is kept of it, with the ids of its events.
    pub(crate) fn put(&mut self, key: usize, name: &str, mut slot: Slot, ids: &[Option<String>]) {
        for (at, id) in ids.iter().enumerate() {
            let Some(id) = id else { continue };
            let (time, label) = (slot.ring.time(at), slot.ring.word(at, BITS) & (KNOWN | FRAUD));
            let number = self.ids.find(id).unwrap_or_else(|| {
                let (name, arrival) = (Name::new(id), self.latest);
                let known = Known { id: name, time, arrival, label, capped: false, answered: false, waiting: 0 };
                self.ids.push(self.ids.hash(id), known, std::iter::empty());
                self.ids.keep(&vec![0.0; self.spec.features().len()]);
                self.ids.next() - 1
            });
            // An id of another time is another event's: this one takes no labels.
            if let Some(known) = self.ids.get(number).filter(|known| known.time == time) {
                let bits = if known.label == 0 { label } else { known.label };
                slot.ring.set(at, NUMBER, number);
                slot.ring.set(at, BITS, slot.ring.word(at, BITS) & !(KNOWN | FRAUD) | bits);
            }
        }
        if self.spec.id().is_some() {
            self.number = self.ids.next();
        }
        let Some(keys) = self.keys.get_mut(key) else { return };
        match keys.find(name) {
            Some(at) => keys.forget(at),
            None if keys.len() >= self.spec.limits().keys as usize => {
                keys.forget(keys.oldest());
                self.counts.keys_forgotten += 1;
            }
            None => {}
        }
        let numbers: Vec<i64> = (0..slot.ring.len()).map(|at| slot.ring.word(at, NUMBER)).collect();
        let at = keys.add(name, slot);
        numbers.into_iter().for_each(|number| self.ids.set_slot(number, key, at));
        self.trim(key, at);
        while self.ids.len() > self.spec.limits().ids as usize {
            self.ids.drop_first();
            self.counts.ids_forgotten += 1;
        }
    }

    /// Keeps the id of the event that was recorded last, and its answer.
    pub(super) fn remember(&mut self, hash: u64, looked: &Looked<'_>, capped: bool, out: &[f64]) {
        let event = looked.event;
        let repeats = self.spec.repeats();
        let (id, arrival) = (Name::new(event.id), self.latest);
        let known = Known { id, time: event.time, arrival, label: 0, capped, answered: true, waiting: 0 };
        self.ids.push(hash, known, looked.slots.into_iter());
        self.ids.keep(out);
        let keep = repeats.max(self.plan.ids_reach + self.spec.lateness());
        self.ids.expire(self.latest - keep, self.latest - repeats);
        while self.ids.len() > self.spec.limits().ids as usize {
            self.ids.drop_first();
            self.counts.ids_forgotten += 1;
        }
    }
}
