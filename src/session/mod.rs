//! The session: what one visitor did lately, bounded, with consent, and small enough to carry in a cookie.
//!
//! Events are kept oldest first. A gap longer than the idle timeout starts a new session; what is still in the
//! cart is carried over. Time is an argument: the session never reads a clock.

pub(crate) use snapshot::decode as decode_snapshot;
mod merge;
mod snapshot;

use crate::error::{Code, Error, Result};
use crate::event::{Event, EventKind, MAX_AHEAD_MS};
use crate::ids::ItemKey;
use crate::value::{Decode, Faults, Value};
use serde::Serialize;

/// Most events a session holds; the oldest leaves first.
pub const MAX_EVENTS: usize = 50;
/// Idle timeout unless set otherwise: 30 minutes, the usual bound of web analytics.
pub const DEFAULT_IDLE_TIMEOUT_MS: u64 = 1_800_000;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Unix time, milliseconds.
    pub at_ms: u64,
    /// The item.
    pub item: ItemKey,
    /// What happened.
    pub kind: EventKind,
    /// Visible time, milliseconds; 0 when not measured.
    pub dwell_ms: u32,
    /// Pieces; 0 when the kind has none.
    pub quantity: u16,
}

/// What one visitor did lately.
#[derive(Clone, Debug)]
pub struct SessionState {
    events: Vec<StoredEvent>,
    consent: Consent,
    idle_timeout_ms: u64,
}

impl SessionState {
    /// An empty session. `idle_timeout_ms`: one minute to one day.
    ///
    /// # Errors
    /// `invalid-option` when the timeout is out of range.
    pub fn new(consent: Consent, idle_timeout_ms: u64) -> Result<Self> {
        if !(60_000..=86_400_000).contains(&idle_timeout_ms) {
            return Err(
                Error::new(Code::OptionInvalid, "idleTimeoutMs is 60 000 to 86 400 000").with("idleTimeoutMs", idle_timeout_ms)
            );
        }
        Ok(Self { events: Vec::new(), consent, idle_timeout_ms })
    }

