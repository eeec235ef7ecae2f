//! What another policy would have earned, from the log of the one that served.

use crate::error::{Code, Error, Result};
use crate::maths::normal_quantile;

/// One row of a log: an item that was shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// Probability with which the policy that served put this item into this place, above 0 to 1.
    pub logged: f64,
    /// Probability with which the other policy would have, 0 to 1.
    pub target: f64,
    /// What came of it, 0 to 1: whether it was clicked, or bought, or money as a share of the most that counts.
    pub reward: f64,
    /// What a model foretells: the reward of this row, and the mean reward of what the other policy would have shown instead.
    pub foretold: Option<(f64, f64)>,
}

/// Sums over units that are independent of each other: the rows of one slate, or of one visitor. Merging is adding, so that logs
/// of many clients are one.
///
/// A row counts by its weight, target / logged. The value of the other policy is estimated three ways: by inverse propensities
/// (Horvitz and Thompson 1952), self-normalised (SNIPS, Swaminathan and Joachims 2015: of less variance, exact when all rewards are the
/// same), and doubly robust (Dudík, Langford and Li 2011) where a model foretells rewards.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OffPolicy {
    /// Weights above it count as it; 0 for none.
    cap: f64,
    units: f64,
    rows: f64,
    capped: f64,
    heaviest: f64,
    /// Of units: sums of weights w and weighted rewards v, and of their products; of rows in a unit n with w.
    w: f64,
    v: f64,
    ww: f64,
    wv: f64,
    vv: f64,
    nn: f64,
    nw: f64,
    nv: f64,
    /// Of rows that were foretold, with their units: their number, the doubly robust sum and products.
    foretold: f64,
    d: f64,
    dd: f64,
    nd: f64,
    mm: f64,
}

/// A value with the interval that holds it with probability 1 − alpha about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PolicyValue {
    /// Mean reward of a row.
    pub mean: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// How much of the log speaks for the other policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlap {
    /// Independent units, and their rows.
    pub units: f64,
    /// Rows of all units.
    pub rows: f64,
    /// Units that would say as much if all weighed the same (Kish 1965): (Σw)² / Σw².
    pub effective: f64,
    /// The share that the heaviest unit has of all weight.
    pub heaviest: f64,
    /// Mean weight of a row. It is 1 but for chance where `logged` is the truth and no row was capped.
    pub mean_weight: f64,
    /// By how many standard errors the mean weight is off 1.
    pub off: f64,
    /// Share of the rows whose weight was capped.
    pub capped: f64,
}

/// Whether the estimates can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reliability {
    /// Fewer than 30 units: no verdict.
    Waiting,
    /// The mean weight is off 1 by more than four standard errors, and not below it for a cap: `logged` is not what the policy did, or
    /// rows are missing.
    Propensities,
    /// The effective number of units is below 100, or one unit has more than a tenth of all weight: the policies have too little in
    /// common. Explore more, or cap weights.
    Thin,
    /// None of these.
    Sound,
}

/// Units below which there is no verdict.
const LEAST_UNITS: f64 = 30.0;
/// Effective units, and the share of the heaviest, beyond which the overlap is thin.
const LEAST_EFFECTIVE: f64 = 100.0;
const MOST_HEAVIEST: f64 = 0.1;
/// Standard errors that a mean weight may be off.
const MOST_OFF: f64 = 4.0;

impl OffPolicy {
    /// Sums of nothing. Weights above `cap` count as it: less variance for some bias, downwards (Ionides 2008). 0 caps none.
    ///
    /// # Errors
    /// `monitor-setting-invalid`: a cap below 1 that is not 0, or none that is finite.
    pub fn new(cap: f64) -> Result<Self> {
        if cap != 0.0 && !(1.0..f64::INFINITY).contains(&cap) {
            return Err(Error::new(Code::SettingInvalid, "a weight's cap must be 0, for none, or 1 and more"));
        }
        Ok(Self { cap, ..Self::default() })
    }

