//! What a bundle is made of, chosen on the sessions held back.
//!
//! `split` holds back the newest sessions and asks questions; `table` counts; `plan` and `size` share out the bytes; `trials` finds
//! bits and encoder, `choose` weighs table against vectors in a `blend`; `quality` is what they maximise, `parts` measures each
//! part alone.

pub(crate) mod blend;
pub(crate) mod choose;
pub(crate) mod parts;
pub(crate) mod plan;
pub(crate) mod quality;
pub(crate) mod size;
pub(crate) mod split;
pub(crate) mod table;
pub(crate) mod trials;
