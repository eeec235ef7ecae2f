//! What came of what was foretold: whether probabilities come true, how often it happens, and when the error has changed.

use super::latch::{Latch, NAMES};
use super::watched::{State, Watched, changed};
use crate::alert::{Alert, Kind, Level};
use crate::change::Changes;
use crate::error::{Code, Error, Result};
use crate::evidence::{LEVELS, Odds};
use crate::quality::{Calibration, Powered};

/// Bins of the expected calibration error.
const BINS: usize = 10;

/// Probabilities above the mean of those before, and the others: what a model that tells nothing apart gets wrong, the one too high and
/// the other too low, though the mean of all is right.
const HALVES: [&str; 2] = ["high", "low"];

/// What [`Outcomes`] may be told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutcomeSettings {
    /// The probability of any false alarm of calibration at all, for as long as it runs: in (0, 0.5]. 0.05.
    pub alpha: f64,
    /// No verdict before so many labels. 100.
    pub least: u64,
    /// How many times the odds of an outcome may be what its probability says, or what its probability says what they are: for a notice, a
    /// warning and a fallback; rising, from 1 on. `None`: what foretells is no probability, such as a click of a purchase, and no alarm is
    /// made of it. 1.1, 1.25, 2.
    pub factors: Option<[f64; LEVELS]>,
    /// Whether changes of the squared error are told, as notices for which `alpha` does not hold. No.
    pub changes: bool,
}

impl Default for OutcomeSettings {
    fn default() -> Self {
        Self { alpha: 0.05, least: 100, factors: Some([1.1, 1.25, 2.0]), changes: false }
    }
}

/// Watches what came of probabilities. Each answer is foretold; those whose outcome becomes known are labelled, a minute or a month later.
///
/// Which are labelled, when and in which order must not depend on the outcome, given the probability: frauds at the age of the others, and
/// not before them. For the estimate of how often it happens among all ([`Powered`]) which are must not depend on the probability either.
///
/// While the odds of each outcome, given all that was labelled before, are within the factor of what its probability says, the
/// probability that an alarm is ever raised is at most [`OutcomeSettings::alpha`], however often [`Outcomes::look`] is called.
#[derive(Clone, Debug)]
pub struct Outcomes {
    settings: OutcomeSettings,
    calibration: Calibration,
    powered: Powered,
    changes: Changes,
    halves: [Watched<Odds>; HALVES.len()],
    /// Sum of the labelled probabilities and how many.
    sum: f64,
    seen: u64,
}

impl Outcomes {
    /// Nothing foretold yet.
    ///
    /// # Errors
    /// `monitor-setting-invalid`, with the setting's name.
    pub fn new(settings: OutcomeSettings) -> Result<Self> {
        let invalid = |name: &str| {
            Error::new(Code::SettingInvalid, "a setting is out of range; docs/monitor.md has the ranges").with("setting", name)
        };
        if !(settings.alpha > 0.0 && settings.alpha <= 0.5) {
            return Err(invalid("alpha"));
        }
        if settings
            .factors
            .is_some_and(|factors| !factors.is_sorted() || !factors.iter().all(|factor| (1.0..=1e6).contains(factor)))
        {
            return Err(invalid("factors"));
        }
        let thresholds = settings.factors.unwrap_or_default();
        let needs = -libm::log(settings.alpha / HALVES.len() as f64);
        let half = || Watched { detector: Odds::new(thresholds), needs, thresholds, latch: Latch::default() };
        Ok(Self {
            settings,
            calibration: Calibration::new(BINS),
            powered: Powered::default(),
            changes: Changes::default(),
            halves: [half(), half()],
            sum: 0.0,
            seen: 0,
        })
    }

    /// An answer, whose outcome is not known: its probability, or what else foretells it, 0 to 1. False, and nothing counted, for a number
    /// outside.
    pub fn foretold(&mut self, probability: f64) -> bool {
        let fits = (0.0..=1.0).contains(&probability);
        if fits {
            self.powered.predicted(probability);
        }
        fits
    }

    /// What came of one that was [`foretold`](Self::foretold) before, with the same probability. False, and nothing counted, for a number outside 0 to 1.
    pub fn labelled(&mut self, probability: f64, happened: bool) -> bool {
        if !self.calibration.add(probability, happened) {
            return false;
        }
        let outcome = f64::from(happened);
        self.powered.became_known(outcome, probability);
        self.seen = self.seen.saturating_add(1);
        self.changes.update(self.seen, (probability - outcome) * (probability - outcome));
        if self.settings.factors.is_some() {
            // By what was labelled before: so it is known before the outcome is. Where all are one number rounding does not part them.
            let low = probability * ((self.seen - 1) as f64) <= self.sum * (1.0 + 1e-9);
            let [first, second] = &mut self.halves;
            let half = if low { second } else { first };
            half.detector.observe(probability, happened);
        }
        self.sum += probability;
        true
    }

