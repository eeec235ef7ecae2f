//! The item-to-item transition table: for every item its best successors with 8-bit weights.
//!
//! It is the lite tier's model, the full tier's first stage, and the source of "because you viewed". The session's
//! last items vote: T(i) = Σ_p weight_p · exp(−p / λ) · w(s_p → i), p = 0 for the newest (`crate::recommend`).

use crate::error::{Code, Error, Result};
use crate::ids::ItemIdx;

/// Rows of pairs (item, weight). A weight of 0 marks an unused place.
#[derive(Clone, Debug)]
pub struct TransitionTable {
    /// Where each item's row ends.
    ends: Vec<u32>,
    next: Vec<u32>,
    weights: Vec<u8>,
}

impl TransitionTable {
    /// From stored parts, row by row, `successors` entries each.
    ///
    /// # Errors
    /// `bundle-part-invalid` when sizes disagree or a used entry names an item beyond the catalog.
    pub fn new(items: usize, successors: usize, next: Vec<u32>, weights: Vec<u8>) -> Result<Self> {
        Self::packed(items, successors, &[], next, weights)
    }

    /// As [`TransitionTable::new`], but of so many entries as `counts` says of each row, where it says anything.
    ///
    /// # Errors
    /// As [`TransitionTable::new`].
    pub fn packed(items: usize, successors: usize, counts: &[u8], next: Vec<u32>, weights: Vec<u8>) -> Result<Self> {
        let total = if counts.is_empty() {
            items.checked_mul(successors)
        } else {
            Some(counts.iter().map(|count| usize::from(*count)).sum()).filter(|_| counts.len() == items)
        };
        if successors == 0 || total != Some(next.len()) || next.len() != weights.len() {
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
        let mut end = 0;
        let row = |row: usize| {
            end += counts.get(row).map_or(successors, |count| usize::from(*count));
            end as u32
        };
        Ok(Self { ends: (0..items).map(row).collect(), next, weights })
    }

    /// The places of an item's row in use: successors with stored weights.
    fn places(&self, item: ItemIdx) -> impl Iterator<Item = (u32, u8)> + '_ {
        let end = |at: usize| self.ends.get(at).map_or(0, |end| *end as usize);
        let range = item.at().checked_sub(1).map_or(0, end)..end(item.at());
        let next = self.next.get(range.clone()).unwrap_or(&[]);
        let weights = self.weights.get(range).unwrap_or(&[]);
        next.iter().copied().zip(weights.iter().copied()).filter(|(_, w)| *w > 0)
    }

    /// Successors of an item with weights in (0, 1].
    pub fn row(&self, item: ItemIdx) -> impl Iterator<Item = (ItemIdx, f32)> + '_ {
        self.places(item).map(|(next, w)| (ItemIdx(next), f32::from(w) / 255.0))
    }

    /// Weight of `to` as a successor of `from`, 0 when it is none.
    #[must_use]
    pub fn weight(&self, from: ItemIdx, to: ItemIdx) -> f32 {
        self.places(from).filter(|(next, _)| *next == to.0).map(|(_, w)| f32::from(w) / 255.0).sum()
    }

    /// The votes of some items with what each counts, one by one: `vote` is told count · w of each successor.
    pub fn votes(&self, items: impl Iterator<Item = (ItemIdx, f32)>, mut vote: impl FnMut(ItemIdx, f32)) {
        for (item, count) in items {
            for (item, weight) in self.row(item) {
                vote(item, count * weight);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_by_hand() {
        // 0 → 1 (1.0), 0 → 2 (0.2); 1 → 2 (0.6); row 2 unused.
        let table = TransitionTable::new(3, 2, vec![1, 2, 2, 0, 9, 9], vec![255, 51, 153, 0, 0, 0]).unwrap();
        let mut votes = [0.0; 3];
        table.votes([(ItemIdx(1), 1.0), (ItemIdx(0), 0.5)].into_iter(), |item, vote| votes[item.at()] += vote);
        assert!(votes[0] == 0.0 && (votes[1] - 0.5).abs() < 1e-6);
        assert!((votes[2] - (0.6 + 0.5 * 0.2)).abs() < 1e-6);
        assert!((table.weight(ItemIdx(0), ItemIdx(2)) - 0.2).abs() < 1e-6);
    }

    #[test]
    fn a_successor_beyond_the_catalog_is_refused() {
        let error = TransitionTable::new(1, 1, vec![1], vec![1]).unwrap_err();
        assert_eq!(error.code(), Code::BundlePartInvalid);
        assert!(TransitionTable::new(2, 1, vec![0], vec![1]).is_err());
        assert!(TransitionTable::new(usize::MAX, 2, vec![], vec![]).is_err());
    }

    #[test]
    fn rows_of_their_own_lengths() {
        let full = TransitionTable::new(4, 2, vec![1, 2, 0, 0, 0, 0, 3, 0], vec![9, 8, 0, 0, 0, 0, 7, 0]).unwrap();
        let packed = TransitionTable::packed(4, 2, &[2, 0, 0, 1], vec![1, 2, 3], vec![9, 8, 7]).unwrap();
        for item in (0..6).map(ItemIdx) {
            assert!(packed.row(item).eq(full.row(item)));
        }
        for (items, counts) in [(4, &[2, 0, 0, 2][..]), (4, &[2, 0, 1]), (3, &[2, 0, 0, 1])] {
            assert!(TransitionTable::packed(items, 2, counts, vec![1, 2, 3], vec![9, 8, 7]).is_err());
        }
    }
}
