//! Ranking: sets of items, item vectors, the transition table, exact top-k, and the measures of a ranking.

pub mod bitset;
pub mod metrics;
pub mod table;
pub mod topk;
pub mod vectors;

pub use bitset::BitSet;
pub use table::TransitionTable;
pub use topk::{Scored, top_k};
pub use vectors::ItemVectors;
