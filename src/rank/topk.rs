//! Exact top-k under a total order: higher score first, then lower index.

use super::bitset::BitSet;
use crate::error::{Code, Error, Result};
use crate::ids::ItemIdx;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// An item with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The item.
    pub item: ItemIdx,
    /// Its score; never NaN.
    pub score: f32,
}

impl Eq for Scored {}

impl PartialOrd for Scored {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// "Less" ranks first, so that the heap's greatest is the one to drop.
impl Ord for Scored {
    fn cmp(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.item.cmp(&other.item))
    }
}

/// The `k` best of what is offered.
#[derive(Debug)]
pub struct TopK {
    heap: BinaryHeap<Scored>,
    k: usize,
}

impl TopK {
    /// With room for `k`, in `buffer`, which is cleared.
    #[must_use]
    pub fn new(k: usize, mut buffer: Vec<Scored>) -> Self {
        buffer.clear();
        Self { heap: buffer.into(), k }
    }

    /// Empty again, with the memory it has.
    #[must_use]
    pub fn again(self) -> Self {
        Self::new(self.k, self.heap.into_vec())
    }

    /// Takes the item when it is among the best so far. Returns whether it did.
    ///
    /// # Errors
    /// `score-not-finite` with the item's index when the score is NaN.
    pub fn offer(&mut self, item: ItemIdx, score: f32) -> Result<bool> {
        if score.is_nan() {
            return Err(Error::new(Code::ScoreNotFinite, "a score is not a number").with("index", item.0));
        }
        // −0 and 0 are one score.
        let scored = Scored { item, score: score + 0.0 };
        if self.heap.len() >= self.k {
            if self.heap.peek().is_none_or(|worst| scored >= *worst) {
                return Ok(false);
            }
            self.heap.pop();
        }
        self.heap.push(scored);
        Ok(true)
    }

    /// The score below which nothing is taken any more: that of the last of `k`; −∞ while there are fewer.
    #[must_use]
    pub fn floor(&self) -> f32 {
        if self.heap.len() < self.k {
            return f32::NEG_INFINITY;
        }
        self.heap.peek().map_or(f32::INFINITY, |worst| worst.score)
    }

    /// The best, best first; ties by the lower index.
    #[must_use]
    pub fn into_sorted(self) -> Vec<Scored> {
        self.heap.into_sorted_vec()
    }
}

/// The `k` best of the allowed items, best first; ties go to the lower index. Fewer when fewer are allowed.
/// `scores[i]` is the score of item i; items beyond `scores` are not considered.
///
/// # Errors
/// `score-not-finite` with the item's index when an allowed item's score is NaN.
pub fn top_k(scores: &[f32], allowed: &BitSet, k: usize) -> Result<Vec<Scored>> {
    let mut top = TopK::new(k, Vec::new());
    for item in allowed.iter() {
        let Some(&score) = scores.get(item.at()) else { break };
        top.offer(item, score)?;
    }
    Ok(top.into_sorted())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_lower_index() {
        let best = top_k(&[0.5, 1.0, 1.0, 0.5, 0.0, -0.0], &BitSet::full(6), 5).unwrap();
        assert_eq!(best.iter().map(|s| s.item.0).collect::<Vec<_>>(), [1, 2, 0, 3, 4]);
    }

    #[test]
    fn nan_is_refused_only_where_allowed() {
        let mut allowed = BitSet::full(2);
        let error = top_k(&[1.0, f32::NAN], &allowed, 1).unwrap_err();
        assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::ScoreNotFinite, "1"));
        allowed.remove(ItemIdx(1));
        assert_eq!(top_k(&[1.0, f32::NAN], &allowed, 1).unwrap().len(), 1);
    }

    #[test]
    fn nothing_allowed_nothing_found() {
        assert!(top_k(&[], &BitSet::full(0), 5).unwrap().is_empty());
        assert!(top_k(&[1.0], &BitSet::full(1), 0).unwrap().is_empty());
    }
}
