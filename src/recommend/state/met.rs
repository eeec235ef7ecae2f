//! The items that a scan for the largest value has met.

use super::few::Few;
use crate::ids::ItemIdx;
use std::cell::Cell;

/// Most items that are kept.
pub(in crate::recommend) const ROOM: usize = 1 << 11;
/// How many items are expected to be asked for before any were.
const FIRST: usize = 10;
/// The most that are looked for ahead.
const MOST: usize = 64;

/// The items whose x is near the largest.
#[derive(Debug)]
pub(in crate::recommend) struct Near {
    pub(in crate::recommend) met: Vec<(ItemIdx, f32)>,
    /// Every base item whose x is at least this, or NaN, is among them.
    pub(in crate::recommend) from: f32,
    /// How many items are expected to be asked for.
    pub(in crate::recommend) depth: usize,
    /// How many were, since the evidence was gathered.
    pub(in crate::recommend) asked: Cell<usize>,
    /// Memory of `descend`.
    pub(in crate::recommend) first: Vec<(ItemIdx, Few)>,
}

impl Default for Near {
    fn default() -> Self {
        Self { met: Vec::new(), from: f32::INFINITY, depth: FIRST, asked: Cell::new(0), first: Vec::new() }
    }
}

impl Near {
    /// Items with their x: all that are near enough, and some others.
    pub(in crate::recommend) fn met(&self) -> &[(ItemIdx, f32)] {
        &self.met
    }

    /// Whether all were met whose x is at least a floor, or NaN.
    pub(in crate::recommend) fn reaches(&self, floor: f32) -> bool {
        floor >= self.from
    }

    /// So many items are asked for.
    pub(in crate::recommend) fn ask(&self, k: usize) {
        self.asked.set(self.asked.get().saturating_add(k));
    }

    /// Empty, for new evidence. The slates of a page differ in what they leave out, so each may want items of its own.
    pub(in crate::recommend) fn renew(&mut self) {
        self.depth = Some(self.asked.take()).filter(|asked| *asked > 0).map_or(self.depth, |asked| asked.min(MOST));
        self.from = f32::INFINITY;
        self.met.clear();
        self.met.reserve(ROOM);
        self.first.clear();
        self.first.reserve(MOST);
    }
}
