//! A rate from a few outcomes that are known and many that are only predicted.

use crate::maths::normal_quantile;

/// Known outcomes that happened, and that did not, below which the normal interval is no interval.
const LEAST: f64 = 10.0;

/// What sums may be off by rounding.
const NEAR: f64 = 1e-6;

/// Sums of a few (y, f) whose outcome y is known beside its prediction f. Merging is adding.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    count: f64,
    /// How many are not 0, and how many not 1.
    some: f64,
    short: f64,
    y: f64,
    f: f64,
    yy: f64,
    yf: f64,
    ff: f64,
}

impl Sample {
    /// An outcome, and what was predicted of it. What is not finite is passed over.
    pub fn add(&mut self, outcome: f64, prediction: f64) {
        if !outcome.is_finite() || !prediction.is_finite() {
            return;
        }
        self.merge(&Self {
            count: 1.0,
            some: f64::from(u8::from(outcome != 0.0)),
            short: f64::from(u8::from(outcome != 1.0)),
            y: outcome,
            f: prediction,
            yy: outcome * outcome,
            yf: outcome * prediction,
            ff: prediction * prediction,
        });
    }

    /// Adds another's.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.some += other.some;
        self.short += other.short;
        self.y += other.y;
        self.f += other.f;
        self.yy += other.yy;
        self.yf += other.yf;
        self.ff += other.ff;
    }
}

/// Estimates the mean of an outcome, such as the share of visits that end in a purchase, when it is known of few (conversions
/// come days later, or with consent alone) and predicted, well or badly, of many (a click, a score). Prediction-powered
/// inference (Angelopoulos et al. 2023) with its power tuning (PPI++, Angelopoulos, Duchi and Zrnic 2023): a prediction that is
/// worth nothing costs nothing, and none can make the estimate wrong.
///
/// The known ones must be chosen as by chance among all: conversions of those who consent stand for those who consent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Powered {
    known: Sample,
    /// Of those that are predicted alone: count, sum and sum of squares.
    many: (f64, f64, f64),
}

/// An estimate with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
    /// How much the predictions were trusted, 0 (not at all: the known alone) to 1.
    pub trust: f64,
}

impl Powered {
    /// One whose outcome is known, beside what was predicted. What is not finite is passed over.
    pub fn known(&mut self, outcome: f64, prediction: f64) {
        self.known.add(outcome, prediction);
    }

    /// One that is predicted alone. What is not finite is passed over.
    pub fn predicted(&mut self, prediction: f64) {
        if !prediction.is_finite() {
            return;
        }
        self.many.0 += 1.0;
        self.many.1 += prediction;
        self.many.2 += prediction * prediction;
    }

    /// The outcome of one that was [`predicted`](Self::predicted) alone before, with the same prediction, where all of them are from 0 to 1:
    /// it is one of the known now. One that plainly was not predicted before, as those that were left could not be numbers from 0 to 1, is
    /// known and takes nothing back; another one that was not takes back what is not its own.
    pub fn became_known(&mut self, outcome: f64, prediction: f64) {
        if !outcome.is_finite() || !prediction.is_finite() {
            return;
        }
        let (count, sum, squares) = (self.many.0 - 1.0, self.many.1 - prediction, self.many.2 - prediction * prediction);
        // Of numbers from 0 to 1 the squares are no larger; and Cauchy's inequality.
        if count >= 0.0 && squares <= sum + NEAR && sum * sum <= (squares + NEAR) * (count + NEAR) {
            self.many = (count, sum, squares);
        }
        self.known(outcome, prediction);
    }

    /// Adds another's.
    pub fn merge(&mut self, other: &Self) {
        self.known.merge(&other.known);
        self.many = (self.many.0 + other.many.0, self.many.1 + other.many.1, self.many.2 + other.many.2);
    }

    /// How many outcomes are known.
    #[must_use]
    pub const fn count(&self) -> f64 {
        self.known.count
    }

