//! The slate: what the host shows, and why.

use super::Placement;
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
    /// The table of what was bought together.
    Bought,
    /// Likeness of item vectors.
    Vectors,
    /// The session's own items.
    Session,
    /// Items on the rise.
    Trending,
    /// Popularity alone.
    #[default]
    Popular,
    /// The shop's own order.
    Curated,
}

/// The parts that add up to a score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Part {
    /// From the transition table, or from that of purchases.
    pub table: f32,
    /// For being in the session.
    pub repeat: f32,
    /// From the model, or from likeness of vectors.
    pub model: f32,
    /// From popularity, or from its rise.
    pub popularity: f32,
    /// What rules added or took: 0 unless one multiplied the score.
    pub rules: f32,
}

impl Part {
    /// The score before rules: the sum of the others, in this order.
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
    /// The page's item is like the shown one.
    Similar,
    /// No session item: the shown one is popular.
    Popular,
    /// It is on the rise.
    Trending,
    /// The shop's own order has it.
    Curated,
    /// A rule put it there, or moved its score.
    Rule,
}

/// Why an item is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// What the visitor did.
    pub kind: ReasonKind,
    /// The session item's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it adds to the score. With `explain` an item's contributions add up to its score.
    pub contribution: f32,
}

/// A rule that moved an item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Applied {
    /// `boost`, `bury`, `pin`, `rotate`, `dismissed-like`, `diversity`, `explore`.
    pub rule: &'static str,
    /// The rule's name, where it has one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What the score was multiplied by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<f32>,
    /// The place that the item would have had without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<usize>,
}

/// What a rule did to the slate as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// `where`, `seen`, `hide`, `cap-category`, …; see docs/rules.md.
    pub rule: &'static str,
    /// The rule's name, where it has one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// `holds`, or why it does not: `expired`, `not-yet`, `elsewhere`, `no-visitor`, `no-source`.
    pub standing: &'static str,
    /// Items it took out, moved or placed.
    pub items: usize,
}

/// One shown item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SlateItem {
    /// The catalog row.
    #[serde(flatten)]
    pub row: Item,
    /// 1 is first; pages count on.
    pub rank: usize,
    /// Higher is better; comparable within the slate.
    pub score: f32,
    /// Probability with which this item is shown at this place: 1 but where a place explores.
    pub propensity: f32,
    /// At least one.
    pub reasons: Vec<Reason>,
    /// On request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Part>,
    /// On request: the rules that moved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<Applied>>,
}

/// What the host shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slate {
    /// Best first.
    pub items: Vec<SlateItem>,
    /// The best evidence behind them.
    pub source: Source,
    /// Where it stands, as asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,
    /// Stable words that say why the slate is not what was asked for; see docs/rules.md.
    pub notes: Vec<&'static str>,
    /// Session events that were used.
    pub events: usize,
    /// Whether there is a next page.
    pub more: bool,
    /// On request: what every rule did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effects: Option<Vec<Effect>>,
}
