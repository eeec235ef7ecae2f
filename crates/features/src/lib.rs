//! nearhand-features: features of events in streaming windows, the same code and the same bytes in research and in production.
//!
//! A [`Spec`] declares fields, windows and features. [`Windows`] takes events one at a time and answers each with its features: counts,
//! sums, means, extremes, ratios, distinct values, deviations and entropies over exact windows (t − Δ, t] of a card, terminal or visitor,
//! and the risk of late labels over delayed ones.
//!
//! Times are whole milliseconds and amounts are whole units of declared decimals, so every sum is exact and no order of arrival
//! changes it; a quotient is rounded once, and the logarithm is that of `libm`. There is no clock, chance, file or network, and memory is
//! bounded by [`Limits`].
//!
//! ```
//! use nearhand_features::{Event, Spec, Windows};
//! let spec = Spec::from_json(r#"{"time": "at", "id": "id", "keys": ["card"], "amounts": [{"name": "amount", "decimals": 2}], "features": [
//!     {"name": "count_1d", "kind": "count", "key": "card", "window": "1d"},
//!     {"name": "mean_1d", "kind": "mean", "of": "amount", "key": "card", "window": "1d"}]}"#)?;
//! let mut windows = Windows::new(spec);
//! windows.observe(&Event { time: 1_000, id: "a", keys: &["card 1"], amounts: &[1000], ..Event::default() })?;
//! let answer = windows.observe(&Event { time: 2_000, id: "b", keys: &["card 1"], amounts: &[501], ..Event::default() })?;
//! assert_eq!(answer.features, [2.0, 7.505]);
//! # Ok::<(), nearhand_features::Error>(())
//! ```

mod batch;
mod error;
mod evaluate;
mod event;
mod hash;
mod ids;
mod json;
mod key;
mod name;
mod number;
mod pending;
mod plan;
mod ring;
mod snapshot;
mod spec;
mod table;
mod windows;

pub use batch::Columns;
pub use error::{Code, Error, Result};
pub use event::{Amended, Answer, Counts, Event, Labelled, Outcome, Seen};
pub use number::{units, units_of};
pub use spec::{Amount, At, Currency, Feature, Kind, LATEST_MS, LONGEST_ID, Label, Limits, MOST_UNITS, Spec, Zone};
pub use windows::Windows;
