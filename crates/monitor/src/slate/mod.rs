//! Properties of finished slates: how like two are, how spread many are, whether everyone gets the same.

mod overlap;
mod same;
mod spread;

pub use overlap::{overlap_at, rank_biased_overlap};
pub use same::{SameForAll, slate_key};
pub use spread::{Spread, gini, normalised_entropy};
