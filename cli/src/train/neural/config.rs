//! The settings of one training run, their meaning, their range and their default.

use nearhand::{Code, Error, Result};

/// Shape of the encoder and schedule of its training.
///
/// The defaults did best on the newest tenth of several shops' sessions; [`TrainConfig::check`] refuses what lies outside
/// a range.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TrainConfig {
    /// Length `d` of an item vector, 4..=256 and a multiple of `heads`. Default 48.
    pub(crate) dim: usize,
    /// Bits of each of its values: 1, 2 or 4, in which it is trained, or 8. `dim · bits` is a multiple of 8. Default 8.
    pub(crate) bits: usize,
    /// Attention blocks before the pooling, 0..=4. Default 0.
    pub(crate) blocks: usize,
    /// Attention heads of a block, 1..=16. Default 2.
    pub(crate) heads: usize,
    /// Width of a block's feed-forward layer as a multiple of `dim`, 1..=4. Default 2.
    pub(crate) ffn: usize,
    /// How many of a session's newest items the encoder reads, 2..=128. Default 20.
    pub(crate) last: usize,
    /// Softmax temperature of the cosines in the loss, 0.01..=1. Default 0.07.
    pub(crate) temperature: f32,
    /// Passes over the sessions, 1..=1000. Default 6; [`epochs`] gives small logs more.
    pub(crate) epochs: usize,
    /// Targets in a batch (windows are added until it is reached), 1..=65536. Default 512.
    pub(crate) batch: usize,
    /// Peak learning rate of Adam, >0..=0.1, reached after 2 % of the steps and brought to 0 by a cosine. Default by
    /// [`rate`].
    pub(crate) lr: f64,
    /// Share of the numbers of the input item vectors set to 0 in training, 0..0.9. Default 0.2.
    pub(crate) dropout: f32,
    /// Share of the input items forgotten in training (baskets are partly order-free), 0..0.9. Default 0.
    pub(crate) item_dropout: f32,
    /// Items of the session so far are no negatives of its next item: for shops whose ranking excludes or
    /// re-weighs them anyway. Default true.
    pub(crate) mask_seen: bool,
    /// Shuffle every session in every epoch: its order tells nothing. Default false.
    pub(crate) shuffle: bool,
    /// Add a learned linear image of the newest hidden state to the pooled vectors (`false`: the pooled vectors
    /// alone, as CORE does). Default true.
    pub(crate) residual: bool,
    /// Sessions this share of the log old weigh half of the newest, 0.01..; 0 weighs all alike. Default 0.5.
    pub(crate) half_life: f32,
    /// Weight of a target among the first `last/2` of its session, relative to later ones, 0.1..=10. Default 1.
    pub(crate) head_weight: f32,
    /// Start from short raw vectors at any width, for a fit of few epochs. Default false.
    pub(crate) short_start: bool,
    /// Catalogs above this size are trained on sampled negatives. Default 8192.
    pub(crate) full_softmax: usize,
    /// Shared negatives a batch when sampling, drawn in proportion to popularity^0.75. Default 2048.
    pub(crate) negatives: usize,
    /// Seed of every random choice. Default 1.
    pub(crate) seed: u64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        TrainConfig {
            dim: 48,
            bits: 8,
            blocks: 0,
            heads: 2,
            ffn: 2,
            last: 20,
            temperature: 0.07,
            epochs: 6,
            batch: 512,
            lr: rate(48),
            dropout: 0.2,
            item_dropout: 0.0,
            mask_seen: true,
            shuffle: false,
            residual: true,
            half_life: 0.5,
            head_weight: 1.0,
            short_start: false,
            full_softmax: 8192,
            negatives: 2048,
            seed: 1,
        }
    }
}

/// Passes for a log of so many targets: some 4.3 million targets in all, but 6 to 20 passes. Small logs end before they
/// are learnt otherwise.
pub(crate) fn epochs(targets: usize) -> usize {
    (4_300_000 / targets.max(1)).clamp(6, 20)
}

/// The peak learning rate for vectors of so many values: long ones overshoot otherwise, and keep what is rare for noise.
pub(crate) fn rate(dim: usize) -> f64 {
    (0.32 / dim.max(1) as f64).min(6e-3)
}

impl TrainConfig {
    /// Refuses a setting outside its range.
    ///
    /// # Errors
    /// `invalid-option` with the setting, its value and its range.
    pub(crate) fn check(&self) -> Result<()> {
        within("dim", self.dim as f64, 4.0, 256.0)?;
        within("blocks", self.blocks as f64, 0.0, 4.0)?;
        within("heads", self.heads as f64, 1.0, 16.0)?;
        within("ffn", self.ffn as f64, 1.0, 4.0)?;
        within("last", self.last as f64, 2.0, 128.0)?;
        within("temperature", f64::from(self.temperature), 0.01, 1.0)?;
        within("epochs", self.epochs as f64, 1.0, 1000.0)?;
        within("batch", self.batch as f64, 1.0, 65536.0)?;
        within("lr", self.lr, 1e-9, 0.1)?;
        within("dropout", f64::from(self.dropout), 0.0, 0.9)?;
        within("item_dropout", f64::from(self.item_dropout), 0.0, 0.9)?;
        within("half_life", f64::from(self.half_life), 0.0, 1e6)?;
        within("head_weight", f64::from(self.head_weight), 0.1, 10.0)?;
        within("negatives", self.negatives as f64, 1.0, 65536.0)?;
        if ![1, 2, 4, 8].contains(&self.bits) || !(self.dim * self.bits).is_multiple_of(8) {
            return Err(Error::new(
                Code::OptionInvalid,
                "bits must be 1, 2, 4 or 8 and dim times bits a multiple of 8: say another --dim, or --bits",
            )
            .with("bits", self.bits)
            .with("dim", self.dim));
        }
        if !self.dim.is_multiple_of(self.heads) {
            return Err(Error::new(Code::OptionInvalid, "dim must be a multiple of heads")
                .with("dim", self.dim)
                .with("heads", self.heads));
        }
        Ok(())
    }
}

/// Refuses the value of an option outside its range.
///
/// # Errors
/// `invalid-option` with option, value and range.
pub(crate) fn within(name: &str, value: f64, low: f64, high: f64) -> Result<()> {
    if value >= low && value <= high {
        return Ok(());
    }
    Err(Error::new(Code::OptionInvalid, "a training setting is out of range")
        .with("option", format!("--{}", name.replace('_', "-")))
        .with("value", value)
        .with("low", low)
        .with("high", high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_logs_are_read_more_often() {
        assert_eq!([719_470, 369_859, 89_848, 0].map(epochs), [6, 11, 20, 20]);
    }

    #[test]
    fn long_vectors_are_learnt_in_small_steps() {
        assert_eq!([8, 48, 64, 256].map(rate), [0.006, 0.006, 0.005, 0.00125]);
    }

    #[test]
    fn settings_beyond_their_range_are_named() {
        let error = TrainConfig { dropout: 1.5, ..TrainConfig::default() }.check().unwrap_err();
        assert_eq!((error.code(), error.details()[1].1.as_str()), (Code::OptionInvalid, "1.5"));
        assert_eq!(error.details()[0].1, "--dropout");
        assert!(TrainConfig { dim: 9, ..TrainConfig::default() }.check().is_err());
        let coded = |dim, bits| TrainConfig { dim, bits, ..TrainConfig::default() }.check().is_ok();
        assert!(coded(8, 1) && coded(6, 4) && !coded(12, 1) && !coded(8, 3));
        assert!(TrainConfig::default().check().is_ok());
    }
}
