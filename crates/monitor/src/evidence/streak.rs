//! Whether one after the other is what hardly ever was: told by the first few.

use super::wealth::{LEVELS, Wealth};

/// The share that is bet on, of what is left above a bound: nearly all.
const NEARLY: f64 = 0.9;

/// The logarithm of the wealth that is kept: thirty observations without such a one and it is lost, however long it went on.
const KEPT: f64 = 64.0;

/// Watches whether nearly every observation is what may be one only as often as the bounds say. What is expected is fixed and not
/// learnt, so that the very first observations are bet on: where such ones hardly ever were, three to five tell, and a dozen where
/// a third was. Who has lost sleeps until the next such one comes, so that quiet costs nothing. A share that only rises is
/// [`Exceeding`](super::Exceeding)'s.
#[derive(Clone, Debug)]
pub struct Streak {
    bounds: [f64; LEVELS],
    wealth: [Wealth; LEVELS],
    awake: bool,
    seen: u64,
}

impl Streak {
    /// Watches against rising bounds, each in (0, 1]; against 1 nothing is ever evidence.
    #[must_use]
    pub fn new(bounds: [f64; LEVELS]) -> Self {
        let bounds = bounds.map(|bound| bound.clamp(1e-9, 1.0));
        Self { bounds, wealth: [Wealth::default(); LEVELS], awake: true, seen: 0 }
    }

    /// An observation, and whether it is such a one.
    pub fn observe(&mut self, is: bool) {
        self.absorb(u64::from(is), 1);
    }

    /// So many such ones of so many observations, of which nobody knows the order: they are bet on together.
    pub fn absorb(&mut self, events: u64, of: u64) {
        let (events, total) = (events.min(of) as f64, of as f64);
        self.seen = self.seen.saturating_add(of);
        // Whether to bet depends on what was before alone, so that no bet has a gain.
        if of == 1 && !self.awake {
            self.awake = events > 0.0;
            return;
        }
        for (wealth, bound) in self.wealth.iter_mut().zip(self.bounds) {
            let gain = libm::log((bound + NEARLY * (1.0 - bound)) / bound);
            wealth.bet(events * gain + (total - events) * libm::log(1.0 - NEARLY));
            wealth.keep(KEPT);
        }
        // Who allows the least gains the most: where he has lost, all have.
        self.awake = of > 0 && !self.wealth.first().is_some_and(Wealth::is_new);
        if !self.awake {
            self.wealth.iter_mut().filter(|wealth| !wealth.is_new()).for_each(Wealth::again);
        }
    }

    /// Whether the next observation is bet on: within a run of such ones, or at the very beginning.
    #[must_use]
    pub const fn awake(&self) -> bool {
        self.awake
    }

    /// Observations so far.
    #[must_use]
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// Logarithm of the e-value against a level, the largest so far, as [`Drift::evidence`](super::Drift::evidence).
    #[must_use]
    pub fn evidence(&self, level: usize) -> f64 {
        self.wealth.get(level).map_or(f64::NEG_INFINITY, Wealth::peak) - libm::log(LEVELS as f64)
    }

    /// Whether no such ones come any more.
    #[must_use]
    pub const fn within(&self, _: usize) -> bool {
        !self.awake
    }

    /// Begins a level anew, after an alarm that is over.
    pub fn clear(&mut self, level: usize) {
        if let Some(wealth) = self.wealth.get_mut(level) {
            wealth.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_kernels::random::SplitMix64;

    /// Of bounds 1/100 and 1/5: each bets on 0.901 and 0.92; the first beginning has 1 / (4.22 ln² 2) of the error.
    #[test]
    fn worked_example() {
        let mut streak = Streak::new([0.01, 0.2, 1.0]);
        (0..4).for_each(|_| streak.observe(true));
        let begun = (2.0 * 2.109_743 * 2_f64.ln().powi(2)).ln() + 3_f64.ln();
        assert!((streak.evidence(0) - (4.0 * 90.1_f64.ln() - begun)).abs() < 1e-9);
        assert!((streak.evidence(1) - (4.0 * 4.6_f64.ln() - begun)).abs() < 1e-9);
        assert!(streak.evidence(2) < 0.0 && streak.evidence(9) == f64::NEG_INFINITY && streak.awake());
    }

    /// At the bound itself, the worst that is allowed; events that come one by one, and in sums.
    #[test]
    fn alarms_are_as_rare_as_stated() {
        for bound in [0.002, 0.05, 0.4] {
            let (mut random, mut alarms) = (SplitMix64::new(5), 0);
            for _ in 0..400 {
                let mut streak = Streak::new([bound, 0.5, 0.7]);
                for _ in 0..500 {
                    (0..4).for_each(|_| streak.observe(random.unit() < bound));
                    streak.absorb((0..10).map(|_| u64::from(random.unit() < bound)).sum(), 10);
                }
                alarms += i32::from(streak.evidence(0) >= 20_f64.ln());
            }
            assert!(alarms <= 20, "{alarms} of 400 at a level of 5 % and {bound}");
        }
    }

    #[test]
    fn the_first_few_tell_and_so_do_those_after_a_year_of_quiet() {
        let after = |quiet: u64, bound: f64| {
            let (mut streak, mut random) = (Streak::new([bound, 0.5, 0.7]), SplitMix64::new(9));
            (0..quiet).for_each(|_| streak.observe(random.unit() < bound));
            (1..100).find(|_| {
                streak.observe(true);
                streak.evidence(0) >= 9.0
            })
        };
        assert_eq!([after(0, 0.002), after(0, 0.05), after(0, 0.3)], [Some(2), Some(4), Some(10)]);
        assert_eq!([after(1000, 0.002), after(1_000_000, 0.002)], [Some(4), Some(5)]);
        assert!(after(1_000_000, 0.05).is_some_and(|count| count <= 14));
    }

    #[test]
    fn what_is_over_clears_and_a_huge_sum_is_forgotten() {
        for huge in [100, 1 << 48, u64::MAX] {
            let mut streak = Streak::new([0.01, 0.05, 0.25]);
            streak.absorb(huge, huge);
            streak.absorb(u64::MAX, huge);
            assert!(streak.evidence(2) > 20.0 && streak.evidence(0).is_finite() && streak.awake(), "{huge}");
            (0..40).for_each(|_| streak.observe(false));
            assert!(!streak.awake() && streak.evidence(2) > 20.0, "it stays until it is cleared");
            (0..3).for_each(|level| streak.clear(level));
            (0..400).for_each(|_| streak.observe(false));
            assert!((0..3).all(|level| streak.evidence(level) <= 0.0) && !streak.awake());
        }
        let mut none = Streak::new([0.0; LEVELS]);
        none.absorb(0, 0);
        assert!(none.evidence(0) < 0.0 && !none.awake());
    }
}
