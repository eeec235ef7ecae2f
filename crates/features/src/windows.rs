//! Events in, features out.

#[cfg(doc)]
use crate::error::Code;
use crate::error::{Error, Result};
use crate::evaluate::{Looked, evaluate};
use crate::event::{Answer, Counts, Event, Labelled, Outcome, Seen};
use crate::hash::sip;
use crate::ids::{Ids, Known};
use crate::key::{Keys, NEVER, NOBODY, Slot};
use crate::pending::{Pending, Waiting};
use crate::plan::Plan;
use crate::ring::{BITS, FRAUD, KNOWN, NUMBER};
use crate::spec::{LATEST_MS, LONGEST_ID, MOST_KEYS, Spec};

/// The state of a specification's windows.
///
/// Equal calls give equal answers and equal snapshots on every machine.
#[derive(Clone, Debug)]
pub struct Windows {
    pub(crate) spec: Spec,
    pub(crate) plan: Plan,
    pub(crate) keys: Vec<Keys>,
    pub(crate) ids: Ids,
    pub(crate) pending: Pending,
    /// Greatest time seen.
    pub(crate) latest: i64,
    /// The number of the next event.
    pub(crate) number: i64,
    pub(crate) counts: Counts,
    record: Vec<i64>,
    seed: (u64, u64),
}

impl Windows {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(spec: Spec) -> Self {
        Self::seeded(spec, (0, 0))
    }

    /// As [`Windows::new`], with a seed of the host's chance, so that nobody can make up ids that are slow to find. No answer and no snapshot
    /// depends on it.
    #[must_use]
    pub fn seeded(spec: Spec, seed: (u64, u64)) -> Self {
        let plan = Plan::of(&spec);
        Self {
            keys: vec![Keys::new(seed); spec.keys().len()],
            ids: Ids::new(spec.keys().len(), spec.features().len(), 0, seed),
            pending: Pending::default(),
            latest: NEVER,
            number: 0,
            counts: Counts::default(),
            record: Vec::new(),
            seed,
            plan,
            spec,
        }
    }

    /// The specification.
    #[must_use]
    pub const fn spec(&self) -> &Spec {
        &self.spec
    }

    /// What has happened so far.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Greatest time seen; `None` before the first event.
    #[must_use]
    pub const fn latest(&self) -> Option<i64> {
        if self.latest == NEVER { None } else { Some(self.latest) }
    }

