//! What is fitted at packing to scores and labels. Pure: research and packing call the same code.

mod isotonic;
mod measures;
mod platt;
mod thresholds;

pub use isotonic::isotonic;
pub use measures::{Measured, measured};
pub use platt::platt;
pub use thresholds::at_most;
