//! Whether a challenger is better: a verdict that may be read after every pair.

use super::interval::{Bounds, ConfidenceSequence};
use crate::error::{Code, Error, Result};
use crate::evidence::Exceeding;

/// When a challenger is believed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrialSettings {
    /// Chance that a verdict is ever wrong, half of it for rewards and half for failures: 0.05.
    pub alpha: f64,
    /// A difference of mean rewards that does not matter: 0.01.
    pub margin: f64,
    /// Pairs before the first verdict: 500.
    pub least: u64,
    /// Share of requests that a challenger may fail, by a trap, its deadline or an answer that is none: 0.01.
    pub failures: f64,
}

impl Default for TrialSettings {
    fn default() -> Self {
        Self { alpha: 0.05, margin: 0.01, least: 500, failures: 0.01 }
    }
}

/// What is known of a challenger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Too few pairs, or nothing that is sure: go on.
    Waiting,
    /// It fails more often than it may: refuse it.
    Failing,
    /// Its mean reward is below the champion's: refuse it.
    Worse,
    /// It is above the champion's: recommend it.
    Better,
    /// The difference is within the margin either way: choose by other things, as size or speed.
    Alike,
}

/// Pairs of rewards of a champion and a challenger for the same requests. A reward is 0 to 1 and is known of both, served or not: whether the
/// item that the visitor went to next was in the slate; what a decision saved of the most that there was to save; whether the typed
/// word was the one that was foretold. So it is not clicks on the slate that was shown: those are the champion's alone
/// ([`OffPolicy`](crate::OffPolicy) weighs them).
///
/// The bounds of the mean difference hold at all times at once ([`ConfidenceSequence`]), and so do the bets on failures: a verdict may be
/// read after each pair and acted upon.
#[derive(Clone, Debug)]
pub struct Trial {
    settings: TrialSettings,
    differences: ConfidenceSequence,
    failures: Exceeding,
    failed: u64,
}

impl Trial {
    /// # Errors
    /// `monitor-setting-invalid`: a chance, a margin or a share of failures that is not between 0 and 1.
    pub fn new(settings: TrialSettings) -> Result<Self> {
        let TrialSettings { alpha, margin, failures, .. } = settings;
        if [alpha, margin, failures].iter().any(|share| !(*share > 0.0 && *share < 1.0)) {
            return Err(Error::new(Code::SettingInvalid, "alpha, margin and failures must be above 0 and below 1"));
        }
        Ok(Self {
            settings,
            differences: ConfidenceSequence::new(-1.0, 1.0, alpha / 2.0),
            failures: Exceeding::new(failures / 2.0, [failures; crate::LEVELS]),
            failed: 0,
        })
    }

    /// Rewards of both for one request.
    ///
    /// # Errors
    /// `monitor-observation-invalid`: a reward that is not 0 to 1. Nothing is counted.
    pub fn pair(&mut self, champion: f64, challenger: f64) -> Result<()> {
        let share = 0.0..=1.0;
        if !share.contains(&champion) || !share.contains(&challenger) {
            return Err(Error::new(Code::ObservationInvalid, "a reward is 0 to 1"));
        }
        self.differences.observe(challenger - champion);
        Ok(())
    }

    /// A request that the challenger was asked, and whether it failed to answer.
    pub fn asked(&mut self, failed: bool) {
        self.failed += u64::from(failed);
        self.failures.observe(failed);
    }

    /// Pairs of rewards, requests asked, and those failed.
    #[must_use]
    pub const fn counts(&self) -> (u64, u64, u64) {
        (self.differences.seen(), self.failures.seen(), self.failed)
    }

    /// The mean difference, challenger less champion, and its bounds.
    #[must_use]
    pub fn difference(&self) -> Option<Bounds> {
        self.differences.bounds()
    }

