//! How far chance alone moves a figure: bootstrap over sessions, and a paired test of differences.
//!
//! The pairs of one session are not independent of each other: who has found two items in a slate finds the third as well.
//! So sessions are drawn, not pairs, and all pairs of a session come along.
//! ```text
//! figure    = Σ_g w_g · sum_g / Σ_g w_g · n_g      g: a session with n_g pairs; sum_g: what they add up to
//! resample  : w_g is how often g comes up in as many draws, with replacement, as there are sessions
//! interval  = the 2.5th to the 97.5th percentile over the resamples (Efron and Tibshirani 1993, 13.3)
//! test      : p = (1 + how often |Σ_g ± d_g| ≥ |Σ_g d_g|) / (1 + resamples), the signs by chance
//! ```
//! d_g: the session's sum by one way less that by the other. Were the two ways alike, either could have had either's figure:
//! a randomization test (Smucker, Allan, Carterette, CIKM 2007), over sessions. All ways are drawn together, so differences
//! are paired.

use nearhand_numerics::random::Random;

/// What the pairs of a group of sessions add up to, in columns: one a way and measure.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    /// Numbers of the sessions that have a pair here.
    pub sessions: Vec<u32>,
    /// Pairs of each.
    pub pairs: Vec<f64>,
    /// For each column the sum of each session.
    pub columns: Vec<Vec<f64>>,
}

impl Sums {
    /// Adds up the pairs that `within` holds. `session_of` has the session of each pair, `columns` the value of each pair.
    pub(super) fn of(session_of: &[u32], within: &[bool], columns: &[Vec<f64>]) -> Self {
        let mut place = vec![u32::MAX; session_of.iter().max().map_or(0, |most| *most as usize + 1)];
        let mut sums = Self { columns: vec![Vec::new(); columns.len()], ..Self::default() };
        for (at, (session, _)) in session_of.iter().zip(within).enumerate().filter(|(_, (_, within))| **within) {
            let Some(place) = place.get_mut(*session as usize) else { continue };
            if *place == u32::MAX {
                *place = sums.sessions.len() as u32;
                sums.sessions.push(*session);
                sums.pairs.push(0.0);
                sums.columns.iter_mut().for_each(|column| column.push(0.0));
            }
            let place = *place as usize;
            let add = |column: &mut Vec<f64>, value: f64| {
                if let Some(sum) = column.get_mut(place) {
                    *sum += value;
                }
            };
            add(&mut sums.pairs, 1.0);
            for (sum, column) in sums.columns.iter_mut().zip(columns) {
                add(sum, column.get(at).copied().unwrap_or(0.0));
            }
        }
        sums
    }

    /// Pairs in all.
    pub(super) fn n(&self) -> f64 {
        self.pairs.iter().sum()
    }

    /// The figure of a column.
    pub(super) fn mean(&self, column: usize) -> f64 {
        self.columns.get(column).map_or(0.0, |sums| sums.iter().sum::<f64>()) / self.n().max(1.0)
    }
}

/// A figure and where it might as well have been.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Interval {
    /// Whether chance alone could have made the sign.
    pub(super) fn holds_zero(&self) -> bool {
        self.low <= 0.0 && self.high >= 0.0
    }
}

/// How often is drawn, and from which seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draws {
    pub resamples: usize,
    pub seed: u64,
}

/// For each group of [`Sums`], for each column, its figure in each resample; no number where a resample has no pair.
pub(super) type Resampled = Vec<Vec<Vec<f64>>>;

