//! Two tabs, one visitor: the union of two sessions.

use super::events::{Consent, Held, StoredEvent, order};
use super::snapshot::decode;
use super::state::SessionState;
use crate::error::Result;
use crate::event::{EventKind, MAX_AHEAD_MS};

impl SessionState {
    /// Takes in the snapshot of another tab.
    ///
    /// # Errors
    /// `snapshot-…`; the session is unchanged then.
    pub fn merge(&mut self, snapshot: &[u8], now_ms: u64) -> Result<()> {
        self.join(decode(snapshot)?, now_ms);
        Ok(())
    }

    /// An event both hold counts once. The later forgetting and the later statement of
    /// the cart hold for both.
    pub(super) fn join(&mut self, mut other: Held, now_ms: u64) {
        if self.consent == Consent::None {
            return;
        }
        // Where the clock was put right, both go back by the same: what they share shall meet.
        let put_back = align(&mut self.held, &other, now_ms);
        if put_back > 0 {
            self.put_back_ms = put_back;
        }
        align(&mut other, &self.held, now_ms);
        other.put_right(now_ms);
        self.settle(now_ms);
        let held = &mut self.held;
        let stated_ms = held.stated_ms.max(other.stated_ms);
        held.replaced(stated_ms);
        other.replaced(stated_ms);
        let forgot_ms = held.forgot_ms.max(other.forgot_ms);
        let mut events = std::mem::take(&mut held.events);
        events.append(&mut other.events);
        events.retain(|e| e.at_ms > forgot_ms);
        // Stable, by insertion: this tab's own comes first, and knows what time the host gave it.
        for end in 1..events.len() {
            let mut at = end;
            while at > 0 && order(&events[at - 1]) > order(&events[at]) {
                events.swap(at - 1, at);
                at -= 1;
            }
        }
        events.dedup_by(|twin, kept| {
            let same = order(twin) == order(kept);
            if same {
                kept.dwell_ms = kept.dwell_ms.max(twin.dwell_ms);
                kept.quantity = kept.quantity.max(twin.quantity);
            }
            same
        });
        *held = Held { events, forgot_ms, stated_ms };
        self.keep(now_ms);
    }
}

impl Held {
    /// A later statement of the cart, which is another's, takes the place of this one and of what came until then.
    fn replaced(&mut self, stated_ms: u64) {
        if self.stated_ms == stated_ms {
            return;
        }
        self.events.retain(|e| e.kind != EventKind::CartRemove || e.at_ms > stated_ms);
        for event in self.events.iter_mut().filter(|e| e.kind == EventKind::CartAdd && e.at_ms <= stated_ms) {
            event.quantity = 0;
        }
    }
}

/// Puts one that lies ahead of the clock back to where the other has the newest event of both.
fn align(ahead: &mut Held, other: &Held, now_ms: u64) -> u64 {
    let far = now_ms.saturating_add(MAX_AHEAD_MS);
    if ahead.latest_ms() <= far || other.latest_ms() > far {
        return 0;
    }
    let twin =
        |e: &StoredEvent| other.events.iter().rev().find(|o| (o.kind, o.item) == (e.kind, e.item)).map(|o| (e.at_ms, o.at_ms));
    let by_ms = ahead.events.iter().rev().find_map(twin).map_or(0, |(mine, theirs)| mine.saturating_sub(theirs));
    ahead.put_back(by_ms);
    by_ms
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use crate::event::Event;

    #[test]
    fn tabs_agree_and_share_events_once() {
        let now = 1_700_000_000_000;
        let mut a = SessionState::new(Consent::Persistent, DEFAULT_IDLE_TIMEOUT_MS).unwrap();
        a.observe(&Event::view("x"), now).unwrap();
        let mut b = a.clone();
        a.observe(&Event::view("y"), now + 1).unwrap();
        b.observe(&Event::view("z"), now + 1).unwrap();
        let (from_a, from_b) = (a.held.clone(), b.held.clone());
        a.join(from_b, now + 2);
        b.join(from_a, now + 2);
        assert_eq!(a.events().len(), 3);
        assert_eq!(a.events(), b.events());
    }

    #[test]
    fn a_view_whose_dwell_one_tab_knows_is_one_view() {
        let now = 1_700_000_000_000;
        let mut a = SessionState::new(Consent::Persistent, DEFAULT_IDLE_TIMEOUT_MS).unwrap();
        a.observe(&Event { at_ms: Some(now), ..Event::view("x") }, now).unwrap();
        let b = a.clone();
        a.observe(&Event { at_ms: Some(now), dwell_ms: Some(9), ..Event::view("x") }, now + 9).unwrap();
        a.join(b.held, now + 10);
        assert_eq!((a.events().len(), a.events()[0].dwell_ms), (1, 9));
    }
}
