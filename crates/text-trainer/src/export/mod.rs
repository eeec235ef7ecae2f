//! The model as an ONNX file.

mod model;
mod wire;

pub(crate) use model::{Form, graph};
