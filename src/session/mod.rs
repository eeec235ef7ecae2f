//! The session: what one visitor did, bounded, with consent, and small enough to carry in a cookie.
//!
//! Events are kept oldest first. A gap longer than the idle timeout ends a visit: what came before is no longer interest,
//! but the cart, dismissals and what was viewed have lifetimes of their own ([`Lifetimes`]). Time is an argument: the
//! session never reads a clock, and one that lies ahead of the clock is put back to it.

pub use cart::{MAX_CART, MAX_LINES};
pub use lifetimes::{Counts, Lifetimes};
mod cart;
mod lifetimes;
mod merge;
mod snapshot;

use crate::error::{Code, Error, Result};
use crate::event::{Event, EventKind, MAX_AHEAD_MS};
use crate::ids::ItemKey;
use crate::value::{Decode, Faults, Value};
use serde::Serialize;

/// Most events a session holds.
pub const MAX_EVENTS: usize = 50;
/// Idle timeout unless set otherwise: 30 minutes, the usual bound of web analytics.
pub const DEFAULT_IDLE_TIMEOUT_MS: u64 = 1_800_000;
/// What is dated so little before the clock happened just now.
const JUST_NOW_MS: u64 = 10_000;

/// Where the host may keep the session. The core only tells `None` from the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consent {
    /// Nothing is kept: events are dropped.
    None,
    /// Until the page closes.
    #[default]
    Memory,
    /// In session storage.
    Session,
    /// In local storage.
    Persistent,
}

impl Decode for Consent {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(
            &[("none", Self::None), ("memory", Self::Memory), ("session", Self::Session), ("persistent", Self::Persistent)],
            faults,
        )
    }
}

/// An event as the session keeps it: the id only as a key.
#[derive(Clone, Copy, Debug)]
pub struct StoredEvent {
    /// Unix time, milliseconds.
    pub at_ms: u64,
    /// The item.
    pub item: ItemKey,
    /// What happened.
    pub kind: EventKind,
    /// Visible time, milliseconds; 0 when not measured.
    pub dwell_ms: u32,
    /// Pieces; 0 when the kind has none, and for what is no longer in the cart. A dismissal with 1 is one taken back.
    pub quantity: u16,
    /// The time that the host gave it, by which it may tell of it again. Not kept in snapshots.
    pub told_ms: u64,
}

impl StoredEvent {
    /// An event without dwell and pieces.
    #[must_use]
    pub const fn new(kind: EventKind, item: ItemKey, at_ms: u64) -> Self {
        Self { at_ms, item, kind, dwell_ms: 0, quantity: 0, told_ms: at_ms }
    }
}

/// By all that a snapshot keeps.
impl PartialEq for StoredEvent {
    fn eq(&self, other: &Self) -> bool {
        merge::order(self) == merge::order(other) && (self.dwell_ms, self.quantity) == (other.dwell_ms, other.quantity)
    }
}

impl Eq for StoredEvent {}

/// What a snapshot holds: the events, and two times that are nobody's event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    /// Oldest first, at most [`MAX_EVENTS`].
    events: Vec<StoredEvent>,
    /// When the session was forgotten last; nothing dated until then is taken in. 0: never.
    forgot_ms: u64,
    /// When the shop stated last what the cart holds. 0: never.
    stated_ms: u64,
}

impl Held {
    /// The latest time in it.
    fn latest_ms(&self) -> u64 {
        self.events.last().map_or(0, |e| e.at_ms).max(self.forgot_ms).max(self.stated_ms)
    }

    /// Puts all times back by so much.
    fn put_back(&mut self, by_ms: u64) {
        let times = self.events.iter_mut().map(|e| &mut e.at_ms);
        for at_ms in times.chain([&mut self.forgot_ms, &mut self.stated_ms]) {
            *at_ms = at_ms.saturating_sub(by_ms);
        }
    }

    /// What lies ahead of the clock, which was put right meanwhile, ends just before now.
    fn put_right(&mut self, now_ms: u64) -> u64 {
        let ahead = self.latest_ms().saturating_sub(now_ms);
        if ahead <= MAX_AHEAD_MS {
            return 0;
        }
        let by_ms = ahead.saturating_add(1);
        self.put_back(by_ms);
        by_ms
    }
}

/// What one visitor did.
#[derive(Clone, Debug)]
pub struct SessionState {
    held: Held,
    consent: Consent,
    lifetimes: Lifetimes,
    /// By how much the session was put back last: what was dated before that by the old clock is put right by it.
    put_back_ms: u64,
    /// The clock at the last look.
    now_ms: u64,
    /// When the visit began that goes on at the last look; beyond all times where none does.
    visit_ms: u64,
}

impl SessionState {
    /// An empty session with the usual lifetimes. `idle_timeout_ms`: one minute to one day.
    ///
    /// # Errors
    /// `invalid-option` when the timeout is out of range.
    pub fn new(consent: Consent, idle_timeout_ms: u64) -> Result<Self> {
        Self::with(consent, Lifetimes { idle_ms: idle_timeout_ms, ..Lifetimes::default() })
    }

    /// An empty session.
    ///
    /// # Errors
    /// `invalid-option` when a lifetime is out of range.
    pub fn with(consent: Consent, lifetimes: Lifetimes) -> Result<Self> {
        lifetimes.check()?;
        Ok(Self { held: Held::default(), consent, lifetimes, put_back_ms: 0, now_ms: 0, visit_ms: u64::MAX })
    }

    /// All that is kept, oldest first, at most [`MAX_EVENTS`]: also what is interest no longer. See [`SessionState::counts`].
    #[must_use]
    pub fn events(&self) -> &[StoredEvent] {
        &self.held.events
    }

    /// Where the session may be kept.
    #[must_use]
    pub const fn consent(&self) -> Consent {
        self.consent
    }

