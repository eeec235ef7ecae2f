//! The operators of ONNX that this build runs, one function each, in rooms by kind.

mod activation;
mod affine;
pub(crate) mod arithmetic;
mod attend;
mod attention;
pub(crate) mod binary;
mod branch;
mod cell;
mod choices;
mod cumulative;
mod curve;
mod einsum;
pub(crate) mod elements;
mod fold;
mod grouped;
mod indexing;
pub(crate) mod layout;
mod matmul;
mod movement;
mod multihead;
mod normalise;
mod pick;
mod places;
mod product;
mod recurrent;
mod reduce;
mod register;
mod rotary;
mod rows;
mod scatter;
mod shape;
mod softmax;
mod sort;
pub(crate) mod unary;

pub(crate) use register::{MISSING, lower};
