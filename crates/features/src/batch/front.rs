//! What is done of each event before and after its keys: ids, repeats and labels, and the features put together.

use super::share::{Batch, Task};
use super::{Columns, Room, ahead};
use crate::error::Result;
use crate::evaluate::{Looked, value};
use crate::event::{Event, Labelled, Outcome, Seen};
use crate::key::NOBODY;
use crate::plan::Plan;
use crate::ring::label_bits;
use crate::spec::Spec;
use crate::windows::Windows;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender};

/// Rows that go to the threads at once.
pub(super) const BATCH: usize = 512;
/// Batches that may be on their way.
const ON_THE_WAY: usize = 4;

/// A thread as it is seen from here.
pub(super) struct Thread {
    pub to: Sender<Batch>,
    pub from: Receiver<Batch>,
    /// Its keys and features, by their places in the specification.
    pub keys: Range<usize>,
    pub features: Vec<usize>,
    /// What is sent next, what came last, and one that is free.
    pub next: Batch,
    pub came: Batch,
    pub spare: Vec<Batch>,
}

/// What became of a row.
enum Became {
    Seen(Seen),
    /// It repeats the event of that number, whose answer may be on its way.
    Again(i64, Outcome),
    /// It has that number.
    Taken(i64),
}

/// The rows on their way.
pub(super) struct Front<'a> {
    /// Everything but its keys, which are with the threads.
    pub windows: &'a mut Windows,
    pub spec: &'a Spec,
    pub plan: &'a Plan,
    pub columns: &'a Columns<'a>,
    pub threads: Vec<Thread>,
    /// Features that ask for no key, by their places in the specification.
    pub features: Vec<usize>,
    /// The number of the first event that is recorded of the columns; of each from there on its row, and once it is back whether it was capped.
    base: i64,
    rows: Vec<usize>,
    capped: Vec<bool>,
    /// Rows that are sent next, and those of the batches on their way.
    next: Vec<(usize, Became)>,
    sent: VecDeque<Vec<(usize, Became)>>,
}

impl<'a> Front<'a> {
    pub(super) fn new(
        windows: &'a mut Windows,
        spec: &'a Spec,
        plan: &'a Plan,
        columns: &'a Columns<'a>,
        threads: Vec<Thread>,
    ) -> Self {
        let alone = |at: &usize| threads.iter().all(|thread| !thread.features.contains(at));
        let features = (0..plan.steps.len()).filter(alone).collect();
        let base = windows.number;
        let (rows, capped, next, sent) = Default::default();
        Self { windows, spec, plan, columns, threads, features, base, rows, capped, next, sent }
    }

    /// As [`Windows::observe_all`]. `None` where a thread has ended before its time.
    pub(super) fn run(&mut self, out: &mut [f64], each: &mut dyn FnMut(usize, Seen)) -> Option<Result<()>> {
        let (rows, features) = (self.columns.times.len(), self.spec.features().len());
        let (mut room, mut result) = (Room::default(), Ok(()));
        for row in 0..rows {
            if row.is_multiple_of(Windows::AHEAD) {
                self.windows.look_ahead(self.columns.ids(ahead(row, rows)), std::iter::empty::<std::iter::Empty<&str>>());
            }
            let columns = self.columns;
            let event = columns.event(row, &mut room);
            match self.take(row, &event, place(out, row, features)) {
                Ok(became) => self.next.push((row, became)),
                Err(error) => {
                    result = Err(error.count("row", row as i64));
                    break;
                }
            }
            if self.next.len() == BATCH {
                self.send()?;
                if self.sent.len() > ON_THE_WAY {
                    self.receive(out, each)?;
                }
            }
        }
        self.send()?;
        while !self.sent.is_empty() {
            self.receive(out, each)?;
        }
        Some(result)
    }

    /// An event's id and label, and its tasks.
    fn take(&mut self, row: usize, event: &Event<'_>, out: &mut [f64]) -> Result<Became> {
        let windows = &mut *self.windows;
        let hash = windows.ids.hash(event.id);
        if let Some(seen) = windows.settled(event, hash, out)? {
            windows.count(seen.outcome);
            let number = windows.ids.find_by(hash, event.id).filter(|number| *number >= self.base);
            return Ok(number.map_or(Became::Seen(seen), |number| Became::Again(number, seen.outcome)));
        }
        windows.move_to(event.time);
        while let Some(due) = self.windows.pending.due(self.windows.latest) {
            self.windows.ids.waited(due.number);
            self.apply(due.number, label_bits(due.fraud));
        }
        self.threads.iter_mut().for_each(|thread| thread.next.tasks.push(Task::Event(row)));
        let windows = &mut *self.windows;
        let number = windows.number;
        self.rows.push(row);
        windows.counts.observed += 1;
        windows.number += 1;
        if self.spec.id().is_some() {
            // Its place; what belongs there is filled in when it is back.
            windows.remember(hash, event, &[], false, out);
        }
        if let Some((fraud, at)) = self.columns.label(row)
            && matches!(windows.settle_label(number, fraud, at), Labelled::Known | Labelled::Changed)
        {
            self.apply(number, label_bits(fraud));
        }
        Ok(Became::Taken(number))
    }

