//! What is read of a slate, and under which names: the same when a reference is made, in the engine, and by `nearhand/monitor`.

use crate::recommend::{Placement, Request, Slate, Source};
use nearhand_monitor::{LONGEST_NAME, Role, Value};

/// The stream of the best evidence.
pub(super) const SOURCE: &str = "slate.source";

/// The streams of a slate, in the order of [`Facts::values`].
pub const STREAMS: [(&str, Role); 6] = [
    ("slate.events", Role::Input),
    ("slate.items", Role::Slate),
    ("slate.score", Role::Score),
    ("slate.spread", Role::Score),
    (SOURCE, Role::Slate),
    ("slate.category", Role::Slate),
];

/// The rates: of a slate, in the order of [`Facts::rates`], then [`UNKNOWN_ITEM`].
pub const RATES: [&str; 4] = ["fallback", "short", "filled", "unknown-item"];

/// Of events: the place in [`RATES`] of how often the catalog lacks the item.
pub const UNKNOWN_ITEM: usize = 3;

/// What a slate says of itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Facts<'a> {
    /// Session events that were used.
    pub events: usize,
    /// How many items there are.
    pub items: usize,
    /// The first item's score, and by how much it is above the last one's.
    pub score: Option<(f64, f64)>,
    /// The best evidence.
    pub source: Source,
    /// The first item's category.
    pub category: Option<&'a str>,
    /// The model failed.
    pub fallback: bool,
    /// Fewer items than were asked for.
    pub short: bool,
    /// Popular items fill it up.
    pub filled: bool,
}

impl<'a> Facts<'a> {
    /// Reads a slate. None of one that a reference says nothing of: no event speaks for it (a first visit, no consent), it stands
    /// elsewhere than on a product's page or nowhere in particular, or it is a further page.
    #[must_use]
    pub fn of(request: &Request, slate: &Slate<'a>) -> Option<Self> {
        let (first, last) = (slate.items.first(), slate.items.last());
        let usual = matches!(request.placement, None | Some(Placement::Product)) && request.offset == 0;
        let noted = |note: &str| slate.notes.contains(&note);
        (usual && slate.events > 0).then(|| Self {
            events: slate.events,
            items: slate.items.len(),
            score: first.zip(last).map(|(first, last)| (f64::from(first.score), f64::from(first.score) - f64::from(last.score))),
            source: slate.source,
            category: first.and_then(|item| item.row.category).map(cut),
            fallback: noted("model-failed"),
            short: noted("short"),
            filled: noted("filled-with-popular"),
        })
    }

    /// The values, in the order of [`STREAMS`].
    #[must_use]
    pub fn values(&self) -> [Value<'a>; 6] {
        let number = |value: Option<f64>| value.map_or(Value::Missing, Value::Number);
        [
            Value::Number(self.events as f64),
            Value::Number(self.items as f64),
            number(self.score.map(|(first, _)| first)),
            number(self.score.map(|(_, spread)| spread)),
            Value::Name(self.source.as_str()),
            self.category.map_or(Value::Missing, Value::Name),
        ]
    }

    /// Whether each of the first [`RATES`] happened.
    #[must_use]
    pub const fn rates(&self) -> [bool; 3] {
        [self.fallback, self.short, self.filled]
    }
}

/// As much of a name as a bin takes.
fn cut(name: &str) -> &str {
    name.get(..name.floor_char_boundary(LONGEST_NAME)).unwrap_or(name)
}
