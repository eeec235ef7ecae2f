//! Whether what happens happens as often as its probabilities say.

use super::wealth::{LEVELS, Wealth};

/// How many observations each bettor remembers.
const MEMORIES: [f64; 3] = [128.0, 1024.0, 8192.0];

/// Who sleeps while his memory is no farther outside than chance would take it: half the square of the distance in standard
/// errors, 1/2 by chance.
const AWAKE: f64 = 2.0;

/// What is remembered before anything was seen, as a variance.
const PRIOR: f64 = 0.25;

/// By how much more than allowed, or less, odds are expected at most.
const MOST: f64 = 16.0;

/// The least probability, and the most: of what is said to be impossible once in a million is allowed.
const LEAST: f64 = 1e-6;

/// Watches outcomes, yes or no, against probabilities that were told before. Allowed is all where the odds of each outcome, given all that
/// was before, are within a factor of what its probability says, a factor a level.
///
/// The wealth is multiplied by the likelihood ratio of odds that are expected to the nearest that are allowed, above and below: of odds
/// that are allowed that gains nothing on the average (Grünwald, de Heide and Koolen 2024, "Safe testing"). Expected are the odds that are
/// allowed, times what the outcomes that are remembered were more than those: one step of Newton's on the likelihood, in multiples. So an
/// outcome counts by how surely it was foretold, and one of many that are all but certain not to happen is not lost among them.
#[derive(Clone, Debug)]
pub struct Odds {
    factors: [f64; LEVELS],
    bettors: [Bettor; MEMORIES.len()],
    seen: u64,
}

#[derive(Clone, Copy, Debug)]
struct Bettor {
    total: f64,
    happened: f64,
    /// Above what is allowed, and below it.
    bets: [[Bet; 2]; LEVELS],
}

/// How much more outcomes were than is allowed, in the bet's direction, their variance at what is allowed, and what was won.
#[derive(Clone, Copy, Debug)]
struct Bet {
    beyond: f64,
    variance: f64,
    wealth: Wealth,
}

impl Bet {
    /// Whether it happened, which may at most have this chance. The side below is the mirror image of that above.
    #[inline(never)]
    fn observe(&mut self, happened: bool, most: f64, decay: f64) {
        let beyond = f64::from(u8::from(happened)) - most;
        let variance = self.variance + PRIOR;
        if self.beyond > 0.0 && self.beyond * self.beyond >= AWAKE * 2.0 * variance {
            let more = (1.0 + self.beyond / variance).min(MOST);
            // Odds more / (1 − most) times as large: a chance of most · more / rest.
            let rest = 1.0 - most + most * more;
            self.wealth.bet(libm::log(if happened { more / rest } else { 1.0 / rest }));
        }
        self.beyond = self.beyond * decay + beyond;
        self.variance = self.variance * decay + most * (1.0 - most);
    }
}

/// The chance whose odds are those of another times a factor.
pub(crate) fn times(chance: f64, factor: f64) -> f64 {
    factor * chance / (1.0 - chance + factor * chance)
}

impl Odds {
    /// Watches with a factor a level, each at least 1 and rising.
    #[must_use]
    pub const fn new(factors: [f64; LEVELS]) -> Self {
        const BET: Bet = Bet { beyond: 0.0, variance: 0.0, wealth: Wealth::NEW };
        const BETTOR: Bettor = Bettor { total: 0.0, happened: 0.0, bets: [[BET; 2]; LEVELS] };
        Self { factors, bettors: [BETTOR; MEMORIES.len()], seen: 0 }
    }

    /// What came of a probability, which is cut at a millionth and 1 less that. NaN is passed over.
    pub fn observe(&mut self, probability: f64, happened: bool) {
        if probability.is_nan() {
            return;
        }
        let chance = probability.clamp(LEAST, 1.0 - LEAST);
        self.seen = self.seen.saturating_add(1);
        for (bettor, memory) in self.bettors.iter_mut().zip(MEMORIES) {
            let decay = 1.0 - 1.0 / memory;
            for (bets, factor) in bettor.bets.iter_mut().zip(self.factors) {
                let [above, below] = bets;
                above.observe(happened, times(chance, factor), decay);
                below.observe(!happened, times(1.0 - chance, factor), decay);
            }
            bettor.happened = bettor.happened * decay + f64::from(u8::from(happened));
            bettor.total = bettor.total * decay + 1.0;
        }
    }