    /// Adds a unit: rows that depend on each other, as those of one slate.
    ///
    /// # Errors
    /// `monitor-observation-invalid` with `row`: a probability or a reward out of range. Nothing was added.
    pub fn add(&mut self, unit: &[Shown]) -> Result<()> {
        let (mut n, mut w, mut v, mut m, mut d, mut capped) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        for (at, row) in unit.iter().enumerate() {
            let share = 0.0..=1.0;
            let fits = row.logged > 0.0 && [row.logged, row.target, row.reward].iter().all(|value| share.contains(value));
            let foretold = row.foretold.is_none_or(|(own, mean)| share.contains(&own) && share.contains(&mean));
            if !fits || !foretold {
                let why = "logged must be above 0 to 1, target, reward and what is foretold 0 to 1";
                return Err(Error::new(Code::ObservationInvalid, why).count("row", at as u64));
            }
            let full = row.target / row.logged;
            let weight = if self.cap > 0.0 && full > self.cap { self.cap } else { full };
            capped += f64::from(u8::from(weight < full));
            n += 1.0;
            w += weight;
            v += weight * row.reward;
            if let Some((own, mean)) = row.foretold {
                m += 1.0;
                d += mean + weight * (row.reward - own);
            }
        }
        // A quotient of tiny probabilities can be without bound.
        if !(w * w).is_finite() {
            return Err(Error::new(Code::ObservationInvalid, "a weight, target / logged, is too large: set a cap"));
        }
        if n == 0.0 {
            return Ok(());
        }
        self.merge(&Self {
            cap: self.cap,
            units: 1.0,
            rows: n,
            capped,
            heaviest: w,
            w,
            v,
            ww: w * w,
            wv: w * v,
            vv: v * v,
            nn: n * n,
            nw: n * w,
            nv: n * v,
            foretold: m,
            d,
            dd: d * d,
            nd: m * d,
            mm: m * m,
        });
        Ok(())
    }

    /// Adds another's sums, of other units. They should be capped alike.
    pub fn merge(&mut self, other: &Self) {
        self.units += other.units;
        self.rows += other.rows;
        self.capped += other.capped;
        self.heaviest = self.heaviest.max(other.heaviest);
        self.w += other.w;
        self.v += other.v;
        self.ww += other.ww;
        self.wv += other.wv;
        self.vv += other.vv;
        self.nn += other.nn;
        self.nw += other.nw;
        self.nv += other.nv;
        self.foretold += other.foretold;
        self.d += other.d;
        self.dd += other.dd;
        self.nd += other.nd;
        self.mm += other.mm;
    }

    /// How much of the log speaks for the other policy.
    #[must_use]
    pub fn overlap(&self) -> Overlap {
        let mean_weight = self.w / self.rows.max(1.0);
        // The variance of a ratio of sums over units.
        let variance = (self.ww - 2.0 * mean_weight * self.nw + mean_weight * mean_weight * self.nn).max(0.0);
        let error = libm::sqrt(variance * self.correction()) / self.rows.max(1.0);
        let off = (mean_weight - 1.0).abs();
        Overlap {
            units: self.units,
            rows: self.rows,
            effective: if self.ww > 0.0 { self.w * self.w / self.ww } else { 0.0 },
            heaviest: if self.w > 0.0 { self.heaviest / self.w } else { 0.0 },
            mean_weight,
            // Sums of a million rows are right to some ten digits.
            off: if off <= 1e-9 { 0.0 } else { off / error },
            capped: self.capped / self.rows.max(1.0),
        }
    }

    /// Whether the estimates can be used, the worst first.
    #[must_use]
    pub fn reliability(&self) -> Reliability {
        let overlap = self.overlap();
        if overlap.units < LEAST_UNITS {
            Reliability::Waiting
        } else if overlap.off > MOST_OFF && (overlap.capped == 0.0 || overlap.mean_weight > 1.0) {
            Reliability::Propensities
        } else if overlap.effective < LEAST_EFFECTIVE || overlap.heaviest > MOST_HEAVIEST {
            Reliability::Thin
        } else {
            Reliability::Sound
        }
    }

