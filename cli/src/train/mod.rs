//! `train`: from sessions to a bundle, in one command, on the processor alone.
//!
//! `before` refuses what cannot be done, `checkpoint` keeps what has been. `choosing` finds the settings on the newest sessions,
//! `neural` fits vectors and encoder, `signals` the weights of events; then all is fitted anew on every session, `bound` holds the
//! bytes, and the engine itself measures the finished bundle. Deterministic for a seed.

mod args;
mod before;
mod bound;
mod checkpoint;
mod choosing;
mod command;
mod held;
mod key;
mod measured;
mod neural;
mod report;
mod signals;
#[cfg(test)]
mod tests;
mod work;

pub(crate) use args::Args;
pub(crate) use command::run;
