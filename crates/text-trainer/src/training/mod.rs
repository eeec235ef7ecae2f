//! Training: what is asked, what is read, the steps, and what is kept of them.

mod adam;
mod checkpoint;
mod curve;
mod options;
mod prepare;
mod room;
mod run;
mod step;
mod stream;

pub use curve::{Point, Progress};
pub use options::{Options, Recipe};
pub use run::{Report, train};
#[cfg(test)]
pub(crate) use step::round;
