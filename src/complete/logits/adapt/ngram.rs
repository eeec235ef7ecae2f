//! Counts of what followed the last tokens, in a table of fixed size: the memory of the mixer.

/// Orders of context at most: the last one to four tokens.
pub(super) const ORDERS: usize = 4;
/// Followers that are kept of a context.
const FOLLOWERS: usize = 8;

/// What followed one context.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// Hash of the context, 0 where the slot is free.
    key: u64,
    /// Token and how often; the likeliest stay.
    followers: [(u32, u16); FOLLOWERS],
    /// How often the context came.
    total: u32,
}

/// Counts by context.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    slots: Vec<Slot>,
    /// Tokens of the longest context.
    orders: usize,
}

impl Counts {
    /// A table of 2^`bits` contexts of up to so many tokens.
    pub(super) fn new(bits: u32, orders: usize) -> Self {
        Self { slots: vec![Slot::default(); 1 << bits], orders: orders.min(ORDERS) }
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.slots.len() * size_of::<Slot>()
    }

    /// The hash of the last `order` tokens; `None` where there are fewer.
    fn key(context: &[u32], order: usize) -> Option<u64> {
        let from = context.len().checked_sub(order)?;
        let last = context.get(from..)?;
        let mix = |hash: u64, id: &u32| {
            let mixed = (hash ^ u64::from(*id)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            mixed ^ mixed >> 32
        };
        // Apart by order from the start: small numbers would meet otherwise.
        Some(last.iter().fold((order as u64).wrapping_mul(0xd134_2543_de82_ef95), mix) | 1)
    }

    fn place(&self, key: u64) -> usize {
        // A power of two.
        (key >> 20) as usize & (self.slots.len() - 1)
    }

    /// What followed the last `order` tokens: how often they came, and tokens with their counts.
    pub(super) fn after(&self, context: &[u32], order: usize) -> Option<(u32, impl Iterator<Item = (u32, u16)>)> {
        let key = Self::key(context, order)?;
        let slot = self.slots.get(self.place(key)).filter(|slot| slot.key == key && slot.total > 0)?;
        Some((slot.total, slot.followers.iter().copied().filter(|(_, count)| *count > 0)))
    }

    /// Counts a token behind its context, in all orders.
    pub(super) fn add(&mut self, context: &[u32], id: u32) {
        for order in 1..=self.orders {
            let Some(key) = Self::key(context, order) else { return };
            let place = self.place(key);
            let Some(slot) = self.slots.get_mut(place) else { return };
            if slot.key != key {
                // A context that came often is worn down before another takes its place.
                if slot.total > 1 {
                    slot.halve();
                    continue;
                }
                *slot = Slot { key, ..Slot::default() };
            }
            slot.count(id);
        }
    }
}

impl Slot {
    fn halve(&mut self) {
        self.followers.iter_mut().for_each(|(_, count)| *count /= 2);
        self.total = self.followers.iter().map(|(_, count)| u32::from(*count)).sum();
    }

    fn count(&mut self, id: u32) {
        if self.total >= u32::from(u16::MAX) {
            self.halve();
        }
        let known = self.followers.iter().position(|(other, count)| *count > 0 && *other == id);
        // Else the place of the rarest, of equals the last.
        let rarest = || (0..FOLLOWERS).rev().min_by_key(|at| self.followers.get(*at).map_or(0, |(_, count)| *count)).unwrap_or(0);
        let at = known.unwrap_or_else(rarest);
        if let Some(follower) = self.followers.get_mut(at) {
            let before = if known.is_some() { follower.1 } else { 0 };
            self.total -= u32::from(follower.1 - before);
            *follower = (id, before + 1);
        }
        self.total += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(counts: &Counts, context: &[u32], order: usize) -> Option<(u32, Vec<(u32, u16)>)> {
        counts.after(context, order).map(|(total, list)| {
            let mut list: Vec<_> = list.collect();
            list.sort_unstable();
            (total, list)
        })
    }

    #[test]
    fn followers_are_counted_by_their_context() {
        let mut counts = Counts::new(10, ORDERS);
        let text = [1, 2, 3, 1, 2, 4, 1, 2, 3];
        for at in 0..text.len() {
            counts.add(&text[..at], text[at]);
        }
        assert_eq!(after(&counts, &[2], 1), Some((3, vec![(3, 2), (4, 1)])));
        assert_eq!(after(&counts, &[9, 1, 2], 2), Some((3, vec![(3, 2), (4, 1)])));
        assert_eq!(after(&counts, &[3, 1, 2], 3), Some((1, vec![(4, 1)])));
        assert_eq!(after(&counts, &[1, 2], 3), None);
        assert_eq!(after(&counts, &[9], 1), None);
    }

    /// A context that others have worn down to nothing says nothing.
    #[test]
    fn what_is_worn_down_is_forgotten() {
        let mut counts = Counts::new(0, ORDERS);
        (1..4).for_each(|id| counts.add(&[1], id));
        assert!(counts.after(&[1], 1).is_some());
        counts.add(&[2], 5);
        assert!(counts.after(&[1], 1).is_none() && counts.after(&[2], 1).is_none());
        counts.add(&[2], 5);
        assert_eq!(after(&counts, &[2], 1), Some((1, vec![(5, 1)])));
    }

    #[test]
    fn memory_stays_what_it_is_whatever_comes() {
        let mut counts = Counts::new(4, ORDERS);
        let bytes = counts.bytes();
        let mut context = Vec::new();
        for at in 0..100_000_u32 {
            let id = at.wrapping_mul(2_654_435_761) >> 20;
            counts.add(&context, id);
            context.push(id);
            context.drain(..context.len().saturating_sub(4));
        }
        assert_eq!(counts.bytes(), bytes);
        for slot in &counts.slots {
            assert_eq!(slot.total, slot.followers.iter().map(|(_, count)| u32::from(*count)).sum::<u32>());
        }
        // A count never runs over.
        let mut one = Counts::new(1, ORDERS);
        (0..200_000).for_each(|_| one.add(&[7], 7));
        assert!(one.after(&[7], 1).is_some_and(|(total, _)| total <= u32::from(u16::MAX)));
    }
}
