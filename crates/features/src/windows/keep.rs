//! What stays of an event: its id, its answer.

use super::Windows;
use crate::event::Event;
use crate::ids::Known;
use crate::key::Slot;
use crate::name::Name;
use crate::ring::{BITS, FRAUD, KNOWN, NUMBER};

impl Windows {
    /// Puts a value in the place of what is kept of it, with the ids of its events.
    pub(crate) fn put(&mut self, key: usize, name: &str, mut slot: Slot, ids: &[Option<String>]) {
        for (at, id) in ids.iter().enumerate() {
            let Some(id) = id else { continue };
            let (time, label) = (slot.ring.time(at), slot.ring.word(at, BITS) & (KNOWN | FRAUD));
            let number = self.ids.find(id).unwrap_or_else(|| {
                let (name, arrival) = (Name::new(id), self.latest);
                let known = Known { id: name, time, arrival, label, capped: false, answered: false, waiting: 0 };
                self.ids.push(self.ids.hash(id), known, &[]);
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
        self.share().trim(key, at);
        while self.ids.len() > self.spec.limits().ids as usize {
            self.ids.drop_first();
            self.counts.ids_forgotten += 1;
        }
    }

    /// Keeps the id of the event that was recorded last, where its values are, and its answer.
    pub(crate) fn remember(&mut self, hash: u64, event: &Event<'_>, slots: &[u32], capped: bool, out: &[f64]) {
        let repeats = self.spec.repeats();
        let (id, arrival) = (Name::new(event.id), self.latest);
        let known = Known { id, time: event.time, arrival, label: 0, capped, answered: true, waiting: 0 };
        self.ids.push(hash, known, slots);
        self.ids.keep(out);
        let keep = repeats.max(self.plan.ids_reach + self.spec.lateness());
        self.ids.expire(self.latest - keep, self.latest - repeats);
        while self.ids.len() > self.spec.limits().ids as usize {
            self.ids.drop_first();
            self.counts.ids_forgotten += 1;
        }
    }
}