    /// The self-normalised estimate, Σ w r / Σ w. Its interval is Wilson's (1927) for the number of rows that would vary as much
    /// (Korn and Graubard 1998), so that it is within 0 to 1 and right for rewards that are rare. `None` without weight, or below two
    /// units.
    #[must_use]
    pub fn self_normalised(&self, alpha: f64) -> Option<PolicyValue> {
        if self.units < 2.0 || self.w <= 0.0 {
            return None;
        }
        let mean = self.v / self.w;
        let variance = (self.vv - 2.0 * mean * self.wv + mean * mean * self.ww).max(0.0) * self.correction() / (self.w * self.w);
        // Where no reward is seen, or nothing but rewards, nothing varies: the weights say how many rows that is.
        let effective = self.w * self.w / self.ww;
        let alike = if variance > 0.0 { (mean * (1.0 - mean) / variance).min(self.rows) } else { effective };
        let (low, high) = wilson(mean, alike, alpha);
        Some(PolicyValue { mean, low, high })
    }

    /// The estimate by inverse propensities, Σ w r / n: unbiased where nothing is capped. Its interval is the normal one, for ten rewards and more.
    /// `None` below two units, and while no reward has been seen or nothing varies: that would be an interval of no width.
    #[must_use]
    pub fn inverse_propensity(&self, alpha: f64) -> Option<PolicyValue> {
        let value = self.mean_of(self.v, self.vv, self.nv, self.rows, self.nn, alpha)?;
        (self.v > 0.0 && value.low < value.high).then_some(value)
    }

    /// The doubly robust estimate: right where the propensities or what was foretold are. `None` unless every row was foretold,
    /// below two units, and while no reward has been seen.
    #[must_use]
    pub fn doubly_robust(&self, alpha: f64) -> Option<PolicyValue> {
        if self.foretold < self.rows || self.v <= 0.0 {
            return None;
        }
        self.mean_of(self.d, self.dd, self.nd, self.foretold, self.mm, alpha)
    }

    /// A mean over rows by sums over units, with the normal interval.
    fn mean_of(&self, sum: f64, squares: f64, with_rows: f64, rows: f64, rows_squared: f64, alpha: f64) -> Option<PolicyValue> {
        if self.units < 2.0 {
            return None;
        }
        let mean = sum / rows;
        let variance = (squares - 2.0 * mean * with_rows + mean * mean * rows_squared).max(0.0) * self.correction();
        let far = quantile(alpha) * libm::sqrt(variance) / rows;
        Some(PolicyValue { mean, low: mean - far, high: mean + far })
    }

    /// Of a variance over few units.
    fn correction(&self) -> f64 {
        self.units / (self.units - 1.0).max(1.0)
    }
}

fn quantile(alpha: f64) -> f64 {
    normal_quantile(1.0 - (alpha / 2.0).clamp(1e-12, 0.5))
}

/// A share of so many occasions that are independent of each other, with the interval that holds it with probability 1 − alpha about
/// (Wilson 1927). `None` without an occasion.
#[must_use]
pub fn share_interval(events: u64, of: u64, alpha: f64) -> Option<PolicyValue> {
    let mean = (of > 0).then(|| events as f64 / of as f64)?.min(1.0);
    let (low, high) = wilson(mean, of as f64, alpha);
    Some(PolicyValue { mean, low, high })
}

