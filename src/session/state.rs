//! The state of a session, and what happens to it: events as they come, the clock, consent.

use super::events::{Consent, Held, JUST_NOW_MS, MAX_EVENTS, StoredEvent};
use super::lifetimes::Lifetimes;
use crate::error::{Code, Error, Result};
use crate::event::{Event, EventKind, MAX_AHEAD_MS};
use crate::ids::ItemKey;

/// What one visitor did.
#[derive(Clone, Debug)]
pub struct SessionState {
    pub(super) held: Held,
    pub(super) consent: Consent,
    pub(super) lifetimes: Lifetimes,
    /// By how much the session was put back last: what was dated before that by the old clock is put right by it.
    pub(super) put_back_ms: u64,
    /// The clock at the last look.
    pub(super) now_ms: u64,
    /// When the visit began that goes on at the last look; beyond all times where none does.
    pub(super) visit_ms: u64,
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

    /// All that is kept, oldest first, at most [`crate::session::MAX_EVENTS`]: also what is interest no longer. See [`SessionState::counts`].
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

    /// Goes on with these events, oldest first, as [`SessionState::events`] had them: no event is told anew, so that pieces which have left
    /// the cart stay away. Of more than a session holds the newest count. `stated_ms`: when the shop stated the cart last, 0 for never.
    pub fn resume(&mut self, mut events: Vec<StoredEvent>, stated_ms: u64, now_ms: u64) {
        self.anew();
        if self.consent != Consent::None {
            self.held.stated_ms = stated_ms;
            events.sort_by_key(|event| event.at_ms);
            self.held.events = events.split_off(events.len().saturating_sub(MAX_EVENTS));
            self.keep(now_ms);
        }
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
    pub(super) fn arrives(&self, now_ms: u64) -> u64 {
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
    pub(super) fn keep(&mut self, now_ms: u64) {
        self.settle(now_ms);
        self.prune();
        self.bound();
    }
}
