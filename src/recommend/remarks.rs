//! Remarks: what a slate says of itself, gathered while it is made.

use crate::arena::{Arena, List};
use crate::catalog::{Catalog, MAX_MEANT, Unknown};
use crate::error::{Error, Result};
use crate::recommend::asked::Request;
use crate::recommend::slate::Effect;
use crate::value::short;

/// Notes, and with `explain` what every rule did.
pub(in crate::recommend) struct Remarks<'a> {
    pub arena: &'a Arena,
    pub notes: List<'a, &'static str>,
    /// None without `explain`: nobody counts then.
    pub effects: Option<List<'a, Effect<'a>>>,
    /// What the request names and the catalog does not have.
    pub missing: List<'a, Unknown<'a>>,
    /// Whether that is an error, and which is the first.
    strict: bool,
    refused: Option<Error>,
}

impl<'a> Remarks<'a> {
    pub(in crate::recommend) fn new(request: &Request, arena: &'a Arena) -> Self {
        let effects = request.explain.then(|| arena.list());
        Self { arena, notes: arena.list(), effects, missing: arena.list(), strict: request.strict, refused: None }
    }

    /// That something is not there: a note, or an error to who asks strictly.
    #[inline(never)]
    pub(in crate::recommend) fn unknown(&mut self, rule: Option<usize>, unknown: Unknown<'_>, catalog: &Catalog) {
        let unknown = if self.missing.len() < MAX_MEANT { unknown.meant(catalog) } else { unknown };
        self.note(unknown.note);
        if self.strict && self.refused.is_none() {
            self.refused = Some(unknown.error());
        }
        let arena = self.arena;
        let (value, nearest) = (arena.text(short(unknown.value)), unknown.nearest.map(|near| arena.text(near)));
        self.missing.push(Unknown { rule, option: unknown.option, value, nearest, note: unknown.note });
    }

    /// # Errors
    /// The first thing that is not there, where the request is strict.
    pub(in crate::recommend) fn refused(&mut self) -> Result<()> {
        self.refused.take().map_or(Ok(()), Err)
    }

    /// Notes stand in the order they came, each once.
    pub(in crate::recommend) fn note(&mut self, note: &'static str) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// A rule that holds, with the number of items it took out, moved or placed.
    pub(in crate::recommend) fn effect(&mut self, rule: &'static str, name: &str, items: usize) {
        self.standing(rule, name, "holds", items);
    }

    pub(in crate::recommend) fn standing(&mut self, rule: &'static str, name: &str, standing: &'static str, items: usize) {
        if let Some(effects) = &mut self.effects {
            effects.push(Effect { rule, name: self.arena.text(name), standing, items });
        }
    }
}
