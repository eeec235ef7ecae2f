//! Detectors of a change of level in a stream of numbers, without a reference.

mod adwin;
mod both;
mod page_hinkley;

pub use adwin::{Adwin, AdwinSettings};
pub use both::{Change, Changes};
pub use page_hinkley::{Direction, PageHinkley, PageHinkleySettings};
