//! What a model is: which graphs are taken, how one is run, and what it remembers of the tokens before.

mod contract;
mod decoder;
mod stacked;
mod window;

pub(super) use decoder::{Cache, Decoder};
pub(super) use window::left_out;
