//! What a page asks for: requests, placements, rules, exploration.

mod chance;
mod placement;
mod promotion;
mod request;

pub use chance::{Explore, bucket};
pub use placement::{Placement, Relate, Relation};
pub use promotion::{Action, Rule, TestBucket};
pub(in crate::recommend) use promotion::{Occasion, Standing};
pub use request::{Caps, Exclude, Relates, Request};
