//! `train`: from sessions to a bundle, in one command, on the processor alone.
//!
//! `before` refuses what cannot be done, `checkpoint` keeps what has been. `choosing` finds vectors and encoder on the newest sessions,
//! `crate::choosing` weighs table against vectors, `neural` fits them; then all is fitted anew on every session, `bound` holds the
//! bytes, and the engine itself measures the finished bundle. Deterministic for a seed.

mod args;
mod before;
mod bound;
mod checkpoint;
mod choosing;
mod command;
mod evidence;
mod held;
mod key;
mod measured;
mod neural;
mod report;
#[cfg(test)]
mod tests;
mod told;
mod work;

pub(crate) use args::Args;
pub(crate) use command::run;