    /// Observations so far.
    #[must_use]
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// Of whoever has most evidence against a level: the share that happened of those that he remembers, and the share that would have been
    /// allowed. `None` before the first.
    #[must_use]
    pub fn remembered(&self, level: usize) -> Option<(f64, f64)> {
        let mut best = None;
        for bettor in self.bettors.iter().filter(|bettor| bettor.total > 0.0) {
            for (bet, sign) in bettor.bets.get(level)?.iter().zip([1.0, -1.0]) {
                let peak = bet.wealth.peak();
                if best.is_none_or(|(most, _)| peak > most) {
                    let share = bettor.happened / bettor.total;
                    best = Some((peak, (share, share - sign * bet.beyond / bettor.total)));
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

    /// Whether what the shorter memory has is allowed.
    #[must_use]
    pub fn within(&self, level: usize) -> bool {
        self.bettors.first().and_then(|bettor| bettor.bets.get(level)).is_none_or(|bets| bets.iter().all(|bet| bet.beyond <= 0.0))
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

    const FACTORS: [f64; LEVELS] = [1.1, 1.25, 2.0];

    /// Nearly all small, a few large, as frauds are foretold.
    fn skewed(random: &mut SplitMix64) -> f64 {
        if random.unit() < 0.02 { 0.2 + 0.7 * random.unit() } else { 0.01 * random.unit() }
    }

    #[test]
    fn odds_are_multiplied() {
        // Odds of 0.5 are 1, twice that is 2/3. Odds of 0.2 are 1/4, twice that 1/2, which is 1/3.
        assert!((times(0.5, 2.0) - 2.0 / 3.0).abs() < 1e-15 && (times(0.2, 2.0) - 1.0 / 3.0).abs() < 1e-15);
        assert_eq!((times(0.0, 2.0), times(1.0, 2.0), times(0.25, 1.0)), (0.0, 1.0, 0.25));
    }

    #[test]
    fn a_bet_is_a_likelihood_ratio() {
        // Remembered: three more than allowed, of variance 5.75 with the prior 6: 1 + 3 / 6 = 1.5 times the odds. Of 0.5: 0.6.
        let mut bet = Bet { beyond: 3.0, variance: 5.75, wealth: Wealth::NEW };
        bet.observe(true, 0.5, 1.0);
        assert_eq!((bet.beyond, bet.variance, bet.wealth), (3.5, 6.0, Wealth::NEW), "asleep: 9 is below 4 · 6");
        bet.beyond = 6.0;
        let want = |of: f64| {
            let mut wealth = Wealth::NEW;
            wealth.bet(of.ln());
            wealth.peak()
        };
        // 6 of 6.25: 1.96 times the odds of 0.5, which is 1.96 / 2.96; beside 0.5.
        bet.observe(true, 0.5, 1.0);
        assert!((bet.wealth.peak() - want(1.96 / 2.96 / 0.5)).abs() < 1e-12);
    }

    #[test]
    fn at_the_edges_alarms_are_as_rare_as_stated() {
        let mut random = SplitMix64::new(6);
        for factor in [1.1, 1.0 / 1.1] {
            let mut alarms = 0;
            for run in 0..200 {
                let mut watch = Odds::new(FACTORS);
                for _ in 0..3000 {
                    let p = if run % 2 == 0 { skewed(&mut random) } else { random.unit() };
                    watch.observe(p, random.unit() < times(p, factor));
                }
                alarms += i32::from(watch.evidence(0) >= 20_f64.ln());
            }
            assert!(alarms <= 10, "{alarms} of 200 at a level of 5 %, factor {factor}");
        }
    }

    #[test]
    fn odds_that_leave_are_seen_at_their_level() {
        for (factor, levels) in [
            (1.0, [false; 3]),
            (1.9, [true, true, false]),
            (1.0 / 1.9, [true, true, false]),
            (6.0, [true; 3]),
            (1.0 / 6.0, [true; 3]),
        ] {
            let (mut watch, mut random) = (Odds::new(FACTORS), SplitMix64::new(6));
            let mut see = |watch: &mut Odds, count: usize, factor: f64| {
                for _ in 0..count {
                    let p = random.unit();
                    watch.observe(p, random.unit() < times(p, factor));
                }
            };
            see(&mut watch, 10_000, 1.0);
            assert!(watch.evidence(0) < 3.0 && watch.within(1));
            see(&mut watch, 3000, factor);
            assert_eq!([0, 1, 2].map(|level| watch.evidence(level) > 4.0), levels, "{factor}");
            assert_eq!(watch.within(1), !levels[1]);
            if let (true, Some((share, allowed))) = (levels[0], watch.remembered(1)) {
                assert_eq!(share > allowed, factor > 1.0, "{share} {allowed}");
            }
            watch.clear(0);
            assert_eq!(watch.evidence(0), f64::NEG_INFINITY);
        }
    }

    #[test]
    fn whatever_is_observed_wealth_stays_a_number() {
        let mut watch = Odds::new([1.0, 1.0, 1e6]);
        [f64::NAN, f64::INFINITY, -5.0, 9.0].iter().for_each(|p| watch.observe(*p, true));
        (0..5000).for_each(|at| watch.observe(0.0, at % 2 == 0));
        assert!((0..2).all(|level| watch.evidence(level).is_finite()) && watch.seen() == 5003);
        assert_eq!(watch.evidence(2), f64::NEG_INFINITY, "half of the time is a millionth's odds a million times");
        assert_eq!((Odds::new(FACTORS).remembered(0), Odds::new(FACTORS).within(0)), (None, true));
    }
}
