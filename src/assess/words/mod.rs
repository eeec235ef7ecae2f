//! Words that everybody of an assessment shares: decisions, and money in whole numbers.

mod decision;
mod money;

pub use decision::Decision;
pub use money::{MAX_AMOUNT, Share};
pub(in crate::assess) use money::{MILLION, amount};
