//! Which reports have been added: each once, in whatever order they come.

use crate::error::{Code, Error, Result};
use std::collections::BTreeMap;

/// How far behind a source's newest report an older one may come.
const WINDOW: u64 = 64;

/// The reports of each source that were taken, as its highest sequence number and the 64 below it (the window by which IPsec
/// refuses repeats: RFC 4303, section 3.4.3). So memory does not grow with the reports, only with the sources, which are
/// bounded. Who begins one each day keeps yesterday's and asks both, so that what comes twice about midnight counts once.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    sources: BTreeMap<u64, (u64, u64)>,
    most: usize,
}

impl Ledger {
    /// Tells at most so many sources apart, at 24 bytes or so each.
    #[must_use]
    pub const fn new(most: usize) -> Self {
        Self { sources: BTreeMap::new(), most }
    }

    /// Whether a report is new, which it is no longer after this call. One that comes more than 64 after its source's newest is
    /// taken for a repeat: a report that is lost moves a count, one that counts twice makes it wrong.
    ///
    /// # Errors
    /// `monitor-sources-too-many`: another source than those told apart. Begin another ledger for the next period.
    pub fn admit(&mut self, source: u64, sequence: u64) -> Result<bool> {
        let full = self.sources.len() >= self.most;
        let Some((highest, seen)) = self.sources.get_mut(&source) else {
            if full {
                let why = "reports come from more sources than are told apart: raise the number, or begin a ledger for each day";
                return Err(Error::new(Code::SourcesTooMany, why).count("most", self.most as u64));
            }
            self.sources.insert(source, (sequence, 1));
            return Ok(true);
        };
        if sequence > *highest {
            let ahead = sequence - *highest;
            *seen = if ahead < WINDOW { *seen << ahead | 1 } else { 1 };
            *highest = sequence;
            return Ok(true);
        }
        let behind = *highest - sequence;
        if behind >= WINDOW || *seen >> behind & 1 == 1 {
            return Ok(false);
        }
        *seen |= 1 << behind;
        Ok(true)
    }

    /// Number of sources.
    #[must_use]
    pub fn sources(&self) -> usize {
        self.sources.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_kernels::random::SplitMix64;
    use std::collections::BTreeSet;

    #[test]
    fn each_report_counts_once() {
        let mut ledger = Ledger::new(2);
        let mut admit = |source, sequence| ledger.admit(source, sequence).unwrap();
        assert!(admit(1, 5) && !admit(1, 5) && admit(1, 3) && !admit(1, 3) && admit(2, 5));
        assert!(admit(1, u64::MAX) && !admit(1, u64::MAX) && !admit(1, 4) && admit(1, u64::MAX - 63) && !admit(1, u64::MAX - 64));
        assert_eq!(ledger.admit(3, 0).unwrap_err().code(), Code::SourcesTooMany);
        assert!(!ledger.admit(2, 5).unwrap());
        assert_eq!(ledger.sources(), 2);
    }

    /// Beside a set of all that was taken: never twice, and all that come in time.
    #[test]
    fn as_a_set_would() {
        let (mut ledger, mut random, mut set, mut highest) = (Ledger::new(9), SplitMix64::new(3), BTreeSet::new(), 0);
        for _ in 0..20_000 {
            let sequence = (highest + random.bits() % 90_u64).saturating_sub(85);
            let late = highest.saturating_sub(sequence) >= 64;
            let new = ledger.admit(7, sequence).unwrap();
            assert_eq!(new, !late && set.insert(sequence), "{sequence} {highest}");
            highest = highest.max(sequence);
        }
    }
}