    /// Alerts that have begun or risen since the last look: `high` of probabilities above their mean, `low` of the others.
    pub fn look(&mut self) -> Vec<Alert> {
        let mut out = Vec::new();
        let enough = self.seen >= self.settings.least;
        for (half, name) in self.halves.iter_mut().zip(HALVES).filter(|_| enough) {
            let Some(level) = half.look(0) else { continue };
            let (value, threshold) = half.detector.remembered(level).unwrap_or_default();
            out.push(Alert { threshold, ..half.alert(Kind::Calibration, name, level, value) });
        }
        let news = self.changes.news();
        if self.settings.changes {
            out.extend(news.iter().map(|change| changed("squared-error", change)));
        }
        out
    }

    /// What is known of calibration as of the last look.
    #[must_use]
    pub fn state(&self) -> State {
        let judged = self.settings.factors.is_some() && self.seen >= self.settings.least;
        if judged { self.halves.iter().map(|half| half.state(0)).max().unwrap_or(State::Waiting) } else { State::Waiting }
    }

    /// The highest level that stands as of the last look.
    #[must_use]
    pub fn standing(&self) -> Option<Level> {
        let standing = self.halves.iter().filter_map(|half| half.latch.standing()).max();
        standing.and_then(|level| NAMES.get(level).copied())
    }

    /// Probabilities and what came of them.
    #[must_use]
    pub const fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// How often it happens among all that were foretold.
    #[must_use]
    pub const fn powered(&self) -> &Powered {
        &self.powered
    }

