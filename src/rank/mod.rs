//! Ranking: sets of items, item vectors and their scan, the transition table, exact top-k, and the measures of a ranking.

pub mod bitset;
mod large;
pub mod metrics;
pub mod scan;
pub mod table;
pub mod topk;
pub mod vectors;

pub use bitset::BitSet;
pub use scan::{Field, Scan};
pub use table::{TransitionTable, Vote};
pub use topk::{Scored, TopK, top_k};
pub use vectors::ItemVectors;
