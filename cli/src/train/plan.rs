//! How long the item vectors are and how many successors an item has, by the bytes that the bundle may take.

use super::config::TrainConfig;
use super::encoder::Encoder;
use super::random::Random;
use super::{onnx, size};

/// What the sizes follow from.
pub(super) struct Plan {
    /// Bytes for vectors, encoder and table.
    pub(super) room: usize,
    /// Items of the catalog.
    pub(super) items: usize,
    /// The length of a vector, where it is said.
    pub(super) dim: Option<usize>,
    /// Successors an item, where they are said.
    pub(super) successors: Option<f64>,
}

impl Plan {
    /// The settings with the length that their encoder leaves.
    pub(super) fn sized(&self, config: TrainConfig) -> TrainConfig {
        let encoder = |dim| encoder_bytes(&TrainConfig { dim, ..config.clone() });
        let dim = self.dim.unwrap_or_else(|| size::dim(self.room, self.items, encoder));
        TrainConfig { dim, ..config }
    }

    /// Successors an item beside the vectors and encoder of a fit.
    pub(super) fn mean(&self, config: &TrainConfig) -> f64 {
        let left = self.room.saturating_sub(evidence(self.items, config));
        self.successors.unwrap_or_else(|| size::successors(left, self.items))
    }

    /// As before any fit.
    pub(super) fn mean_alone(&self) -> f64 {
        self.mean(&self.sized(TrainConfig::default()))
    }
}

/// Bytes of item vectors and encoder: a row holds `dim` integers and a scale of two bytes.
pub(super) fn evidence(items: usize, config: &TrainConfig) -> usize {
    items * (config.dim + 2) + encoder_bytes(config)
}

fn encoder_bytes(config: &TrainConfig) -> usize {
    let &TrainConfig { dim, heads, blocks, last, ffn, residual, .. } = config;
    onnx::write(&Encoder::random(dim, heads, blocks, last, ffn, residual, &mut Random::new(0))).len()
}
