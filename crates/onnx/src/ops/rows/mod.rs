//! Operators that go along axes: reductions, softmax, normalisation, the largest, losses.

pub(super) mod fold;
pub(super) mod loss;
mod norm;
pub(super) mod normalise;
pub(super) mod reduce;
pub(super) mod softmax;
pub(super) mod sort;
