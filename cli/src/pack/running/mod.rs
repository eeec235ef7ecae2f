//! A graph as it was understood, run as a page would run it.

pub(crate) mod adapt;
#[cfg(test)]
mod adapt_tests;
pub(crate) mod probe;
pub(crate) mod rows;
