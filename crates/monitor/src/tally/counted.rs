//! Counts.

use crate::bins::Value;
use crate::error::{Code, Error, Result};
use crate::latency::Latency;
use crate::reference::Reference;

/// How often something happened, of how many occasions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Happened {
    /// How often it happened.
    pub events: u64,
    /// Of how many.
    pub of: u64,
}

/// Counts on a reference's bins. Adding two is the same as having counted both together, in whatever order; a count that would
/// overflow stays at its largest, and [`Tally::saturated`] says so from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    pub(super) reference: u64,
    pub(super) streams: Vec<Vec<u64>>,
    pub(super) rates: Vec<Happened>,
    pub(super) latency: Latency,
    pub(super) saturated: bool,
}

impl Tally {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(reference: &Reference) -> Self {
        let streams = reference.streams().iter().map(|stream| vec![0; stream.bins().count()]).collect();
        let rates = vec![Happened::default(); reference.rates().len()];
        Self { reference: reference.digest(), streams, rates, latency: Latency::default(), saturated: false }
    }

    /// What was counted elsewhere on a reference's bins, as by [`Frozen`](crate::Frozen): those of its streams one behind the other; and of
    /// each rate how often it happened, at most as often as there were occasions, and of how many.
    ///
    /// # Errors
    /// `monitor-reference-other`: more or fewer numbers than the reference has bins and rates.
    pub fn of(reference: &Reference, bins: &[u64], rates: &[u64]) -> Result<Self> {
        let mut tally = Self::new(reference);
        if tally.streams.iter().flatten().count() != bins.len() || 2 * tally.rates.len() != rates.len() {
            return Err(another());
        }
        for (mine, count) in tally.streams.iter_mut().flatten().zip(bins) {
            *mine = *count;
        }
        for (mine, [events, of]) in tally.rates.iter_mut().zip(rates.as_chunks::<2>().0) {
            *mine = Happened { events: *(events.min(of)), of: *of };
        }
        Ok(tally)
    }

    /// Counts an observation of a stream.
    ///
    /// # Errors
    /// `monitor-observation-invalid`: the reference has no such stream. `monitor-reference-other`: this was begun with another
    /// reference.
    pub fn add(&mut self, reference: &Reference, stream: usize, value: Value<'_>) -> Result<()> {
        self.fits(reference)?;
        let declared = reference.streams().get(stream).ok_or_else(|| absent("the reference has no such stream", stream))?;
        let bin = declared.bins().of(value);
        if let Some(count) = self.streams.get_mut(stream).and_then(|counts| counts.get_mut(bin)) {
            raise(count, 1, &mut self.saturated);
        }
        Ok(())
    }

    /// Counts an occasion of a rate, and whether it happened.
    ///
    /// # Errors
    /// `monitor-observation-invalid`: the reference has no such rate.
    pub fn occasion(&mut self, rate: usize, happened: bool) -> Result<()> {
        let rate = self.rates.get_mut(rate).ok_or_else(|| absent("the reference has no such rate", rate))?;
        raise(&mut rate.events, u64::from(happened), &mut self.saturated);
        raise(&mut rate.of, 1, &mut self.saturated);
        Ok(())
    }

    /// Counts how long a call took, in microseconds.
    pub fn took(&mut self, micros: u64) {
        self.latency.add(micros);
    }

    /// Adds what another has counted.
    ///
    /// # Errors
    /// `monitor-reference-other`: it was counted on another reference's bins. Nothing is added.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.reference != other.reference {
            return Err(another());
        }
        let mut saturated = self.saturated || other.saturated;
        for (mine, theirs) in self.streams.iter_mut().flatten().zip(other.streams.iter().flatten()) {
            raise(mine, *theirs, &mut saturated);
        }
        for (mine, theirs) in self.rates.iter_mut().zip(&other.rates) {
            raise(&mut mine.events, theirs.events, &mut saturated);
            raise(&mut mine.of, theirs.of, &mut saturated);
        }
        self.latency.merge(&other.latency);
        self.saturated = saturated;
        Ok(())
    }

    /// That it was begun with this reference.
    ///
    /// # Errors
    /// `monitor-reference-other`.
    pub fn fits(&self, reference: &Reference) -> Result<()> {
        if self.reference == reference.digest() { Ok(()) } else { Err(another()) }
    }

    /// The digest of the reference whose bins these are.
    #[must_use]
    pub const fn reference(&self) -> u64 {
        self.reference
    }

    /// Counts of a stream's bins; none where there is no such stream.
    #[must_use]
    pub fn counts(&self, stream: usize) -> &[u64] {
        self.streams.get(stream).map_or(&[], Vec::as_slice)
    }

    /// What was counted of a rate.
    #[must_use]
    pub fn happened(&self, rate: usize) -> Happened {
        self.rates.get(rate).copied().unwrap_or_default()
    }

    /// How long calls took.
    #[must_use]
    pub const fn latency(&self) -> &Latency {
        &self.latency
    }

    /// Whether a count has been larger than fits, here or in what was added.
    #[must_use]
    pub const fn saturated(&self) -> bool {
        self.saturated
    }
}

fn raise(count: &mut u64, by: u64, saturated: &mut bool) {
    *count = count.checked_add(by).unwrap_or_else(|| {
        *saturated = true;
        u64::MAX
    });
}

#[cold]
fn another() -> Error {
    Error::new(Code::ReferenceOther, "this was counted on the bins of another reference: read it with that bundle's")
}

#[cold]
fn absent(why: &'static str, at: usize) -> Error {
    Error::new(Code::ObservationInvalid, why).count("index", at as u64)
}
