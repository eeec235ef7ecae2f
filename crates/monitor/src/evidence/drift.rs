//! Whether values still come from the reference's distribution.

use super::ball::{distance, project, reference_radius};
use super::wealth::{LEVELS, Wealth};
use crate::maths::divergence;

/// Observations that are bet on together.
const BATCH: u64 = 32;

/// How many observations each bettor remembers: one who sees a large change at once, and others who see smaller ones.
const MEMORIES: [f64; 4] = [128.0, 512.0, 2048.0, 8192.0];

/// By whose memory an alarm is cleared.
const CLEARING: usize = 1;

/// Who sleeps while his memory is no farther from what is allowed than chance takes it: twice its divergence times observations
/// is about chi-square, and so many standard deviations above its mean he wakes. Any rule that looks back alone keeps the bets
/// fair; one that sleeps in quiet times keeps the wealth.
const AWAKE: f64 = 3.0;

/// Watches counts on bins against a reference. Allowed at a level is every distribution p with KL(reference ‖ p) within its
/// radius, and it may change with time; the first radius is that of chance in the reference itself
/// ([`reference_radius`](super::reference_radius)), so that a reference is what it is, a sample.
///
/// Four bettors with memories of some 128 to 8,192 observations each put their wealth on what they remember, against the
/// nearest allowed distribution.
#[derive(Clone, Debug)]
pub struct Drift {
    reference: Vec<f64>,
    base: Vec<f64>,
    radii: [f64; LEVELS],
    bettors: [Bettor; MEMORIES.len()],
    waiting: Vec<u64>,
    waits: u64,
    seen: u64,
}

#[derive(Clone, Debug)]
struct Bettor {
    kept: Vec<f64>,
    total: f64,
    /// Sum of the squares of what each observation counts for.
    squares: f64,
    wealth: [Wealth; LEVELS],
}

impl Drift {
    /// Watches against these counts. `radii` in nats, rising; see [`Drift::radii`].
    #[must_use]
    pub fn new(counts: &[u64], radii: [f64; LEVELS]) -> Self {
        let total = counts.iter().map(|&c| c as f64).sum::<f64>().max(1.0);
        let bins = counts.len();
        let reference = counts.iter().map(|&c| c as f64 / total).collect();
        let base = counts.iter().map(|&c| (c as f64 + 0.5) / (total + 0.5 * bins as f64)).collect();
        let bettor = Bettor { kept: vec![0.0; bins], total: 0.0, squares: 0.0, wealth: [Wealth::default(); LEVELS] };
        Self {
            reference,
            base,
            radii,
            bettors: [(); MEMORIES.len()].map(|()| bettor.clone()),
            waiting: vec![0; bins],
            waits: 0,
            seen: 0,
        }
    }

    /// Radii for tolerances in units of the PSI, of which half is the divergence where both are small: chance in the reference,
    /// left out with probability `p`, and the tolerance beyond it.
    #[must_use]
    pub fn radii(counts: &[u64], p: f64, tolerances: [f64; LEVELS]) -> [f64; LEVELS] {
        let chance = reference_radius(counts.len(), counts.iter().sum(), p);
        tolerances.map(|psi| chance + psi.max(0.0) / 2.0)
    }

    /// An observation in a bin.
    pub fn observe(&mut self, bin: usize) {
        if let Some(count) = self.waiting.get_mut(bin) {
            *count += 1;
            self.waits += 1;
            self.seen = self.seen.saturating_add(1);
        }
        if self.waits >= BATCH {
            self.bet();
        }
    }

    /// Observations of many, by bin: of reports that were summed. They are bet on at once, by what was known before.
    pub fn absorb(&mut self, counts: &[u64]) {
        for (mine, theirs) in self.waiting.iter_mut().zip(counts) {
            *mine = mine.saturating_add(*theirs);
            self.waits = self.waits.saturating_add(*theirs);
            self.seen = self.seen.saturating_add(*theirs);
        }
        if self.waits >= BATCH {
            self.bet();
        }
    }

