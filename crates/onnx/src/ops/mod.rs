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
pub(crate) mod layout;
mod normalise;
mod reduce;
mod register;
mod rows;
mod softmax;
mod sort;
#[cfg(test)]
mod testing;
pub(crate) mod unary;

pub(crate) use register::{MISSING, lower};
