//! An allowed item, and the order of candidates.

use crate::ids::ItemIdx;
use crate::recommend::state::POPULARITY_WEIGHT;
use std::cmp::Ordering;

/// An allowed item with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::recommend) struct Candidate {
    pub item: ItemIdx,
    /// By the evidence alone.
    pub raw: f32,
    /// With the rules' factor.
    pub score: f32,
    /// Lower groups come first, whatever the score.
    pub group: u8,
    /// Place in the curated list.
    pub place: u32,
}

impl Candidate {
    /// Whether nothing but popularity, or less, speaks for it.
    pub(in crate::recommend) fn is_fill(&self) -> bool {
        self.raw <= POPULARITY_WEIGHT
    }

    /// Whether only the shop's own order speaks for it.
    pub(in crate::recommend) const fn is_curated(&self) -> bool {
        self.group == 3
    }

    pub(in crate::recommend) fn order(&self, other: &Self) -> Ordering {
        let by = |a: f32, b: f32| b.total_cmp(&a);
        self.group
            .cmp(&other.group)
            .then(by(self.score, other.score))
            .then(by(self.raw, other.raw))
            .then(self.place.cmp(&other.place))
            .then(self.item.cmp(&other.item))
    }
}
