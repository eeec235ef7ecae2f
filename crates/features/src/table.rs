//! A table of hashes: where something with a hash is. Open addressing with linear probing; what is removed leaves no mark.

/// Bits of a hash that are kept: 32 where the things themselves are compared, 64 where the hash stands for the thing.
pub(crate) trait Bits: Copy + Eq + Into<u64> {
    fn of(hash: u64) -> Self;
}

impl Bits for u32 {
    fn of(hash: u64) -> Self {
        (hash ^ hash >> 32) as Self
    }
}

impl Bits for u64 {
    fn of(hash: u64) -> Self {
        hash
    }
}

/// A place: bits of a hash, and a number above 0; 0 where nothing is.
type Cell<H> = (H, u32);

/// From hashes to numbers below 2^32 − 1. Whether two things are equal is asked of the caller, who holds them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table<H> {
    /// A power of two of them, or none.
    cells: Vec<Cell<H>>,
    len: usize,
}

impl<H: Bits> Table<H> {
    /// The place of a hash's home.
    fn home(&self, bits: H) -> usize {
        bits.into() as usize & self.mask()
    }

    fn mask(&self) -> usize {
        self.cells.len().wrapping_sub(1)
    }

    fn cell(&self, at: usize) -> Option<Cell<H>> {
        self.cells.get(at).copied().filter(|(_, number)| *number > 0)
    }

    fn position(&self, bits: H, is: impl Fn(u32) -> bool) -> Option<usize> {
        let mut at = self.home(bits);
        while let Some((known, number)) = self.cell(at) {
            if known == bits && is(number - 1) {
                return Some(at);
            }
            at = (at + 1) & self.mask();
        }
        None
    }

    /// The number of what has this hash and is it.
    pub(crate) fn find(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        self.position(H::of(hash), is).and_then(|at| self.cell(at)).map(|(_, number)| number - 1)
    }

    /// Reads the place where a hash would be.
    pub(crate) fn look(&self, hash: u64) -> i64 {
        self.cell(self.home(H::of(hash))).map_or(0, |(_, number)| number.into())
    }

    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Adds what is not there yet.
    pub(crate) fn insert(&mut self, hash: u64, number: u32) {
        self.add(H::of(hash), number.saturating_add(1));
    }

    fn add(&mut self, bits: H, number: u32) {
        // A quarter stays free, so that probes end soon.
        if (self.len + 1) * 4 > self.cells.len() * 3 {
            let cells = vec![(H::of(0), 0); (self.cells.len() * 2).max(8)];
            let old = std::mem::replace(&mut self.cells, cells);
            old.into_iter().filter(|(_, number)| *number > 0).for_each(|(bits, number)| self.put(bits, number));
        }
        self.put(bits, number);
        self.len += 1;
    }

    fn put(&mut self, bits: H, number: u32) {
        let mut at = self.home(bits);
        while self.cell(at).is_some() {
            at = (at + 1) & self.mask();
        }
        self.set(at, (bits, number));
    }

    /// Takes away what has this hash and is it.
    pub(crate) fn remove(&mut self, hash: u64, is: impl Fn(u32) -> bool) {
        if let Some(at) = self.position(H::of(hash), is) {
            self.clear(at);
        }
    }

    fn clear(&mut self, mut free: usize) {
        self.len -= 1;
        // Whatever stands behind moves up, unless it would stand before its home.
        let mut at = free;
        loop {
            at = (at + 1) & self.mask();
            let Some((bits, number)) = self.cell(at) else { break };
            let (way, gap) = (at.wrapping_sub(self.home(bits)) & self.mask(), at.wrapping_sub(free) & self.mask());
            if way >= gap {
                self.set(free, (bits, number));
                free = at;
            }
        }
        self.set(free, (H::of(0), 0));
    }

    fn set(&mut self, at: usize, to: Cell<H>) {
        if let Some(cell) = self.cells.get_mut(at) {
            *cell = to;
        }
    }

    /// Counts a hash by itself: one more.
    pub(crate) fn more(&mut self, hash: u64) {
        let bits = H::of(hash);
        match self.position(bits, |_| true) {
            Some(at) => {
                let count = self.cell(at).map_or(0, |(_, count)| count);
                self.set(at, (bits, count.saturating_add(1)));
            }
            None => self.add(bits, 1),
        }
    }

    /// One less, and none at all where it was the last.
    pub(crate) fn less(&mut self, hash: u64) {
        let bits = H::of(hash);
        let Some(at) = self.position(bits, |_| true) else { return };
        match self.cell(at) {
            Some((_, count)) if count > 1 => self.set(at, (bits, count - 1)),
            _ => self.clear(at),
        }
    }

    /// Whether a hash is counted.
    pub(crate) fn has(&self, hash: u64) -> bool {
        self.position(H::of(hash), |_| true).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn it_holds_what_a_map_holds() {
        let (mut table, mut map, mut state) = (Table::<u64>::default(), BTreeMap::new(), 1_u64);
        for _ in 0..200_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Few homes, many of them at the end of the table.
            let hash = (state >> 40 & 31) * 0x1_0000_0000 + [5, 6, 7, 1023][(state >> 50 & 3) as usize];
            if state >> 60 & 1 == 0 {
                table.more(hash);
                *map.entry(hash).or_insert(0_u32) += 1;
            } else {
                table.less(hash);
                if let Some(count) = map.get_mut(&hash) {
                    *count -= 1;
                    if *count == 0 {
                        map.remove(&hash);
                    }
                }
            }
            assert_eq!(table.len(), map.len());
        }
        for home in [5, 6, 7, 1023] {
            for high in 0..32_u64 {
                let hash = high * 0x1_0000_0000 + home;
                assert_eq!(table.find(hash, |_| true).map(|count| count + 1), map.get(&hash).copied());
                assert_eq!(table.has(hash), map.contains_key(&hash));
            }
        }
    }

    #[test]
    fn equal_hashes_are_told_apart() {
        let mut table = Table::<u32>::default();
        for value in 0..100 {
            table.insert(7, value);
        }
        assert_eq!(table.find(7, |value| value == 63), Some(63));
        table.remove(7, |value| value == 63);
        assert_eq!((table.find(7, |value| value == 63), table.len()), (None, 99));
        assert!((0..100).filter(|v| *v != 63).all(|v| table.find(7, |value| value == v) == Some(v)));
        assert_eq!(Table::<u32>::default().find(1, |_| true), None);
    }
}
