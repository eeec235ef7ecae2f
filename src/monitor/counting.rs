//! Counts of what the engine answers, on the bins of its bundle's reference.

use super::facts::{Facts, RATES, SOURCE, STREAMS, UNKNOWN_ITEM};
use crate::bundle::hex;
use crate::error::{Code, Error, Result};
use crate::recommend::{Request, Slate, Source};
use nearhand_monitor::Frozen;
use serde::Serialize;

/// Counts since the engine was opened. Nothing is allocated by counting.
#[derive(Clone, Debug)]
pub struct Counting {
    frozen: Frozen,
    /// Where the reference has what is read of slates.
    streams: [Option<usize>; STREAMS.len()],
    rates: [Option<usize>; RATES.len()],
    /// Whether it tells of slates by a model.
    of_model: bool,
}

/// A reference and what was counted on it, as plain values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// The reference's bytes, hex.
    pub reference: String,
    /// Since the engine was opened: how often each bin was met, stream by stream. A count that would overflow stays at its largest.
    pub bins: Vec<u64>,
    /// How often each rate happened, and of how many: two numbers a rate.
    pub rates: Vec<u64>,
}

impl Counting {
    /// Begins to count on a bundle's reference. None where it is of another version than this build reads: the bundle serves, and
    /// nothing is counted.
    ///
    /// # Errors
    /// `bundle-part-invalid`: the bytes are no reference, or contradict themselves.
    pub fn new(bytes: &[u8]) -> Result<Option<Self>> {
        let Some(frozen) = Frozen::open(bytes) else {
            if Frozen::is_of_another_version(bytes) {
                return Ok(None);
            }
            let refused = Error::new(Code::BundlePartInvalid, "the bundle's reference contradicts itself: pack it anew");
            return Err(refused.with("part", "monitor.reference").with("bytes", bytes.len()));
        };
        let streams = STREAMS.map(|(name, _)| frozen.stream(name));
        let rates = RATES.map(|name| frozen.rate(name));
        let of_model = frozen.stream(SOURCE).is_some_and(|at| frozen.knows(at, Source::Model.as_str()));
        Ok(Some(Self { frozen, streams, rates, of_model }))
    }

    /// A finished slate and what was asked for, of an engine that has a model or none. One without answers by the table, otherwise than a
    /// reference of slates by a model says: then its slates are passed over, as nothing is wrong with them.
    pub fn slate(&mut self, request: &Request, slate: &Slate<'_>, model: bool) {
        let Some(facts) = Facts::of(request, slate).filter(|_| model || !self.of_model) else { return };
        for (at, value) in self.streams.iter().zip(facts.values()) {
            if let Some(at) = *at {
                self.frozen.add(at, value);
            }
        }
        for (rate, happened) in facts.rates().into_iter().enumerate() {
            self.occasion(rate, happened);
        }
    }

    /// An event that was kept, and whether the catalog has its item.
    pub fn event(&mut self, known: bool) {
        self.occasion(UNKNOWN_ITEM, !known);
    }

    fn occasion(&mut self, rate: usize, happened: bool) {
        if let Some(Some(at)) = self.rates.get(rate) {
            self.frozen.occasion(*at, happened);
        }
    }

    /// What was counted.
    #[must_use]
    pub fn told(&self) -> Counted {
        let (bins, rates) = self.frozen.counts();
        Counted { reference: hex(self.frozen.bytes()), bins: bins.to_vec(), rates: rates.to_vec() }
    }
}
