//! What the trainers calculate with, of shops' models and of language models alike: native, for the command line alone. Nothing of it is
//! in the wasm.
//!
//! | module | what |
//! |---|---|
//! | [`random`] | the seeded generator |
//! | [`math`] | products of matrices, an exponential, [`vectorised`] functions |
//!
//! Everything adds in a fixed order, so a run repeats bit by bit on one kind of machine, with however many threads.

pub mod math;
pub mod random;

/// The vectors of the machine, which [`vectorised`] and who names the machine need.
pub use pulp;
