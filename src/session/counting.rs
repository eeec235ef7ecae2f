//! As what each event counts by the clock; what leaves first where there is no room.

use super::events::{MAX_EVENTS, StoredEvent};
use super::lifetimes::Counts;
use super::state::SessionState;
use crate::event::EventKind;

/// So many of the newest events of interest stay, whatever has been dismissed or lies in the cart.
const RESERVED: usize = 10;

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