    /// The mean, and an interval that holds it with probability 1 − `alpha` about. It is the normal one, which is wrong for what
    /// is rare: so `None` while fewer than ten known outcomes are other than 0, or fewer than ten other than 1. At a rate of 0.02
    /// that takes some 500 to 1,000 known ones. `None` too below two that are predicted alone.
    #[must_use]
    pub fn estimate(&self, alpha: f64) -> Option<Estimate> {
        let (n, (m, sum, squares)) = (self.known.count, self.many);
        if self.known.some < LEAST || self.known.short < LEAST || m < 2.0 {
            return None;
        }
        let Sample { y, f, yy, yf, ff, .. } = self.known;
        let (y, f) = (y / n, f / n);
        let (var_y, var_f, covariance) = ((yy / n - y * y).max(0.0), (ff / n - f * f).max(0.0), yf / n - y * f);
        let predicted = sum / m;
        let var_m = (squares / m - predicted * predicted).max(0.0);
        // Variance of the predictions of all, known or not.
        let all = n + m;
        let mean = (f * n + sum) / all;
        let pooled = ((ff + squares) / all - mean * mean).max(0.0) * all / (all - 1.0);
        let trust = if pooled > 0.0 { (covariance / ((1.0 + n / m) * pooled)).clamp(0.0, 1.0) } else { 0.0 };
        let mean = trust * predicted + y - trust * f;
        let rectifier = (var_y - 2.0 * trust * covariance + trust * trust * var_f).max(0.0);
        let error = libm::sqrt(trust * trust * var_m / m + rectifier / n);
        let far = normal_quantile(1.0 - (alpha / 2.0).clamp(1e-12, 0.5)) * error;
        Some(Estimate { mean, low: mean - far, high: mean + far, trust })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_kernels::random::SplitMix64;

    #[test]
    fn worked_example() {
        // Known, ten times each: (1, 1), (0, 0), (1, 0), (0, 0): y 1/2, f 1/4, covariance 1/4 − 1/8 = 1/8, var f 3/16. Many, ten
        // times each: 1, 0, 1, 0: mean 1/2, var 1/4. All 80 f: 30 of 80, variance with n − 1: 15/64 · 80/79 = 75/316. Trust 1/8 /
        // (2 · 75/316) = 79/300. Mean 1/2 + 79/300 (1/2 − 1/4) = 679/1200.
        let mut powered = Powered::default();
        assert_eq!(powered.estimate(0.05), None);
        let mut other = Powered::default();
        for _ in 0..10 {
            [(1.0, 1.0), (0.0, 0.0), (1.0, 0.0), (0.0, 0.0)].iter().for_each(|(y, f)| powered.known(*y, *f));
            [1.0, 0.0, 1.0, 0.0].iter().for_each(|f| other.predicted(*f));
        }
        for wrong in [f64::NAN, f64::INFINITY] {
            powered.known(wrong, 0.0);
            powered.known(1.0, wrong);
            powered.predicted(wrong);
        }
        powered.merge(&other);
        let have = powered.estimate(0.05).unwrap();
        assert!((have.trust - 79.0 / 300.0).abs() < 1e-12 && (have.mean - 679.0 / 1200.0).abs() < 1e-12, "{have:?}");
        assert_eq!(powered.count(), 40.0);
    }

    /// Clicks foretell purchases, are far more and are wrong by themselves: the interval holds the true rate as often as
    /// stated, and is shorter than that of the known alone.
    #[test]
    fn intervals_hold_the_rate_as_often_as_stated() {
        let mut random = SplitMix64::new(21);
        let (rate, runs, mut held, mut width, mut alone) = (0.3, 2000, 0, 0.0, 0.0);
        for _ in 0..runs {
            let (mut powered, mut bare) = (Powered::default(), Sample::default());
            for at in 0..1100 {
                let y = f64::from(random.unit() < rate);
                let click = f64::from(random.unit() < if y > 0.0 { 0.9 } else { 0.2 });
                if at < 100 {
                    powered.known(y, click);
                    bare.add(y, 0.0);
                } else {
                    powered.predicted(click);
                }
            }
            let estimate = powered.estimate(0.1).unwrap();
            held += i32::from(estimate.low <= rate && rate <= estimate.high);
            width += estimate.high - estimate.low;
            let mean = bare.y / bare.count;
            alone += 2.0 * 1.644_853_6 * (mean * (1.0 - mean) / bare.count).sqrt();
        }
        // Four standard errors of 0.9 over 2,000 runs: 0.027.
        let share = f64::from(held) / f64::from(runs);
        assert!((0.873..0.927).contains(&share), "{share}");
        assert!(width < 0.8 * alone, "{width} {alone}");
    }

    /// At a rate of 0.02: none of few, and as often right as stated of enough.
    #[test]
    fn rare_outcomes_have_an_interval_once_there_are_ten() {
        let (mut random, rate) = (SplitMix64::new(22), 0.02);
        let mut run = |count: usize| {
            let mut powered = Powered::default();
            for at in 0..4 * count {
                let y = f64::from(random.unit() < rate);
                let click = f64::from(random.unit() < if y > 0.0 { 0.9 } else { 0.1 });
                if at % 4 == 0 { powered.known(y, click) } else { powered.predicted(click) }
            }
            powered.estimate(0.1)
        };
        assert!((0..200).all(|_| run(30).is_none()));
        for (count, least) in [(500, 0.85), (1500, 0.87)] {
            let found: Vec<Estimate> = (0..500).filter_map(|_| run(count)).collect();
            let held = found.iter().filter(|one| one.low <= rate && rate <= one.high).count() as f64 / found.len() as f64;
            assert!(found.len() > 200 && held > least, "{count}: {held} of {}", found.len());
        }
        // Nearly all happened: the same from the other side.
        let mut nearly = Powered::default();
        (0..400).for_each(|at| nearly.known(f64::from(at % 50 > 0), 0.5));
        (0..400).for_each(|_| nearly.predicted(0.5));
        assert_eq!(nearly.estimate(0.1), None);
    }

    #[test]
    fn a_label_that_comes_late_moves_its_row() {
        let (mut at_once, mut late, mut alone) = (Powered::default(), Powered::default(), Powered::default());
        let rows: Vec<(f64, f64)> = (0..400).map(|at| (f64::from(at % 3 == 0), f64::from(at % 5) / 4.0)).collect();
        rows.iter().for_each(|(_, f)| late.predicted(*f));
        for (at, (y, f)) in rows.iter().enumerate() {
            if at % 4 == 0 { at_once.known(*y, *f) } else { at_once.predicted(*f) }
        }
        rows.iter().step_by(4).for_each(|(y, f)| late.became_known(*y, *f));
        let (have, want) = (late.estimate(0.05).unwrap(), at_once.estimate(0.05).unwrap());
        assert!(
            (have.mean - want.mean).abs() < 1e-12
                && (have.high - want.high).abs() < 1e-12
                && (have.trust - want.trust).abs() < 1e-12
        );
        // Of one that nobody predicted before there is nothing to take back.
        alone.became_known(1.0, 0.5);
        alone.became_known(f64::NAN, 0.5);
        assert_eq!((alone.count(), alone.many), (1.0, (0.0, 0.0, 0.0)));
        // Labels of a process that is no more: what they would take back was never there.
        (0..100).for_each(|_| alone.predicted(0.02));
        (0..500).for_each(|at| alone.became_known(f64::from(at % 2), 0.7));
        let (count, sum, squares) = alone.many;
        assert!(count >= 90.0 && squares >= 0.0 && squares <= sum && sum <= count && alone.count() == 501.0, "{:?}", alone.many);
        // However many are taken back, rounding leaves next to nothing behind.
        let mut all = Powered::default();
        (0..30_000).for_each(|_| all.predicted(0.1));
        (0..30_000).for_each(|_| all.became_known(1.0, 0.1));
        assert!(all.many.0 == 0.0 && all.many.1.abs() < 1e-9 && all.many.2.abs() < 1e-9, "{:?}", all.many);
    }

    #[test]
    fn a_worthless_prediction_costs_nothing() {
        let mut powered = Powered::default();
        for at in 0..100 {
            powered.known(f64::from(at % 3 == 0), 0.5);
            powered.predicted(0.5);
        }
        let have = powered.estimate(0.05).unwrap();
        assert!(have.trust == 0.0 && (have.mean - 0.34).abs() < 1e-12);
    }
}
