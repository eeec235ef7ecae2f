//! What a model says of the items, as far as ranks need it: x of each item, and the largest x of all in their order.
//!
//! Of a query with item vectors every x can be computed when it is asked for. Of any other model the x of those items are
//! kept that something else may speak for; an item that is not kept counts as just below the smallest of the largest.

use crate::math::vectorised;
use nearhand::rank::ItemVectors;

/// The most values kept a case: more than the table and a session can touch, and 20.
pub(super) const MOST: usize = 1024;

/// One answer.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// No model was asked.
    None,
    /// A vector for the items' own.
    Query(Vec<f32>),
    /// Items with their x, by item.
    Kept(Vec<(u32, f32)>),
}

impl Answer {
    /// Keeps those of `all` values (one an item) that `items` name.
    pub(super) fn keep(all: &[f32], mut items: Vec<u32>) -> Answer {
        items.sort_unstable();
        items.dedup();
        Answer::Kept(items.into_iter().filter_map(|item| Some((item, *all.get(item as usize)?))).collect())
    }

    /// The x of an item; `least` where it is not kept.
    #[inline]
    pub(super) fn at(&self, vectors: &ItemVectors, item: u32, least: f32) -> f32 {
        match self {
            Answer::None => 0.0,
            Answer::Query(query) => cosine(vectors, item, query),
            Answer::Kept(kept) => {
                kept.binary_search_by_key(&item, |(item, _)| *item).ok().and_then(|at| kept.get(at)).map_or(least, |(_, x)| *x)
            }
        }
    }

    /// Divides every x.
    pub(super) fn divide(&mut self, by: f32) {
        match self {
            Answer::None => {}
            Answer::Query(query) => query.iter_mut().for_each(|x| *x /= by),
            Answer::Kept(kept) => kept.iter_mut().for_each(|(_, x)| *x /= by),
        }
    }
}

/// The largest values, largest first.
pub(super) fn largest(mut all: Vec<f32>) -> Vec<f32> {
    let order = |a: &f32, b: &f32| b.total_cmp(a);
    if all.len() > MOST {
        all.select_nth_unstable_by(MOST, order);
        all.truncate(MOST);
        // Thousands of cases are kept, of which none needs room for a whole catalog.
        all.shrink_to_fit();
    }
    all.sort_unstable_by(order);
    all
}

vectorised! {
    pub(super) fn cosines<'a>(vectors: &'a ItemVectors, query: &'a [f32]) -> Vec<f32> {
        let mut all = Vec::with_capacity(vectors.len());
        for item in 0..vectors.len() as u32 {
            all.push(cosine(vectors, item, query));
        }
        all
    }
}

/// The dot product of one quantised row with a query.
#[inline(always)]
fn cosine(vectors: &ItemVectors, item: u32, query: &[f32]) -> f32 {
    let d = vectors.dim();
    let row = vectors.rows().get(item as usize * d..).unwrap_or(&[]);
    let mut sums = [0f32; 16];
    for (row, query) in row[..d].chunks(16).zip(query.chunks(16)) {
        for ((s, v), q) in sums.iter_mut().zip(row).zip(query) {
            *s += f32::from(*v) * q;
        }
    }
    sums.iter().sum::<f32>() * vectors.scales().get(item as usize).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_that_is_not_kept_counts_as_the_least() {
        let none = ItemVectors::new(1, vec![0; 4], vec![0.0; 4]).unwrap();
        let mut answer = Answer::keep(&[0.5, -1.0, 3.0, 2.0], vec![2, 0, 2, 9]);
        assert_eq!([0, 1, 2, 3].map(|item| answer.at(&none, item, -7.0)), [0.5, -7.0, 3.0, -7.0]);
        answer.divide(2.0);
        assert_eq!((answer.at(&none, 2, 0.0), answer.at(&none, 0, 0.0)), (1.5, 0.25));
    }

    #[test]
    fn the_largest_stand_in_their_order() {
        assert_eq!(largest(vec![1.0, 3.0, -2.0, 3.0]), [3.0, 3.0, 1.0, -2.0]);
        let many = largest((0..3000).map(|i| (i * 7 % 3000) as f32).collect());
        assert_eq!((many.len(), many[0], many[1023]), (1024, 2999.0, 1976.0));
    }
}
