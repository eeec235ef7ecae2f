//! What vectors and encoder a bundle gets, chosen on the sessions held back.
//!
//! `plan` and `size` share out the bytes; `trials` finds bits and encoder. Table and blend are chosen by `crate::choosing`.

pub(crate) mod plan;
pub(crate) mod size;
pub(crate) mod trials;
