//! Which visitors a part has, told by a sample: the [`MOST`] least of the hashes of their keys (a bottom-k sketch, Cohen and Kaplan
//! 2007). Of two parts that share visitors, the least hashes of both are likely to be shared as well.

use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Hashes that are kept.
pub(super) const MOST: usize = 1024;

/// A sample of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sketch(BTreeSet<u64>);

impl Sketch {
    /// Takes a key in: the first eight bytes of its SHA-256.
    pub(super) fn take(&mut self, key: &str) {
        let hash = Sha256::digest(key.as_bytes());
        self.add(hash.iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte)));
    }

    /// Takes a hash in.
    pub(super) fn add(&mut self, hash: u64) {
        self.0.insert(hash);
        if self.0.len() > MOST {
            self.0.pop_last();
        }
    }

    /// The hashes, least first.
    pub(super) fn hashes(&self) -> impl ExactSizeIterator<Item = u64> + '_ {
        self.0.iter().copied()
    }

    #[cfg(test)]
    fn has(&self, hash: u64) -> bool {
        self.0.contains(&hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_hashes_stay() {
        let mut sketch = Sketch::default();
        (0..5000_u64).rev().for_each(|hash| sketch.add(hash * 3));
        assert_eq!(sketch.hashes().collect::<Vec<_>>(), (0..MOST as u64).map(|hash| hash * 3).collect::<Vec<_>>());
        // SHA-256 of abc begins with ba7816bf8f01cfea.
        let mut one = Sketch::default();
        one.take("abc");
        assert!(one.has(0xba78_16bf_8f01_cfea) && one.hashes().len() == 1);
    }

    #[test]
    fn parts_of_a_log_by_day_share_least_hashes() {
        let of = |visitors: std::ops::Range<u32>| {
            let mut sketch = Sketch::default();
            visitors.for_each(|visitor| sketch.take(&visitor.to_string()));
            sketch
        };
        let (monday, tuesday, others) = (of(0..20_000), of(18_000..38_000), of(40_000..60_000));
        assert!(monday.hashes().filter(|hash| tuesday.has(*hash)).count() > 10);
        assert_eq!(monday.hashes().filter(|hash| others.has(*hash)).count(), 0);
    }
}
