//! Content vectors: where a new item stands among the known ones before anybody has seen it, by its title and category.
//!
//! ```text
//! v = mean + Σ β_i (v_i − mean)        over its kin, with the weights of `catalog::ridge`
//! ```
//! brought to the length of the known vector that is nearest by cosine: that of its kin, or of all for a vector that the
//! host gives. The new item is scored and read by its own vector; where tables and counts are read, the nearest item
//! stands in for it.

use super::cosines::measure;
use crate::catalog::{Catalog, CatalogDelta, Item, NewItem, Updated, by_words};
use crate::error::Error;
use crate::ids::ItemIdx;
use crate::rank::ItemVectors;
use crate::recommend::state::Recommender;

/// A place among the known items: the one that is nearest, and the vector, where it has a direction.
type Place = (ItemIdx, Option<Vec<f32>>);

impl Recommender {
    /// Takes a delta in: new items that are `like` none get vectors of their own.
    pub(in crate::recommend) fn take_in(&mut self, delta: &CatalogDelta) -> (Updated, Option<Error>) {
        let (Some(vectors), Some(_)) = (&mut self.vectors, self.dim) else {
            return self.catalog.feed(delta, self.dim, &mut |catalog, new| by_words(catalog, new));
        };
        if delta.add.iter().any(|new| new.like.is_none()) || !delta.upsert.is_empty() {
            measure(vectors, vectors.len(), &mut self.lengths);
        }
        let (mut places, lengths) = (Vec::new(), &self.lengths);
        let done = self.catalog.feed(delta, self.dim, &mut |catalog, new| {
            places = Space { vectors, lengths }.places(catalog, new);
            places.iter().map(|place| place.as_ref().map(|(item, _)| *item)).collect()
        });
        let mut places = places.into_iter();
        let first = self.catalog.len() - done.0.added;
        for (placed, item) in done.0.placed.iter().zip((first as u32..).map(ItemIdx)) {
            let own = if *placed { places.next().flatten().and_then(|(_, own)| own) } else { None };
            if own.is_none_or(|own| vectors.push(&own).is_err()) {
                vectors.repeat(self.catalog.stand_in(item));
            }
        }
        done
    }
}

/// The vectors that new ones are made of.
struct Space<'a> {
    vectors: &'a ItemVectors,
    lengths: &'a [f32],
}

impl Space<'_> {
    /// The places of new items; none where neither vector nor title tells.
    fn places(&self, catalog: &Catalog, new: &[&NewItem]) -> Vec<Option<Place>> {
        let titled: Vec<&Item> = new.iter().filter(|new| new.vector.is_none()).map(|new| &new.row).collect();
        let mut kin = if titled.is_empty() { Vec::new() } else { catalog.kin(&titled) }.into_iter();
        let all = || (0..self.vectors.len() as u32).map(ItemIdx);
        let share = 1.0 / self.vectors.len().max(1) as f64;
        let mean = if titled.is_empty() { Vec::new() } else { self.sum(&mut all().map(|item| (item, share))) };
        let mut place = |new: &&NewItem| {
            if let Some(given) = &new.vector {
                let mut known = all().filter(|item| !catalog.is_removed(*item));
                return self.beside(&mut known, given.iter().map(|v| f64::from(*v)).collect());
            }
            let kin = kin.next()?;
            let mut own = self.sum(&mut kin.iter().map(|(item, weight)| (*item, f64::from(*weight))));
            let rest = 1.0 - kin.iter().map(|(_, weight)| f64::from(*weight)).sum::<f64>();
            own.iter_mut().zip(&mean).for_each(|(own, mean)| *own += rest * mean);
            self.beside(&mut kin.iter().map(|(item, _)| *item), own)
        };
        new.iter().map(&mut place).collect()
    }

    /// The weighted sum of vectors.
    fn sum(&self, items: &mut dyn Iterator<Item = (ItemIdx, f64)>) -> Vec<f64> {
        let (mut sums, mut row) = (vec![0.0; self.vectors.dim()], vec![0.0; self.vectors.dim()]);
        for (item, weight) in items {
            self.vectors.dequantize(item, &mut row);
            sums.iter_mut().zip(&row).for_each(|(sum, v)| *sum += weight * f64::from(*v));
        }
        sums
    }

    /// Beside the nearest of some items, the first of equals, with a vector as long as its.
    fn beside(&self, items: &mut dyn Iterator<Item = ItemIdx>, own: Vec<f64>) -> Option<Place> {
        let size = libm::sqrt(own.iter().map(|x| x * x).sum());
        let unit: Vec<f32> = own.iter().map(|x| if size > 0.0 { (x / size) as f32 } else { 0.0 }).collect();
        let mut near: Option<(f32, f32, ItemIdx)> = None;
        for item in items {
            let length = self.lengths.get(item.at()).copied().unwrap_or(0.0);
            let cosine = if length > 0.0 { self.vectors.score(item, &unit) / length } else { 0.0 };
            if near.is_none_or(|(most, ..)| cosine > most) {
                near = Some((cosine, length, item));
            }
        }
        let (_, length, nearest) = near?;
        let own: Vec<f32> = unit.iter().map(|v| v * length).collect();
        Some((nearest, own.iter().any(|v| *v != 0.0).then_some(own)))
    }
}
