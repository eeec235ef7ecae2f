//! Likeness of items: cosines of their vectors, or facets they share.

use super::Recommender;
use super::arrange::Look;
use super::candidates::Candidate;
use crate::arena::{Arena, List};
use crate::catalog::Column;
use crate::ids::ItemIdx;

impl Recommender {
    /// Cosine of a query with every item vector, 0 where one of them is nil, into `self.cosines`. Whether there are
    /// vectors.
    pub(super) fn find_cosines(&mut self, query: &[f32]) -> bool {
        let Some(vectors) = &self.vectors else { return false };
        if self.lengths.is_empty() {
            // Once: a pass over all vectors that only placements with likeness need.
            let mut row = vec![0.0; vectors.dim()];
            self.lengths.extend((0..vectors.len() as u32).map(|i| {
                vectors.dequantize(ItemIdx(i), &mut row);
                length(&row)
            }));
        }
        vectors.scores(query, &mut self.cosines);
        let own = length(query);
        for (x, length) in self.cosines.iter_mut().zip(&self.lengths) {
            *x = if own * length > 0.0 { (*x / (own * length)).clamp(-1.0, 1.0) } else { 0.0 };
        }
        true
    }
}

fn length(v: &[f32]) -> f32 {
    libm::sqrtf(v.iter().map(|x| x * x).sum())
}

/// The items of one slate and what makes them alike.
pub(super) struct Likeness<'a> {
    recommender: &'a Recommender,
    /// Items with a vector, sorted, and their place among the rows.
    items: List<'a, (ItemIdx, usize)>,
    /// Rows of length 1.
    rows: List<'a, f32>,
    dim: usize,
}

impl<'a> Likeness<'a> {
    /// Reads the vectors of candidates and pins; of none where likeness does not count.
    pub(super) fn new(
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
            let Some(stand_in) = recommender.catalog.stand_in(item) else { continue };
            vectors.dequantize(stand_in, row);
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
