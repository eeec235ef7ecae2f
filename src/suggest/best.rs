//! The best texts of a stage, and the stages one behind the other.

use super::asked::Kind;
use super::index::Index;
use crate::ids::ItemIdx;
use crate::rank::BitSet;

/// Texts whose highest score is known.
pub(super) const SPAN: u32 = 64;

/// A text that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub entry: u32,
    pub score: u16,
    pub kind: Kind,
    pub typos: u8,
    /// Which reading of what was typed it matches.
    pub reading: usize,
}

/// What a stage finds: how, and in which reading.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    pub kind: Kind,
    pub typos: u8,
    pub reading: usize,
}

/// What may be suggested, and by which scores.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub index: &'a Index,
    /// A score for each text; none where those of the index hold.
    pub scores: &'a [u16],
    /// The highest score of each [`SPAN`] texts.
    pub highest: &'a [u16],
    pub category: Option<u32>,
    pub allowed: Option<&'a BitSet>,
}

impl Field<'_> {
    fn score(&self, entry: u32) -> u16 {
        self.scores.get(entry as usize).copied().unwrap_or_else(|| self.index.score(entry))
    }

    fn takes(&self, entry: u32) -> bool {
        self.category.is_none_or(|category| self.index.category(entry) == category)
            && self.allowed.is_none_or(|allowed| match self.index.item(entry) {
                0 => true,
                item => allowed.contains(ItemIdx(item - 1)),
            })
    }
}

/// The answer as it grows.
#[derive(Clone, Debug, Default)]
pub(super) struct Best {
    /// Of earlier stages, in order.
    pub found: Vec<Found>,
    /// Of this one, best first.
    stage: Vec<Found>,
    wanted: usize,
}

impl Best {
    /// For a new answer.
    pub(super) fn begin(&mut self, wanted: usize) {
        self.found.clear();
        self.stage.clear();
        self.wanted = wanted;
    }

    /// Whether no later stage can add to the answer.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= self.wanted
    }

    /// Ends a stage: what it found stands behind what was found before.
    pub(super) fn settle(&mut self) {
        self.found.append(&mut self.stage);
    }

    /// Whether a text of this score and place would stand in this stage's list.
    fn would_stand(&self, score: u16, entry: u32) -> bool {
        let room = self.wanted.saturating_sub(self.found.len());
        match self.stage.last() {
            Some(last) if self.stage.len() >= room => score > last.score || (score == last.score && entry < last.entry),
            _ => room > 0,
        }
    }

    /// Whether any text of this score might stand in this stage's list.
    pub(super) fn may_stand(&self, score: u16) -> bool {
        self.would_stand(score, 0)
    }

    fn offer(&mut self, field: &Field<'_>, entry: u32, how: How) {
        let score = field.score(entry);
        let known = |found: &Found| found.entry == entry;
        if !self.would_stand(score, entry) || !field.takes(entry) || self.found.iter().chain(&self.stage).any(known) {
            return;
        }
        let at = self.stage.partition_point(|found| found.score > score || (found.score == score && found.entry < entry));
        let How { kind, typos, reading } = how;
        self.stage.insert(at, Found { entry, score, kind, typos, reading });
        self.stage.truncate(self.wanted.saturating_sub(self.found.len()));
    }

    /// Offers the texts from `low` to before `high`.
    pub(super) fn range(&mut self, field: &Field<'_>, (low, high): (u32, u32), how: How) {
        let mut at = low;
        while at < high {
            let span = at / SPAN;
            let end = ((span + 1) * SPAN).min(high);
            if field.highest.get(span as usize).is_some_and(|highest| self.would_stand(*highest, at)) {
                (at..end).for_each(|entry| self.offer(field, entry, how));
            }
            at = end;
        }
    }

    /// Offers the texts of a set, a bit each.
    pub(super) fn set(&mut self, field: &Field<'_>, set: &[u64], how: How) {
        for ((span, bits), highest) in (0..).zip(set).zip(field.highest) {
            let mut rest = *bits;
            if rest == 0 || !self.would_stand(*highest, span * SPAN) {
                continue;
            }
            while rest != 0 {
                self.offer(field, span * SPAN + rest.trailing_zeros(), how);
                rest &= rest - 1;
            }
        }
    }
}
