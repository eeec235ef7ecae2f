//! What a graph may mean: its inputs and outputs, what fills them, and the ways to read it.

pub(crate) mod fill;
pub(crate) mod port;
pub(crate) mod reading;
pub(crate) mod role;
pub(crate) mod way;

/// Rows of a table of items, and logits, that are no items: padding, mask, unknown. Where `--input` says how items are numbered
/// there may be more.
pub(crate) const SPARE: usize = 4;
pub(crate) const SPARE_WHERE_SAID: usize = 1024;
