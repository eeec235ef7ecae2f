//! A token that may be drawn.

/// A token, its logit, and its probability among those that are left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::complete) struct Candidate {
    pub(in crate::complete) id: u32,
    pub(in crate::complete) logit: f32,
    pub(in crate::complete) probability: f32,
}
