//! What operators of every room are made of: functions of one and of two elements, constants and casts, elements in another order,
//! products with a constant matrix.

pub(super) mod affine;
pub(super) mod binary;
pub(super) mod elements;
pub(super) mod layout;
pub(super) mod seen;
pub(super) mod unary;