impl Draws {
    /// Draws sessions anew, for all groups at once. `sessions` is their number in all.
    pub(super) fn resample(self, sessions: usize, groups: &[Sums]) -> Resampled {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        let each = self.resamples.div_ceil(threads).max(1);
        let numbers: Vec<usize> = (0..self.resamples).collect();
        let parts: Vec<Vec<Vec<Vec<f64>>>> = std::thread::scope(|scope| {
            let work = |numbers: &[usize]| numbers.iter().map(|number| self.one(*number, sessions, groups)).collect();
            let running: Vec<_> = numbers.chunks(each).map(|chunk| scope.spawn(move || work(chunk))).collect();
            running.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        });
        let mut all: Resampled =
            groups.iter().map(|group| vec![Vec::with_capacity(self.resamples); group.columns.len()]).collect();
        for drawn in parts.into_iter().flatten() {
            for (columns, figures) in all.iter_mut().zip(drawn) {
                columns.iter_mut().zip(figures).for_each(|(column, figure)| column.push(figure));
            }
        }
        all
    }

    /// One resample: for each group the figures of its columns. Each has a seed of its own, so threads change nothing.
    fn one(self, number: usize, sessions: usize, groups: &[Sums]) -> Vec<Vec<f64>> {
        let mut random = self.stream(number);
        let mut times = vec![0.0_f64; sessions];
        for _ in 0..sessions {
            if let Some(times) = times.get_mut(random.below(sessions)) {
                *times += 1.0;
            }
        }
        let figures = |group: &Sums| {
            let weights: Vec<f64> = group.sessions.iter().map(|s| times.get(*s as usize).copied().unwrap_or(0.0)).collect();
            let sum = |values: &[f64]| weights.iter().zip(values).map(|(weight, value)| weight * value).sum::<f64>();
            let n = sum(&group.pairs);
            group.columns.iter().map(|column| if n > 0.0 { sum(column) / n } else { f64::NAN }).collect()
        };
        groups.iter().map(figures).collect()
    }

    fn stream(self, number: usize) -> Random {
        let seed = Random::new(self.seed).bits() ^ (number as u64).wrapping_mul(0xD129_0B26_D9A1_E4B5);
        Random::new(Random::new(seed).bits())
    }

    /// Two-sided p of the difference between two columns.
    pub(super) fn test(self, a: &[f64], b: &[f64]) -> f64 {
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).filter(|d| *d != 0.0).collect();
        // What rounding adds to a sum must not decide.
        let found = differences.iter().sum::<f64>().abs() - 1e-9;
        let as_far = |number: &usize| {
            let mut random = self.stream(usize::MAX - *number);
            let mut signs = 0;
            let mut sum = 0.0;
            for (at, difference) in differences.iter().enumerate() {
                if at % 64 == 0 {
                    signs = random.bits();
                }
                sum += if signs & 1 == 0 { *difference } else { -*difference };
                signs >>= 1;
            }
            sum.abs() >= found
        };
        let far = (0..self.resamples).filter(as_far).count();
        (1.0 + far as f64) / (1.0 + self.resamples as f64)
    }
}

