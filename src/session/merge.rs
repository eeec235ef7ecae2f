//! Two tabs, one visitor: the union of two sessions.

use super::{Consent, SessionState, StoredEvent};
use crate::ids::ItemKey;

impl SessionState {
    /// Takes in the events of another tab's session. An event both hold counts once. Newest fifty stay.
    pub fn merge(&mut self, other: &[StoredEvent], now_ms: u64) {
        if self.consent == Consent::None {
            return;
        }
        self.events.extend_from_slice(other);
        self.events.sort_by_key(order);
        self.events.dedup();
        self.bound();
        self.end_if_idle(now_ms);
    }
}

/// A total order, so that both tabs arrive at the same list.
fn order(e: &StoredEvent) -> (u64, u8, ItemKey, u32, u16) {
    (e.at_ms, e.kind.code(), e.item, e.dwell_ms, e.quantity)
}

#[cfg(test)]
mod tests {
    use super::super::*;

    #[test]
    fn tabs_agree_and_share_events_once() {
        let now = 1_700_000_000_000;
        let mut a = SessionState::new(Consent::Persistent, DEFAULT_IDLE_TIMEOUT_MS).unwrap();
        a.observe(&Event::view("x"), now).unwrap();
        let mut b = a.clone();
        a.observe(&Event::view("y"), now + 1).unwrap();
        b.observe(&Event::view("z"), now + 1).unwrap();
        let (from_a, from_b) = (a.events().to_vec(), b.events().to_vec());
        a.merge(&from_b, now + 2);
        b.merge(&from_a, now + 2);
        assert_eq!(a.events().len(), 3);
        assert_eq!(a.events(), b.events());
    }
}
