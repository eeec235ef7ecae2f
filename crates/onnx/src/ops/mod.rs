//! The operators of ONNX that this build runs, one function each, in rooms by kind.

pub(crate) mod binary;
pub(crate) mod layout;
mod register;
pub(crate) mod unary;

pub(crate) use register::{MISSING, lower};
