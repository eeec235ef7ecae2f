//! How well a model knows a text: bits a byte, and words right at the borders of words, through nearhand-onnx as a client would run it.

mod bits;
mod engine;
mod words;

pub use bits::{Bits, bits};
pub use engine::Model;
pub use words::{Words, words};
