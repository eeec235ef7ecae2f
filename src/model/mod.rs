//! Models: from named tensors to tensors. The engine is a crate of its own, nearhand-onnx; here it meets the manifest.

mod answer;
#[cfg(feature = "onnx")]
mod planned;

pub use answer::Model;
#[cfg(feature = "onnx")]
pub use planned::PlannedModel;
