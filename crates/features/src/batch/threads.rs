//! Columns through several threads: the windows of one key know nothing of another's, so each may have a thread. Every bit is that of one thread.

use super::front::{BATCH, Front, Thread};
use super::share::Part;
use super::{Columns, Windows};
use crate::error::Result;
use crate::event::{Counts, Seen};
use crate::key::Keys;
use std::panic::resume_unwind;
use std::sync::mpsc::channel;
use std::thread::{Builder, scope};

/// Fewer rows take longer to hand over than to work on.
const LEAST: usize = 2 * BATCH;

/// Keys that are with other threads, and come back whatever happens.
struct Lent<'w> {
    windows: &'w mut Windows,
    keys: Vec<Keys>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        std::mem::swap(&mut self.windows.keys, &mut self.keys);
    }
}

impl Windows {
    /// As [`Windows::observe_all`], with the keys shared among up to `threads` threads beside the caller's own, which knows ids and labels and puts the
    /// features together. More threads than keys are of no use; with one, and for few rows, it is [`Windows::observe_all`]. The answers and the
    /// state are the same to the bit, and what is on its way between the threads is bounded.
    ///
    /// # Errors
    /// As [`Windows::observe_all`].
    pub fn observe_all_on(
        &mut self,
        threads: usize,
        columns: &Columns<'_>,
        out: &mut [f64],
        each: &mut dyn FnMut(usize, Seen),
    ) -> Result<()> {
        let threads = threads.min(self.keys.len());
        if threads < 2 || columns.times.len() < LEAST {
            return self.observe_all(columns, out, each);
        }
        columns.check(&self.spec, out.len())?;
        match self.on_threads(threads, columns, out, each) {
            Some(result) => result,
            // The machine gives no thread: nothing has been done yet.
            None => self.observe_all(columns, out, each),
        }
    }

    fn on_threads(
        &mut self,
        threads: usize,
        columns: &Columns<'_>,
        out: &mut [f64],
        each: &mut dyn FnMut(usize, Seen),
    ) -> Option<Result<()>> {
        let (spec, plan) = (self.spec.clone(), self.plan.clone());
        let (latest, base, share) = (self.latest, self.number, self.keys.len().div_ceil(threads));
        let keys = std::mem::take(&mut self.keys);
        let mut lent = Lent { windows: self, keys };
        let Lent { windows, keys } = &mut lent;
        scope(|scope| {
            let (mut seen, mut running) = (Vec::new(), Vec::new());
            for (at, keys) in keys.chunks_mut(share).enumerate() {
                let range = at * share..at * share + keys.len();
                let of = |at: &usize| {
                    spec.features().get(*at).and_then(|feature| feature.kind.key()).is_some_and(|key| range.contains(&key))
                };
                let features: Vec<usize> = (0..plan.steps.len()).filter(of).collect();
                let ((to, tasks), (done, from)) = (channel(), channel());
                let part = Part {
                    spec: &spec,
                    plan: &plan,
                    columns,
                    range: range.clone(),
                    keys,
                    features: features.clone(),
                    latest,
                    base,
                };
                let thread = Builder::new().name(format!("features-{at}"));
                running.push(thread.spawn_scoped(scope, move || part.run(&tasks, &done)).ok()?);
                let (next, came, spare) = Default::default();
                seen.push(Thread { to, from, keys: range, features, next, came, spare });
            }
            let result = Front::new(windows, &spec, &plan, columns, seen).run(out, each);
            for thread in running {
                let Counts { keys_forgotten, events_forgotten, .. } = thread.join().unwrap_or_else(|panic| resume_unwind(panic));
                windows.counts.keys_forgotten += keys_forgotten;
                windows.counts.events_forgotten += events_forgotten;
            }
            result
        })
    }
}