    /// What is known by now. `Failing`, `Worse` and `Better` stay once said, but that a failure or a difference of the other sign
    /// (with probability `alpha` at most) outweighs them in this order.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        // A challenger that fails is refused before there are pairs.
        if self.failures.evidence(0) >= libm::log(2.0 / self.settings.alpha) {
            return Verdict::Failing;
        }
        let Some(Bounds { low, high, .. }) = self.difference().filter(|_| self.differences.seen() >= self.settings.least) else {
            return Verdict::Waiting;
        };
        let margin = self.settings.margin;
        if high < 0.0 {
            Verdict::Worse
        } else if low > 0.0 {
            Verdict::Better
        } else if low > -margin && high < margin {
            Verdict::Alike
        } else {
            Verdict::Waiting
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_kernels::random::SplitMix64;

    /// A month of 1,000 sessions a day: how many pairs it takes, and the verdict.
    fn month(random: &mut SplitMix64, champion: f64, challenger: f64, fails: f64) -> (Verdict, u64) {
        let mut trial = Trial::new(TrialSettings::default()).unwrap();
        for _ in 0..30_000 {
            let failed = random.unit() < fails;
            trial.asked(failed);
            if !failed {
                // Both do well and badly with the same visitors.
                let ease = random.unit();
                let hit = |rate: f64, luck: f64| f64::from(u8::from(0.7 * ease + 0.3 * luck < rate));
                trial.pair(hit(champion, random.unit()), hit(challenger, random.unit())).unwrap();
            }
            if !matches!(trial.verdict(), Verdict::Waiting | Verdict::Alike) {
                break;
            }
        }
        (trial.verdict(), trial.counts().1)
    }

    #[test]
    fn a_worse_one_is_refused_a_better_one_recommended_within_a_month() {
        let mut random = SplitMix64::new(6);
        for _ in 0..5 {
            assert_eq!(month(&mut random, 0.32, 0.28, 0.0).0, Verdict::Worse);
            assert_eq!(month(&mut random, 0.32, 0.36, 0.0).0, Verdict::Better);
            assert!(matches!(month(&mut random, 0.32, 0.32, 0.0).0, Verdict::Waiting | Verdict::Alike));
            let (verdict, after) = month(&mut random, 0.32, 0.40, 0.2);
            assert!(verdict == Verdict::Failing && after < 300, "{verdict:?} {after}");
            // As often as it may.
            assert_ne!(month(&mut random, 0.32, 0.28, 0.01).0, Verdict::Failing);
        }
    }

    #[test]
    fn two_that_are_the_same_are_alike_and_never_more() {
        let mut trial = Trial::new(TrialSettings { margin: 0.02, ..TrialSettings::default() }).unwrap();
        for at in 0..5000 {
            let reward = f64::from(at % 3 == 0);
            trial.pair(reward, reward).unwrap();
            assert!(at >= 499 || trial.verdict() == Verdict::Waiting);
        }
        assert_eq!(trial.verdict(), Verdict::Alike);
    }

    /// Looked at after each of 5,000 pairs, ones of equal mean are told apart in no more than α of the trials.
    #[test]
    fn peeking_is_safe() {
        let mut random = SplitMix64::new(12);
        let wrong = (0..300)
            .filter(|_| {
                let mut trial = Trial::new(TrialSettings { least: 1, ..TrialSettings::default() }).unwrap();
                (0..5000).any(|_| {
                    let draw = |random: &mut SplitMix64| f64::from(u8::from(random.unit() < 0.3));
                    trial.pair(draw(&mut random), draw(&mut random)).unwrap();
                    matches!(trial.verdict(), Verdict::Better | Verdict::Worse)
                })
            })
            .count();
        assert!(wrong <= 15, "{wrong} of 300");
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        for wrong in [
            TrialSettings { alpha: 0.0, ..TrialSettings::default() },
            TrialSettings { margin: f64::NAN, ..TrialSettings::default() },
        ] {
            assert_eq!(Trial::new(wrong).unwrap_err().code(), Code::SettingInvalid);
        }
        let mut trial = Trial::new(TrialSettings::default()).unwrap();
        for (one, two) in [(1.1, 0.0), (0.0, -0.1), (f64::NAN, 0.0)] {
            assert_eq!(trial.pair(one, two).unwrap_err().code(), Code::ObservationInvalid);
        }
        assert_eq!((trial.counts(), trial.difference()), ((0, 0, 0), None));
    }
}
