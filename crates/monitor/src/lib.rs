//! nearhand-monitor: whether a model still answers as it did when it was packed, told without a server and without labels.
//!
//! A [`Reference`] is frozen with the bundle: inputs, scores and slates on bins with their counts, and rates. A [`Monitor`]
//! counts on the same bins and looks for drift, rates, slowness, one slate for all, and age. Its alarms are valid however often
//! one looks: while nothing is wrong, the probability that any is ever raised is stated, for an hour as for a year. A [`Tally`]
//! is what a client counts; its [`Report`]s merge, each once ([`Ledger`]).
//!
//! Beside it, each by itself: distances ([`psi`], [`jensen_shannon`], [`kolmogorov_smirnov`], [`chebyshev`]), the detectors
//! ([`Drift`], [`Exceeding`], [`Streak`], [`Odds`], [`Adwin`], [`PageHinkley`]), slates ([`rank_biased_overlap`], [`overlap_at`],
//! [`Spread`], [`SameForAll`]) and quality ([`Calibration`], [`Powered`]; [`Outcomes`] has both, with alarms).
//!
//! There is no clock, chance, file or network; logarithms are those of `libm`, sums have one order: the same bits natively and
//! in wasm.
//!
//! ```
//! use nearhand_monitor::{Bins, Kind, Level, Monitor, Reference, Role, Settings, Stream, Value};
//! let dwell: Vec<f64> = (0..1000).map(|i| f64::from(i * 7919 % 1000)).collect();
//! let mut stream = Stream::new("dwell_ms", Role::Input, 1.0, Bins::of_numbers(&dwell, 10))?;
//! dwell.iter().for_each(|ms| stream.add(Value::Number(*ms)));
//! let mut monitor = Monitor::new(Reference::new(vec![stream], vec![])?, Settings::default())?;
//! for ms in &dwell {
//!     monitor.observe(0, Value::Number(*ms / 1000.0))?; // Seconds, where milliseconds were packed.
//! }
//! let alerts = monitor.look(0);
//! assert_eq!((alerts[0].kind, alerts[0].level), (Kind::InputDrift, Level::Fallback));
//! # Ok::<(), nearhand_monitor::Error>(())
//! ```

mod alert;
mod bins;
mod bytes;
mod change;
mod distance;
mod error;
mod evidence;
mod feedback;
mod frozen;
mod latency;
mod maths;
mod monitor;
mod quality;
mod reference;
mod shadow;
mod slate;
mod staleness;
mod tally;

pub use alert::{Alert, Kind, Level};
pub use bins::{Bins, Value};
pub use change::{Adwin, AdwinSettings, Change, Changes, Direction, PageHinkley, PageHinkleySettings};
pub use distance::{Moved, chebyshev, jensen_shannon, kolmogorov_smirnov, moved_most, psi, psi_by_chance};
pub use error::{Code, Error, Result};
pub use evidence::{Drift, Exceeding, LEVELS, Odds, Streak, e_benjamini_hochberg, reference_radius};
pub use feedback::{
    Attribution, AttributionSettings, Clicked, Examination, OffPolicy, Overlap, Place, PolicyValue, Positions, Reliability, Row,
    Shown, share_interval,
};
pub use frozen::Frozen;
pub use latency::Latency;
pub use monitor::{Monitor, OutcomeSettings, Outcomes, Settings, State};
pub use quality::{Calibration, Estimate, Powered, Sample};
pub use reference::{LONGEST_NAME, MOST_BINS, MOST_BYTES, MOST_RATES, MOST_STREAMS, Rate, Reference, Role, Stream};
pub use shadow::{Bounds, ConfidenceSequence, Decided, DecisionPairs, SlatePairs, Trial, TrialSettings, Verdict};
pub use slate::{SameForAll, Spread, gini, normalised_entropy, overlap_at, rank_biased_overlap, slate_key};
pub use staleness::{Freshness, Staleness};
pub use tally::{Happened, Ledger, MOST_REPORT_BYTES, Report, Tally};
