//! The tokenizer against what the reference answered, against brute force, and against files that are not what they say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::single_range_in_vec_init)]

mod edges;
mod fixtures;
mod forms;
mod golden;
mod hostile;
mod properties;
mod reports;
mod slow;
mod unicode;
