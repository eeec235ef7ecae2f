//! What a recommender asks of a model, whatever runs it.

use crate::error::Result;
use nearhand_onnx::Tensor;

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
