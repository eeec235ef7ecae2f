//! The crate as others use it: recorded answers of reference implementations, situations, simulations.
#![allow(clippy::unwrap_used, clippy::panic)]

mod labels;
mod recorded;
mod shapes;
mod simulations;
mod situations;
#[allow(dead_code, unreachable_pub)]
mod world;
