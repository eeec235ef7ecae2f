//! What is told when something is wrong.

use crate::distance::Moved;

/// How much an alert asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something has changed, and it is sure. Nothing need be done at once.
    Notice,
    /// It has changed more than is tolerated: somebody should look.
    Warn,
    /// Answers may be garbage: serve the table or what is popular instead.
    Fallback,
    /// The bundle may not be served.
    Stop,
}

impl Level {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warn => "warn",
            Self::Fallback => "fallback",
            Self::Stop => "stop",
        }
    }
}

/// What an alert is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Values of an input.
    InputDrift,
    /// What the model answers.
    ScoreDrift,
    /// A property of slates.
    SlateDrift,
    /// Values are missing, of another type, or names that the reference does not have: told by the first few.
    Schema,
    /// Numbers are beyond all that the reference has seen: told by the first few.
    Units,
    /// Something happens too often.
    RateHigh,
    /// Too many calls take too long.
    Slow,
    /// Everyone gets the same slate.
    SameForAll,
    /// The bundle is old.
    Stale,
    /// The bundle has expired.
    Expired,
    /// The bundle was made after now.
    ClockWrong,
    /// An engine that served did not answer a golden session as recorded any more.
    Golden,
    /// Probabilities do not come true.
    Calibration,
    /// The mean of a stream has changed, as ADWIN or the Page–Hinkley test has it.
    Change,
}

impl Kind {
    /// The stable code, kebab-case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InputDrift => "input-drift",
            Self::ScoreDrift => "score-drift",
            Self::SlateDrift => "slate-drift",
            Self::Schema => "schema",
            Self::Units => "units",
            Self::RateHigh => "rate-high",
            Self::Slow => "slow",
            Self::SameForAll => "same-for-all",
            Self::Stale => "stale",
            Self::Expired => "expired",
            Self::ClockWrong => "clock-wrong",
            Self::Golden => "golden",
            Self::Calibration => "calibration",
            Self::Change => "change",
        }
    }

    /// What to look at first.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::InputDrift => {
                "look which bins have moved: a unit that changed, a join that went stale, columns swapped or an \
                 audience that is new; then pack with a reference of today, or repair the input"
            }
            Self::ScoreDrift => {
                "if inputs have drifted as well, begin with them; if not, look whether the served model is the one \
                 that was packed (goldens, quantisation)"
            }
            Self::SlateDrift => {
                "look whether the catalog, its popularity or the rules have changed; a slate of other items at the \
                 same scores is often a shift of ids"
            }
            Self::Schema => {
                "look at what is told: missing fields, a text where numbers were, or names that the reference does not have"
            }
            Self::Units => "look in which unit it is told: numbers are beyond all that the reference has seen",
            Self::RateHigh => {
                "look what the events are: unknown items mean a stale catalog or bundle, missing fields a change of \
                 the page, fallbacks an error that `notes` names"
            }
            Self::Slow => {
                "look which device and which tier: a larger bundle, a worker that starts anew, or a page that holds \
                 its thread"
            }
            Self::SameForAll => {
                "the model may have lost its inputs: look whether sessions arrive, and whether their features are \
                 empty"
            }
            Self::Stale => "the nightly job has not published: look at its log",
            Self::Expired => "publish a bundle; until then the fallback answers",
            Self::ClockWrong => "the device's clock is wrong, or the bundle's date is: times of events cannot be trusted",
            Self::Calibration => {
                "look whether each label is joined to its own answer and labels of both kinds arrive; then whether what is judged is \
                 still what it was when the model was trained; then calibrate or train it with labels of today"
            }
            Self::Change => {
                "a mean has changed, which need not be wrong: look what was published or happened then; now and then it is chance"
            }
            Self::Golden => {
                "memory or code of the instance has turned bad, and another has taken its place: look what else writes \
                 into its memory; on many devices at once, publish the bundle before"
            }
        }
    }
}

/// One thing that is wrong. It is told once when it begins, once more when its level rises, and stands until it is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// What it is of.
    pub kind: Kind,
    /// Which stream or rate; empty for the bundle as a whole.
    pub subject: String,
    /// How much it asks for.
    pub level: Level,
    /// What was measured of the observations that tell it: for drift the divergence from the reference in nats, for schema, units,
    /// rates and slates a share, for calibration the share that happened, for a change the mean since, for age milliseconds.
    pub value: f64,
    /// What it may be at this level, in the same unit.
    pub threshold: f64,
    /// After how many observations.
    pub seen: u64,
    /// Natural logarithm of the e-value, where there is one: evidence against "nothing is wrong beyond the threshold".
    pub evidence: Option<f64>,
    /// The population stability index of those observations, of streams.
    pub psi: Option<f64>,
    /// Of units: how many times as large as the reference's median that of the last numbers is, at most 16; none of fewer than 5, where
    /// either is not above 0 or the answer not finite, and where most are one value and the reference's are not.
    pub ratio: Option<f64>,
    /// The factor that units differ by which this ratio is, where only one is it: 24, 60, 100, 1,000, 3,600, 86,400, a million or a
    /// thousand millions, or 1 / those.
    pub factor: Option<f64>,
    /// Bins that moved most, of streams.
    pub moved: Vec<Moved>,
}
