//! What is counted since the reference: on its bins, mergeable, and as bytes.

mod counted;
mod ledger;
mod report;

pub use counted::{Happened, Tally};
pub use ledger::Ledger;
pub use report::{MOST_REPORT_BYTES, Report};

#[cfg(test)]
mod tests;
