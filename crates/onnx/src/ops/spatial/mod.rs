//! Operators over windows, images and sequences.

pub(super) mod conv;
pub(super) mod conv_integer;
pub(super) mod deconv;
pub(super) mod grid;
pub(super) mod pool;
pub(super) mod resize;
pub(super) mod sequence;
mod window;
