//! The cart: what events tell of it, and what the shop states.
//!
//! A statement at time t replaces all that was told until then: of the events until t the newest `cart-add` of each item
//! holds its pieces, those of other items hold none, and what was taken out or bought by then changes nothing. So an item
//! that was put in by a click and is then stated is one event, and stating the same twice changes nothing but t.

use super::events::{Consent, StoredEvent};
use super::state::SessionState;
use crate::error::{Code, Error, Result};
use crate::event::{Event, EventKind};
use crate::ids::ItemKey;

/// Most lines that can be stated.
pub const MAX_LINES: usize = 1000;
/// Of so many items, the last of the lines, the session keeps that they are in the cart.
pub const MAX_CART: usize = 40;

/// What a statement says of an item.
struct Line {
    item: ItemKey,
    pieces: u16,
    /// Whether it was in the cart before: that is no news.
    known: bool,
}

impl SessionState {
    /// States what the cart holds now, a `cart-add` a line, instead of what events have told of it.
    ///
    /// # Errors
    /// `event-invalid` for too many lines, or one that is no such event; the session is unchanged then.
    pub fn set_cart(&mut self, lines: &[Event], now_ms: u64) -> Result<()> {
        if lines.len() > MAX_LINES {
            return Err(Error::new(Code::EventInvalid, "a cart has at most 1000 lines").with("lines", lines.len()));
        }
        lines.iter().try_for_each(Event::check)?;
        if self.consent == Consent::None {
            return Ok(());
        }
        self.settle(now_ms);
        let at_ms = self.arrives(now_ms);
        let mut cart: Vec<Line> = Vec::new();
        for line in lines {
            let (item, pieces) = (ItemKey::of(&line.item), line.quantity.unwrap_or(1));
            match cart.iter_mut().find(|line| line.item == item) {
                Some(line) => line.pieces = line.pieces.saturating_add(pieces),
                None => cart.push(Line { item, pieces, known: self.in_cart(item) }),
            }
        }
        let mut cart = cart.split_off(cart.len().saturating_sub(MAX_CART));
        let events = &mut self.held.events;
        events.retain(|e| e.kind != EventKind::CartRemove);
        for event in events.iter_mut().rev().filter(|e| e.kind == EventKind::CartAdd) {
            let line = cart.iter().position(|line| line.known && line.item == event.item && event.quantity > 0);
            event.quantity = line.map_or(0, |line| cart.remove(line).pieces);
        }
        for Line { item, pieces, .. } in cart {
            events.push(StoredEvent { quantity: pieces, ..StoredEvent::new(EventKind::CartAdd, item, at_ms) });
        }
        self.held.stated_ms = at_ms;
        self.keep(now_ms);
        Ok(())
    }

    /// Whether pieces of an item are in the cart.
    #[must_use]
    pub fn in_cart(&self, item: ItemKey) -> bool {
        let stated_ms = self.held.stated_ms;
        let pieces = self.events().iter().filter(|e| e.item == item).fold(0_i64, |n, e| match e.kind {
            EventKind::CartAdd if self.now_ms.saturating_sub(e.at_ms.max(stated_ms)) > self.lifetimes.cart_ms => n,
            EventKind::CartAdd => n + i64::from(e.quantity),
            // Bought pieces leave the cart as well.
            EventKind::CartRemove | EventKind::Purchase if e.at_ms > stated_ms => (n - i64::from(e.quantity)).max(0),
            _ => n,
        });
        pieces > 0
    }

    /// How an event that is dated before the shop stated its cart stands beside the statement; whether it says more.
    pub(super) fn fits_stated(&self, event: &mut StoredEvent) -> bool {
        match event.kind {
            EventKind::CartRemove => false,
            // Its pieces are counted, or have left the cart again.
            EventKind::CartAdd => {
                event.quantity = 0;
                !self.in_cart(event.item)
            }
            _ => true,
        }
    }

    /// Takes back that an item was dismissed.
    pub fn undismiss(&mut self, item: &str) {
        let item = ItemKey::of(item);
        // It stays, as one taken back: another tab's copy of it must not bring it again.
        if let Some(event) = self.held.events.iter_mut().rev().find(|e| e.kind == EventKind::Dismiss && e.item == item) {
            event.quantity = 1;
        }
    }
}
