//! What a session holds: events as it keeps them, and two times that are nobody's event.

use crate::event::{EventKind, MAX_AHEAD_MS};
use crate::ids::ItemKey;
use crate::value::{Decode, Faults, Value};
use serde::Serialize;

/// Most events a session holds.
pub const MAX_EVENTS: usize = 50;

/// What is dated so little before the clock happened just now.
pub(super) const JUST_NOW_MS: u64 = 10_000;

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
        order(self) == order(other) && (self.dwell_ms, self.quantity) == (other.dwell_ms, other.quantity)
    }
}

impl Eq for StoredEvent {}

/// What a snapshot holds: the events, and two times that are nobody's event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    /// Oldest first, at most [`MAX_EVENTS`].
    pub(super) events: Vec<StoredEvent>,
    /// When the session was forgotten last; nothing dated until then is taken in. 0: never.
    pub(super) forgot_ms: u64,
    /// When the shop stated last what the cart holds. 0: never.
    pub(super) stated_ms: u64,
}

impl Held {
    /// The latest time in it.
    pub(super) fn latest_ms(&self) -> u64 {
        self.events.last().map_or(0, |e| e.at_ms).max(self.forgot_ms).max(self.stated_ms)
    }

    /// Puts all times back by so much.
    pub(super) fn put_back(&mut self, by_ms: u64) {
        let times = self.events.iter_mut().map(|e| &mut e.at_ms);
        for at_ms in times.chain([&mut self.forgot_ms, &mut self.stated_ms]) {
            *at_ms = at_ms.saturating_sub(by_ms);
        }
    }

    /// What lies ahead of the clock, which was put right meanwhile, ends before what happened just now: events are told some time after
    /// they are dated, and the first one by the right clock is newer than all that is held.
    pub(super) fn put_right(&mut self, now_ms: u64) -> u64 {
        let ahead = self.latest_ms().saturating_sub(now_ms);
        if ahead <= MAX_AHEAD_MS {
            return 0;
        }
        let by_ms = ahead.saturating_add(JUST_NOW_MS).saturating_add(1);
        self.put_back(by_ms);
        by_ms
    }
}

/// A total order but for the same event in two tabs.
pub(super) const fn order(e: &StoredEvent) -> (u64, u8, ItemKey) {
    (e.at_ms, e.kind.code(), e.item)
}
