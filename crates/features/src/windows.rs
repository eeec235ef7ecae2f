//! Events in, features out.

use crate::error::{Code, Error, Result};
use crate::event::{Answer, Counts, Event, Labelled, Seen};
use crate::spec::Spec;

/// The state of a specification's windows.
///
/// Equal calls give equal answers and equal snapshots on every machine.
#[derive(Clone, Debug)]
pub struct Windows {
    spec: Spec,
    counts: Counts,
}

impl Windows {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(spec: Spec) -> Self {
        Self { spec, counts: Counts::default() }
    }

    /// As [`Windows::new`], with a seed of the host's chance, so that nobody can make up key values that are slow to find. No answer and
    /// no snapshot depends on it.
    #[must_use]
    pub fn seeded(spec: Spec, _seed: (u64, u64)) -> Self {
        Self::new(spec)
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
        None
    }

    /// Records an event and answers with its features, those of events and labels at or before its time.
    ///
    /// # Errors
    /// [`Code::EventInvalid`] with `field` and `value`. The state is as before.
    pub fn observe(&mut self, event: &Event<'_>) -> Result<Answer> {
        let mut features = vec![0.0; self.spec.features().len()];
        let seen = self.observe_into(event, &mut features)?;
        Ok(Answer { seen, features })
    }

    /// [`Windows::observe`] without an allocation for the answer: `out` has a place for each feature, which is left alone where the outcome
    /// has no features.
    ///
    /// # Errors
    /// As [`Windows::observe`]; also where `out` has another length.
    pub fn observe_into(&mut self, _event: &Event<'_>, _out: &mut [f64]) -> Result<Seen> {
        Err(Error::new(Code::EventInvalid, "not built yet"))
    }

    /// The answer that [`Windows::observe`] would give, without recording anything.
    ///
    /// # Errors
    /// As [`Windows::observe`].
    pub fn peek(&mut self, _event: &Event<'_>) -> Result<Answer> {
        Err(Error::new(Code::EventInvalid, "not built yet"))
    }

    /// Takes a label of an event: `fraud` or not, known from `at` (Unix milliseconds) on. It counts for events at or after that time.
    pub fn label(&mut self, _id: &str, _fraud: bool, _at: i64) -> Labelled {
        Labelled::Unknown
    }

    /// The whole state as bytes: the same for the same state.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        Vec::new()
    }

    /// The state of a snapshot.
    ///
    /// # Errors
    /// [`Code::SnapshotVersion`], [`Code::SnapshotOtherSpec`], [`Code::SnapshotMalformed`].
    pub fn restore(_spec: Spec, _bytes: &[u8]) -> Result<Self> {
        Err(Error::new(Code::SnapshotMalformed, "not built yet"))
    }

    /// What is kept of one value of a key, by the key's place, as bytes: events, their labels and ids. `None` where nothing is.
    #[must_use]
    pub fn snapshot_key(&self, _key: usize, _value: &str) -> Option<Vec<u8>> {
        None
    }

    /// Puts a key's value back, in the place of what is kept of it. Gives the key's place and the value.
    ///
    /// # Errors
    /// As [`Windows::restore`]; the state is as before.
    pub fn restore_key(&mut self, _bytes: &[u8]) -> Result<(usize, String)> {
        Err(Error::new(Code::SnapshotMalformed, "not built yet"))
    }
}
