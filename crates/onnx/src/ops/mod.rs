//! The operators of ONNX that this build runs, one function each, in rooms by kind.

mod activation;
mod affine;
pub(crate) mod arithmetic;
pub(crate) mod binary;
mod branch;
mod cell;
mod choices;
mod cumulative;
mod curve;
mod einsum;
pub(crate) mod elements;
pub(crate) mod layout;
mod matmul;
mod product;
mod quantise;
mod recurrent;
mod register;
pub(crate) mod unary;

pub(crate) use register::{MISSING, lower};
