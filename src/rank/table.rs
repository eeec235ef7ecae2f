//! The item-to-item transition table: for every item its best successors with 8-bit weights.
//!
//! It is the lite tier's model, the full tier's first stage, and the source of "because you viewed". The session's
//! last items vote: T(i) = Σ_p weight_p · exp(−p / λ) · w(s_p → i), p = 0 for the newest.

use crate::error::{Code, Error, Result};
use crate::ids::ItemIdx;

/// `n` rows of `successors` pairs (item, weight). A weight of 0 marks an unused place.
#[derive(Clone, Debug)]
pub struct TransitionTable {
    successors: usize,
    next: Vec<u32>,
    weights: Vec<u8>,
}

impl TransitionTable {
    /// From stored parts, row-major, `items · successors` entries each.
    ///
    /// # Errors
    /// `bundle-part-invalid` when sizes disagree or a used entry names an item beyond the catalog.
    pub fn new(items: usize, successors: usize, next: Vec<u32>, weights: Vec<u8>) -> Result<Self> {
        if successors == 0 || items.checked_mul(successors) != Some(next.len()) || next.len() != weights.len() {
            return Err(Error::new(Code::BundlePartInvalid, "transition table: sizes disagree")
                .with("items", items)
                .with("successors", successors)
                .with("next", next.len())
                .with("weights", weights.len()));
        }
        if let Some(bad) = next.iter().zip(&weights).find(|(i, w)| **w > 0 && **i as usize >= items) {
            return Err(
                Error::new(Code::BundlePartInvalid, "transition table: a successor is beyond the catalog").with("index", bad.0)
            );
        }
        Ok(Self { successors, next, weights })
    }

    /// Places a row.
    #[must_use]
    pub const fn successors(&self) -> usize {
        self.successors
    }

    /// Successor indices, row-major.
    #[must_use]
    pub fn next(&self) -> &[u32] {
        &self.next
    }

    /// Weights, row-major; 255 stands for 1.
    #[must_use]
    pub fn weights(&self) -> &[u8] {
        &self.weights
    }

    /// Successors of an item with weights in (0, 1].
    pub fn row(&self, item: ItemIdx) -> impl Iterator<Item = (ItemIdx, f32)> + '_ {
        let start = item.at().saturating_mul(self.successors);
        let range = start..start.saturating_add(self.successors);
        let next = self.next.get(range.clone()).unwrap_or(&[]);
        let weights = self.weights.get(range).unwrap_or(&[]);
        next.iter().zip(weights).filter(|(_, w)| **w > 0).map(|(i, w)| (ItemIdx(*i), f32::from(*w) / 255.0))
    }

    /// Weight of `to` as a successor of `from`, 0 when it is none.
    #[must_use]
    pub fn weight(&self, from: ItemIdx, to: ItemIdx) -> f32 {
        self.row(from).filter(|(i, _)| *i == to).map(|(_, w)| w).sum()
    }

    /// The votes of `recent` (items with weights, newest first) by item, into `votes` (cleared first), in ascending order of items.
    /// Votes for one item are added in the order of `recent`.
    pub fn votes(&self, recent: impl Iterator<Item = (ItemIdx, f32)>, lambda: f32, votes: &mut Vec<Vote>) {
        votes.clear();
        for (p, (item, weight)) in recent.enumerate() {
            let decay = weight * libm::expf(-(p as f32) / lambda);
            for (item, weight) in self.row(item) {
                votes.push(Vote { item, order: votes.len() as u32, sum: decay * weight });
            }
        }
        votes.sort_unstable_by_key(|v| (v.item, v.order));
        votes.dedup_by(|next, first| {
            let same = next.item == first.item;
            if same {
                first.sum += next.sum;
            }
            same
        });
    }
}

/// What the table says for an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vote {
    /// The item.
    pub item: ItemIdx,
    /// When it was first voted for.
    order: u32,
    /// Σ_p weight_p · exp(−p / λ) · w(s_p → item).
    pub sum: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_by_hand() {
        // 0 → 1 (1.0), 0 → 2 (0.2); 1 → 2 (0.6); row 2 unused.
        let table = TransitionTable::new(3, 2, vec![1, 2, 2, 0, 9, 9], vec![255, 51, 153, 0, 0, 0]).unwrap();
        let mut votes = Vec::new();
        // Session: 0 then 1; newest first.
        table.votes([(ItemIdx(1), 1.0), (ItemIdx(0), 1.0)].into_iter(), 2.0, &mut votes);
        let e = (-0.5_f32).exp();
        assert_eq!(votes.iter().map(|v| v.item.0).collect::<Vec<_>>(), [1, 2]);
        assert!((votes[0].sum - e).abs() < 1e-6);
        assert!((votes[1].sum - (0.6 + e * 0.2)).abs() < 1e-6);
        assert!((table.weight(ItemIdx(0), ItemIdx(2)) - 0.2).abs() < 1e-6);
    }

    #[test]
    fn a_successor_beyond_the_catalog_is_refused() {
        let error = TransitionTable::new(1, 1, vec![1], vec![1]).unwrap_err();
        assert_eq!(error.code(), Code::BundlePartInvalid);
        assert!(TransitionTable::new(2, 1, vec![0], vec![1]).is_err());
        assert!(TransitionTable::new(usize::MAX, 2, vec![], vec![]).is_err());
    }
}
