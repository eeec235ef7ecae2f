//! An interval for a mean that holds at every moment at once.

/// The most that is bet on one observation.
const MOST: f64 = 0.5;

/// Bounds of the mean of numbers between two bounds, valid at all times at once: whoever looks after every observation, and stops when
/// he likes what he sees, is wrong no more often than one who looks once. The predictable plug-in empirical-Bernstein confidence sequence of
/// Waudby-Smith and Ramdas 2024 ("Estimating means of bounded random variables by betting", theorem 2), with the intersection of
/// all intervals so far. The observations need only have the same mean given those before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConfidenceSequence {
    low: f64,
    high: f64,
    alpha: f64,
    seen: u64,
    sum: f64,
    /// Of squared distances from the mean so far, as they came.
    spread: f64,
    /// Σλ, Σλx, Σvψ(λ).
    weight: f64,
    weighed: f64,
    price: f64,
    bounds: (f64, f64),
}

/// A mean and its bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The mean of all that was seen.
    pub mean: f64,
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

impl ConfidenceSequence {
    /// Of numbers from `low` to `high`, bounds that ever miss the mean with probability `alpha` at most.
    #[must_use]
    pub fn new(low: f64, high: f64, alpha: f64) -> Self {
        let alpha = alpha.clamp(1e-12, 1.0);
        Self {
            low,
            high: high.max(low + f64::MIN_POSITIVE),
            alpha,
            seen: 0,
            sum: 0.5,
            spread: 0.25,
            weight: 0.0,
            weighed: 0.0,
            price: 0.0,
            bounds: (0.0, 1.0),
        }
    }

    /// A number, cut at both ends. NaN is passed over.
    pub fn observe(&mut self, x: f64) {
        if x.is_nan() {
            return;
        }
        let x = ((x - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.seen = self.seen.saturating_add(1);
        let t = self.seen as f64;
        let log = libm::log(2.0 / self.alpha);
        // All of it known before x: a prior of one observation at a half, with a variance of a quarter.
        let (mean, variance) = (self.sum / t, self.spread / t);
        let lambda = libm::sqrt(2.0 * log / (variance * t * libm::log(1.0 + t))).min(MOST);
        let off = x - mean;
        self.weight += lambda;
        self.weighed += lambda * x;
        self.price += off * off * (-libm::log(1.0 - lambda) - lambda);
        self.sum += x;
        let now = self.sum / (t + 1.0);
        self.spread += (x - now) * (x - now);
        let (middle, far) = (self.weighed / self.weight, (log + self.price) / self.weight);
        self.bounds = (self.bounds.0.max(middle - far), self.bounds.1.min(middle + far));
    }

    /// Numbers seen.
    #[must_use]
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// The mean, and its bounds. `None` before the first number.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        if self.seen == 0 {
            return None;
        }
        let place = |share: f64| self.low + share * (self.high - self.low);
        Some(Bounds { mean: place((self.sum - 0.5) / self.seen as f64), low: place(self.bounds.0), high: place(self.bounds.1) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_kernels::random::SplitMix64;

    #[test]
    fn worked_example() {
        // One observation of 1 on 0 to 1 with α = 2/e², so ln(2/α) = 2: λ = min(√(4 / (¼ · ln 2)), ½) = ½. It lies ½ off: price
        // ¼ (ln 2 − ½) = 0.0483; bounds 1 ± (2 + 0.0483) / ½, cut at 0 and 1. Of ten ones they are tighter than of one.
        let mut all = ConfidenceSequence::new(0.0, 1.0, 2.0 / std::f64::consts::E.powi(2));
        assert_eq!(all.bounds(), None);
        all.observe(1.0);
        assert!((all.price - 0.25 * (2.0_f64.ln() - 0.5)).abs() < 1e-15 && all.weight == 0.5);
        assert_eq!(all.bounds(), Some(Bounds { mean: 1.0, low: 0.0, high: 1.0 }));
        (0..99).for_each(|_| all.observe(1.0));
        let have = all.bounds().unwrap();
        assert!(have.low > 0.9 && have.high == 1.0, "{have:?}");
    }

    #[test]
    fn bounds_may_be_any_and_what_is_no_number_is_passed_over() {
        let (mut wide, mut unit) = (ConfidenceSequence::new(-3.0, 5.0, 0.05), ConfidenceSequence::new(0.0, 1.0, 0.05));
        for at in 0..500 {
            let x = f64::from(at % 9) / 8.0;
            unit.observe(x);
            wide.observe(-3.0 + 8.0 * x);
            wide.observe(f64::NAN);
        }
        let (wide, unit) = (wide.bounds().unwrap(), unit.bounds().unwrap());
        assert!((wide.low - (-3.0 + 8.0 * unit.low)).abs() < 1e-9 && (wide.high - (-3.0 + 8.0 * unit.high)).abs() < 1e-9);
        let mut out = ConfidenceSequence::new(0.0, 1.0, 0.05);
        [9.0, f64::INFINITY, f64::NEG_INFINITY].iter().for_each(|x| out.observe(*x));
        assert_eq!(out.bounds().unwrap().mean, 2.0 / 3.0);
    }

    /// Of 1,000 runs that look after each of 2,000 observations, no more than α miss the mean at any time.
    #[test]
    fn misses_no_more_often_than_stated_however_often_one_looks() {
        let mut random = SplitMix64::new(17);
        for rate in [0.02, 0.5] {
            let mut missed = 0;
            let mut width = 0.0;
            for _ in 0..1000 {
                let mut all = ConfidenceSequence::new(0.0, 1.0, 0.1);
                let mut ever = false;
                for _ in 0..2000 {
                    all.observe(f64::from(u8::from(random.unit() < rate)));
                    let Bounds { low, high, .. } = all.bounds().unwrap();
                    ever |= rate < low || rate > high;
                }
                missed += i32::from(ever);
                let bounds = all.bounds().unwrap();
                width += (bounds.high - bounds.low) / 1000.0;
            }
            assert!(missed <= 130, "{missed}");
            // As far as seven to nine standard errors, which is the price of looking at any time: √(p (1 − p) / 2000) is 0.0031 and 0.0112.
            assert!(width < if rate < 0.1 { 0.03 } else { 0.09 }, "{width}");
        }
    }
}
