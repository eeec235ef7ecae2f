//! What a fit leaves.

use crate::train::neural::encoder::Encoder;

/// Item vectors and their encoder.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fitted {
    /// Unit item vectors, n × dim.
    pub(crate) vectors: Vec<f32>,
    /// The encoder.
    pub(crate) encoder: Encoder,
}
