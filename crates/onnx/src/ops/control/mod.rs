//! If, Loop and Scan: bodies that are plans of their own.

pub(super) mod branch;
pub(super) mod repeat;
mod turns;
