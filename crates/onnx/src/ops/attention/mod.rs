//! Attention, of ONNX and of onnxruntime, and rotary embeddings.

mod attend;
pub(super) mod grouped;
pub(super) mod multihead;
pub(super) mod rotary;
pub(super) mod standard;
