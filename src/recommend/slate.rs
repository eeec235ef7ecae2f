//! The slate: what the host shows, and why.

use crate::catalog::{Item, Unknown};
use crate::recommend::asked::Placement;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

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

impl Source {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Table => "table",
            Self::Bought => "bought",
            Self::Vectors => "vectors",
            Self::Session => "session",
            Self::Trending => "trending",
            Self::Popular => "popular",
            Self::Curated => "curated",
        }
    }
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
    /// The shown one goes with the item of the page.
    ThisPage,
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
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reason<'a> {
    /// What the visitor did.
    pub kind: ReasonKind,
    /// The session item's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<&'a str>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<&'a str>,
    /// What it adds to the score. With `explain` an item's contributions add up to its score.
    pub contribution: f32,
}

impl Reason<'_> {
    /// A reason that is no session item's.
    pub(in crate::recommend) const fn alone(kind: ReasonKind, contribution: f32) -> Self {
        Self { kind, item: None, title: None, contribution }
    }
}

/// A rule that moved an item.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Applied<'a> {
    /// `boost`, `bury`, `pin`, `rotate`, `dismissed-like`, `diversity`, `explore`.
    pub rule: &'static str,
    /// The rule's name, where it has one.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub name: &'a str,
    /// What the score was multiplied by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<f32>,
    /// The place that the item would have had without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<usize>,
}

/// What a rule did to the slate as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Effect<'a> {
    /// `where`, `seen`, `hide`, `cap-category`, …; see docs/rules.md.
    pub rule: &'static str,
    /// The rule's name, where it has one.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub name: &'a str,
    /// `holds`, or why it does not: `expired`, `not-yet`, `elsewhere`, `no-visitor`, `no-source`.
    pub standing: &'static str,
    /// Items it took out, moved or placed.
    pub items: usize,
}

/// One shown item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlateItem<'a> {
    /// The catalog row.
    pub row: Item<&'a str>,
    /// 1 is first; pages count on.
    pub rank: usize,
    /// Higher is better; comparable within the slate.
    pub score: f32,
    /// Probability with which this item is shown at this place: 1 but where a place explores.
    pub propensity: f32,
    /// At least one.
    pub reasons: &'a [Reason<'a>],
    /// On request.
    pub parts: Option<Part>,
    /// On request: the rules that moved it.
    pub rules: Option<&'a [Applied<'a>]>,
}

/// The row's fields and the place's are those of one object.
impl Serialize for SlateItem<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("SlateItem", 15)?;
        self.row.write(&mut fields)?;
        fields.serialize_field("rank", &self.rank)?;
        fields.serialize_field("score", &self.score)?;
        fields.serialize_field("propensity", &self.propensity)?;
        fields.serialize_field("reasons", self.reasons)?;
        if let Some(parts) = &self.parts {
            fields.serialize_field("parts", parts)?;
        }
        if let Some(rules) = &self.rules {
            fields.serialize_field("rules", rules)?;
        }
        fields.end()
    }
}

/// What the host shows. All of it lies in the arena that it was made in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Slate<'a> {
    /// Best first.
    pub items: &'a [SlateItem<'a>],
    /// The best evidence behind them.
    pub source: Source,
    /// Where it stands, as asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,
    /// Stable words that say why the slate is not what was asked for; see docs/rules.md.
    pub notes: &'a [&'static str],
    /// Session events that were used.
    pub events: usize,
    /// Whether there is a next page.
    pub more: bool,
    /// What the request names and the catalog does not have.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub unknown: &'a [Unknown<'a>],
    /// On request: what every rule did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effects: Option<&'a [Effect<'a>]>,
}
