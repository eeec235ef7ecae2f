//! An alert is told once, and stands until it is over.

use crate::alert::Level;
use crate::evidence::LEVELS;

/// The levels by their places.
pub(super) const NAMES: [Level; LEVELS] = [Level::Notice, Level::Warn, Level::Fallback];

/// Observations that an alarm stands at least, so that what clears it is not what raised it.
const STANDS: u64 = 1024;

/// Which levels have been raised, and after how many observations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Latch([Option<u64>; LEVELS]);

impl Latch {
    /// Raises every level up to this one; whether this one is news.
    pub(super) fn raise(&mut self, level: usize, seen: u64) -> bool {
        let news = self.0.get(level).is_some_and(Option::is_none);
        for raised in self.0.iter_mut().take(level + 1) {
            raised.get_or_insert(seen);
        }
        news
    }

    /// The highest level that stands.
    pub(super) fn standing(&self) -> Option<usize> {
        self.0.iter().rposition(Option::is_some)
    }

    /// Whether a level stands and has stood long enough to be over.
    pub(super) fn ripe(&self, level: usize, seen: u64) -> bool {
        self.0.get(level).copied().flatten().is_some_and(|since| seen.saturating_sub(since) >= STANDS)
    }

    /// Lets go of a level.
    pub(super) fn clear(&mut self, level: usize) {
        if let Some(raised) = self.0.get_mut(level) {
            *raised = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn told_once_and_again_when_it_rises() {
        let mut latch = Latch::default();
        assert!(
            latch.standing().is_none()
                && latch.raise(1, 100)
                && !latch.raise(1, 200)
                && !latch.raise(0, 200)
                && latch.raise(2, 300)
        );
        assert_eq!(latch.standing(), Some(2));
        assert!(!latch.ripe(2, 1300) && latch.ripe(2, 1324) && latch.ripe(1, 1124));
        latch.clear(2);
        assert!(latch.standing() == Some(1) && !latch.ripe(2, 9999) && latch.raise(2, 9999));
        assert!(!latch.raise(7, 0));
    }
}
