//! The slate: what the host shows.

use crate::catalog::Item;
use serde::Serialize;

/// The best evidence behind a slate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The ONNX model, blended with the table.
    Model,
    /// The transition table.
    Table,
    /// Popularity alone.
    #[default]
    Popular,
}

/// The parts that add up to a score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Part {
    /// From the transition table.
    pub table: f32,
    /// For being in the session.
    pub repeat: f32,
    /// From the model.
    pub model: f32,
    /// From popularity.
    pub popularity: f32,
}

impl Part {
    /// The score: the sum, in this order.
    #[must_use]
    pub fn total(&self) -> f32 {
        self.table + self.repeat + self.model + self.popularity
    }

    /// Whether nothing but popularity speaks for the item.
    #[must_use]
    pub fn is_popularity_alone(&self) -> bool {
        self.table == 0.0 && self.repeat == 0.0 && self.model == 0.0
    }
}

/// How a session item relates to the shown one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonKind {
    /// It was viewed.
    Viewed,
    /// It was put into the cart.
    InCart,
    /// It was bought.
    Purchased,
    /// It was opened from search.
    Searched,
    /// No session item: the shown one is popular.
    Popular,
}

/// Why an item is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What the visitor did.
    pub kind: ReasonKind,
    /// The session item's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// One shown item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SlateItem {
    /// The catalog row.
    #[serde(flatten)]
    pub row: Item,
    /// 1 is first.
    pub rank: usize,
    /// Higher is better; comparable within the slate.
    pub score: f32,
    /// Probability with which this item is shown at this place: 1, as no exploration takes place.
    pub propensity: f32,
    /// At least one.
    pub reasons: Vec<Reason>,
    /// On request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Part>,
}

/// What the host shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slate {
    /// Best first.
    pub items: Vec<SlateItem>,
    /// The best evidence behind them.
    pub source: Source,
    /// Stable words: `model-failed`, `source-unknown`, `short`, `filled-with-popular`.
    pub notes: Vec<&'static str>,
    /// Session events that were used.
    pub events: usize,
}
