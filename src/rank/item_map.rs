//! A map from few items to values: one look finds a value, and its memory is kept.

use crate::ids::ItemIdx;

/// Values of some items, in the order in which the items came.
#[derive(Clone, Debug, Default)]
pub struct ItemMap<V> {
    entries: Vec<Entry<V>>,
    /// Places in `entries`, counted from 1, where the item's hash says or at the first free slot after it; 0 is free.
    /// None, or a power of two that is at least twice the entries.
    slots: Vec<u32>,
}

/// An item with its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry<V> {
    /// The item.
    pub item: ItemIdx,
    /// Its value.
    pub value: V,
}

impl<V: Default> ItemMap<V> {
    /// Forgets all items.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.slots.fill(0);
    }

    /// The value of an item, if it has one.
    #[must_use]
    pub fn get(&self, item: ItemIdx) -> Option<&V> {
        let place = self.slots.get(self.slot(item))?;
        self.entries.get((*place as usize).wrapping_sub(1)).map(|entry| &entry.value)
    }

    /// The value of an item; a default one where it had none.
    pub fn entry(&mut self, item: ItemIdx) -> &mut V {
        if self.slots.len() < 2 * (self.entries.len() + 1) {
            self.grow();
        }
        let slot = self.slot(item);
        let next = self.entries.len();
        let place = match self.slots.get_mut(slot) {
            Some(free @ 0) => {
                *free = next as u32 + 1;
                self.entries.push(Entry { item, value: V::default() });
                next
            }
            taken => taken.map_or(next, |place| *place as usize - 1),
        };
        &mut self.entries[place].value
    }

    /// The items with their values, in the order in which they came.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry<V>> {
        self.entries.iter()
    }

    /// As [`ItemMap::iter`], to change values.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (ItemIdx, &mut V)> {
        self.entries.iter_mut().map(|entry| (entry.item, &mut entry.value))
    }

    /// The slot of an item, or the free one where it would stand.
    fn slot(&self, item: ItemIdx) -> usize {
        let mask = self.slots.len().wrapping_sub(1);
        // Fibonacci hashing: the golden ratio's digits, of the product the middle ones.
        let mut at = (item.0.wrapping_mul(0x9e37_79b9) >> 12) as usize & mask;
        while let Some(place @ 1..) = self.slots.get(at) {
            if self.entries.get(*place as usize - 1).is_some_and(|entry| entry.item == item) {
                break;
            }
            at = (at + 1) & mask;
        }
        at
    }

    fn grow(&mut self) {
        let len = (2 * self.slots.len()).max(64);
        self.slots.clear();
        self.slots.resize(len, 0);
        for place in 0..self.entries.len() {
            let slot = self.slot(self.entries[place].item);
            self.slots[slot] = place as u32 + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Held against a list that is searched from the front, with items whose hashes collide and memory used again.
    #[test]
    fn finds_what_was_put_in() {
        let mut map = ItemMap::default();
        assert_eq!(map.get(ItemIdx(0)), None);
        for (step, n) in [(1, 1000), (4096, 300), (1 << 20, 2000), (7, 5)] {
            map.clear();
            let mut plain: Vec<(ItemIdx, u32)> = Vec::new();
            for i in 0..n {
                let item = ItemIdx((i * i % 701_u32).wrapping_mul(step));
                *map.entry(item) += i;
                match plain.iter_mut().find(|(known, _)| *known == item) {
                    Some((_, sum)) => *sum += i,
                    None => plain.push((item, i)),
                }
            }
            assert!(map.iter().map(|e| (e.item, e.value)).eq(plain.iter().copied()));
            assert!(plain.iter().all(|(item, sum)| map.get(*item) == Some(sum)));
            assert_eq!(map.get(ItemIdx(701_u32.wrapping_mul(step))), None);
        }
    }
}
