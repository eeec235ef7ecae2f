//! The model: its sizes, its arithmetic forward and back, and its weights in 4 bits.

mod attention;
pub(crate) mod codes;
pub(crate) mod network;
pub(crate) mod rows;
mod shape;

pub use shape::Shape;
