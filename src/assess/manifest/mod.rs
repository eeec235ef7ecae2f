//! The manifest of a bundle: what was declared, what packing found beside it, and the goldens.

mod fitted;
mod whole;

pub use fitted::{Curve, Explained, Fitted, Inputs, Link, Margin, Output, Thresholds};
pub(in crate::assess) use whole::MAX_POINTS;
pub use whole::{Golden, Manifest, TASK};
