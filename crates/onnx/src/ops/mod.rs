//! The operators of ONNX that this build runs, one function each, in rooms by kind.

mod activation;
pub(crate) mod arithmetic;
pub(crate) mod binary;
mod branch;
mod choices;
mod cumulative;
mod curve;
pub(crate) mod elements;
mod fold;
mod indexing;
pub(crate) mod layout;
mod movement;
mod normalise;
mod pick;
mod places;
mod reduce;
mod register;
mod rows;
mod scatter;
mod shape;
mod softmax;
mod sort;
pub(crate) mod unary;

pub(crate) use register::{MISSING, lower};
