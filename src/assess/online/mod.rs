//! An assessor with the windows of its bundle: a transaction is counted, its features are computed, and it is judged by them, in one call.
//!
//! `fields → row → windows → sources → Assessor → answers`, and the state of all that as bytes.

mod answers;
mod assessor;
mod fields;
mod listed;
mod row;
mod sources;
mod state;

pub use answers::Told;
pub use assessor::{Answered, Counted, OnlineAssessor, Setup};
pub use fields::Fields;
pub use listed::row_of;
