//! The search: the best items by score, exactly, without scoring all.
//!
//! Whoever has a table or repeat part is scored first. For all others score = model(x) + popularity: the first rises
//! with x and the second is at most 10⁻⁶, so a score to beat becomes a floor for x, and the scan finds who reaches it.
//! Without a model the others come in the order of their popularity, until the next one is beaten.

use super::Recommender;
use super::score::POPULARITY_WEIGHT;
use crate::error::Result;
use crate::ids::ItemIdx;
use crate::rank::{BitSet, Field, Scored, TopK};

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
        let mut top = TopK::new(k, buffer);
        let added = (self.catalog.base_len() as u32..self.catalog.len() as u32).map(ItemIdx);
        for item in self.few().chain(added).filter(|i| allowed.contains(*i)) {
            top.offer(item, self.part(item).total())?;
        }
        let other = |item: ItemIdx| self.scores.find(item).is_none();
        match self.field() {
            Some(field) => {
                let mut failure = None;
                let mut floor = self.floor(top.floor());
                self.scores.scan.above(field, Some(allowed), floor, &mut |item, x| {
                    if other(item) {
                        match top.offer(item, 0.0 + self.model_part(x) + self.popularity_part(item)) {
                            Ok(true) => floor = self.floor(top.floor()),
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
                for item in self.by_popularity.iter().copied().filter(|i| allowed.contains(*i) && other(*i)) {
                    if !top.offer(item, self.popularity_part(item))? {
                        break;
                    }
                }
            }
        }
        Ok(top.into_sorted())
    }

    /// Base items that the table or the session speaks for.
    fn few(&self) -> impl Iterator<Item = ItemIdx> {
        self.scores.few.iter().map(|f| f.item).filter(|item| item.at() < self.catalog.base_len())
    }

    /// The largest x of all items.
    pub(super) fn find_largest(&mut self) {
        let mut scan = std::mem::take(&mut self.scores.scan);
        let mut largest = f32::NEG_INFINITY;
        if let Some(field) = self.field() {
            scan.read(field);
            // Those are likely near the top, and a high floor leaves more out.
            largest = self.few().map(|item| field.at(item)).fold(largest, f32::max);
            if let Field::Vectors(vectors, _) = field {
                largest = vectors.added().map(|item| field.at(item)).fold(largest, f32::max);
            }
            scan.above(field, None, largest, &mut |_, x| {
                largest = largest.max(x);
                largest
            });
        }
        self.scores.scan = scan;
        self.scores.largest = largest;
    }

    /// An x below which model(x) + popularity is surely below `score`; −∞ where none is known.
    ///
    /// model · exp((x − max) / T) + 10⁻⁶ < score, solved for x with every rounding against us.
    fn floor(&self, score: f32) -> f32 {
        let blend = &self.blend.0;
        let needed = (score * (1.0 - ERROR) - POPULARITY_WEIGHT * (1.0 + ERROR)) / blend.model;
        if !(score > 0.0 && needed > 0.0) {
            return f32::NEG_INFINITY;
        }
        let largest = self.scores.largest;
        largest + blend.temperature * (libm::logf(needed) - ERROR) - ERROR * largest.abs()
    }
}
