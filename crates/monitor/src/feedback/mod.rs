//! What visitors did with what they were shown: credit for it, what another policy would have had of it, what a place is worth.

mod attribution;
mod off_policy;
mod positions;

pub use attribution::{Attribution, AttributionSettings, Clicked, Place, Row};
pub use off_policy::{OffPolicy, Overlap, PolicyValue, Reliability, Shown, share_interval};
pub use positions::{Examination, Positions};
