//! How long what a visitor did counts, and as what.

use crate::error::{Code, Error, Result};
use crate::event::EventKind;
use serde::Serialize;

/// Idle timeout unless set otherwise: 30 minutes, the usual bound of web analytics.
pub const DEFAULT_IDLE_TIMEOUT_MS: u64 = 1_800_000;
/// One day, milliseconds.
const DAY_MS: u64 = 86_400_000;

/// How long each kind counts, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Interest: a longer gap ends a visit. 60 000 to 86 400 000. Default 30 minutes.
    pub idle_ms: u64,
    /// What was viewed, for the placement `recently-viewed`. 60 000 to 31 536 000 000, as those below. Default 30 days.
    pub viewed_ms: u64,
    /// A dismissal. Default 30 days.
    pub dismissed_ms: u64,
    /// What is in the cart, from its last event or from when the shop last stated it. Default a year.
    pub cart_ms: u64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        let month = 30 * DAY_MS;
        Self { idle_ms: DEFAULT_IDLE_TIMEOUT_MS, viewed_ms: month, dismissed_ms: month, cart_ms: 365 * DAY_MS }
    }
}

impl Lifetimes {
    pub(super) fn check(&self) -> Result<()> {
        let of = [
            ("idleTimeoutMs", self.idle_ms, DAY_MS),
            ("viewedMs", self.viewed_ms, 365 * DAY_MS),
            ("dismissedMs", self.dismissed_ms, 365 * DAY_MS),
            ("cartMs", self.cart_ms, 365 * DAY_MS),
        ];
        match of.into_iter().find(|(_, ms, most)| !(60_000..=*most).contains(ms)) {
            Some((name, ms, most)) => {
                Err(Error::new(Code::OptionInvalid, "a lifetime is at least a minute, and at most a year or, when idle, a day")
                    .with(name, ms)
                    .with("most", most))
            }
            None => Ok(()),
        }
    }

    /// The longest that an event of a kind counts for anything.
    pub(super) const fn of(&self, kind: EventKind) -> u64 {
        match kind {
            EventKind::View | EventKind::SearchClick => self.viewed_ms,
            EventKind::Dismiss => self.dismissed_ms,
            EventKind::CartAdd | EventKind::CartRemove | EventKind::Purchase => self.cart_ms,
            EventKind::Impression => self.idle_ms,
        }
    }
}

/// As what an event counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counts {
    /// Of this visit, and it speaks for the item.
    Interest,
    /// Of this visit: shown and not chosen.
    Shown,
    /// It tells what is in the cart.
    Cart,
    /// Viewed in an earlier visit: for `recently-viewed` alone.
    Recent,
    /// Waved away.
    Dismissed,
    /// A dismissal that was taken back: kept so that another tab's copy does not bring it again.
    Undone,
}
