//! Whether the mean of numbers between 0 and 1, as outcomes and scores are, leaves what it may be.

use super::wealth::{LEVELS, Wealth};

/// How many observations each bettor remembers.
const MEMORIES: [f64; 2] = [128.0, 4096.0];

/// Who sleeps while his memory is no farther outside than chance would take it: half the square of the distance in standard
/// errors, 1/2 by chance.
const AWAKE: f64 = 2.0;

/// The most of the wealth that one observation may lose.
const MOST: f64 = 0.5;

/// Watches a mean against intervals, one a level and each around the one before. They may differ from observation to observation, as
/// what is foretold of each does. Allowed is every distribution on 0 to 1 whose mean lies in the interval, given all that was before.
///
/// The wealth is multiplied by 1 + λ (x − high), or 1 + λ (low − x), with a λ that is known before x is (Waudby-Smith and
/// Ramdas 2024, "Estimating means of bounded random variables by betting"); λ is their aGRAPA, of a mean and a variance that
/// forget.
#[derive(Clone, Debug)]
pub struct Mean {
    bettors: [Bettor; MEMORIES.len()],
    seen: u64,
}

#[derive(Clone, Copy, Debug)]
struct Bettor {
    total: f64,
    sum: f64,
    /// Above the interval, and below it.
    bets: [[Bet; 2]; LEVELS],
}

/// How far observations were outside, and what was won by that.
#[derive(Clone, Copy, Debug)]
struct Bet {
    gains: f64,
    squares: f64,
    wealth: Wealth,
}

impl Bet {
    /// The next gain, of so many before; one observation may lose as much as `room` times λ.
    #[inline(never)]
    fn observe(&mut self, gain: f64, room: f64, total: f64) {
        // A prior of one observation that gains nothing, with a variance of a quarter.
        let (weight, squares) = (total + 1.0, self.squares + 0.25);
        let lead = self.gains / weight;
        let variance = (squares / weight - lead * lead).max(1e-6);
        if lead > 0.0 && total * lead * lead >= AWAKE * 2.0 * variance {
            let lambda = (self.gains / squares).min(MOST / room.max(1e-9));
            self.wealth.bet(libm::log(1.0 + lambda * gain));
        }
    }

    fn remember(&mut self, gain: f64, decay: f64) {
        self.gains = self.gains * decay + gain;
        self.squares = self.squares * decay + gain * gain;
    }
}

impl Default for Mean {
    fn default() -> Self {
        const NEW: Bettor =
            Bettor { total: 0.0, sum: 0.0, bets: [[Bet { gains: 0.0, squares: 0.0, wealth: Wealth::NEW }; 2]; LEVELS] };
        Self { bettors: [NEW; MEMORIES.len()], seen: 0 }
    }
}

impl Mean {
    /// A number, cut at 0 and 1, and the intervals (low, high) within 0 to 1 that its mean may be in, told before it was known. NaN is
    /// passed over.
    pub fn observe(&mut self, x: f64, intervals: [(f64, f64); LEVELS]) {
        if x.is_nan() {
            return;
        }
        let x = x.clamp(0.0, 1.0);
        self.seen = self.seen.saturating_add(1);
        for (bettor, memory) in self.bettors.iter_mut().zip(MEMORIES) {
            let decay = 1.0 - 1.0 / memory;
            for (bets, (low, high)) in bettor.bets.iter_mut().zip(intervals) {
                // The side above, and the side below as the mirror image of it.
                for (bet, (gain, room)) in bets.iter_mut().zip([(x - high, high), (low - x, 1.0 - low)]) {
                    bet.observe(gain, room, bettor.total);
                    bet.remember(gain, decay);
                }
            }
            bettor.sum = bettor.sum * decay + x;
            bettor.total = bettor.total * decay + 1.0;
        }
    }

    /// Observations so far.
    #[must_use]
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// Of whoever has most evidence against a level: the mean that he remembers, and the mean of the ends of the intervals that it is
    /// beyond. `None` before the first.
    #[must_use]
    pub fn remembered(&self, level: usize) -> Option<(f64, f64)> {
        let mut best = None;
        for bettor in self.bettors.iter().filter(|bettor| bettor.total > 0.0) {
            for (bet, sign) in bettor.bets.get(level)?.iter().zip([1.0, -1.0]) {
                let peak = bet.wealth.peak();
                if best.is_none_or(|(most, _)| peak > most) {
                    let mean = bettor.sum / bettor.total;
                    best = Some((peak, (mean, mean - sign * bet.gains / bettor.total)));
                }
            }
        }
        best.map(|(_, told)| told)
    }

    /// Logarithm of the e-value against a level, the largest so far, as [`Drift::evidence`](super::Drift::evidence).
    #[must_use]
    pub fn evidence(&self, level: usize) -> f64 {
        let all = self.bettors.iter().filter_map(|bettor| bettor.bets.get(level)).flatten();
        all.map(|bet| bet.wealth.peak()).fold(f64::NEG_INFINITY, f64::max) - libm::log((MEMORIES.len() * LEVELS * 2) as f64)
    }

    /// Whether the mean of the last hundred or so lies in the intervals that they had.
    #[must_use]
    pub fn within(&self, level: usize) -> bool {
        self.bettors.first().and_then(|bettor| bettor.bets.get(level)).is_none_or(|bets| bets.iter().all(|bet| bet.gains <= 0.0))
    }

    /// Begins a level anew, after an alarm that is over.
    pub fn clear(&mut self, level: usize) {
        self.bettors.iter_mut().filter_map(|bettor| bettor.bets.get_mut(level)).flatten().for_each(|bet| bet.wealth.clear());
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
                let mut watch = Mean::default();
                // Zeros and ones have the most variance of a mean.
                (0..4000).for_each(|_| watch.observe(f64::from(random.unit() < mean), INTERVALS));
                alarms += i32::from(watch.evidence(0) >= 20_f64.ln());
            }
            assert!(alarms <= 15, "{alarms} of 300 at a level of 5 %, mean {mean}");
        }
    }

    #[test]
    fn a_mean_that_leaves_is_seen_at_its_level() {
        for (mean, levels) in [(0.30, [false; 3]), (0.22, [true, true, false]), (0.7, [true; 3]), (0.02, [true; 3])] {
            let (mut watch, mut random) = (Mean::default(), SplitMix64::new(6));
            (0..20_000).for_each(|_| watch.observe(0.6 * random.unit(), INTERVALS));
            assert!(watch.evidence(0) < 3.0 && watch.within(0));
            (0..3000).for_each(|_| watch.observe(mean + 0.02 * (random.unit() - 0.5), INTERVALS));
            assert_eq!([0, 1, 2].map(|level| watch.evidence(level) > 9.0), levels, "{mean}");
            assert_eq!(watch.within(1), !levels[1]);
            watch.clear(0);
            assert_eq!(watch.evidence(0), f64::NEG_INFINITY);
        }
    }

    #[test]
    fn whatever_is_observed_wealth_stays_a_number() {
        let (mut watch, wide) = (Mean::default(), [(0.0, 0.0), (0.0, 1.0), (0.0, 1.0)]);
        [f64::NAN, f64::INFINITY, -5.0, 9.0].iter().for_each(|x| watch.observe(*x, wide));
        (0..5000).for_each(|_| watch.observe(1.0, wide));
        assert!(watch.evidence(0).is_finite() && watch.evidence(1) == f64::NEG_INFINITY && watch.seen() == 5003);
        assert_eq!((Mean::default().remembered(0), Mean::default().within(0)), (None, true));
    }
}
