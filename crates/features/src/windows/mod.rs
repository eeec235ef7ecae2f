//! The state of a specification's windows: events in, features out.

mod ahead;
mod check;
mod keep;
mod label;
mod observe;
mod share;

pub(crate) use share::Share;

use crate::event::Counts;
use crate::ids::Ids;
use crate::key::{Keys, NEVER};
use crate::pending::Pending;
use crate::plan::Plan;
use crate::spec::Spec;

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

    /// All keys, and what an event does to them.
    fn share(&mut self) -> Share<'_> {
        let Self { spec, plan, keys, counts, record, .. } = self;
        Share { spec, plans: &plan.keys, keys, first: 0, counts, record }
    }

    pub(crate) const fn seed(&self) -> (u64, u64) {
        self.seed
    }
}
