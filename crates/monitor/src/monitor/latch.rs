//! An alert is told once, and stands until it is over.

use crate::alert::Level;
use crate::evidence::LEVELS;

/// The levels by their places.
pub(super) const NAMES: [Level; LEVELS] = [Level::Notice, Level::Warn, Level::Fallback];

/// Observations that an alarm stands at least, so that what clears it is not what raised it: twice as many each time that it is
/// raised again, so that what comes and goes is told a few times and not every day.
const STANDS: u64 = 1024;

/// Which levels have been raised, after how many observations, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Latch([(Option<u64>, u32); LEVELS]);

impl Latch {
    /// Raises every level up to this one; whether this one is news.
    pub(super) fn raise(&mut self, level: usize, seen: u64) -> bool {
        let news = self.0.get(level).is_some_and(|(since, _)| since.is_none());
        for (since, times) in self.0.iter_mut().take(level + 1).filter(|(since, _)| since.is_none()) {
            *since = Some(seen);
            *times = times.saturating_add(1);
        }
        news
    }

    /// The highest level that stands.
    #[inline(never)]
    pub(super) fn standing(&self) -> Option<usize> {
        self.0.iter().rposition(|(since, _)| since.is_some())
    }

    /// Whether a level stands and has stood long enough to be over.
    pub(super) fn ripe(&self, level: usize, seen: u64) -> bool {
        let Some((Some(since), times)) = self.0.get(level) else { return false };
        // A count that is full stands still: then it is over as soon as it may be.
        seen == u64::MAX || seen.saturating_sub(*since) >= STANDS << times.saturating_sub(1).min(40)
    }

    /// Lets go of a level.
    pub(super) fn clear(&mut self, level: usize) {
        if let Some((since, _)) = self.0.get_mut(level) {
            *since = None;
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
        assert!(latch.standing() == Some(1) && !latch.ripe(2, 9999) && latch.raise(2, 10_000));
        assert!(!latch.ripe(2, 12_047) && latch.ripe(2, 12_048), "twice as long");
        assert!(!latch.raise(7, 0));
        let mut full = Latch::default();
        assert!(full.raise(0, u64::MAX) && full.ripe(0, u64::MAX), "a full count does not hold it for ever");
    }
}
