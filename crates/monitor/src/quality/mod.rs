//! What is known of a model's quality: once labels are there, and before there are many.

mod calibration;
mod powered;

pub use calibration::Calibration;
pub use powered::{Estimate, Powered, Sample};
