//! Keys that stand next to each other, and what an event does to them. It depends on no other key, so each share may have a thread of its own.

use crate::evaluate::Looked;
use crate::event::{Counts, Event};
use crate::key::{Keys, NOBODY, Slot};
use crate::plan::KeyPlan;
use crate::spec::Spec;

/// Some keys of a specification.
#[derive(Debug)]
pub(crate) struct Share<'a> {
    pub spec: &'a Spec,
    pub plans: &'a [KeyPlan],
    pub keys: &'a mut [Keys],
    /// The first of them, by its place in the specification.
    pub first: usize,
    /// Where what is forgotten is counted.
    pub counts: &'a mut Counts,
    /// Room for a record.
    pub record: &'a mut Vec<i64>,
}

impl Share<'_> {
    /// Finds the event's values of all keys, and moves their windows to its time. `latest` is the greatest time seen.
    pub(crate) fn meet(&mut self, looked: &mut Looked<'_>, latest: i64) {
        let (event, first) = (looked.event, self.first);
        let places = looked.slots.iter_mut().zip(&mut looked.queued).skip(first);
        for (at, (slot, queued)) in (0..self.keys.len()).zip(places) {
            *slot = self.meet_one(at, event, latest);
            let stands = |slot: &Slot| slot.stands_at(event.time);
            *queued = self.keys.get(at).and_then(|keys| keys.slot(*slot)).is_some_and(stands);
        }
    }

    fn meet_one(&mut self, key: usize, event: &Event<'_>, latest: i64) -> u32 {
        let name = event.keys.get(self.first + key).copied().unwrap_or("");
        let (Some(keys), Some(plan), false) = (self.keys.get_mut(key), self.plans.get(key), name.is_empty()) else {
            return NOBODY;
        };
        if plan.windows.is_empty() && !plan.since {
            return NOBODY;
        }
        let gone = latest - self.spec.lateness() - plan.reach;
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

    /// Whether a window of the event reaches beyond what the limits have left.
    pub(crate) fn lacks(&self, looked: &Looked<'_>) -> bool {
        let all = self.keys.iter().zip(self.plans).zip(looked.slots.iter().skip(self.first));
        all.into_iter().any(|((keys, plan), at)| keys.slot(*at).is_some_and(|slot| slot.lacks(plan, looked.event.time)))
    }

    /// Records an event, which has that number.
    pub(crate) fn record(&mut self, looked: &Looked<'_>, number: i64) {
        for key in 0..self.keys.len() {
            self.record_one(key, looked, number);
        }
    }

    fn record_one(&mut self, key: usize, looked: &Looked<'_>, number: i64) {
        let at = looked.slots.get(self.first + key).copied().unwrap_or(NOBODY);
        let (Some(keys), Some(plan)) = (self.keys.get_mut(key), self.plans.get(key)) else { return };
        let limits = self.spec.limits();
        let Some(slot) = keys.slot_mut(at) else { return };
        self.record.clear();
        self.record.extend([looked.event.time, number, looked.event.flags.into()]);
        self.record.extend(plan.amounts.iter().map(|amount| looked.event.amounts.get(*amount).copied().unwrap_or(0)));
        self.record.extend(plan.others.iter().map(|other| looked.hashes.get(*other).copied().unwrap_or(0).cast_signed()));
        slot.insert(plan, self.record);
        if slot.ring.len() > limits.events_per_key as usize {
            slot.lose(plan);
            self.counts.events_forgotten += 1;
        } else {
            keys.events += 1;
        }
        self.trim(key, at);
    }

    /// Forgets what is beyond the limit of a key's events: the values seen least recently, and last of all events of this one.
    pub(crate) fn trim(&mut self, key: usize, at: u32) {
        let (Some(keys), Some(plan)) = (self.keys.get_mut(key), self.plans.get(key)) else { return };
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
}