    pub(crate) const fn seed(&self) -> (u64, u64) {
        self.seed
    }

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
        if let Some(seen) = self.settled(event, out)? {
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
            self.remember(event, &looked, capped, out);
        }
        Ok(Seen { outcome: Outcome::Observed, capped })
    }

    /// The answer that [`Windows::observe`] would give, without recording anything.
    ///
    /// # Errors
    /// As [`Windows::observe`].
    pub fn peek(&mut self, event: &Event<'_>) -> Result<Answer> {
        let mut features = vec![0.0; self.spec.features().len()];
        if let Some(seen) = self.settled(event, &mut features)? {
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

    /// Takes a label of an event: `fraud` or not, known from `at` (Unix milliseconds) on. It counts for events at or after that time; a
    /// late event, whose time is before the greatest seen, sees all labels that were known at the greatest.
    pub fn label(&mut self, id: &str, fraud: bool, at: i64) -> Labelled {
        let Some(number) = self.ids.find(id) else {
            self.counts.labels_refused += 1;
            return Labelled::Unknown;
        };
        if at > self.latest {
            if self.pending.len() >= self.spec.limits().labels as usize {
                self.counts.labels_refused += 1;
                return Labelled::Full;
            }
            self.pending.push(at, number, fraud);
            self.counts.labels += 1;
            return Labelled::Waiting;
        }
        self.counts.labels += 1;
        let before = self.ids.get(number).map_or(0, |known| known.label);
        if before == bits(fraud) {
            return Labelled::Same;
        }
        self.apply(number, bits(fraud));
        if before == 0 { Labelled::Known } else { Labelled::Changed }
    }

    /// What there is to say of an event that is not to be recorded; nothing of one that is.
    fn settled(&self, event: &Event<'_>, out: &mut [f64]) -> Result<Option<Seen>> {
        self.check(event, out.len())?;
        let seen = |outcome: Outcome, capped: bool| Ok(Some(Seen { outcome, capped }));
        if let Some(number) = self.ids.find(event.id) {
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

    fn check(&self, event: &Event<'_>, places: usize) -> Result<()> {
        let spec = &self.spec;
        if !(0..=LATEST_MS).contains(&event.time) {
            let why = "a time is Unix milliseconds from 1970 to the year 9999";
            return Err(Error::event(why, spec.time(), "").count("time", event.time));
        }
        let counts = [
            ("keys", event.keys.len(), spec.keys().len()),
            ("amounts", event.amounts.len(), spec.amounts().len()),
            ("features", places, spec.features().len()),
        ];
        if let Some((what, have, want)) = counts.into_iter().find(|(_, have, want)| have != want) {
            let why =
                "an event has a value for each field that the specification declares, and an answer a place for each feature";
            return Err(Error::event(why, what, "").count("have", have as i64).count("declared", want as i64));
        }
        if let Some((name, value)) = spec.keys().iter().zip(event.keys).find(|(_, value)| value.len() > LONGEST_ID) {
            return Err(Error::event("the value of a key has at most 256 bytes", name, value));
        }
        for (amount, units) in spec.amounts().iter().zip(event.amounts) {
            amount.check(*units)?;
        }
        if u64::from(event.flags) >> spec.flags().len() != 0 {
            return Err(Error::event("a flag is set that the specification does not declare", "flags", "")
                .count("bits", event.flags.into()));
        }
        match spec.id() {
            None if !event.id.is_empty() => return Err(Error::event("the specification declares no id", "id", event.id)),
            Some(name) if event.id.is_empty() || event.id.len() > LONGEST_ID => {
                return Err(Error::event("an id has 1 to 256 bytes", name, event.id));
            }
            _ => {}
        }
        let wanted = spec.currency().map_or("", |currency| &currency.is);
        if event.currency != wanted {
            let name = spec.currency().map_or("currency", |currency| &currency.name);
            let why = "the amounts are in another currency than the specification declares: convert them first";
            return Err(Error::event(why, name, event.currency).with("declared", wanted));
        }
        Ok(())
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

    /// Where the event's value of a key is, with its windows moved to the event's time.
    fn meet(&mut self, key: usize, event: &Event<'_>) -> u32 {
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
        if keys.find(name).is_none() && keys.len() >= self.spec.limits().keys as usize {
            keys.forget(keys.oldest());
            self.counts.keys_forgotten += 1;
        }
        let at = keys.meet(name, plan);
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
    fn record(&mut self, key: usize, looked: &Looked<'_>) {
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
                let known = Known { id: id.as_str().into(), time, arrival: self.latest, label, capped: false, answered: false };
                self.ids.push(known, std::iter::empty());
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

    fn lacks(&self, looked: &Looked<'_>) -> bool {
        let all = self.keys.iter().zip(&self.plan.keys).zip(looked.slots);
        all.into_iter().any(|((keys, plan), at)| keys.slot(at).is_some_and(|slot| slot.lacks(plan, looked.event.time)))
    }

    /// Keeps the id of the event that was recorded last, and its answer.
    fn remember(&mut self, event: &Event<'_>, looked: &Looked<'_>, capped: bool, out: &[f64]) {
        let repeats = self.spec.repeats();
        let known = Known { id: event.id.into(), time: event.time, arrival: self.latest, label: 0, capped, answered: true };
        self.ids.push(known, looked.slots.into_iter());
        self.ids.keep(out);
        let keep = repeats.max(self.plan.labels_reach + self.spec.lateness());
        self.ids.expire(self.latest - keep, self.latest - repeats);
        while self.ids.len() > self.spec.limits().ids as usize {
            self.ids.drop_first();
            self.counts.ids_forgotten += 1;
        }
    }

    /// Sets the label of an event wherever it is kept.
    fn apply(&mut self, number: i64, label: i64) {
        let Some(time) = self.ids.get(number).map(|known| known.time) else { return };
        for (key, (keys, plan)) in self.keys.iter_mut().zip(&self.plan.keys).enumerate() {
            if let Some(slot) = self.ids.slot(number, key).and_then(|at| keys.slot_mut(at)) {
                slot.label(plan, time, number, label);
            }
        }
        self.ids.set_label(number, label);
    }
}

/// The bits of a label.
const fn bits(fraud: bool) -> i64 {
    if fraud { KNOWN | FRAUD } else { KNOWN }
}

fn answer(seen: Seen, mut features: Vec<f64>) -> Answer {
    if !seen.outcome.has_features() {
        features.clear();
    }
    Answer { seen, features }
}
