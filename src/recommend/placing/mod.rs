//! Which item stands at which place, and why.

pub(super) mod arrange;
pub(super) mod candidate;
pub(super) mod candidates;
pub(super) mod explain;
pub(super) mod likeness;
mod reasons;
pub(super) mod rules;
#[cfg(test)]
mod tests;
