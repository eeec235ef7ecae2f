//! From logits to one token: what changes them (adaptation, penalty, allowed texts, blocklist), probabilities, and the samplers.

mod adapt;
mod allowed;
mod blocklist;
mod probabilities;
mod repetition;
mod samplers;

pub use adapt::{Adaptation, Adapting};
pub use allowed::Allowed;
pub(super) use allowed::Walk;
pub(super) use blocklist::block;
pub(super) use probabilities::{likeliest, probabilities};
pub(super) use repetition::{Seen, penalize};
pub(super) use samplers::{Candidates, Sampling, draw, greedy};
