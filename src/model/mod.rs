//! Models: from named tensors to tensors.

mod attrs;
mod check;
mod graph;
mod interface;
mod limits;
mod order;
pub mod tabular;
#[cfg(feature = "onnx")]
mod tract;
pub mod trees;

pub use graph::Graph;
pub use interface::{Interface, Port};
pub use limits::{GraphLimits, ModelLimits};
#[cfg(feature = "onnx")]
pub use tract::TractModel;

use crate::error::Result;
use crate::tensor::Tensor;

/// Something that answers. Small, so that tests can stand in a fake.
pub trait Model: Send {
    /// Runs once. `inputs` come in the order of the manifest; `answer` becomes the manifest's output, flattened,
    /// `output.width` values long. `events` is the number of events encoded: outputs of one row a position are read
    /// at the newest.
    ///
    /// # Errors
    /// `model-failed`, `model-mismatch`. Whether the values are finite is for the caller to see.
    fn run(&mut self, inputs: &[Tensor], events: usize, answer: &mut Vec<f32>) -> Result<()>;
}
