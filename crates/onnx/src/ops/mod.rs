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
mod conv;
mod cumulative;
mod curve;
mod einsum;
pub(crate) mod elements;
mod fold;
mod grid;
mod grouped;
mod indexing;
pub(crate) mod layout;
mod loss;
mod matmul;
mod movement;
mod multihead;
mod normalise;
mod pick;
mod places;
mod pool;
mod product;
mod quantise;
mod recurrent;
mod reduce;
mod register;
mod resize;
mod rotary;
mod rows;
mod scatter;
mod sequence;
mod shape;
mod softmax;
mod sort;
#[cfg(test)]
mod testing;
pub(crate) mod unary;
mod window;
mod written;

pub(crate) use register::{MISSING, lower};