    fn bet(&mut self) {
        let bins = self.reference.len();
        let degrees = bins.saturating_sub(1) as f64;
        let awake = (degrees + AWAKE * libm::sqrt(2.0 * degrees)) / 2.0;
        let batch = self.waits as f64;
        let (mut q, mut p) = (vec![0.0; bins], vec![0.0; bins]);
        for (bettor, memory) in self.bettors.iter_mut().zip(MEMORIES) {
            bettor.expect(&self.base, &mut q);
            // Asleep at the first level is asleep at all: the others allow more.
            for (wealth, radius) in bettor.wealth.iter_mut().zip(self.radii) {
                if !project(&self.reference, &q, radius, &mut p) {
                    break;
                }
                let promise = divergence(q.iter().copied().zip(p.iter().copied()));
                // As many observations of one weight.
                let observations = bettor.total * bettor.total / bettor.squares.max(1.0);
                if observations * promise < awake {
                    break;
                }
                let counted = self.waiting.iter().zip(q.iter().zip(&p)).filter(|(count, _)| **count > 0);
                wealth.bet(counted.map(|(&count, (q, p))| count as f64 * libm::log(q / p)).sum());
            }
            let decay = libm::exp(-batch / memory);
            for (kept, &count) in bettor.kept.iter_mut().zip(&self.waiting) {
                *kept = *kept * decay + count as f64;
            }
            bettor.total = bettor.total * decay + batch;
            bettor.squares = bettor.squares * decay * decay + batch;
            // A sum of reports that is larger than the memory is remembered as one memory full of it: it is forgotten as fast as
            // anything else.
            if batch > memory {
                let scale = memory / bettor.total;
                bettor.kept.iter_mut().for_each(|kept| *kept *= scale);
                bettor.total = memory;
                bettor.squares *= scale * scale;
            }
        }
        self.waiting.fill(0);
        self.waits = 0;
    }

    /// Observations so far.
    #[must_use]
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// Logarithm of the e-value against a level, the largest so far: at least ln(1/α) with probability α at most while what is
    /// allowed there is what comes. −∞ where nobody has bet. All levels and memories share the error.
    #[must_use]
    pub fn evidence(&self, level: usize) -> f64 {
        let most =
            self.bettors.iter().filter_map(|bettor| bettor.wealth.get(level)).map(Wealth::peak).fold(f64::NEG_INFINITY, f64::max);
        most - libm::log((MEMORIES.len() * LEVELS) as f64)
    }

    /// What is remembered by whoever has the most evidence against a level: its divergence in nats from the reference,
    /// KL(reference ‖ remembered), and about how many of his observations fell into each bin.
    #[must_use]
    pub fn remembered(&self, level: usize) -> (f64, Vec<u64>) {
        let peak = |bettor: &Bettor| bettor.wealth.get(level).map_or(f64::NEG_INFINITY, Wealth::peak);
        let most = self.bettors.iter().reduce(|best, next| if peak(next) > peak(best) { next } else { best });
        most.map_or((0.0, Vec::new()), |bettor| {
            (self.divergence(bettor), bettor.kept.iter().map(|kept| (kept + 0.5) as u64).collect())
        })
    }

    fn divergence(&self, bettor: &Bettor) -> f64 {
        let mut q = vec![0.0; self.reference.len()];
        bettor.expect(&self.base, &mut q);
        distance(&self.reference, &q)
    }

    /// Whether the last five hundred observations or so lie within what a level allows, but for chance.
    #[must_use]
    pub fn within(&self, level: usize) -> bool {
        let (Some(bettor), Some(radius)) = (self.bettors.get(CLEARING), self.radii.get(level)) else { return true };
        self.divergence(bettor) <= radius + self.reference.len() as f64 / bettor.total.max(1.0)
    }

    /// Begins a level anew, after an alarm that is over.
    pub fn clear(&mut self, level: usize) {
        self.bettors.iter_mut().filter_map(|bettor| bettor.wealth.get_mut(level)).for_each(Wealth::clear);
    }
}

