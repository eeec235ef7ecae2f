//! What a graph may mean: its inputs and outputs, what fills them, and the ways to read it.

pub(crate) mod fill;
pub(crate) mod port;
pub(crate) mod reading;
pub(crate) mod role;
pub(crate) mod way;
