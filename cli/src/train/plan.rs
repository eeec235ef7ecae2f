//! How long the item vectors are and how many successors an item has, by the bytes that the bundle may take.

use super::config::TrainConfig;
use super::encoder::Encoder;
use super::{onnx, size};
use crate::random::Random;

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

    /// As long as vectors and encoder are not known: with the table's share.
    pub(super) fn mean_alone(&self) -> f64 {
        self.successors.unwrap_or_else(|| size::successors(size::for_table(self.room), self.items))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_encoder_saves_the_vectors_and_the_table_get() {
        let plan = Plan { room: 300_000, items: 3_000, dim: None, successors: None };
        let [none, two] = [0, 2].map(|blocks| plan.sized(TrainConfig { blocks, ..TrainConfig::default() }));
        assert_eq!((none.dim, two.dim), (52, 32));
        assert_eq!(evidence(3_000, &none), 3_000 * 54 + encoder_bytes(&none));
        let left = 300_000 - evidence(3_000, &none);
        assert!((plan.mean(&none) - size::successors(left, 3_000)).abs() < 1e-9);
        assert!(plan.mean_alone() <= plan.mean(&none));
    }

    #[test]
    fn what_is_said_stays() {
        let plan = Plan { room: 300_000, items: 3_000, dim: Some(16), successors: Some(7.0) };
        assert_eq!(plan.sized(TrainConfig::default()).dim, 16);
        assert!((plan.mean_alone() - 7.0).abs() < 1e-9);
    }
}
