//! A table of hashes: where something with a hash is. Open addressing with linear probing; what is removed leaves no mark.

/// From hashes to numbers. Whether two things are equal is asked of the caller, who holds them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// Hash and number; a power of two of them, or none.
    cells: Vec<Option<(u64, u32)>>,
    len: usize,
}

impl Table {
    /// The place of a hash's home.
    fn home(&self, hash: u64) -> usize {
        hash as usize & self.mask()
    }

    fn mask(&self) -> usize {
        self.cells.len().wrapping_sub(1)
    }

    fn cell(&self, at: usize) -> Option<(u64, u32)> {
        self.cells.get(at).copied().flatten()
    }

    fn position(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<usize> {
        let mut at = self.home(hash);
        while let Some((known, value)) = self.cell(at) {
            if known == hash && is(value) {
                return Some(at);
            }
            at = (at + 1) & self.mask();
        }
        None
    }

    /// The number of what has this hash and is it.
    pub(crate) fn find(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        self.position(hash, is).and_then(|at| self.cell(at)).map(|(_, value)| value)
    }

    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Adds what is not there yet.
    pub(crate) fn insert(&mut self, hash: u64, value: u32) {
        // A quarter stays free, so that probes end soon.
        if (self.len + 1) * 4 > self.cells.len() * 3 {
            let cells = vec![None; (self.cells.len() * 2).max(8)];
            let old = std::mem::replace(&mut self.cells, cells);
            old.into_iter().flatten().for_each(|(hash, value)| self.put(hash, value));
        }
        self.put(hash, value);
        self.len += 1;
    }

    fn put(&mut self, hash: u64, value: u32) {
        let mut at = self.home(hash);
        while self.cell(at).is_some() {
            at = (at + 1) & self.mask();
        }
        if let Some(cell) = self.cells.get_mut(at) {
            *cell = Some((hash, value));
        }
    }

    /// Takes away what has this hash and is it.
    pub(crate) fn remove(&mut self, hash: u64, is: impl Fn(u32) -> bool) {
        let Some(mut free) = self.position(hash, is) else { return };
        self.len -= 1;
        // Whatever stands behind moves up, unless it would stand before its home.
        let mut at = free;
        loop {
            at = (at + 1) & self.mask();
            let Some((hash, value)) = self.cell(at) else { break };
            let (way, gap) = (at.wrapping_sub(self.home(hash)) & self.mask(), at.wrapping_sub(free) & self.mask());
            if way >= gap {
                self.set(free, Some((hash, value)));
                free = at;
            }
        }
        self.set(free, None);
    }

    fn set(&mut self, at: usize, to: Option<(u64, u32)>) {
        if let Some(cell) = self.cells.get_mut(at) {
            *cell = to;
        }
    }

    /// Counts a hash by itself: one more.
    pub(crate) fn more(&mut self, hash: u64) {
        match self.position(hash, |_| true) {
            Some(at) => {
                let count = self.cell(at).map_or(0, |(_, count)| count);
                self.set(at, Some((hash, count.saturating_add(1))));
            }
            None => self.insert(hash, 1),
        }
    }

    /// One less, and none at all where it was the last.
    pub(crate) fn less(&mut self, hash: u64) {
        let Some(at) = self.position(hash, |_| true) else { return };
        match self.cell(at) {
            Some((_, count)) if count > 1 => self.set(at, Some((hash, count - 1))),
            _ => self.remove(hash, |_| true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn it_holds_what_a_map_holds() {
        let (mut table, mut map, mut state) = (Table::default(), BTreeMap::new(), 1_u64);
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
                assert_eq!(table.find(hash, |_| true), map.get(&hash).copied());
            }
        }
    }

    #[test]
    fn equal_hashes_are_told_apart() {
        let mut table = Table::default();
        for value in 0..100 {
            table.insert(7, value);
        }
        assert_eq!(table.find(7, |value| value == 63), Some(63));
        table.remove(7, |value| value == 63);
        assert_eq!((table.find(7, |value| value == 63), table.len()), (None, 99));
        assert!((0..100).filter(|v| *v != 63).all(|v| table.find(7, |value| value == v) == Some(v)));
        assert_eq!(Table::default().find(1, |_| true), None);
    }
}
