//! If, Loop and Scan: bodies that are plans of their own.

pub(super) mod branch;
#[cfg(feature = "loops")]
pub(super) mod repeat;
#[cfg_attr(not(feature = "loops"), allow(dead_code))]
mod turns;
