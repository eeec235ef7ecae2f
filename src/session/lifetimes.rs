//! How long what a visitor did counts, and as what; what leaves first where there is no room.

use super::{DEFAULT_IDLE_TIMEOUT_MS, MAX_EVENTS, SessionState, StoredEvent};
use crate::error::{Code, Error, Result};
use crate::event::EventKind;
use serde::Serialize;

/// One day, milliseconds.
const DAY_MS: u64 = 86_400_000;
/// So many of the newest events of interest stay, whatever has been dismissed or lies in the cart.
const RESERVED: usize = 10;

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

impl SessionState {
    /// As what an event counts at the last look; nothing where it counts no longer.
    #[must_use]
    pub fn counts(&self, event: &StoredEvent) -> Option<Counts> {
        let current = self.is_current(event);
        let fresh = self.now_ms.saturating_sub(event.at_ms) <= self.lifetimes.of(event.kind);
        let newest = |same: &dyn Fn(EventKind) -> bool| {
            let last = self.events().iter().rev().find(|e| e.item == event.item && same(e.kind));
            last.is_none_or(|last| last == event)
        };
        match event.kind {
            EventKind::Impression => current.then_some(Counts::Shown),
            EventKind::Dismiss if fresh && newest(&|kind| kind == EventKind::Dismiss) => {
                Some(if event.quantity == 0 { Counts::Dismissed } else { Counts::Undone })
            }
            EventKind::Dismiss => None,
            _ if current && event.kind.is_interest() => Some(Counts::Interest),
            EventKind::View | EventKind::SearchClick => (fresh && newest(&is_look)).then_some(Counts::Recent),
            EventKind::CartAdd | EventKind::CartRemove | EventKind::Purchase => {
                (current || self.in_cart(event.item)).then_some(Counts::Cart)
            }
        }
    }

    /// Whether an event is of the visit that goes on.
    #[must_use]
    pub const fn is_current(&self, event: &StoredEvent) -> bool {
        event.at_ms >= self.visit_ms
    }

    /// Whether an event speaks for its item: interest of this visit, and what lies in the cart.
    #[must_use]
    pub fn speaks(&self, event: &StoredEvent) -> bool {
        event.kind.is_interest() && (self.is_current(event) || event.kind == EventKind::CartAdd && self.in_cart(event.item))
    }

    /// Drops what counts no longer.
    pub(super) fn prune(&mut self) {
        // All are judged before one goes: they count by each other.
        let mut keeps = [true; 2 * MAX_EVENTS];
        for (keep, event) in keeps.iter_mut().zip(self.events()) {
            *keep = self.counts(event).is_some();
        }
        let mut keeps = keeps.into_iter();
        self.held.events.retain(|_| keeps.next().unwrap_or(true));
    }

    /// The oldest leave first, in this order: what was merely shown; what was viewed in earlier visits; interest, but for
    /// the newest ten; dismissals; the cart.
    pub(super) fn bound(&mut self) {
        while self.events().len() > MAX_EVENTS {
            let chosen = |e: &&StoredEvent| matches!(self.room(e), 1 | 2);
            let spared = self.events().iter().filter(chosen).count() <= RESERVED;
            let rank = |e: &StoredEvent| match self.room(e) {
                1 | 2 if spared => 9,
                rank => rank,
            };
            // The first of the least.
            let first = self.events().iter().enumerate().min_by_key(|(_, e)| rank(e)).map_or(0, |(at, _)| at);
            self.held.events.remove(first);
        }
    }

    fn room(&self, event: &StoredEvent) -> u8 {
        match self.counts(event) {
            Some(Counts::Shown) | None => 0,
            Some(Counts::Recent) => 1,
            Some(Counts::Dismissed | Counts::Undone) => 3,
            Some(Counts::Cart | Counts::Interest) if event.kind == EventKind::CartAdd && self.in_cart(event.item) => 4,
            // Like interest: were they to go first, what they take from the cart would be in it again.
            Some(Counts::Cart | Counts::Interest) => 2,
        }
    }
}

fn is_look(kind: EventKind) -> bool {
    matches!(kind, EventKind::View | EventKind::SearchClick)
}
