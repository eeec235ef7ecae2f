//! Item vectors that somebody else trained (item2vec, ALS, BPR and the like): read from the file they are in, put in the
//! order of the item list, stored, and with `query` a small graph of ours that makes a session's query of them.
//!
//! `file → Given → Placed → stored (1 to 8 bits) or in the graph (16 and 32)`

mod args;
mod codes;
mod exact;
mod format;
mod given;
mod graph;
mod place;
mod query;
#[cfg(test)]
mod reports;
mod stored;
#[cfg(test)]
mod tests;

pub(crate) use args::{Made, VectorArgs};
pub(crate) use codes::Levels;
pub(crate) use exact::halves;
pub(crate) use place::Placed;
pub(crate) use query::Score;
