//! What is counted for whoever sums many, and the sum itself.

use crate::{Js, maybe, raise};
use js_sys::Float64Array;
use nearhand_monitor::{Ledger, Reference, Report, Tally, Value};
use nearhand_thrown::record;
use wasm_bindgen::prelude::*;

/// Bins of the streams that are counted in one tally. A count below 2¹⁴ takes two bytes, so that those of a tally take 840 at most; with its frame, and
/// a rate's none, that is below a kilobyte.
const MOST_BINS: usize = 420;
/// Bytes of a report.
const MOST_BYTES: usize = 1024;
/// Sources that are told apart in a sum.
const MOST_SOURCES: usize = 1 << 20;

/// Counts in tallies so small that each is a report of a kilobyte at most: the first has rates and times, each of the others some streams.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Counter {
    reference: Reference,
    tallies: Vec<Tally>,
    /// By stream, the place of its tally.
    places: Vec<usize>,
    sequence: u64,
    ledger: Ledger,
}

#[wasm_bindgen]
impl Counter {
    /// Nothing counted yet, on a reference's bins.
    ///
    /// # Errors
    /// As [`Reference::from_bytes`].
    #[wasm_bindgen(constructor)]
    pub fn open(reference: &[u8]) -> Js<Self> {
        Ok(Self::of(Reference::from_bytes(reference).map_err(raise)?))
    }

    /// An occasion of a rate.
    ///
    /// # Errors
    /// As [`Tally::occasion`].
    pub fn occasion(&mut self, rate: usize, happened: bool) -> Js<()> {
        self.tallies.first_mut().map_or(Ok(()), |tally| tally.occasion(rate, happened)).map_err(raise)
    }

    /// How long a call took, microseconds.
    pub fn took(&mut self, micros: f64) {
        if let Some(tally) = self.tallies.first_mut() {
            tally.took(micros as u64);
        }
    }

    /// The next report, of what was counted since the last one: as many tallies as fit into a kilobyte. `None` where nothing is left.
    pub fn report(&mut self, source: f64) -> Option<Vec<u8>> {
        let mut report = Report { source: source as u64, sequence: self.sequence, tally: Tally::new(&self.reference) };
        let empty = report.to_bytes();
        let mut bytes = empty.clone();
        for tally in &mut self.tallies {
            let before = report.tally.clone();
            if report.tally.merge(tally).is_err() {
                continue;
            }
            let more = report.to_bytes();
            // The first that has anything goes whatever it weighs: no more than was promised as long as counts are below 2¹⁴.
            if more.len() <= MOST_BYTES || (bytes == empty && more != empty) {
                *tally = Tally::new(&self.reference);
                bytes = more;
            } else {
                report.tally = before;
            }
        }
        if bytes == empty {
            return None;
        }
        self.sequence += 1;
        Some(bytes)
    }

    /// Forgets what was counted.
    pub fn forget(&mut self) {
        for tally in &mut self.tallies {
            *tally = Tally::new(&self.reference);
        }
    }

    /// Adds a report, once; whether it was new.
    ///
    /// # Errors
    /// As [`Report::from_bytes`] and [`Ledger::admit`].
    pub fn absorb(&mut self, report: &[u8]) -> Js<bool> {
        let report = Report::from_bytes(&self.reference, report).map_err(raise)?;
        let new = self.ledger.admit(report.source, report.sequence).map_err(raise)?;
        if let Some(tally) = self.tallies.first_mut().filter(|_| new) {
            tally.merge(&report.tally).map_err(raise)?;
        }
        Ok(new)
    }

    /// Counts of a stream's bins.
    #[must_use]
    pub fn counts(&self, stream: usize) -> Vec<f64> {
        let mut sum = Tally::new(&self.reference);
        let _ = self.tallies.iter().try_for_each(|tally| sum.merge(tally));
        sum.counts(stream).iter().map(|count| *count as f64).collect()
    }

    /// Events and occasions of a rate.
    #[must_use]
    pub fn happened(&self, rate: usize) -> Float64Array {
        let happened = self.tallies.first().map(|tally| tally.happened(rate)).unwrap_or_default();
        Float64Array::from(&[happened.events as f64, happened.of as f64][..])
    }

    /// Calls, and quantiles of their times in microseconds.
    #[must_use]
    pub fn times(&self) -> JsValue {
        let Some(times) = self.tallies.first().map(Tally::latency) else { return JsValue::NULL };
        record(&[
            ("count", (times.count() as f64).into()),
            ("p50", maybe(times.quantile(0.5))),
            ("p95", maybe(times.quantile(0.95))),
            ("p99", maybe(times.quantile(0.99))),
        ])
    }
}

impl Counter {
    /// Nothing counted yet.
    pub(crate) fn of(reference: Reference) -> Self {
        let (mut last, mut bins, mut places) = (0, usize::MAX, Vec::new());
        for stream in reference.streams() {
            let more = stream.bins().count();
            if bins.saturating_add(more) > MOST_BINS {
                (last, bins) = (last + 1, 0);
            }
            bins += more;
            places.push(last);
        }
        let tallies = vec![Tally::new(&reference); last + 1];
        Self { reference, tallies, places, sequence: 0, ledger: Ledger::new(MOST_SOURCES) }
    }

    pub(crate) fn merge(&mut self, other: &Tally) -> Js<()> {
        self.tallies.first_mut().map_or(Ok(()), |tally| tally.merge(other)).map_err(raise)
    }

    pub(crate) fn add(&mut self, stream: usize, value: Value<'_>) -> Js<()> {
        // One that is not there is refused by whichever tally.
        let place = self.places.get(stream).copied().unwrap_or(0);
        let Some(tally) = self.tallies.get_mut(place) else { return Ok(()) };
        tally.add(&self.reference, stream, value).map_err(raise)
    }
}
