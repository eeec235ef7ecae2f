//! What speaks for which item: the session's context, the blend's scores, and the evidence of each placement.

#[cfg(feature = "onnx")]
mod content;
mod context;
pub(super) mod cosines;
mod gathered;
mod near;
mod score;
mod search;

pub use context::{GRACE_MS, joins, weigh};
pub(in crate::recommend) use gathered::{Evidence, Kind};
