//! The assessor: models of reference libraries, what is fitted, bundles, and whatever a host gives.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]

mod bad_input;
mod bundles;
mod decisions;
mod online;
mod recorded;
mod references;
mod shipped;
mod situations;
