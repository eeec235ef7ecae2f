//! Whether something happens more often than it may: unknown items, missing fields, fallbacks.

use super::wealth::{LEVELS, Wealth};

/// Occasions that are bet on together.
const BATCH: u64 = 16;

/// How many occasions each bettor remembers.
const MEMORIES: [f64; 2] = [128.0, 4096.0];

/// Who sleeps while his memory exceeds the bound by no more than chance would: divergence times occasions, 1/2 by chance.
const AWAKE: f64 = 2.0;

/// Watches how often something happens against bounds, one a level. Allowed is every rate up to the bound, and it may change
/// with time.
#[derive(Clone, Debug)]
pub struct Exceeding {
    usual: f64,
    bounds: [f64; LEVELS],
    bettors: [Bettor; MEMORIES.len()],
    waiting: (u64, u64),
    seen: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bettor {
    events: f64,
    total: f64,
    wealth: [Wealth; LEVELS],
}

/// Divergence in nats of two rates, 0 < q < 1.
fn divergence(p: f64, q: f64) -> f64 {
    crate::maths::divergence([(p, q), (1.0 - p, 1.0 - q)].into_iter())
}

impl Exceeding {
    /// Watches against rising bounds, each in (0, 1); `usual` is what the rate was.
    #[must_use]
    pub fn new(usual: f64, bounds: [f64; LEVELS]) -> Self {
        let bounds = bounds.map(|bound| bound.clamp(1e-9, 1.0 - 1e-9));
        Self { usual: usual.clamp(0.0, 1.0), bounds, bettors: [Bettor::default(); MEMORIES.len()], waiting: (0, 0), seen: 0 }
    }