    /// When the squared error has changed, by the count of labels.
    #[must_use]
    pub const fn changes(&self) -> &Changes {
        &self.changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::times;
    use nearhand_kernels::random::SplitMix64;

    /// So many labels of probabilities about `rate`, which `truth` makes of them, with a look after each ten.
    fn feed(
        outcomes: &mut Outcomes,
        random: &mut SplitMix64,
        count: usize,
        rate: f64,
        truth: impl Fn(f64, f64) -> f64,
    ) -> Vec<Alert> {
        let mut out = Vec::new();
        for at in 0..count {
            let p = (2.0 * rate * random.unit()).min(1.0);
            let shuffled = (2.0 * rate * random.unit()).min(1.0);
            assert!(outcomes.foretold(p) && outcomes.labelled(p, random.unit() < truth(p, shuffled)));
            if at % 10 == 9 {
                out.extend(outcomes.look());
            }
        }
        out
    }

    #[test]
    fn probabilities_that_come_true_are_quiet_however_often_one_looks() {
        let mut alarms = 0;
        for seed in 0..100 {
            let (mut random, mut outcomes) = (SplitMix64::new(seed), Outcomes::new(OutcomeSettings::default()).unwrap());
            let rate = if seed % 2 == 0 { 0.3 } else { 0.02 };
            // At the edge of a notice on the one side or the other.
            let factor = if seed % 4 < 2 { 1.1 } else { 1.0 / 1.1 };
            let told = feed(&mut outcomes, &mut random, 4000, rate, |p, _| times(p, factor));
            alarms += usize::from(!told.is_empty());
        }
        assert!(alarms <= 5, "{alarms} of 100 at 5 %");
    }

    #[test]
    fn what_does_not_come_true_is_told_once_with_its_level() {
        // Odds that are others, up and down, and nothing told apart.
        type Truth = fn(f64, f64) -> f64;
        let cases: [(&str, f64, Truth, Level, usize); 5] = [
            ("five times", 0.2, |p, _| times(p, 5.0), Level::Fallback, 1000),
            ("twice", 0.2, |p, _| times(p, 2.0), Level::Warn, 2500),
            ("a fifth", 0.2, |p, _| times(p, 1.0 / 5.0), Level::Fallback, 3000),
            ("rare, five times", 0.02, |p, _| times(p, 5.0), Level::Fallback, 3000),
            ("another's", 0.2, |_, other| other, Level::Warn, 3000),
        ];
        for (name, rate, truth, level, within) in cases {
            let (mut random, mut outcomes) = (SplitMix64::new(5), Outcomes::new(OutcomeSettings::default()).unwrap());
            assert_eq!(feed(&mut outcomes, &mut random, 5000, rate, |p, _| p), [], "{name}");
            assert_eq!((outcomes.state(), outcomes.standing()), (State::Quiet, None));
            let told = feed(&mut outcomes, &mut random, within, rate, truth);
            assert!(
                told.iter().all(|alert| alert.kind == Kind::Calibration && HALVES.contains(&alert.subject.as_str())),
                "{name}"
            );
            assert!(told.iter().map(|alert| alert.level).max() >= Some(level), "{name}: {told:?}");
            assert!(told.len() <= 6 && outcomes.standing() >= Some(level) && outcomes.state() >= State::Raised(level), "{name}");
            for alert in told {
                // Within what it may be at the level, and beyond it, on the side that is meant.
                let more = name.contains("times") || name == "twice";
                let beyond = if name == "another's" { alert.subject == "low" } else { more };
                assert_eq!(alert.value > alert.threshold, beyond, "{name}: {alert:?}");
                assert!(alert.evidence.unwrap() >= 40_f64.ln() && alert.seen >= 100);
            }
        }
    }

    /// Labels of other answers: who was all but certain did not do it, and somebody else did. The mean of all is right.
    #[test]
    fn the_few_that_were_sure_are_not_lost_among_the_many() {
        let (mut random, mut outcomes) = (SplitMix64::new(8), Outcomes::new(OutcomeSettings::default()).unwrap());
        let skewed =
            |random: &mut SplitMix64| if random.unit() < 0.02 { 0.2 + 0.7 * random.unit() } else { 0.01 * random.unit() };
        let mut see = |count: usize, other: bool| {
            (0..count)
                .flat_map(|_| {
                    let (p, another) = (skewed(&mut random), skewed(&mut random));
                    assert!(outcomes.labelled(p, random.unit() < if other { another } else { p }));
                    outcomes.look()
                })
                .collect::<Vec<Alert>>()
        };
        assert_eq!(see(3000, false), []);
        let told = see(4000, true);
        assert!(
            told.iter().any(|alert| alert.level == Level::Fallback && alert.subject == "high" && alert.value < alert.threshold),
            "{told:?}"
        );
    }

    #[test]
    fn what_is_repaired_is_over_and_what_is_no_probability_is_no_alarm() {
        let (mut random, mut outcomes) = (SplitMix64::new(6), Outcomes::new(OutcomeSettings::default()).unwrap());
        feed(&mut outcomes, &mut random, 4000, 0.2, |p, _| times(p, 4.0));
        assert_eq!(outcomes.standing(), Some(Level::Fallback));
        feed(&mut outcomes, &mut random, 9000, 0.2, |p, _| p);
        assert_eq!(outcomes.standing(), None);
        let mut clicks = Outcomes::new(OutcomeSettings { factors: None, ..OutcomeSettings::default() }).unwrap();
        assert_eq!(feed(&mut clicks, &mut random, 4000, 0.2, |p, _| times(p, 4.0)), []);
        assert!(clicks.state() == State::Waiting && clicks.calibration().count() == 4000);
    }

    #[test]
    fn changes_of_the_error_are_told_where_that_is_asked() {
        for changes in [false, true] {
            let settings = OutcomeSettings { factors: None, changes, ..OutcomeSettings::default() };
            let (mut random, mut outcomes) = (SplitMix64::new(7), Outcomes::new(settings).unwrap());
            feed(&mut outcomes, &mut random, 2000, 0.1, |p, _| p);
            let told = feed(&mut outcomes, &mut random, 2000, 0.1, |p, _| 1.0 - p);
            assert_eq!(!told.is_empty(), changes);
            assert!(told.iter().all(|a| (a.kind, a.level, a.subject.as_str()) == (Kind::Change, Level::Notice, "squared-error")));
            assert!(told.iter().all(|a| a.value > a.threshold && (2000..3000).contains(&a.seen)), "{told:?}");
            assert!(outcomes.changes().found().len() >= told.len() && !outcomes.changes().found().is_empty());
        }
    }

    #[test]
    fn one_number_for_all_is_one_half() {
        let mut outcomes = Outcomes::new(OutcomeSettings::default()).unwrap();
        let mut told = Vec::new();
        for at in 0..3000 {
            assert!(outcomes.labelled(0.1, at % 10 < 3));
            told.extend(outcomes.look());
        }
        assert!(told.iter().all(|alert| alert.subject == "low") && outcomes.standing() == Some(Level::Fallback), "{told:?}");
    }

    #[test]
    fn what_is_no_probability_is_not_counted() {
        let mut outcomes = Outcomes::new(OutcomeSettings::default()).unwrap();
        for wrong in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
            assert!(!outcomes.foretold(wrong) && !outcomes.labelled(wrong, true));
        }
        assert_eq!((outcomes.calibration().count(), outcomes.powered().count(), outcomes.look()), (0, 0.0, vec![]));
        // All certain, and wrong: evidence stays a number.
        (0..500).for_each(|at| assert!(outcomes.labelled(f64::from(at % 2), at % 2 == 0)));
        let told = outcomes.look();
        assert!(told.iter().all(|alert| alert.level == Level::Fallback && alert.evidence.unwrap().is_finite()), "{told:?}");
        assert_eq!(told.len(), 2);
        for (settings, name) in [
            (OutcomeSettings { alpha: 0.0, ..OutcomeSettings::default() }, "alpha"),
            (OutcomeSettings { factors: Some([0.9, 1.0, 2.0]), ..OutcomeSettings::default() }, "factors"),
            (OutcomeSettings { factors: Some([1.5, 1.2, 2.0]), ..OutcomeSettings::default() }, "factors"),
            (OutcomeSettings { factors: Some([1.0, 2.0, f64::NAN]), ..OutcomeSettings::default() }, "factors"),
        ] {
            let error = Outcomes::new(settings).unwrap_err();
            assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::SettingInvalid, name));
        }
    }
}
