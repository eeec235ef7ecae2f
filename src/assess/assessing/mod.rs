//! One bundle, and transactions judged by it: the file's parts, the assessor, its answers.

mod answer;
mod assessor;
mod parts;

pub use answer::{Assessment, By, Explain, Hit, Judged, Reason, Sum};
pub use assessor::Assessor;
pub(in crate::assess) use parts::{Parts, Recorded};