    /// Sets where the session may be kept. `None` drops what is held.
    pub fn set_consent(&mut self, consent: Consent) {
        self.consent = consent;
        if consent == Consent::None {
            self.held.events.clear();
            self.held.stated_ms = 0;
        }
    }

    /// Begins anew, as another visitor's: nothing is held, nothing was forgotten.
    pub fn anew(&mut self) {
        self.held.events.clear();
        (self.held.forgot_ms, self.held.stated_ms, self.put_back_ms, self.visit_ms) = (0, 0, 0, u64::MAX);
    }

    /// Drops every event, and takes in none that is dated until now.
    pub fn forget(&mut self, now_ms: u64) {
        self.settle(now_ms);
        self.held.forgot_ms = self.held.latest_ms().max(now_ms);
        self.held.stated_ms = 0;
        self.held.events.clear();
        self.visit_ms = u64::MAX;
    }

    /// Records an event.
    ///
    /// An event without a time happened now. One with an earlier time is put in its place. Where the session lies ahead of
    /// the clock, which was set back meanwhile, what is dated about now is the newest all the same: order of arrival holds.
    /// A view told twice with the same item and time is one view with the longer dwell. What is dated before the session
    /// was forgotten is not taken in; what the stated cart knows already is not counted twice.
    /// Returns whether it was kept (not with consent `none`).
    ///
    /// # Errors
    /// `event-invalid`, `event-in-future` (more than 60 s ahead of the clock), `event-too-old` (further before the
    /// newest event than its kind counts). The session is unchanged then.
    pub fn observe(&mut self, event: &Event, now_ms: u64) -> Result<bool> {
        event.check()?;
        self.settle(now_ms);
        let item = ItemKey::of(&event.item);
        if let Some(view) = self.told_before(event, item) {
            view.dwell_ms = view.dwell_ms.max(event.dwell_ms.unwrap_or(0));
            return Ok(true);
        }
        let at_ms = match event.at_ms {
            Some(told) => self.dated(told, event.kind, now_ms)?,
            None => self.arrives(now_ms),
        };
        if self.consent == Consent::None || at_ms <= self.held.forgot_ms {
            return Ok(false);
        }
        let in_cart = matches!(event.kind, EventKind::CartAdd | EventKind::CartRemove | EventKind::Purchase);
        let mut stored = StoredEvent {
            dwell_ms: event.dwell_ms.unwrap_or(0),
            quantity: event.quantity.unwrap_or(u16::from(in_cart)),
            told_ms: event.at_ms.unwrap_or(at_ms),
            ..StoredEvent::new(event.kind, item, at_ms)
        };
        if at_ms <= self.held.stated_ms && !self.fits_stated(&mut stored) {
            return Ok(true);
        }
        let place = self.held.events.partition_point(|e| e.at_ms <= at_ms);
        self.held.events.insert(place, stored);
        self.keep(now_ms.max(at_ms));
        Ok(true)
    }

    /// A view is told when the page opens and once more when its dwell is known: one view.
    fn told_before(&mut self, event: &Event, item: ItemKey) -> Option<&mut StoredEvent> {
        let told_ms = event.at_ms.filter(|_| event.kind == EventKind::View)?;
        self.held.events.iter_mut().find(|e| (e.kind, e.item, e.told_ms) == (EventKind::View, item, told_ms))
    }

    /// The time of what happens now: behind all that is held, whatever the clock says.
    fn arrives(&self, now_ms: u64) -> u64 {
        let after = |ms: u64| if ms == 0 { 0 } else { ms.saturating_add(1) };
        let newest = self.held.events.last().map_or(0, |e| e.at_ms);
        now_ms.max(newest).max(after(self.held.forgot_ms)).max(after(self.held.stated_ms))
    }

    /// The time of an event that the host has dated.
    fn dated(&self, told_ms: u64, kind: EventKind, now_ms: u64) -> Result<u64> {
        let soon = now_ms.saturating_add(MAX_AHEAD_MS);
        // By the clock as it was before it was put right.
        let at_ms = if told_ms > soon { told_ms.saturating_sub(self.put_back_ms) } else { told_ms };
        if at_ms > soon {
            return Err(Error::new(Code::EventInFuture, "an event's time is at most 60 s ahead of the clock")
                .with("at", told_ms)
                .with("now", now_ms));
        }
        let newest = self.held.events.last().map_or(0, |e| e.at_ms);
        if at_ms.saturating_add(self.lifetimes.of(kind)) < newest {
            return Err(Error::new(Code::EventTooOld, "an event is not older than what of its kind counts")
                .with("at", told_ms)
                .with("newest", newest));
        }
        let latest = newest.max(self.held.stated_ms);
        let set_back = latest > now_ms && at_ms.saturating_add(JUST_NOW_MS) >= now_ms;
        Ok(if set_back && at_ms <= latest { latest.saturating_add(1) } else { at_ms })
    }

    /// Looks at the clock: which events are of the visit that goes on.
    pub fn settle(&mut self, now_ms: u64) {
        let put_back = self.held.put_right(now_ms);
        if put_back > 0 {
            self.put_back_ms = put_back;
        }
        self.now_ms = now_ms;
        self.visit_ms = u64::MAX;
        let mut later = now_ms;
        for event in self.held.events.iter().rev() {
            if later.saturating_sub(event.at_ms) > self.lifetimes.idle_ms {
                break;
            }
            (self.visit_ms, later) = (event.at_ms, event.at_ms);
        }
    }

    /// After a change: what counts no longer goes, and the bound holds.
    fn keep(&mut self, now_ms: u64) {
        self.settle(now_ms);
        self.prune();
        self.bound();
    }
}

#[cfg(test)]
mod tests;
