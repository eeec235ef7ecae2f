//! Ranking: sets and maps of items, item vectors and their scan, the transition table, exact top-k, and the measures of a
//! ranking.

pub mod bitset;
pub mod item_map;
mod large;
pub mod metrics;
pub mod scan;
pub mod table;
pub mod topk;
pub mod vectors;

pub use bitset::BitSet;
pub use item_map::ItemMap;
pub use scan::{Field, Scan};
pub use table::TransitionTable;
pub use topk::{Scored, TopK, top_k};
pub use vectors::ItemVectors;
