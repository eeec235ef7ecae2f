//! Operators that move elements: shapes, slices, gathering, scattering.

pub(super) mod indexing;
pub(super) mod movement;
pub(super) mod pick;
pub(super) mod places;
pub(super) mod scatter;
pub(super) mod shape;
