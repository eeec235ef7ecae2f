//! The wealth of one bettor, who begins again when he has lost too much.

/// Levels of a detector: what is sure, what matters, what must not go on.
pub const LEVELS: usize = 3;

/// How much of its logarithm a wealth may lose before it is begun anew, so that a loss of long ago does not hide what is now.
const FLOOR: f64 = -3.0;

/// Sum over n ≥ 2 of 1 / (n ln² n), rounded up.
const SUM: f64 = 2.109_743;

/// A test supermartingale and its beginnings. Each beginning has a share of the error: the j-th 1 / (2.11 (j + 1) ln² (j + 1)),
/// which add up to less than 1. So there may be as many as one likes, without an end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wealth {
    log: f64,
    begun: u32,
    peak: f64,
}

impl Default for Wealth {
    fn default() -> Self {
        Self::NEW
    }
}

impl Wealth {
    /// One that has neither won nor lost.
    pub(crate) const NEW: Self = Self { log: 0.0, begun: 1, peak: f64::NEG_INFINITY };

    /// The logarithm of what a bet multiplied it by.
    pub(crate) fn bet(&mut self, gain: f64) {
        self.log += gain;
        self.peak = self.peak.max(self.log + share(self.begun));
        if self.log < FLOOR {
            self.again();
        }
    }

    /// Begins anew, so that what comes is told from what was.
    pub(crate) const fn again(&mut self) {
        self.log = 0.0;
        self.begun = self.begun.saturating_add(1);
    }

    /// Whether nothing has been won or lost since it began.
    pub(crate) const fn is_new(&self) -> bool {
        self.log == 0.0
    }

    /// Keeps no more than this for later: less is as fair.
    pub(crate) const fn keep(&mut self, most: f64) {
        self.log = self.log.min(most);
    }

    /// Forgets that it was ever rich: for an alarm that has been cleared.
    pub(crate) const fn clear(&mut self) {
        self.again();
        self.peak = f64::NEG_INFINITY;
    }

    /// The logarithm of the largest e-value so far: wealth by the share of its beginning.
    pub(crate) const fn peak(&self) -> f64 {
        self.peak
    }
}

/// Logarithm of the share of the error that the j-th beginning has.
fn share(begun: u32) -> f64 {
    let n = f64::from(begun) + 1.0;
    let log = libm::log(n);
    -(libm::log(SUM * n) + 2.0 * libm::log(log))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_less_than_one() {
        let sum: f64 = (1..1_000_000).map(|j| share(j).exp()).sum();
        // What is left is the integral of 1 / (x ln² x): 1 / ln.
        let rest = 1.0 / (SUM * 1e6_f64.ln());
        assert!(sum + rest < 1.0 && sum + rest > 0.999_99, "{sum} {rest}");
    }

    #[test]
    fn a_loser_begins_again_and_a_peak_stays() {
        let mut wealth = Wealth::default();
        wealth.bet(5.0);
        let first = wealth.peak();
        assert!((first - (5.0 + share(1))).abs() < 1e-12);
        wealth.bet(-9.0);
        assert_eq!((wealth.log, wealth.begun, wealth.peak()), (0.0, 2, first));
        wealth.clear();
        assert_eq!((wealth.begun, wealth.peak()), (3, f64::NEG_INFINITY));
        wealth.bet(5.0);
        assert!(wealth.peak() < first, "a later beginning has less");
    }
}
