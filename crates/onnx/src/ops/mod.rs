//! The operators of ONNX that this build runs, one function each, in rooms by kind.

mod affine;
mod attend;
mod attention;
pub(crate) mod binary;
mod cell;
mod einsum;
mod grouped;
pub(crate) mod layout;
mod matmul;
mod multihead;
mod product;
mod recurrent;
mod register;
mod rotary;
pub(crate) mod unary;

pub(crate) use register::{MISSING, lower};
