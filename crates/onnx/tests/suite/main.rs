//! The engine as its users see it: worked examples of operators, uses that are refused, random graphs. One binary, so that it links
//! once.
#![cfg(feature = "plan")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[cfg(feature = "trees")]
#[path = "../../examples/support/cases.rs"]
#[allow(dead_code)]
mod cases;
mod elementwise;
mod graphs;
mod limits;
mod loops;
#[cfg(feature = "trees")]
mod mixed;
mod moves;
mod random;
mod reports;
mod single;
#[cfg(feature = "trees")]
mod tabular;
mod windows;
mod writer;
