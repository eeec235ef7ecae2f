//! What is kept of the values of one key.

mod keys;
mod peaks;
mod slot;

pub(crate) use keys::{AHEAD, Keys, NOBODY};
pub(crate) use slot::{NEVER, Slot, bin};
