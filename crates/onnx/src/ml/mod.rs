//! The operators of ai.onnx.ml that compute: written once, for whichever engine runs them.
//!
//! An engine casts an operator's input to the type that it reads, gives it room for its answers, and puts labels in the place
//! of the numbers that stand for them.

mod encode;
mod ensemble;
mod labels;
mod linear;
mod operator;
mod register;
mod scale;

/// The newest set of ai.onnx.ml's operators whose meaning is known.
pub(crate) const NEWEST: i64 = 5;

pub(crate) use operator::{Answer, Built, Room, View, failed, matrix, wrong_type};
pub(crate) use register::{Context, build};
