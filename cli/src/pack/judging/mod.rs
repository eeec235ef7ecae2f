//! Which way to read a graph is right, and what the model is worth: by sessions, and by the tops that its own runtime answers.

pub(crate) mod asked;
pub(crate) mod expect;
pub(crate) mod judge;
pub(crate) mod loss;
pub(crate) mod settle;
pub(crate) mod spread;

/// Sessions that are answered by the whole bundle.
pub(crate) const SESSIONS: usize = 200;
/// Share of the expected tops that must be answered, in thousandths.
pub(crate) const AGREE: usize = 999;