    /// The largest rate that `events` of so many occasions do not rule out with probability 1 − p: the Chernoff–Hoeffding
    /// bound, the root of m KL(rate ‖ x) = ln(1/p) above the rate; from above, so that it is never less.
    #[must_use]
    pub fn bound(events: u64, of: u64, p: f64) -> f64 {
        let (of, rate) = (of.max(1) as f64, events as f64 / of.max(1) as f64);
        let (mut low, mut high) = (rate.min(1.0), 1.0);
        for _ in 0..60 {
            let middle = low + (high - low) / 2.0;
            if of * divergence(rate.min(1.0), middle) < -libm::log(p) {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    /// An occasion, and whether it happened.
    pub fn observe(&mut self, happened: bool) {
        self.absorb(u64::from(happened), 1);
    }

    /// `events` of so many occasions, bet on together with those that wait.
    pub fn absorb(&mut self, events: u64, of: u64) {
        self.waiting = (self.waiting.0.saturating_add(events.min(of)), self.waiting.1.saturating_add(of));
        self.seen = self.seen.saturating_add(of);
        if self.waiting.1 < BATCH {
            return;
        }
        let (events, of) = (self.waiting.0 as f64, self.waiting.1 as f64);
        for (bettor, memory) in self.bettors.iter_mut().zip(MEMORIES) {
            // A prior of one occasion at the usual rate, and never certain.
            let q = ((bettor.events + self.usual) / (bettor.total + 1.0)).min(1.0 - 1e-3);
            for (wealth, bound) in bettor.wealth.iter_mut().zip(self.bounds) {
                if q <= bound || bettor.total * divergence(q, bound) < AWAKE {
                    break;
                }
                wealth.bet(events * libm::log(q / bound) + (of - events) * libm::log((1.0 - q) / (1.0 - bound)));
            }
            let decay = libm::exp(-of / memory);
            bettor.events = bettor.events * decay + events;
            bettor.total = bettor.total * decay + of;
            // As in `Drift`: a larger sum is remembered as one memory full of it.
            if of > memory {
                bettor.events *= memory / bettor.total;
                bettor.total = memory;
            }
        }
        self.waiting = (0, 0);
    }

    /// Occasions so far.
    #[must_use]
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// Logarithm of the e-value against a level, the largest so far, as [`Drift::evidence`](super::Drift::evidence).
    #[must_use]
    pub fn evidence(&self, level: usize) -> f64 {
        let most =
            self.bettors.iter().filter_map(|bettor| bettor.wealth.get(level)).map(Wealth::peak).fold(f64::NEG_INFINITY, f64::max);
        most - libm::log((MEMORIES.len() * LEVELS) as f64)
    }

    /// The rate of the last hundred occasions or so; 0 before the first.
    #[must_use]
    pub fn recent(&self) -> f64 {
        self.bettors.first().map_or(0.0, |bettor| bettor.events / bettor.total.max(1.0))
    }

    /// Whether the last hundred occasions or so are within the bound.
    #[must_use]
    pub fn within(&self, level: usize) -> bool {
        let (Some(bettor), Some(bound)) = (self.bettors.first(), self.bounds.get(level)) else { return true };
        bettor.events <= bound * bettor.total
    }

    /// Begins a level anew, after an alarm that is over.
    pub fn clear(&mut self, level: usize) {
        self.bettors.iter_mut().filter_map(|bettor| bettor.wealth.get_mut(level)).for_each(Wealth::clear);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_kernels::random::SplitMix64;

    #[test]
    fn bounds_by_hand() {
        // No event of 100: −100 ln(1 − x) = ln 20, so x = 1 − 20^(−1/100).
        assert!((Exceeding::bound(0, 100, 0.05) - (1.0 - 20_f64.powf(-0.01))).abs() < 1e-9);
        let bound = Exceeding::bound(30, 1000, 1e-3);
        assert!((1000.0 * divergence(0.03, bound) - 1000_f64.ln()).abs() < 1e-6 && bound > 0.03);
        assert_eq!(Exceeding::bound(5, 5, 0.1), 1.0);
    }

    #[test]
    fn at_the_bound_alarms_are_as_rare_as_stated_and_above_it_they_come() {
        let (mut random, mut alarms) = (SplitMix64::new(5), 0);
        for _ in 0..400 {
            let mut watch = Exceeding::new(0.02, [0.03, 0.06, 0.2]);
            (0..4000).for_each(|_| watch.observe(random.unit() < 0.03));
            alarms += i32::from(watch.evidence(0) >= 20_f64.ln());
        }
        assert!(alarms <= 20, "{alarms} of 400 at a level of 5 %");
        let mut watch = Exceeding::new(0.02, [0.03, 0.06, 0.2]);
        (0..50_000).for_each(|_| watch.observe(random.unit() < 0.02));
        (0..400).for_each(|_| watch.observe(random.unit() < 0.4));
        assert!([0, 1, 2].iter().all(|level| watch.evidence(*level) > 9.0) && !watch.within(0));
        (0..2000).for_each(|_| watch.observe(random.unit() < 0.02));
        assert!(watch.within(1));
        watch.clear(1);
        assert!(watch.evidence(1) == f64::NEG_INFINITY && watch.evidence(2) > 9.0);
    }

    #[test]
    fn a_huge_sum_is_forgotten_as_fast_as_any() {
        let mut watch = Exceeding::new(0.02, [0.03, 0.06, 0.2]);
        watch.absorb(20, 1000);
        watch.absorb(1 << 48, 1 << 48);
        watch.absorb(1 << 48, 1 << 48);
        assert!(watch.evidence(2) > 9.0 && !watch.within(2));
        (0..1500).for_each(|_| watch.observe(false));
        assert!(watch.within(0));
        // The long memory too: an hour at the bound does not tell of what was.
        watch.clear(1);
        (0..40_000).for_each(|at| watch.observe(at % 50 == 0));
        assert!(watch.evidence(1) < 9.0, "{}", watch.evidence(1));
    }

    #[test]
    fn always_never_and_nonsense() {
        let mut watch = Exceeding::new(0.0, [0.0, 0.5, 1.0]);
        watch.absorb(0, 1_000_000);
        assert!(watch.evidence(0) == f64::NEG_INFINITY);
        watch.absorb(900, 100);
        (0..100).for_each(|_| watch.observe(true));
        assert!(watch.evidence(0) > 20.0 && watch.evidence(2) == f64::NEG_INFINITY);
        watch.absorb(u64::MAX, u64::MAX);
        watch.absorb(u64::MAX, u64::MAX);
        assert!(watch.evidence(0).is_finite() && watch.seen() == u64::MAX && watch.evidence(9) == f64::NEG_INFINITY);
    }
}
