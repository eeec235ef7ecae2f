//! How well a model knows a text: bits a byte, and words right at the borders of words, through nearhand-onnx as a client would run it.

mod adapter;
mod baseline;
mod engine;
mod measure;
mod search;
mod words;

pub use adapter::{Adapter, Plain};
pub use baseline::WordGrams;
pub use engine::Model;
pub use measure::{Asked, Bits, Found, measure};
pub use words::Words;
