//! The search: the best items by score, exactly, without scoring all.
//!
//! Whoever has a table or repeat part is scored first. For all others score = model(x) + popularity: the first rises
//! with x and the second is at most 10⁻⁶, so a score to beat becomes a floor for x, and the scan finds who reaches it,
//! unless these have been met before (`near.rs`). Without a model the others come in the order of their popularity, until
//! the next one is beaten.

use crate::error::Result;
use crate::ids::ItemIdx;
use crate::rank::{BitSet, Scored, TopK};
use crate::recommend::state::POPULARITY_WEIGHT;
use crate::recommend::state::Recommender;
use crate::recommend::state::Scores;

/// Bounds how far single operations in f32 and libm's exp and log are off, as a share; a hundred times what they are.
const ERROR: f32 = 1e-4;

impl Recommender {
    /// The `k` best of the allowed items by the evidence of the last [`Recommender::score`], best first; ties go to the
    /// lower index. Fewer when fewer are allowed.
    ///
    /// # Errors
    /// `score-not-finite` when a score is NaN, which takes vectors or a blend beyond what floats can hold.
    pub fn best(&self, allowed: &BitSet, k: usize) -> Result<Vec<Scored>> {
        self.best_in(allowed, k, Vec::new())
    }

    /// [`Recommender::best`] in a buffer of the caller's, which is cleared: nothing is allocated when it has room for
    /// `k` items.
    ///
    /// # Errors
    /// As [`Recommender::best`].
    pub fn best_in(&self, allowed: &BitSet, k: usize, buffer: Vec<Scored>) -> Result<Vec<Scored>> {
        self.scores.near.ask(k);
        let mut top = TopK::new(k, buffer);
        self.offer_few(allowed, &mut top)?;
        let other = |item: ItemIdx| allowed.contains(item) && self.scores.find(item).is_none();
        match self.field() {
            Some(field) => {
                let Scores { scan, near, largest, .. } = &self.scores;
                let total = |item: ItemIdx, x: f32| 0.0 + self.model_part(x) + self.popularity_part(item);
                for (item, x) in near.met().iter().copied().filter(|(item, _)| other(*item)) {
                    top.offer(item, total(item, x))?;
                }
                if near.reaches(self.floor(top.floor(), *largest)) {
                    return Ok(top.into_sorted());
                }
                top = top.again();
                self.offer_few(allowed, &mut top)?;
                let mut failure = None;
                let mut floor = self.floor(top.floor(), *largest);
                scan.above(field, Some(allowed), floor, &mut |item, x| {
                    if other(item) {
                        match top.offer(item, total(item, x)) {
                            Ok(true) => floor = self.floor(top.floor(), *largest),
                            Ok(false) => {}
                            Err(error) => failure = failure.take().or(Some(error)),
                        }
                    }
                    floor
                });
                if let Some(error) = failure {
                    return Err(error);
                }
            }
            None => {
                // Equal scores come in the order of their indices: the first that is not taken ends it.
                for item in self.by_popularity.iter().copied().filter(|i| other(*i)) {
                    if !top.offer(item, self.popularity_part(item))? {
                        break;
                    }
                }
            }
        }
        Ok(top.into_sorted())
    }

    /// Offers the items that table or session speak for, and added ones.
    fn offer_few(&self, allowed: &BitSet, top: &mut TopK) -> Result<()> {
        let base = self.catalog.base_len();
        for few in self.scores.few.iter().filter(|few| few.item.at() < base && allowed.contains(few.item)) {
            top.offer(few.item, self.few_total(few.item, &few.value, self.scores.largest))?;
        }
        for item in (base as u32..self.catalog.len() as u32).map(ItemIdx).filter(|i| allowed.contains(*i)) {
            top.offer(item, self.part(item).total())?;
        }
        Ok(())
    }

    /// An x below which model(x) + popularity is surely below `score`, where `largest` is the largest; −∞ where none is known.
    ///
    /// model · exp((x − max) / T) + 10⁻⁶ < score, solved for x with every rounding against us.
    pub(in crate::recommend) fn floor(&self, score: f32, largest: f32) -> f32 {
        let blend = &self.blend.0;
        let needed = (score * (1.0 - ERROR) - POPULARITY_WEIGHT * (1.0 + ERROR)) / blend.model;
        if !(score > 0.0 && needed > 0.0) {
            return f32::NEG_INFINITY;
        }
        largest + blend.temperature * (libm::logf(needed) - ERROR) - ERROR * largest.abs()
    }
}
