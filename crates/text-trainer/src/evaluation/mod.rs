//! How well a model knows a text: bits a byte, and what it would have written at borders of words and marks, through nearhand-onnx as a
//! client would run it.

mod adapter;
mod ahead;
mod baseline;
mod cut;
mod engine;
mod measure;
mod search;
mod words;

pub use adapter::{Adapter, Plain};
pub use baseline::WordGrams;
pub use cut::Cut;
pub use engine::Model;
pub use measure::{Asked, Bits, Found, measure};
pub use words::{KINDS, Kind, Right};
