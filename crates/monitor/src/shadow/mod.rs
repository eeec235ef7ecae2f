//! A challenger that sees what the champion sees and is never served: how its answers differ, and whether they are better.

mod interval;
mod pairs;
mod trial;

pub use interval::{Bounds, ConfidenceSequence};
pub use pairs::{Decided, DecisionPairs, SlatePairs};
pub use trial::{Trial, TrialSettings, Verdict};