    /// Oldest first, at most [`MAX_EVENTS`].
    #[must_use]
    pub fn events(&self) -> &[StoredEvent] {
        &self.events
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
            self.events.clear();
        }
    }

    /// Drops every event.
    pub fn forget(&mut self) {
        self.events.clear();
    }

    /// Records an event.
    ///
    /// An event without a time gets `now_ms`; when the device's clock was set back it gets the time of the newest
    /// event, so that order of arrival holds. An event with an earlier time is put in its place. A view told twice with
    /// the same item and time is one view with the longer dwell.
    /// Returns whether it was kept (not with consent `none`).
    ///
    /// # Errors
    /// `event-invalid`, `event-in-future` (more than 60 s ahead of the clock), `event-too-old` (further before the
    /// newest event than the idle timeout). The session is unchanged then.
    pub fn observe(&mut self, event: &Event, now_ms: u64) -> Result<bool> {
        event.check()?;
        let newest = self.events.last().map(|e| e.at_ms);
        let at_ms = match event.at_ms {
            Some(at) if at > now_ms.saturating_add(MAX_AHEAD_MS) => {
                return Err(Error::new(Code::EventInFuture, "an event's time is at most 60 s ahead of the clock")
                    .with("at", at)
                    .with("now", now_ms));
            }
            Some(at) => {
                if let Some(newest) = newest.filter(|&n| at.saturating_add(self.idle_timeout_ms) < n) {
                    return Err(Error::new(Code::EventTooOld, "an event is at most one idle timeout older than the newest")
                        .with("at", at)
                        .with("newest", newest));
                }
                at
            }
            None => now_ms.max(newest.unwrap_or(0)),
        };
        if self.consent == Consent::None {
            return Ok(false);
        }
        self.end_if_idle(at_ms);
        let stored = StoredEvent {
            at_ms,
            item: ItemKey::of(&event.item),
            kind: event.kind,
            dwell_ms: event.dwell_ms.unwrap_or(0),
            quantity: event
                .quantity
                .unwrap_or(u16::from(matches!(event.kind, EventKind::CartAdd | EventKind::CartRemove | EventKind::Purchase))),
        };
        // A view is told when the page opens and once more when its dwell is known: one view.
        let same = |e: &&mut StoredEvent| {
            event.kind == EventKind::View && (e.kind, e.item, e.at_ms) == (stored.kind, stored.item, at_ms)
        };
        if let Some(held) = self.events.iter_mut().find(same) {
            held.dwell_ms = held.dwell_ms.max(stored.dwell_ms);
            return Ok(true);
        }
        let place = self.events.partition_point(|e| e.at_ms <= at_ms);
        self.events.insert(place, stored);
        self.bound();
        Ok(true)
    }

    /// Starts a new session when the newest event is older than the idle timeout. What is in the cart stays.
    pub fn end_if_idle(&mut self, now_ms: u64) {
        let Some(newest) = self.events.last() else { return };
        if now_ms.saturating_sub(newest.at_ms) > self.idle_timeout_ms {
            let cart: Vec<ItemKey> = self.events.iter().map(|e| e.item).filter(|item| self.in_cart(*item)).collect();
            self.events.retain(|e| e.kind == EventKind::CartAdd && cart.contains(&e.item));
        }
    }

    /// Whether pieces of an item are in the cart.
    #[must_use]
    pub fn in_cart(&self, item: ItemKey) -> bool {
        let pieces = self.events.iter().filter(|e| e.item == item).fold(0_i64, |n, e| match e.kind {
            EventKind::CartAdd => n + i64::from(e.quantity),
            // Bought pieces leave the cart as well.
            EventKind::CartRemove | EventKind::Purchase => (n - i64::from(e.quantity)).max(0),
            _ => n,
        });
        pieces > 0
    }

    /// The oldest leave first, impressions before all else: what was merely shown never pushes out what was chosen.
    fn bound(&mut self) {
        while self.events.len() > MAX_EVENTS {
            let shown = self.events.iter().position(|e| e.kind == EventKind::Impression);
            self.events.remove(shown.unwrap_or(0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000_000;

    fn session() -> SessionState {
        SessionState::new(Consent::Memory, DEFAULT_IDLE_TIMEOUT_MS).unwrap()
    }

    fn cart(kind: EventKind, item: &str, quantity: u16) -> Event {
        Event { kind, quantity: Some(quantity), ..Event::view(item) }
    }

    #[test]
    fn keeps_the_newest_fifty() {
        let mut s = session();
        for i in 0..60 {
            s.observe(&Event::view(format!("i{i}")), NOW + i).unwrap();
        }
        assert_eq!(s.events().len(), MAX_EVENTS);
        assert_eq!(s.events()[0].item, ItemKey::of("i10"));
    }

    #[test]
    fn impressions_leave_before_views() {
        let mut s = session();
        s.observe(&Event::view("first"), NOW).unwrap();
        for i in 1..60 {
            s.observe(&Event { kind: EventKind::Impression, ..Event::view(format!("i{i}")) }, NOW + i).unwrap();
        }
        assert_eq!((s.events().len(), s.events()[0].item), (MAX_EVENTS, ItemKey::of("first")));
    }

    #[test]
    fn a_view_told_again_with_its_dwell_is_one_view() {
        let mut s = session();
        let at = Event { at_ms: Some(NOW), ..Event::view("a") };
        s.observe(&at, NOW).unwrap();
        s.observe(&Event { dwell_ms: Some(4000), ..at.clone() }, NOW + 4000).unwrap();
        s.observe(&at, NOW + 5000).unwrap();
        assert_eq!((s.events().len(), s.events()[0].dwell_ms), (1, 4000));
    }

    #[test]
    fn future_is_refused_and_the_session_kept() {
        let mut s = session();
        s.observe(&Event::view("a"), NOW).unwrap();
        let ahead = Event { at_ms: Some(NOW + MAX_AHEAD_MS + 1), ..Event::view("b") };
        assert_eq!(s.observe(&ahead, NOW).unwrap_err().code(), Code::EventInFuture);
        assert_eq!(s.events().len(), 1);
    }

    #[test]
    fn backwards_time_finds_its_place() {
        let mut s = session();
        s.observe(&Event::view("a"), NOW).unwrap();
        s.observe(&Event { at_ms: Some(NOW - 1000), ..Event::view("b") }, NOW).unwrap();
        assert_eq!(s.events()[0].item, ItemKey::of("b"));
        let old = Event { at_ms: Some(NOW - DEFAULT_IDLE_TIMEOUT_MS - 1), ..Event::view("c") };
        assert_eq!(s.observe(&old, NOW).unwrap_err().code(), Code::EventTooOld);
        assert_eq!(s.events().len(), 2);
    }

    #[test]
    fn a_clock_set_back_keeps_order_of_arrival() {
        let mut s = session();
        s.observe(&Event::view("a"), NOW).unwrap();
        s.observe(&Event::view("b"), NOW - 3_600_000).unwrap();
        assert_eq!(s.events()[1].item, ItemKey::of("b"));
        assert_eq!(s.events()[1].at_ms, NOW);
    }

    #[test]
    fn idle_starts_anew_but_keeps_the_cart() {
        let mut s = session();
        s.observe(&Event::view("a"), NOW).unwrap();
        s.observe(&cart(EventKind::CartAdd, "b", 1), NOW).unwrap();
        s.observe(&cart(EventKind::CartAdd, "c", 1), NOW).unwrap();
        s.observe(&cart(EventKind::CartRemove, "c", 1), NOW).unwrap();
        s.observe(&Event::view("d"), NOW + DEFAULT_IDLE_TIMEOUT_MS).unwrap();
        assert_eq!(s.events().len(), 5, "exactly the timeout is not idle");
        s.observe(&Event::view("e"), NOW + 2 * DEFAULT_IDLE_TIMEOUT_MS + 1).unwrap();
        let items: Vec<_> = s.events().iter().map(|e| e.item).collect();
        assert_eq!(items, [ItemKey::of("b"), ItemKey::of("e")]);
    }

    #[test]
    fn cart_counts_pieces() {
        let mut s = session();
        s.observe(&cart(EventKind::CartAdd, "a", 3), NOW).unwrap();
        s.observe(&cart(EventKind::CartRemove, "a", 2), NOW).unwrap();
        assert!(s.in_cart(ItemKey::of("a")));
        s.observe(&cart(EventKind::Purchase, "a", 1), NOW).unwrap();
        assert!(!s.in_cart(ItemKey::of("a")) && !s.in_cart(ItemKey::of("b")));
    }

    #[test]
    fn without_consent_nothing_is_kept() {
        let mut s = session();
        s.observe(&Event::view("a"), NOW).unwrap();
        s.set_consent(Consent::None);
        assert!(s.events().is_empty());
        assert!(!s.observe(&Event::view("b"), NOW).unwrap());
        assert!(s.events().is_empty());
    }

    #[test]
    fn timeout_range_is_checked() {
        assert_eq!(SessionState::new(Consent::Memory, 59_999).unwrap_err().code(), Code::OptionInvalid);
    }
}
