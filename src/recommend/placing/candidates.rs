//! Candidates: the allowed items in the order of their scores, rules' factors included, as many as are asked for.
//!
//! A factor keeps the order of the items that share it, so the best n of all are among the best n of every class of items
//! with one factor: top-k stays exact without a look at the whole catalog. Few items have a factor of their own (shown
//! before, named by a rule); these are scored one by one.
//!
//! ```text
//! score = raw · factor where raw ≥ 0, raw / factor below: more factor is never less score
//! order = group, then score, raw, place in the curated list, index
//! group = 0 evidence · 1 popular in the category of the page · 2 popular · 3 curated · 4 the rest
//!         on a category's page: 0 its items · 1 others · 3 · 4
//!         similar: 0 of the page's category or likeness that stands out · 1 other likeness · 2 popular · 3 · 4
//! ```

use super::arrange::Placed;
use super::arrange::Way;
use super::candidate::Candidate;
use crate::arena::{Arena, List};
use crate::error::Result;
use crate::ids::ItemIdx;
use crate::rank::BitSet;
use crate::recommend::evidence::Evidence;
use crate::recommend::state::POPULARITY_WEIGHT;
use crate::recommend::state::{Recommender, Sets};

/// Which items come first where the evidence does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::recommend) enum Prefer {
    #[default]
    Nothing,
    /// Popular ones of the class come before popular others.
    Popular,
    /// All of the class come before all others.
    All,
    /// As `All`, but others with at least this score are among the first.
    Unless(f32),
}

/// Items that share a factor.
#[derive(Debug)]
pub(in crate::recommend) struct Class {
    pub factor: f32,
    /// Whether the items are of the preferred category.
    pub inside: bool,
    pub set: BitSet,
}

/// The allowed items by factor.
pub(in crate::recommend) struct Pool<'a> {
    sets: &'a Sets,
    arena: &'a Arena,
    pub classes: List<'a, Class>,
    /// Items with a factor of their own.
    pub singles: List<'a, (ItemIdx, f32, bool)>,
    pub prefer: Prefer,
    /// Least raw score, as a share of the best.
    pub min_relevance: f32,
    /// The shop's own order.
    pub curated: List<'a, ItemIdx>,
}

impl Drop for Pool<'_> {
    fn drop(&mut self) {
        for class in &mut self.classes {
            self.sets.give_back(std::mem::take(&mut class.set));
        }
    }
}

/// The head of the order.
pub(in crate::recommend) struct Head<'a> {
    pub candidates: List<'a, Candidate>,
    /// Whether these are all there are.
    pub complete: bool,
    /// Items seen that are below the least relevance.
    pub dropped: usize,
}

impl Head<'_> {
    /// The candidate of a place; none for a pinned one.
    pub(in crate::recommend) fn of(&self, placed: &Placed) -> Option<&Candidate> {
        match placed.way {
            Way::Ranked(at) => self.candidates.get(at),
            Way::Pinned(_) => None,
        }
    }
}

impl<'a> Pool<'a> {
    /// All of a set with one factor.
    pub(in crate::recommend) fn new(set: BitSet, min_relevance: f32, sets: &'a Sets, arena: &'a Arena) -> Self {
        let classes = arena.collect([Class { factor: 1.0, inside: false, set }]);
        let (singles, curated) = (arena.list(), arena.list());
        Self { sets, arena, classes, singles, prefer: Prefer::Nothing, min_relevance, curated }
    }

    /// Splits every class by a property; `change` is told the half that has it. Returns how many items have it.
    pub(in crate::recommend) fn split(&mut self, has: &dyn Fn(ItemIdx) -> bool, change: &dyn Fn(&mut Class)) -> usize {
        let (mut items, mut halves) = (0, self.arena.list());
        for class in &mut self.classes {
            let mut half = Class { factor: class.factor, inside: class.inside, set: self.sets.take() };
            class.set.part(has, &mut half.set);
            items += half.set.count();
            change(&mut half);
            halves.push(half);
        }
        // Equal halves of several classes are one class again.
        for half in halves {
            match self.classes.iter_mut().find(|c| c.factor.to_bits() == half.factor.to_bits() && c.inside == half.inside) {
                Some(class) => {
                    class.set.union(&half.set);
                    self.sets.give_back(half.set);
                }
                None => self.classes.push(half),
            }
        }
        let sets = self.sets;
        self.classes.retain_mut(|class| {
            let empty = class.set.is_empty();
            if empty {
                sets.give_back(std::mem::take(&mut class.set));
            }
            !empty
        });
        items
    }

    /// Gives one item a factor of its own, over that of its class. Returns whether it is allowed.
    pub(in crate::recommend) fn single(&mut self, item: ItemIdx, factor: f32) -> bool {
        if let Some(single) = self.singles.iter_mut().find(|(i, ..)| *i == item) {
            single.1 *= factor;
            return true;
        }
        let Some(class) = self.classes.iter_mut().find(|c| c.set.contains(item)) else { return false };
        class.set.remove(item);
        self.singles.push((item, class.factor * factor, class.inside));
        true
    }

    /// Whether any item is of the preferred category.
    pub(in crate::recommend) fn has_inside(&self) -> bool {
        self.classes.iter().any(|c| c.inside) || self.singles.iter().any(|(.., inside)| *inside)
    }

    fn group(&self, raw: f32, inside: bool, place: Option<usize>) -> u8 {
        match self.prefer {
            _ if raw <= 0.0 => 3 + u8::from(place.is_none()),
            Prefer::All => u8::from(!inside),
            Prefer::Unless(floor) if raw > POPULARITY_WEIGHT => u8::from(!inside && raw < floor),
            _ if raw > POPULARITY_WEIGHT => 0,
            Prefer::Popular if inside => 1,
            _ => 2,
        }
    }

    fn candidate(&self, item: ItemIdx, raw: f32, factor: f32, inside: bool) -> Candidate {
        let place = self.curated.iter().position(|c| *c == item);
        let score = if raw >= 0.0 { raw * factor } else { raw / factor };
        Candidate { item, raw, score, group: self.group(raw, inside, place), place: place.unwrap_or(0) as u32 }
    }
}

impl Recommender {
    /// The first `n` candidates, exact, or all where there are fewer.
    pub(in crate::recommend) fn head<'a>(
        &self,
        evidence: &Evidence<'_>,
        pool: &Pool<'_>,
        n: usize,
        arena: &'a Arena,
    ) -> Result<Head<'a>> {
        let mut found: List<'a, Candidate> = arena.list();
        let mut complete = true;
        let mut best = self.best.take();
        for class in &pool.classes {
            best = self.ranked(evidence, &class.set, n, best)?;
            complete &= best.len() < n;
            found.extend(best.iter().map(|s| pool.candidate(s.item, s.score, class.factor, class.inside)));
        }
        self.best.set(best);
        for (item, factor, inside) in &pool.singles {
            found.push(pool.candidate(*item, self.raw(evidence, *item), *factor, *inside));
        }
        found.sort_unstable_by(Candidate::order);
        let most = found.iter().map(|c| c.raw).fold(0.0, f32::max);
        if !complete {
            // Beyond, a class may have better ones than those found.
            found.truncate(n);
        }
        let least = pool.min_relevance * most;
        let before = found.len();
        if least > 0.0 {
            found.retain(|c| c.raw >= least);
        }
        Ok(Head { dropped: before - found.len(), candidates: found, complete })
    }
}
