//! The operators of ONNX that this build runs, one function each, in rooms by kind.

pub(crate) mod binary;
mod conv;
mod grid;
mod indexing;
pub(crate) mod layout;
mod loss;
mod movement;
mod pick;
mod places;
mod pool;
mod register;
mod resize;
mod scatter;
mod sequence;
mod shape;
pub(crate) mod unary;
mod window;

pub(crate) use register::{MISSING, lower};
