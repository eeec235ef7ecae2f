//! The operators of ONNX that this build runs, one function each, in rooms by kind.

mod activation;
pub(crate) mod arithmetic;
pub(crate) mod binary;
mod branch;
mod choices;
mod cumulative;
mod curve;
pub(crate) mod elements;
pub(crate) mod layout;
mod register;
pub(crate) mod unary;

pub(crate) use register::{MISSING, lower};