/// Wilson's interval of a share of `n`.
fn wilson(share: f64, n: f64, alpha: f64) -> (f64, f64) {
    let z = quantile(alpha);
    let (zz, about) = (z * z, share + z * z / (2.0 * n));
    let far = z * libm::sqrt((share * (1.0 - share) / n + zz / (4.0 * n * n)).max(0.0));
    let whole = 1.0 + zz / n;
    (((about - far) / whole).max(0.0), ((about + far) / whole).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_kernels::random::SplitMix64;

    #[test]
    fn a_share_by_hand() {
        // z = 1.96: (0.1 + 1.96²/200 ± 1.96 √(0.09/100 + 1.96²/40000)) / (1 + 1.96²/100), as in Newcombe 1998.
        let PolicyValue { mean, low, high } = share_interval(10, 100, 0.05).unwrap();
        assert!(mean == 0.1 && (low - 0.055_2).abs() < 1e-4 && (high - 0.174_4).abs() < 1e-4, "{low} {high}");
        assert_eq!((share_interval(0, 0, 0.05), share_interval(0, 5, 0.05).unwrap().low), (None, 0.0));
    }

    const fn row(logged: f64, target: f64, reward: f64) -> Shown {
        Shown { logged, target, reward, foretold: None }
    }

    #[test]
    fn worked_example() {
        // Weights 2, 1/2, 1/2, 1; rewards 1, 0, 1, 0. Σw = 4, Σwr = 5/2: self-normalised 5/8, by inverse propensities 5/8.
        // Effective: 16 / (4 + 1/4 + 1/4 + 1) = 32/11.
        let mut log = OffPolicy::new(0.0).unwrap();
        assert_eq!(log.self_normalised(0.05), None);
        let rows = [row(0.25, 0.5, 1.0), row(0.5, 0.25, 0.0), row(0.5, 0.25, 1.0), row(0.5, 0.5, 0.0)];
        let mut other = log;
        rows[..2].iter().for_each(|row| log.add(std::slice::from_ref(row)).unwrap());
        rows[2..].iter().for_each(|row| other.add(std::slice::from_ref(row)).unwrap());
        log.merge(&other);
        assert_eq!(log.self_normalised(0.05).unwrap().mean, 0.625);
        let found = log.inverse_propensity(0.05).unwrap();
        // wr: 2, 0, 1/2, 0; mean 5/8, variance with n − 1: (1.375² + 2 · .625² + .125²) / 3 = 2.6875 / 3; error √(2.6875 / 12).
        let far = 1.959_963_984_540_054 * (2.6875_f64 / 12.0).sqrt();
        assert!((found.high - 0.625 - far).abs() < 1e-12, "{found:?}");
        let overlap = log.overlap();
        assert!((overlap.effective - 32.0 / 11.0).abs() < 1e-12 && overlap.heaviest == 0.5 && overlap.mean_weight == 1.0);
        assert_eq!((overlap.off, log.reliability(), log.doubly_robust(0.05)), (0.0, Reliability::Waiting, None));
    }

    #[test]
    fn a_model_that_foretells_all_is_believed_and_one_that_is_wrong_is_mended() {
        // Foretold exactly: the doubly robust estimate is the mean of what the target would have earned.
        let mut log = OffPolicy::new(0.0).unwrap();
        for reward in [0.0, 1.0, 1.0] {
            log.add(&[Shown { foretold: Some((reward, 0.75)), ..row(0.5, 0.25, reward) }]).unwrap();
        }
        assert_eq!(log.doubly_robust(0.05).unwrap().mean, 0.75);
        // A constant that says nothing of the rewards: 0.2 + w (r − 0.2) over weights of mean 1 is Σ w r / n.
        let mut log = OffPolicy::new(0.0).unwrap();
        for (target, reward) in [(0.75, 1.0), (0.25, 0.0)] {
            log.add(&[Shown { foretold: Some((0.2, 0.2)), ..row(0.5, target, reward) }]).unwrap();
        }
        let have = log.doubly_robust(0.05).unwrap().mean - log.inverse_propensity(0.05).unwrap().mean;
        assert!(have.abs() < 1e-15, "{have}");
    }

    /// What has not been seen yet may be rare: no interval of no width.
    #[test]
    fn without_a_reward_nothing_is_sure() {
        let mut log = OffPolicy::new(0.0).unwrap();
        for _ in 0..200 {
            log.add(&[Shown { foretold: Some((0.0, 0.0)), ..row(0.5, 0.5, 0.0) }]).unwrap();
        }
        assert_eq!((log.inverse_propensity(0.05), log.doubly_robust(0.05)), (None, None));
        let found = log.self_normalised(0.05).unwrap();
        // Wilson's of none of 200: z² / (200 + z²).
        assert!(found.low < 1e-12 && (found.high - 3.841_459 / 203.841_459).abs() < 1e-6, "{found:?}");
        let mut all = OffPolicy::new(0.0).unwrap();
        (0..9).for_each(|_| all.add(&[row(0.5, 0.5, 1.0)]).unwrap());
        assert_eq!(all.inverse_propensity(0.05), None);
    }

    #[test]
    fn what_is_out_of_range_is_refused_and_changes_nothing() {
        assert_eq!(OffPolicy::new(0.5).unwrap_err().code(), Code::SettingInvalid);
        assert_eq!(OffPolicy::new(f64::NAN).unwrap_err().code(), Code::SettingInvalid);
        let mut log = OffPolicy::new(0.0).unwrap();
        let bad = [
            row(0.0, 0.5, 1.0),
            row(1.1, 0.5, 1.0),
            row(0.5, -0.1, 1.0),
            row(0.5, 0.5, 2.0),
            row(0.5, f64::NAN, 0.0),
            row(1e-300, 1.0, 0.0),
        ];
        let foretold = Shown { foretold: Some((0.5, 1.5)), ..row(0.5, 0.5, 0.0) };
        for bad in bad.into_iter().chain([foretold]) {
            let error = log.add(&[row(0.5, 0.5, 0.0), bad]).unwrap_err();
            assert_eq!(error.code(), Code::ObservationInvalid);
        }
        log.add(&[]).unwrap();
        assert_eq!(log, OffPolicy::new(0.0).unwrap());
    }

    #[test]
    fn wrong_propensities_and_thin_overlap_are_told() {
        let mut random = SplitMix64::new(5);
        let (mut wrong, mut thin, mut capped) =
            (OffPolicy::new(0.0).unwrap(), OffPolicy::new(0.0).unwrap(), OffPolicy::new(10.0).unwrap());
        let (mut above, mut rows) = (OffPolicy::new(10.0).unwrap(), 0);
        for _ in 0..2000 {
            // Shown in every second case; the log says in every fourth.
            let shown = random.unit() < 0.5;
            let seen = row(if shown { 0.25 } else { 0.75 }, 0.5, 0.0);
            wrong.add(&[seen]).unwrap();
            above.add(&[if rows < 5 { row(0.01, 0.5, 0.0) } else { seen }]).unwrap();
            rows += 1;
            // The target shows what the log shows once in a thousand times.
            let rare = random.unit() < 0.001;
            let seen = if rare { row(0.001, 0.9, 1.0) } else { row(0.999, 0.1, 0.0) };
            thin.add(&[seen]).unwrap();
            capped.add(&[seen]).unwrap();
        }
        assert_eq!(wrong.reliability(), Reliability::Propensities);
        // A cap takes weight away, and so is no excuse for too much of it.
        assert!(above.overlap().capped > 0.0);
        assert_eq!(above.reliability(), Reliability::Propensities);
        assert_eq!(thin.reliability(), Reliability::Thin);
        assert!(capped.overlap().capped > 0.0 && capped.overlap().effective > thin.overlap().effective);
    }

    /// Slates of three rows that are clicked together or not at all, of two policies: the intervals hold the truth as often as they say.
    #[test]
    fn intervals_hold_the_value_as_often_as_stated() {
        let mut random = SplitMix64::new(8);
        let rates = [0.004, 0.02, 0.06];
        let (logged, target) = ([0.6, 0.3, 0.1], [0.2, 0.3, 0.5]);
        let truth: f64 = rates.iter().zip(target).map(|(rate, share)| rate * share).sum();
        let runs = 600;
        let mut held = [0; 3];
        for _ in 0..runs {
            let mut log = OffPolicy::new(0.0).unwrap();
            for _ in 0..1000 {
                let mut slate = [row(1.0, 1.0, 0.0); 3];
                // A visitor who clicks clicks whatever draws him.
                let mood = random.unit();
                for shown in &mut slate {
                    let draw = random.unit();
                    let item = usize::from(draw > logged[0]) + usize::from(draw > logged[0] + logged[1]);
                    let clicked = f64::from(mood < rates[item]);
                    *shown =
                        Shown { foretold: Some((rates[item] / 2.0, truth / 2.0)), ..row(logged[item], target[item], clicked) };
                }
                log.add(&slate).unwrap();
            }
            let found = [log.self_normalised(0.1), log.inverse_propensity(0.1), log.doubly_robust(0.1)];
            for (count, value) in held.iter_mut().zip(found) {
                let value = value.unwrap();
                *count += i32::from(value.low <= truth && truth <= value.high);
            }
            assert_eq!(log.reliability(), Reliability::Sound);
        }
        // 0.9 less four standard errors over 600 runs, and less what a normal interval misses of skewed sums.
        for count in held {
            let share = f64::from(count) / f64::from(runs);
            assert!((0.84..0.95).contains(&share), "{held:?}");
        }
    }
}
