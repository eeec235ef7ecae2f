//! What a monitor may be told.

use crate::error::{Code, Error, Result};
use crate::evidence::LEVELS;
use crate::staleness::Staleness;

/// What a [`Monitor`](super::Monitor) may be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The probability of any false alarm of drift, schema, units, rates or latency at all, by whichever detector, for as long as it runs: in
    /// (0, 0.5]. 0.05. A tenth of it is for references that happen to be unlucky samples, a tenth for schema and units.
    pub alpha: f64,
    /// No verdict on a stream or rate before so many observations, but for schema and units. 100.
    pub least: u64,
    /// By how much the most important stream of its role may drift, in units of the PSI: for a notice, a warning and a
    /// fallback; rising, from 0 on. The others may by as many times more as they matter less, and one that does not matter is
    /// never more than noticed. 0, 0.05, 0.25.
    pub tolerances: [f64; LEVELS],
    /// By how much a rate may exceed what the reference does not rule out, as a share of what is left to 1. 0, 0.05, 0.25. The shares of
    /// values that are missing, unknown or beyond all that was seen as well, by as many times more as the stream matters less; of
    /// these a notice is where a warning would be if it mattered most.
    pub rate_tolerances: [f64; LEVELS],
    /// A call that takes longer, in microseconds, is a slow one, if that is watched.
    pub slow_after: Option<u64>,
    /// The shares of calls that may be slow, in (0, 1). 0.02, 0.05, 0.25.
    pub slow_shares: [f64; LEVELS],
    /// The shares of different contexts that may get one slate. 0.5, 0.75, 0.95.
    pub same_shares: [f64; LEVELS],
    /// The bundle's age, if that is watched.
    pub staleness: Option<Staleness>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            least: 100,
            tolerances: [0.0, 0.05, 0.25],
            rate_tolerances: [0.0, 0.05, 0.25],
            slow_after: None,
            slow_shares: [0.02, 0.05, 0.25],
            same_shares: [0.5, 0.75, 0.95],
            staleness: None,
        }
    }
}

impl Settings {
    /// That all are in range.
    ///
    /// # Errors
    /// `monitor-setting-invalid`, with the setting's name.
    pub fn check(&self) -> Result<()> {
        let invalid = |name| {
            Err(Error::new(Code::SettingInvalid, "a setting is out of range; docs/monitor.md has the ranges")
                .with("setting", name))
        };
        if !(self.alpha > 0.0 && self.alpha <= 0.5) {
            return invalid("alpha");
        }
        let rises = |levels: &[f64; LEVELS], most: f64| levels.is_sorted() && levels.iter().all(|x| (0.0..=most).contains(x));
        if !rises(&self.tolerances, f64::MAX) {
            return invalid("tolerances");
        }
        if !rises(&self.rate_tolerances, 1.0) {
            return invalid("rate_tolerances");
        }
        if !rises(&self.slow_shares, 1.0) || self.slow_shares.contains(&0.0) {
            return invalid("slow_shares");
        }
        if !rises(&self.same_shares, 1.0) {
            return invalid("same_shares");
        }
        Ok(())
    }
}
