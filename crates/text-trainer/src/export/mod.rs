//! The model as an ONNX file, and the file that names it with its tokenizer.

mod completer;
mod model;
mod wire;

pub(crate) use completer::{COMPLETER, Described, File, Notes, completer};
pub(crate) use model::{Form, graph};

/// The files of a model's folder: in 4 bits, in 32, the tokenizer, and what names them.
pub(crate) const MODEL: &str = "model.onnx";
pub(crate) const FLOATS: &str = "model_f32.onnx";
pub(crate) const TOKENIZER: &str = "tokenizer.json";
