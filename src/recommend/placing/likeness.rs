//! Likeness of items: cosines of their vectors, or facets they share.

use super::arrange::Look;
use super::candidate::Candidate;
use crate::arena::{Arena, List};
use crate::catalog::Column;
use crate::ids::ItemIdx;
use crate::recommend::evidence::cosines::length;
use crate::recommend::state::Recommender;

/// The items of one slate and what makes them alike.
pub(in crate::recommend) struct Likeness<'a> {
    recommender: &'a Recommender,
    /// Items with a vector, sorted, and their place among the rows.
    items: List<'a, (ItemIdx, usize)>,
    /// Rows of length 1.
    rows: List<'a, f32>,
    dim: usize,
}

impl<'a> Likeness<'a> {
    /// Reads the vectors of candidates and pins; of none where likeness does not count.
    pub(in crate::recommend) fn new(
        recommender: &'a Recommender,
        counts: bool,
        candidates: &[Candidate],
        pins: &[(usize, ItemIdx)],
        arena: &'a Arena,
    ) -> Self {
        let mut likeness = Self { recommender, items: arena.list(), rows: arena.list(), dim: 0 };
        let Some(vectors) = recommender.vectors.as_ref().filter(|_| counts) else { return likeness };
        likeness.dim = vectors.dim();
        let row = arena.filled(vectors.dim(), 0.0);
        for item in candidates.iter().map(|c| c.item).chain(pins.iter().map(|(_, item)| *item)) {
            vectors.dequantize(item, row);
            let length = length(row);
            if length > 0.0 {
                let place = likeness.items.partition_point(|(i, _)| *i < item);
                likeness.items.insert(place, (item, likeness.items.len()));
                likeness.rows.extend(row.iter().map(|x| x / length));
            }
        }
        likeness
    }

    fn row(&self, item: ItemIdx) -> Option<&[f32]> {
        let at = self.items.binary_search_by_key(&item, |(i, _)| *i).ok()?;
        let start = self.items.get(at)?.1 * self.dim;
        self.rows.get(start..start + self.dim)
    }
}

impl Look for Likeness<'_> {
    fn facet(&self, item: ItemIdx, column: Column) -> Option<&str> {
        self.recommender.catalog.facet(item, column)
    }

    fn similarity(&self, a: ItemIdx, b: ItemIdx) -> f32 {
        if let (Some(a), Some(b)) = (self.row(a), self.row(b)) {
            return a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>().clamp(0.0, 1.0);
        }
        let shares = [Column::Category, Column::Brand].map(|column| match (self.facet(a, column), self.facet(b, column)) {
            (Some(a), Some(b)) => Some(f32::from(u8::from(a == b))),
            _ => None,
        });
        let known = shares.iter().flatten().count();
        if known == 0 { 0.0 } else { shares.iter().flatten().sum::<f32>() / known as f32 }
    }
}
