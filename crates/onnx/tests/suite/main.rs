//! The engine as its users see it: worked examples of operators, uses that are refused, random graphs. One binary, so that it links
//! once.
#![cfg(feature = "plan")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "../../examples/support/cases.rs"]
#[allow(dead_code)]
mod cases;
mod crossing;
mod decoders;
mod elementwise;
mod exports;
mod graphs;
mod hostile;
mod last;
mod limits;
#[cfg(feature = "loops")]
mod loops;
#[cfg(all(feature = "loops", feature = "trees"))]
mod mixed;
mod moves;
mod nodes;
mod random;
mod reports;
mod same;
mod single;
mod states;
#[cfg(feature = "trees")]
mod tabular;
#[cfg(feature = "tract")]
mod tract;
mod windows;
mod writer;
