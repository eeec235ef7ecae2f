//! A tally as bytes: what a client hands to whoever sums many.

use super::counted::{Happened, Tally};
use crate::bytes::Format;
use crate::error::{Code, Result};
use crate::latency::{BUCKETS, Latency};
use crate::reference::{MOST_COUNT, Reference};

/// Most bytes of a report. One of a visit has a few hundred.
pub const MOST_REPORT_BYTES: usize = 64 * 1024;

const FORMAT: Format = Format { letters: b"NHMT", version: 1, malformed: Code::ReportMalformed, most: MOST_REPORT_BYTES };

/// What was counted since the last report, with the number of who counted and which of his reports it is, so that it counts once
/// however often it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Who counted: a random number of the host's, which says nothing of anybody.
    pub source: u64,
    /// Which report of his, from 0 in each monitor: one that begins anew takes a new `source`.
    pub sequence: u64,
    /// What was counted since the one before.
    pub tally: Tally,
}

impl Report {
    /// The report as bytes. A count above 2⁴⁸ is written as that, and the report says that a count was too large.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let tally = &self.tally;
        let mut out = FORMAT.begin();
        out.eight(tally.reference.to_le_bytes());
        out.eight(self.source.to_le_bytes());
        out.count(self.sequence);
        let rates = tally.rates.iter().map(|rate| rate.of);
        let counts = tally.streams.iter().flatten().chain(&tally.latency.buckets).copied();
        out.count(u64::from(tally.saturated || counts.chain(rates).any(|count| count > MOST_COUNT)));
        out.sparse(tally.streams.iter().flatten().map(|count| (*count).min(MOST_COUNT)));
        for rate in &tally.rates {
            out.count(rate.events.min(MOST_COUNT));
            out.count(rate.of.min(MOST_COUNT));
        }
        out.sparse(tally.latency.buckets.iter().map(|count| (*count).min(MOST_COUNT)));
        out.end()
    }

    /// What [`Report::to_bytes`] wrote, on the bins of this reference.
    ///
    /// # Errors
    /// `monitor-report-malformed`: a count above 2⁴⁸ too. `monitor-version-unsupported`, `monitor-reference-other`.
    pub fn from_bytes(reference: &Reference, bytes: &[u8]) -> Result<Self> {
        let mut from = FORMAT.open(bytes)?;
        let mut tally = Tally::new(reference);
        tally.reference = u64::from_le_bytes(from.eight()?);
        tally.fits(reference)?;
        let source = u64::from_le_bytes(from.eight()?);
        let sequence = from.count()?;
        tally.saturated = from.at_most(1)? == 1;
        let bins = tally.streams.iter().map(Vec::len).sum();
        let counts = from.sparse(bins, MOST_COUNT)?;
        for (count, read) in tally.streams.iter_mut().flatten().zip(counts) {
            *count = read;
        }
        for rate in &mut tally.rates {
            let (events, of) = (from.at_most(MOST_COUNT)?, from.at_most(MOST_COUNT)?);
            if events > of {
                return Err(from.broken("a rate happened more often than there were occasions"));
            }
            *rate = Happened { events, of };
        }
        tally.latency = Latency { buckets: from.sparse(BUCKETS, MOST_COUNT)? };
        from.end()?;
        Ok(Self { source, sequence, tally })
    }
}
