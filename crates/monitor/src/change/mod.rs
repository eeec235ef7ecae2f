//! Detectors of a change of level in a stream of numbers, without a reference.

mod adwin;
mod page_hinkley;

pub use adwin::{Adwin, AdwinSettings};
pub use page_hinkley::{Direction, PageHinkley, PageHinkleySettings};
