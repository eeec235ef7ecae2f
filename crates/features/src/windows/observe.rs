//! Events, one at a time.

use super::Windows;
use super::label::bits;
#[cfg(doc)]
use crate::error::Code;
use crate::error::Result;
use crate::evaluate::{Looked, evaluate};
use crate::event::{Answer, Event, Outcome, Seen};
use crate::hash::sip;
use crate::key::{NEVER, NOBODY, Slot};
use crate::pending::Waiting;
use crate::spec::MOST_KEYS;

impl Windows {
    /// Records an event and answers with its features: those of events and labels at or before its time.
    ///
    /// # Errors
    /// [`Code::EventInvalid`] with `field` and `value`. The state is as before.
    pub fn observe(&mut self, event: &Event<'_>) -> Result<Answer> {
        let mut features = vec![0.0; self.spec.features().len()];
        let seen = self.observe_into(event, &mut features)?;
        Ok(answer(seen, features))
    }

    /// [`Windows::observe`] without an allocation for the answer: `out` has a place for each feature, which is left alone where the outcome
    /// has no features.
    ///
    /// # Errors
    /// As [`Windows::observe`]; also where `out` has another length.
    pub fn observe_into(&mut self, event: &Event<'_>, out: &mut [f64]) -> Result<Seen> {
        let hash = self.ids.hash(event.id);
        if let Some(seen) = self.settled(event, hash, out)? {
            match seen.outcome {
                Outcome::Late => self.counts.late += 1,
                Outcome::Ahead => self.counts.ahead += 1,
                _ => self.counts.duplicates += 1,
            }
            return Ok(seen);
        }
        if event.time < self.latest {
            self.counts.out_of_order += 1;
        }
        self.latest = self.latest.max(event.time);
        while let Some(due) = self.pending.due(self.latest) {
            self.ids.waited(due.number);
            self.apply(due.number, bits(due.fraud));
        }
        let mut looked = self.looked(event);
        for key in 0..self.keys.len() {
            if let Some(slot) = looked.slots.get_mut(key) {
                *slot = self.meet(key, event);
            }
            let stands = |slot: &Slot| slot.stands_at(event.time);
            if let Some(queued) = looked.queued.get_mut(key) {
                let at = looked.slots.get(key).copied().unwrap_or(NOBODY);
                *queued = self.keys.get(key).and_then(|keys| keys.slot(at)).is_some_and(stands);
            }
        }
        evaluate(&self.spec, &self.plan, &self.keys, &looked, out);
        let capped = self.lacks(&looked);
        for key in 0..self.keys.len() {
            self.record(key, &looked);
        }
        self.counts.observed += 1;
        self.number += 1;
        if self.spec.id().is_some() {
            self.remember(hash, &looked, capped, out);
        }
        Ok(Seen { outcome: Outcome::Observed, capped })
    }

    /// The answer that [`Windows::observe`] would give, without recording anything.
    ///
    /// # Errors
    /// As [`Windows::observe`].
    pub fn peek(&mut self, event: &Event<'_>) -> Result<Answer> {
        let mut features = vec![0.0; self.spec.features().len()];
        if let Some(seen) = self.settled(event, self.ids.hash(event.id), &mut features)? {
            return Ok(answer(seen, features));
        }
        // Labels whose time would have come, until the answer is known.
        let mut due: Vec<(Waiting, i64)> = Vec::new();
        while let Some(next) = self.pending.due(self.latest.max(event.time)) {
            due.push((next, self.ids.get(next.number).map_or(0, |known| known.label)));
            self.apply(next.number, bits(next.fraud));
        }
        let mut looked = self.looked(event);
        for (key, (keys, plan)) in self.keys.iter_mut().zip(&self.plan.keys).enumerate() {
            let name = event.keys.get(key).copied().unwrap_or("");
            let at = keys.find(name).unwrap_or(NOBODY);
            if let Some(place) = looked.slots.get_mut(key) {
                *place = at;
            }
            if let Some(slot) = keys.slot_mut(at) {
                slot.seek(plan, event.time);
            }
        }
        evaluate(&self.spec, &self.plan, &self.keys, &looked, &mut features);
        let capped = self.lacks(&looked);
        for (waiting, before) in due.into_iter().rev() {
            self.apply(waiting.number, before);
            self.pending.put_back(waiting);
        }
        Ok(answer(Seen { outcome: Outcome::Peeked, capped }, features))
    }

    /// What there is to say of an event that is not to be recorded; nothing of one that is.
    fn settled(&self, event: &Event<'_>, hash: u64, out: &mut [f64]) -> Result<Option<Seen>> {
        self.check(event, out.len())?;
        let seen = |outcome: Outcome, capped: bool| Ok(Some(Seen { outcome, capped }));
        if let Some(number) = self.ids.find_by(hash, event.id) {
            let capped = self.ids.get(number).is_some_and(|known| known.capped);
            let Some(answer) = self.ids.answer(number) else { return seen(Outcome::Repeated, capped) };
            out.iter_mut().zip(answer).for_each(|(place, value)| *place = value);
            return seen(Outcome::Duplicate, capped);
        }
        if event.received.is_some_and(|received| event.time.saturating_sub(received) > self.spec.skew()) {
            return seen(Outcome::Ahead, false);
        }
        if self.latest != NEVER && event.time < self.latest - self.spec.lateness() {
            return seen(Outcome::Late, false);
        }
        Ok(None)
    }

    fn looked<'a>(&self, event: &'a Event<'a>) -> Looked<'a> {
        let mut hashes = [0; MOST_KEYS];
        for key in &self.plan.hashed {
            if let (Some(hash), Some(value)) = (hashes.get_mut(*key), event.keys.get(*key).filter(|value| !value.is_empty())) {
                // 0 stands for no value.
                *hash = sip((0, 0), value.as_bytes()).max(1);
            }
        }
        Looked { event, slots: [NOBODY; MOST_KEYS], hashes, queued: [false; MOST_KEYS] }
    }

    fn lacks(&self, looked: &Looked<'_>) -> bool {
        let all = self.keys.iter().zip(&self.plan.keys).zip(looked.slots);
        all.into_iter().any(|((keys, plan), at)| keys.slot(at).is_some_and(|slot| slot.lacks(plan, looked.event.time)))
    }
}

fn answer(seen: Seen, mut features: Vec<f64>) -> Answer {
    if !seen.outcome.has_features() {
        features.clear();
    }
    Answer { seen, features }
}
