//! Events: what a visitor did.

use crate::error::{Code, Error, Result};
use crate::value::{Decode, Faults, Value};
use serde::Serialize;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// The item's page was opened.
    View,
    /// The item was put into the cart.
    CartAdd,
    /// The item was taken out of the cart.
    CartRemove,
    /// The item was bought.
    Purchase,
    /// The item was opened from search results.
    SearchClick,
    /// The item was shown (in a slate, on a list) and not opened.
    Impression,
    /// The visitor waved the item away.
    Dismiss,
}

impl Decode for EventKind {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(
            &[
                ("view", Self::View),
                ("cart-add", Self::CartAdd),
                ("cart-remove", Self::CartRemove),
                ("purchase", Self::Purchase),
                ("search-click", Self::SearchClick),
                ("impression", Self::Impression),
                ("dismiss", Self::Dismiss),
            ],
            faults,
        )
    }
}

impl EventKind {
    /// All kinds in the order of their snapshot code.
    pub const ALL: [Self; 7] =
        [Self::View, Self::CartAdd, Self::CartRemove, Self::Purchase, Self::SearchClick, Self::Impression, Self::Dismiss];

    /// Snapshot and model code: 0 to 6.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The inverse of [`EventKind::code`].
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// Whether the event speaks for the item: what models and the transition table read.
    #[must_use]
    pub const fn is_interest(self) -> bool {
        self.strength() > 0
    }

    /// How strongly the event speaks for the item: 0 not at all, view, search click, cart, 4 purchase. What happens to
    /// one item in a row is one visit and counts by its strongest event.
    #[must_use]
    pub const fn strength(self) -> u8 {
        match self {
            Self::Purchase => 4,
            Self::CartAdd => 3,
            Self::SearchClick => 2,
            Self::View => 1,
            Self::CartRemove | Self::Impression | Self::Dismiss => 0,
        }
    }
}

/// One event as the host reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The shop's item id, 1 to 256 bytes.
    pub item: String,
    /// Unix time in milliseconds. `None`: the clock's now.
    pub at_ms: Option<u64>,
    /// Visible time on the item, milliseconds, at most one day. Views only.
    pub dwell_ms: Option<u32>,
    /// Pieces, 1 to 65 535. Cart and purchase events only.
    pub quantity: Option<u16>,
}

impl Decode for Event {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let event = Self {
            kind: of.take("kind"),
            item: of.take("item"),
            at_ms: of.take("at"),
            dwell_ms: of.take("dwellMs"),
            quantity: of.take("quantity"),
        };
        of.end();
        event
    }
}

/// Longest item id, bytes.
pub const MAX_ID_BYTES: usize = 256;
/// Longest dwell, milliseconds: one day.
pub const MAX_DWELL_MS: u32 = 86_400_000;
/// How far an event may be ahead of the clock, milliseconds.
pub const MAX_AHEAD_MS: u64 = 60_000;

impl Event {
    /// A view without dwell, at the clock's now.
    #[must_use]
    pub fn view(item: impl Into<String>) -> Self {
        Self { kind: EventKind::View, item: item.into(), at_ms: None, dwell_ms: None, quantity: None }
    }

    /// Checks ranges.
    ///
    /// # Errors
    /// `event-invalid` with the field and value.
    pub fn check(&self) -> Result<()> {
        if self.item.is_empty() || self.item.len() > MAX_ID_BYTES {
            return Err(Error::new(Code::EventInvalid, "an event's item is an id of 1 to 256 bytes")
                .with("item", &self.item)
                .with("bytes", self.item.len()));
        }
        if let Some(dwell) = self.dwell_ms
            && (self.kind != EventKind::View || dwell > MAX_DWELL_MS)
        {
            return Err(
                Error::new(Code::EventInvalid, "dwellMs goes with a view and is at most 86 400 000").with("dwellMs", dwell)
            );
        }
        if let Some(quantity) = self.quantity
            && (quantity == 0 || !matches!(self.kind, EventKind::CartAdd | EventKind::CartRemove | EventKind::Purchase))
        {
            return Err(Error::new(Code::EventInvalid, "quantity goes with cart and purchase events and is at least 1")
                .with("quantity", quantity));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip() {
        for (i, kind) in EventKind::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(kind.code()), i);
            assert_eq!(EventKind::from_code(kind.code()), Some(kind));
            let word = serde_json::to_string(&kind).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&word).unwrap().read(), Ok(kind));
        }
        assert_eq!(EventKind::from_code(7), None);
    }

    #[test]
    fn bad_fields_are_named() {
        let mut event = Event::view("");
        assert_eq!(event.check().unwrap_err().code(), Code::EventInvalid);
        event.item = "x".repeat(257);
        assert_eq!(event.check().unwrap_err().details()[1], ("bytes", "257".to_owned()));
        let event = Event { dwell_ms: Some(MAX_DWELL_MS + 1), ..Event::view("x") };
        assert_eq!(event.check().unwrap_err().details()[0].0, "dwellMs");
        let event = Event { quantity: Some(1), ..Event::view("x") };
        assert_eq!(event.check().unwrap_err().details()[0].0, "quantity");
    }
}
