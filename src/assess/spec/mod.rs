//! What the person who packs declares: features, calibration, costs, lists, rules, reasons. Strict JSON, kept in the manifest as
//! it was read.

mod calibration;
mod costs;
mod deciding;
mod feature;
mod reasons;
mod rules;
mod whole;

pub use calibration::{Between, Calibration, Of};
pub use costs::{Costs, Currency};
pub use deciding::Deciding;
pub use feature::{Feature, Missing};
pub use reasons::{Method, Reasons};
pub use rules::{Condition, List, Rule};
pub use whole::{Declared, Spec};
pub(super) use whole::{MAX_FEATURES, MAX_NAME, keys_ok};
