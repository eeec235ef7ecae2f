//! Whether everyone gets the same slate.

use crate::bytes::digest;

/// How many of the last slates are looked at.
const LAST: usize = 64;

/// A number for a slate: of the items in their order. Two slates have one number if they are the same, and else hardly ever.
#[must_use]
pub fn slate_key(items: &[u32]) -> u64 {
    digest(&items.iter().flat_map(|item| item.to_le_bytes()).collect::<Vec<u8>>())
}

/// The last 64 slates of different contexts: how many are the most frequent one. A model that has lost its inputs shows
/// everyone the same, at a score that looks as ever.
#[derive(Clone, Debug, Default)]
pub struct SameForAll {
    last: Vec<(u64, u64)>,
    next: usize,
}

impl SameForAll {
    /// A slate by its [`slate_key`], and a number for what it answers (the items of the session, say): a visitor who reloads is
    /// one visitor, so of one context only the last slate counts.
    pub fn add(&mut self, context: u64, slate: u64) {
        if let Some(known) = self.last.iter_mut().find(|(known, _)| *known == context) {
            known.1 = slate;
            return;
        }
        if self.last.len() < LAST {
            self.last.push((context, slate));
        } else if let Some(oldest) = self.last.get_mut(self.next) {
            *oldest = (context, slate);
        }
        self.next = (self.next + 1) % LAST;
    }

    /// Share of the most frequent slate among the last ones, 0 to 1; `None` before there are 16 of different contexts.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        if self.last.len() < LAST / 4 {
            return None;
        }
        let mut slates: Vec<u64> = self.last.iter().map(|(_, slate)| *slate).collect();
        slates.sort_unstable();
        let most = slates.chunk_by(|a, b| a == b).map(<[u64]>::len).max().unwrap_or(0);
        Some(most as f64 / slates.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_the_most_frequent() {
        let mut same = SameForAll::default();
        for context in 0..15 {
            same.add(context, 1);
        }
        same.add(3, 1);
        assert_eq!(same.share(), None, "a reload is no other visitor");
        for context in 15..20 {
            same.add(context, context);
        }
        assert_eq!(same.share(), Some(0.75));
        (100..164).for_each(|context| same.add(context, context));
        assert_eq!(same.share(), Some(1.0 / 64.0), "what is long ago is forgotten");
        assert!(slate_key(&[1, 2]) != slate_key(&[2, 1]) && slate_key(&[1, 2]) == slate_key(&[1, 2]));
    }
}
