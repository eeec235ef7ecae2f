//! What a slate is made from: the bundle's parts, the model, and memory of earlier calls.

mod few;
mod met;
mod recommender;
mod scores;
mod sets;

pub(in crate::recommend) use few::Few;
pub(in crate::recommend) use met::{Near, ROOM};
pub use recommender::Recommender;
pub(in crate::recommend) use scores::POPULARITY_WEIGHT;
pub use scores::{Blend, Scores};
pub(in crate::recommend) use sets::Sets;
