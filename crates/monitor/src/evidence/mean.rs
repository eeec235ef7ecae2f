//! Whether the mean of numbers between 0 and 1, as scores are, has left an interval.

use super::wealth::{LEVELS, Wealth};

/// How many observations each bettor remembers.
const MEMORIES: [f64; 2] = [128.0, 4096.0];

/// Who sleeps while his memory is no farther outside than chance would take it: half the square of the distance in standard
/// errors, 1/2 by chance.
const AWAKE: f64 = 2.0;

/// The most of the wealth that one observation may lose.
const MOST: f64 = 0.5;

/// Watches a mean against intervals, one a level and each around the one before. Allowed is every distribution on 0 to 1 whose
/// mean lies in the interval, and it may change with time.
///
/// The wealth is multiplied by 1 + λ (x − high), or 1 + λ (low − x), with a λ that is known before x is (Waudby-Smith and
/// Ramdas 2024, "Estimating means of bounded random variables by betting"); λ is their aGRAPA, of a mean and a variance that
/// forget.
#[derive(Clone, Debug)]
pub struct Mean {
    intervals: [(f64, f64); LEVELS],
    bettors: [Bettor; MEMORIES.len()],
    seen: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bettor {
    sum: f64,
    squares: f64,
    total: f64,
    wealth: [[Wealth; 2]; LEVELS],
}

impl Mean {
    /// Watches against intervals (low, high) within 0 to 1.
    #[must_use]
    pub fn new(intervals: [(f64, f64); LEVELS]) -> Self {
        Self { intervals, bettors: [Bettor::default(); MEMORIES.len()], seen: 0 }
    }

    /// A number, cut at 0 and 1. NaN is passed over.
    pub fn observe(&mut self, x: f64) {
        if x.is_nan() {
            return;
        }
        let x = x.clamp(0.0, 1.0);
        self.seen = self.seen.saturating_add(1);
        for (bettor, memory) in self.bettors.iter_mut().zip(MEMORIES) {
            // A prior of one observation at a half with a variance of a quarter.
            let weight = bettor.total + 1.0;
            let mean = (bettor.sum + 0.5) / weight;
            let variance = ((bettor.squares + 0.5) / weight - mean * mean).max(1e-6);
            for (wealth, (low, high)) in bettor.wealth.iter_mut().zip(self.intervals) {
                // The side above, and the side below as the mirror image of it.
                let sides = [(mean - high, x - high, high), (low - mean, low - x, 1.0 - low)];
                for (wealth, (lead, gain, room)) in wealth.iter_mut().zip(sides) {
                    if lead > 0.0 && bettor.total * lead * lead >= AWAKE * 2.0 * variance {
                        let lambda = (lead / (variance + lead * lead)).min(MOST / room.max(1e-9));
                        wealth.bet(libm::log1p(lambda * gain));
                    }
                }
            }
            let decay = 1.0 - 1.0 / memory;
            bettor.sum = bettor.sum * decay + x;
            bettor.squares = bettor.squares * decay + x * x;
            bettor.total = bettor.total * decay + 1.0;
        }
    }

    /// Observations so far.
    #[must_use]
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// The mean of the last hundred observations or so; `None` before the first.
    #[must_use]
    pub fn recent(&self) -> Option<f64> {
        self.bettors.first().filter(|bettor| bettor.total > 0.0).map(|bettor| bettor.sum / bettor.total)
    }

    /// Logarithm of the e-value against a level, the largest so far, as [`Drift::evidence`](super::Drift::evidence).
    #[must_use]
    pub fn evidence(&self, level: usize) -> f64 {
        let all = self.bettors.iter().filter_map(|bettor| bettor.wealth.get(level)).flatten();
        all.map(Wealth::peak).fold(f64::NEG_INFINITY, f64::max) - libm::log((MEMORIES.len() * LEVELS * 2) as f64)
    }

    /// Whether the mean of the last hundred or so lies in the interval.
    #[must_use]
    pub fn within(&self, level: usize) -> bool {
        let (Some(mean), Some((low, high))) = (self.recent(), self.intervals.get(level)) else { return true };
        (*low..=*high).contains(&mean)
    }

    /// Begins a level anew, after an alarm that is over.
    pub fn clear(&mut self, level: usize) {
        self.bettors.iter_mut().filter_map(|bettor| bettor.wealth.get_mut(level)).flatten().for_each(Wealth::clear);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_kernels::random::SplitMix64;

    const INTERVALS: [(f64, f64); LEVELS] = [(0.28, 0.32), (0.25, 0.35), (0.1, 0.5)];

    #[test]
    fn at_the_edges_alarms_are_as_rare_as_stated() {
        let mut random = SplitMix64::new(6);
        for mean in [0.28, 0.32] {
            let mut alarms = 0;
            for _ in 0..300 {
                let mut watch = Mean::new(INTERVALS);
                // Zeros and ones have the most variance of a mean.
                (0..4000).for_each(|_| watch.observe(f64::from(random.unit() < mean)));
                alarms += i32::from(watch.evidence(0) >= 20_f64.ln());
            }
            assert!(alarms <= 15, "{alarms} of 300 at a level of 5 %, mean {mean}");
        }
    }

    #[test]
    fn a_mean_that_leaves_is_seen_at_its_level() {
        for (mean, levels) in [(0.30, [false; 3]), (0.22, [true, true, false]), (0.7, [true; 3]), (0.02, [true; 3])] {
            let (mut watch, mut random) = (Mean::new(INTERVALS), SplitMix64::new(6));
            (0..20_000).for_each(|_| watch.observe(0.6 * random.unit()));
            assert!(watch.evidence(0) < 3.0 && watch.within(0));
            (0..3000).for_each(|_| watch.observe(mean + 0.02 * (random.unit() - 0.5)));
            assert_eq!([0, 1, 2].map(|level| watch.evidence(level) > 9.0), levels, "{mean}");
            assert_eq!(watch.within(1), !levels[1]);
            watch.clear(0);
            assert_eq!(watch.evidence(0), f64::NEG_INFINITY);
        }
    }

    #[test]
    fn whatever_is_observed_wealth_stays_a_number() {
        let mut watch = Mean::new([(0.0, 0.0), (0.0, 1.0), (0.0, 1.0)]);
        [f64::NAN, f64::INFINITY, -5.0, 9.0].iter().for_each(|x| watch.observe(*x));
        (0..5000).for_each(|_| watch.observe(1.0));
        assert!(watch.evidence(0).is_finite() && watch.evidence(1) == f64::NEG_INFINITY && watch.seen() == 5003);
        assert_eq!((Mean::new(INTERVALS).recent(), Mean::new(INTERVALS).within(0)), (None, true));
    }
}
