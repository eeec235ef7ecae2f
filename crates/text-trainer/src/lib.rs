//! A shop's own small language model from its own text: the tokenizer, the training, the packing in 4 bits, the ONNX file.
pub mod bpe;
pub mod error;
mod export;
mod math;
pub mod model;
mod random;
pub mod text;
pub mod training;
