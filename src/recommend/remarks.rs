//! Remarks: what a slate says of itself, gathered while it is made.

use super::Effect;
use crate::arena::{Arena, List};

/// Notes, and with `explain` what every rule did.
pub(super) struct Remarks<'a> {
    pub arena: &'a Arena,
    pub notes: List<'a, &'static str>,
    /// None without `explain`: nobody counts then.
    pub effects: Option<List<'a, Effect<'a>>>,
}

impl<'a> Remarks<'a> {
    pub(super) fn new(explain: bool, arena: &'a Arena) -> Self {
        Self { arena, notes: arena.list(), effects: explain.then(|| arena.list()) }
    }

    /// Notes stand in the order they came, each once.
    pub(super) fn note(&mut self, note: &'static str) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// A rule that holds, with the number of items it took out, moved or placed.
    pub(super) fn effect(&mut self, rule: &'static str, name: &str, items: usize) {
        self.standing(rule, name, "holds", items);
    }

    pub(super) fn standing(&mut self, rule: &'static str, name: &str, standing: &'static str, items: usize) {
        if let Some(effects) = &mut self.effects {
            effects.push(Effect { rule, name: self.arena.text(name), standing, items });
        }
    }
}
