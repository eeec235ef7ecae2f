//! Events, one at a time.

use super::Windows;
#[cfg(doc)]
use crate::error::Code;
use crate::error::Result;
use crate::evaluate::{Looked, evaluate};
use crate::event::{Answer, Event, Outcome, Seen};
use crate::key::{NEVER, NOBODY};
use crate::pending::Waiting;
use crate::ring::label_bits;

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
            self.count(seen.outcome);
            return Ok(seen);
        }
        self.move_to(event.time);
        while let Some(due) = self.pending.due(self.latest) {
            self.ids.waited(due.number);
            self.apply(due.number, label_bits(due.fraud));
        }
        let mut looked = Looked::new(&self.plan, event, 0);
        let (latest, number) = (self.latest, self.number);
        self.share().meet(&mut looked, latest);
        evaluate(&self.spec, &self.plan, &self.keys, &looked, out);
        let mut share = self.share();
        let capped = share.lacks(&looked);
        share.record(&looked, number);
        self.counts.observed += 1;
        self.number += 1;
        if self.spec.id().is_some() {
            self.remember(hash, event, &looked.slots, capped, out);
        }
        Ok(Seen { outcome: Outcome::Observed, capped })
    }

    /// Counts an event that is not recorded.
    pub(crate) fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Late => self.counts.late += 1,
            Outcome::Ahead => self.counts.ahead += 1,
            _ => self.counts.duplicates += 1,
        }
    }

    /// The time of an event that is recorded has come.
    pub(crate) fn move_to(&mut self, time: i64) {
        if time < self.latest {
            self.counts.out_of_order += 1;
        }
        self.latest = self.latest.max(time);
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
            self.apply(next.number, label_bits(next.fraud));
        }
        let mut looked = Looked::new(&self.plan, event, 0);
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
        let capped = self.share().lacks(&looked);
        for (waiting, before) in due.into_iter().rev() {
            self.apply(waiting.number, before);
            self.pending.put_back(waiting);
        }
        Ok(answer(Seen { outcome: Outcome::Peeked, capped }, features))
    }

    /// What there is to say of an event that is not to be recorded; nothing of one that is.
    pub(crate) fn settled(&self, event: &Event<'_>, hash: u64, out: &mut [f64]) -> Result<Option<Seen>> {
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
}

fn answer(seen: Seen, mut features: Vec<f64>) -> Answer {
    if !seen.outcome.has_features() {
        features.clear();
    }
    Answer { seen, features }
}