impl Bettor {
    /// What is expected next: what is remembered, with the reference as a prior of half an observation a bin.
    fn expect(&self, base: &[f64], out: &mut [f64]) {
        let prior = base.len() as f64 / 2.0;
        let whole = self.total + prior;
        for ((out, kept), base) in out.iter_mut().zip(&self.kept).zip(base) {
            *out = (kept + prior * base) / whole;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_kernels::random::SplitMix64;

    fn draw(random: &mut SplitMix64, shares: &[f64]) -> usize {
        let mut u = random.unit();
        shares
            .iter()
            .position(|share| {
                u -= share;
                u < 0.0
            })
            .unwrap_or(shares.len() - 1)
    }

    /// By how much Σ p q/p* exceeds 1 is checked in the ball's tests; here that sums over whole runs do not grow, at the ball's
    /// very edge.
    #[test]
    fn no_gain_at_the_edge_of_what_is_allowed() {
        let reference = [400_u64, 300, 200, 100];
        let shares: Vec<f64> = reference.iter().map(|&c| c as f64 / 1000.0).collect();
        // Towards this one, as far as the first radius goes.
        let to = [0.1, 0.2, 0.3, 0.4];
        let (mut low, mut high, radius) = (0.0, 1.0, 0.01);
        let mix = |t: f64| shares.iter().zip(&to).map(|(r, x)| r + t * (x - r)).collect::<Vec<f64>>();
        for _ in 0..50 {
            let middle: f64 = (low + high) / 2.0;
            if distance(&shares, &mix(middle)) <= radius { low = middle } else { high = middle }
        }
        let edge = mix(low);
        let (mut random, mut alarms) = (SplitMix64::new(5), 0);
        for _ in 0..400 {
            let mut drift = Drift::new(&reference, [radius, 0.1, 0.2]);
            for _ in 0..3000 {
                drift.observe(draw(&mut random, &edge));
            }
            alarms += i32::from(drift.evidence(0) >= 20_f64.ln());
        }
        assert!(alarms <= 20, "{alarms} of 400 at a level of 5 %");
    }

    #[test]
    fn levels_say_how_far_it_went() {
        let reference = [2500_u64, 2500, 2500, 2500];
        let radii = Drift::radii(&reference, 1e-4, [0.0, 0.1, 0.5]);
        let run = |shares: &[f64]| {
            let (mut drift, mut random) = (Drift::new(&reference, radii), SplitMix64::new(8));
            for _ in 0..20_000 {
                drift.observe(draw(&mut random, shares));
            }
            [0, 1, 2].map(|level| drift.evidence(level) > 9.0)
        };
        assert_eq!(run(&[0.25, 0.25, 0.25, 0.25]), [false, false, false]);
        assert_eq!(run(&[0.31, 0.26, 0.24, 0.19]), [true, false, false]);
        assert_eq!(run(&[0.45, 0.25, 0.2, 0.1]), [true, true, false]);
        assert_eq!(run(&[0.85, 0.05, 0.05, 0.05]), [true, true, true]);
    }

    #[test]
    fn what_is_over_clears() {
        let reference = [1000_u64; 5];
        let (mut drift, mut random) =
            (Drift::new(&reference, Drift::radii(&reference, 1e-4, [0.0, 0.1, 0.5])), SplitMix64::new(8));
        (0..1000).for_each(|_| drift.observe(draw(&mut random, &[0.6, 0.1, 0.1, 0.1, 0.1])));
        assert!(drift.evidence(1) > 9.0 && !drift.within(1));
        (0..6000).for_each(|_| drift.observe(draw(&mut random, &[0.2; 5])));
        assert!(drift.evidence(1) > 9.0 && drift.within(1), "it stays until it is cleared");
        drift.clear(1);
        (0..20_000).for_each(|_| drift.observe(draw(&mut random, &[0.2; 5])));
        assert!(drift.evidence(1) < 3.0);
        (0..1000).for_each(|_| drift.observe(draw(&mut random, &[0.6, 0.1, 0.1, 0.1, 0.1])));
        assert!(drift.evidence(1) > 9.0);
    }

    #[test]
    fn a_huge_sum_is_forgotten_as_fast_as_any() {
        for huge in [1 << 20, 1 << 48, u64::MAX / 4] {
            let reference = [1000_u64; 4];
            let mut drift = Drift::new(&reference, Drift::radii(&reference, 1e-4, [0.0, 0.1, 0.5]));
            drift.absorb(&[1000, 1000, 1000, 1000]);
            drift.absorb(&[0, 0, 0, huge]);
            drift.absorb(&[0, 0, 0, huge]);
            assert!(drift.evidence(2) > 9.0 && !drift.within(2), "{huge}");
            let mut random = SplitMix64::new(8);
            (0..6000).for_each(|_| drift.observe(draw(&mut random, &[0.25; 4])));
            assert!(drift.within(0), "{huge}");
        }
    }

    #[test]
    fn sums_of_reports_do_as_well_and_strange_bins_nothing() {
        let reference = [1000_u64, 1000, 0];
        let mut drift = Drift::new(&reference, Drift::radii(&reference, 1e-4, [0.0, 0.1, 0.5]));
        for _ in 0..20 {
            drift.absorb(&[20, 20, 40]);
        }
        drift.observe(7);
        assert!(drift.seen() == 1600 && drift.evidence(2) > 9.0);
        drift.absorb(&[u64::MAX, u64::MAX, u64::MAX]);
        assert!(drift.seen() == u64::MAX && drift.evidence(9) == f64::NEG_INFINITY && drift.within(9));
        let mut none = Drift::new(&[], [0.0; LEVELS]);
        none.absorb(&[]);
        none.observe(0);
    }
}
