//! What a training will take, said before it begins, so that nobody waits a day for what does not fit.
//!
//! ```text
//! fit     = targets · passes · (candidates · (A · dim + B))      candidates: all items, or the negatives of a large catalog
//! choose  = pairs · tried · C + rows · tried · D                 rows: places of the tables that the search makes
//! rank    = cases · items · (E · dim + F)                        every case asks once for all cosines
//! memory  = events · 250 bytes + items · (16 · dim + 600) bytes + 300 MB
//! ```
//! The constants were measured on one thread of a shared x86-64 server (docs/training.md); of the time a half or the double
//! is well possible.

use crate::train::neural::config::TrainConfig;
use std::fmt;

/// What the time goes by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) events: usize,
    /// Events that follow another.
    pub(super) targets: usize,
    pub(super) items: usize,
    /// Validation pairs.
    pub(super) pairs: usize,
    /// Pairs that tell of kinds, dwell and gaps.
    pub(super) telling: usize,
    /// Fits of a third of the epochs.
    pub(super) trials: usize,
    pub(super) threads: usize,
}

/// An estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) seconds: f64,
    pub(super) bytes: f64,
}

/// Seconds a target, candidate and number of a vector; and a target and candidate.
const FIT: (f64, f64) = (4e-10, 3e-9);
/// Seconds a pair and setting tried.
const TRY: f64 = 4e-6;
/// Seconds a place of a table that is made.
const PLACE: f64 = 4e-8;
/// Settings tried with the table alone and with vectors; of these, settings of the table.
const TRIED: (f64, f64) = (2600.0, 900.0);
/// Seconds a case, item and number of a vector; and a case and item.
const RANK: (f64, f64) = (2e-10, 4e-9);
/// The most items whose tables are searched in full.
const SEARCHED: usize = 1 << 17;

/// What a training of such a size takes.
pub(super) fn of(size: &Size, config: &TrainConfig) -> Estimate {
    let [events, targets, items] = [size.events, size.targets, size.items].map(|count| count as f64);
    let [pairs, telling, trials, threads] = [size.pairs, size.telling, size.trials, size.threads].map(|count| count as f64);
    let dim = config.dim as f64;
    let candidates = if size.items > config.full_softmax { config.negatives as f64 } else { items };
    let passes = trials * config.epochs.div_ceil(3) as f64 + 2.0 * config.epochs as f64;
    let fit = targets * passes * candidates * (FIT.0 * dim + FIT.1) / threads.clamp(1.0, 4.0);
    // Beside the next items, most neighbours of a session: some five an event.
    let places = 5.0 * targets * (SEARCHED as f64 / items).min(1.0);
    let choose = pairs * TRIED.0 * TRY + places * TRIED.1 * PLACE;
    let rank = (pairs * (trials + 1.0) + 1000.0 * config.epochs as f64 + telling) * items * (RANK.0 * dim + RANK.1);
    let seconds = fit + choose + rank;
    Estimate { seconds, bytes: 250.0 * events + items * (16.0 * dim + 600.0) + 3e8 }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes) = (self.seconds / 3600.0, self.seconds / 60.0);
        let time = match () {
            () if hours >= 2.0 => format!("{hours:.1} hours"),
            () if minutes >= 2.0 => format!("{minutes:.0} minutes"),
            () => format!("{:.0} seconds", self.seconds.ceil()),
        };
        write!(f, "estimate: some {time} (half of it to the double) and {:.1} GB of memory", self.bytes / 1e9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size =
        Size { events: 1_000_000, targets: 800_000, items: 100_000, pairs: 5000, telling: 20_000, trials: 0, threads: 1 };

    #[test]
    fn ten_times_the_log_takes_about_ten_times() {
        let config = TrainConfig { dim: 16, epochs: 1, ..TrainConfig::default() };
        let one = of(&SIZE, &config);
        let ten = of(&Size { events: 10_000_000, targets: 8_000_000, items: 1_000_000, ..SIZE }, &config);
        assert!((2.0..15.0).contains(&(ten.seconds / one.seconds)), "{one} {ten}");
        assert!(ten.bytes < 24e9);
        // More to do takes longer.
        for more in [Size { trials: 6, ..SIZE }, Size { pairs: 20_000, ..SIZE }, Size { targets: 1_600_000, ..SIZE }] {
            assert!(of(&more, &config).seconds > one.seconds);
        }
        assert!(of(&Size { threads: 4, ..SIZE }, &config).seconds < one.seconds);
    }

    #[test]
    fn in_words() {
        let told = |seconds| Estimate { seconds, bytes: 1.25e9 }.to_string();
        assert_eq!(told(7.2), "estimate: some 8 seconds (half of it to the double) and 1.2 GB of memory");
        assert!(told(600.0).contains("10 minutes") && told(9000.0).contains("2.5 hours"));
    }
}
