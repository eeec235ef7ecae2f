//! The engine as its users see it: worked examples of operators, uses that are refused, random graphs. One binary, so that it links
//! once.
#![cfg(feature = "plan")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod elementwise;
mod graphs;
mod limits;
mod mixed;
mod moves;
mod random;
mod reports;
mod single;
mod windows;
mod writer;
