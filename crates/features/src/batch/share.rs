//! What a thread does: the windows of its keys over one batch of rows after the other.

use super::{Columns, Room};
use crate::evaluate::{Looked, value};
use crate::event::Counts;
use crate::key::{Keys, NOBODY};
use crate::plan::Plan;
use crate::spec::Spec;
use crate::windows::{Share, Windows};
use std::hint::black_box;
use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender};

/// What is to be done, in order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Task {
    /// The event of a row is recorded.
    Event(usize),
    /// A label counts from now on. `key` is its place among those of the thread; `at` is where its value is, unless the event has come in these
    /// very columns.
    Label { key: usize, at: u32, number: i64, time: i64, label: i64 },
}

/// Tasks on their way to a thread, and on their way back what came of the events among them.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub tasks: Vec<Task>,
    /// Features of the thread's keys.
    pub values: Vec<f64>,
    /// Where the values of its keys are.
    pub slots: Vec<u32>,
    pub capped: Vec<bool>,
}

impl Batch {
    pub(super) fn clear(&mut self) {
        self.tasks.clear();
        self.values.clear();
        self.slots.clear();
        self.capped.clear();
    }
}

/// The keys of a thread, and what it needs to know of all others.
pub(super) struct Part<'a> {
    pub spec: &'a Spec,
    pub plan: &'a Plan,
    pub columns: &'a Columns<'a>,
    /// Its keys, by their places in the specification.
    pub range: Range<usize>,
    pub keys: &'a mut [Keys],
    /// Its features, by their places in the specification.
    pub features: Vec<usize>,
    /// Greatest time seen.
    pub latest: i64,
    /// The number of the first event that is recorded of the columns.
    pub base: i64,
}

impl Part<'_> {
    /// Does what comes until nothing more does. Gives what was forgotten for the limits.
    pub(super) fn run(self, tasks: &Receiver<Batch>, done: &Sender<Batch>) -> Counts {
        let Self { spec, plan, columns, range, keys, features, mut latest, base } = self;
        let (mut counts, mut record, mut room) = (Counts::default(), Vec::new(), Room::default());
        let plans = plan.keys.get(range.clone()).unwrap_or_default();
        let mut share = Share { spec, plans, keys, first: range.start, counts: &mut counts, record: &mut record };
        // Where the values of all events of the columns are.
        let mut slots: Vec<u32> = Vec::new();
        let mut number = base;
        while let Ok(mut batch) = tasks.recv() {
            for (place, task) in batch.tasks.iter().enumerate() {
                if place.is_multiple_of(Windows::AHEAD) {
                    look_ahead(&share, columns, batch.tasks.get(place..).unwrap_or_default());
                }
                match *task {
                    Task::Event(row) => {
                        let event = columns.event(row, &mut room);
                        latest = latest.max(event.time);
                        let mut looked = Looked::new(plan, &event, range.start);
                        share.meet(&mut looked, latest);
                        for (step, feature) in features.iter().filter_map(|at| plan.steps.get(*at).zip(spec.features().get(*at)))
                        {
                            batch.values.push(value(spec, step, share.keys, &looked, &[]).unwrap_or(feature.missing));
                        }
                        batch.capped.push(share.lacks(&looked));
                        share.record(&looked, number);
                        number += 1;
                        let own = looked.slots.get(range.clone()).unwrap_or_default();
                        batch.slots.extend(own);
                        slots.extend(own);
                    }
                    Task::Label { key, at, number, time, label } => {
                        let place = usize::try_from(number - base).ok().and_then(|n| slots.get(n * range.len() + key));
                        let at = place.copied().unwrap_or(at);
                        let slot = share.keys.get_mut(key).and_then(|keys| keys.slot_mut(at));
                        if let Some((slot, plan)) = slot.zip(share.plans.get(key)) {
                            slot.label(plan, time, number, label);
                        }
                    }
                }
            }
            if done.send(batch).is_err() {
                break;
            }
        }
        counts
    }
}

/// Looks at what the next tasks will ask for.
fn look_ahead(share: &Share<'_>, columns: &Columns<'_>, tasks: &[Task]) {
    let mut read = 0;
    for (at, keys) in share.keys.iter().enumerate() {
        let column = columns.keys.get(share.first + at).copied().unwrap_or_default();
        let next = || tasks.iter().take(Windows::AHEAD);
        let values = next().filter_map(|task| match task {
            Task::Event(row) => column.get(*row).copied(),
            Task::Label { .. } => None,
        });
        read ^= keys.look_at(values);
        let labelled = next().map(|task| match task {
            Task::Label { key, at: slot, .. } if *key == at => *slot,
            _ => NOBODY,
        });
        read ^= labelled.fold(0, |read, at| read ^ keys.look(at));
    }
    black_box(read);
}
