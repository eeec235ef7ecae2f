//! A set of catalog items, one bit each.

use crate::ids::ItemIdx;

/// A set of item indices below a fixed length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BitSet {
    words: Vec<u64>,
    len: usize,
}

impl BitSet {
    /// The full set of 0 to `len` − 1.
    #[must_use]
    pub fn full(len: usize) -> Self {
        let mut set = Self::default();
        set.fill(len);
        set
    }

    /// Becomes the full set of 0 to `len` − 1.
    pub fn fill(&mut self, len: usize) {
        self.len = len;
        self.words.clear();
        self.words.resize(len.div_ceil(64), u64::MAX);
        if let (Some(last), used @ 1..) = (self.words.last_mut(), len % 64) {
            *last = (1 << used) - 1;
        }
    }

    /// Whether the item is in the set. Beyond the length: no.
    #[must_use]
    pub fn contains(&self, item: ItemIdx) -> bool {
        self.words.get(item.at() / 64).is_some_and(|w| w >> (item.0 % 64) & 1 == 1)
    }

    /// Takes an item out.
    pub fn remove(&mut self, item: ItemIdx) {
        if let Some(word) = self.words.get_mut(item.at() / 64) {
            *word &= !(1 << (item.0 % 64));
        }
    }

    /// Adds the members of a set of the same length.
    pub fn union(&mut self, other: &Self) {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// Moves the members for which `leaves` holds to a set of its own, whatever was in that.
    pub fn part(&mut self, leaves: impl FnMut(ItemIdx) -> bool, to: &mut Self) {
        to.len = self.len;
        to.words.clear();
        to.words.extend_from_slice(&self.words);
        to.retain(leaves);
        for (word, left) in self.words.iter_mut().zip(&to.words) {
            *word &= !left;
        }
    }

    /// Keeps only the items for which `keep` holds. `keep` is asked for members alone.
    pub fn retain(&mut self, mut keep: impl FnMut(ItemIdx) -> bool) {
        for (i, word) in self.words.iter_mut().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                if !keep(ItemIdx(i as u32 * 64 + bit)) {
                    *word &= !(1 << bit);
                }
            }
        }
    }

    /// Members in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = ItemIdx> + '_ {
        self.words.iter().enumerate().flat_map(|(i, &word)| {
            std::iter::successors((word != 0).then_some(word), |w| (w & (w - 1) != 0).then_some(w & (w - 1)))
                .map(move |w| ItemIdx(i as u32 * 64 + w.trailing_zeros()))
        })
    }

    /// Members 64 · `at` to 64 · `at` + 63, the lowest in the lowest bit. Beyond the length: none.
    #[must_use]
    pub fn word(&self, at: usize) -> u64 {
        self.words.get(at).copied().unwrap_or(0)
    }

    /// Number of members.
    #[must_use]
    pub fn count(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// The length given to [`BitSet::full`].
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether the set has no member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|w| *w == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_remove_retain_iter() {
        for len in [0, 1, 63, 64, 65, 200] {
            let mut set = BitSet::full(len);
            assert_eq!(set.count(), len);
            assert_eq!(set.iter().count(), len);
            set.retain(|i| i.0 % 3 == 0);
            set.remove(ItemIdx(0));
            set.remove(ItemIdx(9999));
            let want: Vec<_> = (1..len as u32).filter(|i| i % 3 == 0).map(ItemIdx).collect();
            assert_eq!(set.iter().collect::<Vec<_>>(), want);
            assert!(!set.contains(ItemIdx(len as u32)));
            let mut both = BitSet::full(len);
            both.retain(|i| i.0 % 3 != 0 || i.0 == 0);
            both.union(&set);
            assert_eq!(both, BitSet::full(len));
            let mut left = BitSet::full(7);
            both.part(|i| i.0 % 2 == 0, &mut left);
            assert!(both.iter().all(|i| i.0 % 2 == 1) && left.iter().all(|i| i.0 % 2 == 0));
            both.union(&left);
            assert_eq!((both, left.len()), (BitSet::full(len), len));
        }
    }
}