    /// Has the label of an event set wherever it is kept.
    fn apply(&mut self, number: i64, label: i64) {
        let ids = &mut self.windows.ids;
        let Some(time) = ids.get(number).map(|known| known.time) else { return };
        for thread in &mut self.threads {
            for (key, place) in thread.keys.clone().enumerate() {
                if self.plan.keys.get(place).is_some_and(|plan| plan.labelled) {
                    let at = ids.slot(number, place).unwrap_or(NOBODY);
                    thread.next.tasks.push(Task::Label { key, at, number, time, label });
                }
            }
        }
        ids.set_label(number, label);
    }

    fn send(&mut self) -> Option<()> {
        for thread in &mut self.threads {
            let next = thread.spare.pop().unwrap_or_default();
            thread.to.send(std::mem::replace(&mut thread.next, next)).ok()?;
        }
        self.sent.push_back(std::mem::take(&mut self.next));
        Some(())
    }

    /// Puts the features of a batch together.
    fn receive(&mut self, out: &mut [f64], each: &mut dyn FnMut(usize, Seen)) -> Option<()> {
        let rows = self.sent.pop_front()?;
        for thread in &mut self.threads {
            thread.came = thread.from.recv().ok()?;
        }
        let (features, mut event) = (self.spec.features().len(), 0);
        for (row, became) in rows {
            let seen = match became {
                Became::Seen(seen) => seen,
                Became::Again(number, outcome) => {
                    let at = usize::try_from(number - self.base).unwrap_or(0);
                    if outcome.has_features() {
                        let (from, to) = (self.rows.get(at).copied().unwrap_or(row) * features, row * features);
                        out.copy_within(from..from + features, to);
                    }
                    Seen { outcome, capped: self.capped.get(at).copied().unwrap_or(false) }
                }
                Became::Taken(number) => {
                    let out = place(out, row, features);
                    let capped = self.put_together(row, event, out);
                    event += 1;
                    self.capped.push(capped);
                    let slots = self.threads.iter().flat_map(|thread| thread.slots(event - 1));
                    self.windows.ids.fill(number, slots, capped, out);
                    Seen { outcome: Outcome::Observed, capped }
                }
            };
            each(row, seen);
        }
        for thread in &mut self.threads {
            let mut came = std::mem::take(&mut thread.came);
            came.clear();
            thread.spare.push(came);
        }
        Some(())
    }

    /// The features of an event of the batch that came. Says whether it was capped.
    fn put_together(&self, row: usize, event: usize, out: &mut [f64]) -> bool {
        for thread in &self.threads {
            let values = thread.came.values.iter().skip(event * thread.features.len());
            for (at, value) in thread.features.iter().zip(values) {
                if let Some(place) = out.get_mut(*at) {
                    *place = *value;
                }
            }
        }
        let mut room = Room::default();
        let of = self.columns.event(row, &mut room);
        let looked = Looked::new(self.plan, &of, 0);
        for at in &self.features {
            let found = self.plan.steps.get(*at).zip(self.spec.features().get(*at));
            let value = found.map(|(step, feature)| value(self.spec, step, &[], &looked, out).unwrap_or(feature.missing));
            if let Some((place, value)) = out.get_mut(*at).zip(value) {
                *place = value;
            }
        }
        self.threads.iter().any(|thread| thread.came.capped.get(event).copied().unwrap_or(false))
    }
}

impl Thread {
    /// Where the values of its keys are, of an event of the batch that came.
    fn slots(&self, event: usize) -> impl Iterator<Item = u32> {
        self.came.slots.iter().skip(event * self.keys.len()).take(self.keys.len()).copied()
    }
}

/// A row's features.
fn place(out: &mut [f64], row: usize, features: usize) -> &mut [f64] {
    out.get_mut(row * features..(row + 1) * features).unwrap_or_default()
}
