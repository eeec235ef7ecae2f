//! Attention, of ONNX and of onnxruntime, and rotary embeddings.

mod attend;
mod cache;
pub(super) mod grouped;
mod longer;
pub(super) mod multihead;
pub(super) mod rotary;
pub(super) mod standard;
