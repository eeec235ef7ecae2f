//! How long the item vectors are and how many successors an item has, by the bytes that the bundle may take.

use crate::train::choosing::size;
use crate::train::neural::codes::row_bytes;
use crate::train::neural::config::{TrainConfig, rate};
use crate::train::neural::encoder::Encoder;
use crate::train::neural::onnx;
use nearhand_numerics::random::Random;

/// Sessions recorded with what the model answers to them.
pub(crate) const GOLDENS: usize = 4;

/// What the sizes follow from.
pub(crate) struct Plan {
    /// Bytes for vectors, encoder and table.
    pub(crate) room: usize,
    /// Items of the catalog.
    pub(crate) items: usize,
    /// Bytes for what is known last.
    pub(crate) spare: usize,
    /// The length of a vector, where it is said.
    pub(crate) dim: Option<usize>,
    /// The peak learning rate, where it is said.
    pub(crate) lr: Option<f64>,
    /// Successors an item, where they are said.
    pub(crate) successors: Option<f64>,
}

impl Plan {
    /// The settings with the greatest length that their bits and encoder leave within a share of the room, or within all of
    /// it beside the smallest table where that is less; and the learning rate of that length.
    pub(crate) fn sized(&self, config: TrainConfig, share: f64) -> TrainConfig {
        let encoder = |dim| encoder_bytes(&TrainConfig { dim, ..config.clone() });
        let longest = |bytes| size::dim(bytes, self.items, config.bits, encoder);
        let with = |dim| TrainConfig { dim, lr: self.lr.unwrap_or_else(|| rate(dim)), ..config.clone() };
        let sized = with(self.dim.unwrap_or_else(|| longest(share * self.room as f64)));
        if self.dim.is_some() || self.fits(&sized) {
            return sized;
        }
        let answers = evidence(self.items, &sized) - self.items * row_bytes(sized.dim, sized.bits) - encoder(sized.dim);
        with(longest(self.room.saturating_sub(self.items + self.spare + answers) as f64))
    }

    /// Bytes that vectors and encoder of a fit take, with the smallest table.
    pub(crate) fn least(&self, config: &TrainConfig) -> usize {
        evidence(self.items, config) + self.items + self.spare
    }

    /// Whether there is room for them.
    pub(crate) fn fits(&self, config: &TrainConfig) -> bool {
        self.least(config) <= self.room
    }

    /// Successors an item beside the vectors and encoder of a fit.
    pub(crate) fn mean(&self, config: &TrainConfig) -> f64 {
        let left = self.room.saturating_sub(evidence(self.items, config));
        self.successors.unwrap_or_else(|| size::successors(left, self.items))
    }

    /// As long as vectors and encoder are not known: with the table's share.
    pub(crate) fn mean_alone(&self) -> f64 {
        self.successors.unwrap_or_else(|| size::successors(size::for_table(self.room), self.items))
    }
}

/// Bytes of item vectors and encoder, and of its recorded answers.
pub(crate) fn evidence(items: usize, config: &TrainConfig) -> usize {
    items * row_bytes(config.dim, config.bits) + encoder_bytes(config) + GOLDENS * 4 * config.dim
}

fn encoder_bytes(config: &TrainConfig) -> usize {
    let &TrainConfig { dim, heads, blocks, last, ffn, residual, .. } = config;
    onnx::write(&Encoder::random(dim, heads, blocks, last, ffn, residual, &mut Random::new(0))).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan { room: 300_000, items: 3_000, spare: 0, dim: None, lr: None, successors: None }
    }

    #[test]
    fn what_the_encoder_saves_the_vectors_and_the_table_get() {
        let [none, two] = [0, 2].map(|blocks| plan().sized(TrainConfig { blocks, ..TrainConfig::default() }, size::VECTORS));
        assert_eq!((none.dim, two.dim), (60, 44));
        assert_eq!(evidence(3_000, &none), 3_000 * 62 + encoder_bytes(&none) + 16 * 60);
        let left = 300_000 - evidence(3_000, &none);
        assert!((plan().mean(&none) - size::successors(left, 3_000)).abs() < 1e-9);
        assert!(plan().mean_alone() <= plan().mean(&none));
    }

    #[test]
    fn fewer_bits_make_longer_vectors_and_smaller_steps() {
        let [four, one] =
            [4, 1].map(|bits| plan().sized(TrainConfig { bits, blocks: 0, ..TrainConfig::default() }, size::VECTORS));
        assert_eq!((four.dim, one.dim), (96, 224));
        assert!(one.lr < four.lr);
        assert_eq!(evidence(3_000, &one), 3_000 * 28 + encoder_bytes(&one) + 16 * 224);
    }

    #[test]
    fn what_is_said_stays() {
        let plan = Plan { dim: Some(16), lr: Some(0.001), successors: Some(7.0), ..plan() };
        let sized = plan.sized(TrainConfig::default(), size::VECTORS);
        assert_eq!((sized.dim, sized.lr), (16, 0.001));
        assert!((plan.mean_alone() - 7.0).abs() < 1e-9);
    }
}
