//! From a transaction and its features to a decision, a step a file: the model's row, its score, the risk, what that costs, hard rules.

mod calibrate;
mod decide;
mod lists;
mod model;
mod row;
mod rules;
mod transaction;

pub use calibrate::{Calibrator, log_odds};
pub use decide::{Expected, by_costs, by_risk, by_score};
pub(in crate::assess) use lists::Lists;
pub(in crate::assess) use model::Model;
pub use row::Columns;
pub(in crate::assess) use row::{cast, cast_one};
pub(in crate::assess) use rules::{Rules, decided};
pub use transaction::Transaction;
