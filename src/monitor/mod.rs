//! Oversight: what a finished slate says of itself, counted on the bins that were frozen with the bundle. It sees slates, never
//! a model, and judges nothing: that is for who sums (`nearhand-monitor`).

mod counting;
mod facts;

pub use counting::{Counted, Counting};
pub use facts::{Facts, RATES, STREAMS, UNKNOWN_ITEM};