/// The middle 95 of 100 of what was drawn; the figure itself where nothing was.
pub(super) fn interval(value: f64, drawn: impl Iterator<Item = f64>) -> Interval {
    let mut drawn: Vec<f64> = drawn.filter(|v| v.is_finite()).collect();
    drawn.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * (drawn.len().saturating_sub(1)) as f64;
        let (below, above) = (drawn.get(place.floor() as usize)?, drawn.get(place.ceil() as usize)?);
        Some(below + (above - below) * place.fract())
    };
    Interval { value, low: at(0.025).unwrap_or(value), high: at(0.975).unwrap_or(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: Draws = Draws { resamples: 4000, seed: 1 };

    fn of(values: &[f64], sessions: &[u32]) -> Interval {
        let sums = Sums::of(sessions, &vec![true; values.len()], &[values.to_vec()]);
        let all = sessions.iter().max().unwrap() + 1;
        let drawn = DRAWS.resample(all as usize, std::slice::from_ref(&sums));
        interval(sums.mean(0), drawn[0][0].iter().copied())
    }

    #[test]
    fn sums_by_hand() {
        let sums = Sums::of(&[0, 0, 1, 2], &[true, true, false, true], &[vec![1.0, 0.0, 1.0, 1.0], vec![0.5, 0.25, 9.0, 0.0]]);
        assert_eq!((sums.sessions.as_slice(), sums.pairs.as_slice()), (&[0, 2][..], &[2.0, 1.0][..]));
        assert_eq!(sums.columns, [vec![1.0, 1.0], vec![0.75, 0.0]]);
        assert!((sums.mean(0) - 2.0 / 3.0).abs() < 1e-12 && (sums.mean(1) - 0.25).abs() < 1e-12);
    }

    #[test]
    fn a_share_has_the_interval_of_a_share() {
        // 400 sessions of one pair, 120 hits: 0.3 ± 1.96 √(0.3 · 0.7 / 400).
        let values: Vec<f64> = (0..400).map(|i| if i % 10 < 3 { 1.0 } else { 0.0 }).collect();
        let found = of(&values, &(0..400).collect::<Vec<u32>>());
        let wide = 1.96 * (0.3_f64 * 0.7 / 400.0).sqrt();
        assert!((found.value - 0.3).abs() < 1e-12);
        assert!((found.low - (0.3 - wide)).abs() < 0.006 && (found.high - (0.3 + wide)).abs() < 0.006, "{found:?}");
    }

    #[test]
    fn pairs_of_one_session_come_together() {
        // The same 400 pairs, ten a session and all alike in it: as 40 pairs, so √10 times as wide.
        let values: Vec<f64> = (0..400).map(|i| if i / 10 % 10 < 3 { 1.0 } else { 0.0 }).collect();
        let (alone, together) =
            (of(&values, &(0..400).collect::<Vec<u32>>()), of(&values, &(0..400).map(|i| i / 10).collect::<Vec<u32>>()));
        let ratio = (together.high - together.low) / (alone.high - alone.low);
        assert!((2.7..3.7).contains(&ratio), "{ratio}");
    }

    #[test]
    fn the_test_knows_chance_from_difference() {
        let signs = |up: usize, down: usize| [vec![1.0; up], vec![0.0; down]].concat();
        let other = |up: usize, down: usize| [vec![0.0; up], vec![1.0; down]].concat();
        // Ten up and none down: 2 of 1,024 ways of signs are as far.
        let p = DRAWS.test(&signs(10, 0), &other(10, 0));
        assert!((p - 2.0 / 1024.0).abs() < 0.0015, "{p}");
        // 12 up, 8 down: the two-sided binomial tail at 12 of 20, 0.5034.
        let p = DRAWS.test(&signs(12, 8), &other(12, 8));
        assert!((p - 0.5034).abs() < 0.03, "{p}");
        assert!((DRAWS.test(&[1.0, 1.0], &[1.0, 1.0]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn percentiles_by_hand() {
        let found = interval(7.0, (0..=200).map(f64::from));
        assert_eq!((found.value, found.low, found.high), (7.0, 5.0, 195.0));
        let nothing = interval(0.5, std::iter::empty());
        assert_eq!((nothing.low, nothing.high), (0.5, 0.5));
        assert!(
            Interval { value: 1.0, low: -0.1, high: 2.0 }.holds_zero()
                && !Interval { value: 1.0, low: 0.1, high: 2.0 }.holds_zero()
        );
    }

    #[test]
    fn a_seed_is_a_run_and_threads_change_nothing() {
        let values: Vec<f64> = (0..50).map(|i| f64::from(i % 7)).collect();
        let sums = [Sums::of(&(0..50).collect::<Vec<u32>>(), &[true; 50], &[values])];
        let (a, b) = (DRAWS.resample(50, &sums), DRAWS.resample(50, &sums));
        assert_eq!(a, b);
        let one: Vec<f64> = (0..5).map(|number| DRAWS.one(number, 50, &sums)[0][0]).collect();
        assert_eq!(a[0][0][..5], one[..]);
        assert_ne!(a, Draws { seed: 2, ..DRAWS }.resample(50, &sums));
    }
}
