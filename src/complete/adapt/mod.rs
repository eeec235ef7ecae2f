//! Adaptation without training: what was written before makes its like likelier. Off unless asked for; on the device alone; the same
//! texts in the same order make the same numbers everywhere.

mod bias;
mod mixer;
mod ngram;

use super::probabilities::probabilities;
use crate::error::{Code, Error, Result};
use bias::Bias;
use mixer::Mixer;
use ngram::{Counts, ORDERS};

/// What adapts, and how fast. The numbers are those of a model's own held-out text where it has some; the defaults are cautious.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adapting {
    /// Mixes what followed the last tokens before into what the model says.
    pub ngrams: bool,
    /// Contexts that are remembered: 2 to this power, 8 to 20 (80 bytes each; default 15, 2.6 MB).
    pub ngram_bits: u32,
    /// Tokens of the longest context that is counted, 1 to 4 (the default).
    pub ngram_order: usize,
    /// The share of the counts in the mixture before anything is learnt, .01 to .99, by the tokens of the longest context that is known:
    /// one to four. Default .2, .3, .4, .5.
    pub ngram_weights: [f32; ORDERS],
    /// Step by which those weights are learnt, 0 (they stay) to 1. Default .02.
    pub ngram_rate: f32,
    /// Adds a learnt number to each logit.
    pub bias: bool,
    /// Step by which it is learnt, 0 to 1. Default .02.
    pub bias_rate: f32,
    /// The most that a logit is raised or lowered, 0 to 20. Default 3.
    pub bias_most: f32,
}

impl Default for Adapting {
    fn default() -> Self {
        Self {
            ngrams: true,
            ngram_bits: 15,
            ngram_order: ORDERS,
            ngram_weights: [0.2, 0.3, 0.4, 0.5],
            ngram_rate: 0.02,
            bias: true,
            bias_rate: 0.02,
            bias_most: 3.0,
        }
    }
}

impl Adapting {
    /// Holds every value against its range.
    ///
    /// # Errors
    /// `invalid-option` with the option's name, its value and the range.
    fn check(&self) -> Result<()> {
        let range = |option: &'static str, fits: bool, have: &dyn std::fmt::Display, wants: &'static str| {
            if fits {
                return Ok(());
            }
            Err(Error::new(Code::OptionInvalid, "an option of the adaptation is out of range")
                .with("option", option)
                .with("have", have)
                .with("wants", wants))
        };
        let Self { ngram_bits, ngram_order, ngram_weights, ngram_rate, bias_rate, bias_most, .. } = self;
        range("ngramBits", (8..=20).contains(ngram_bits), ngram_bits, "8 to 20: contexts are 2 to that power")?;
        range("ngramOrder", (1..=ORDERS).contains(ngram_order), ngram_order, "1 to 4")?;
        for weight in ngram_weights {
            range("ngramWeights", (0.01..=0.99).contains(weight), weight, ".01 to .99")?;
        }
        range("ngramRate", (0.0..=1.0).contains(ngram_rate), ngram_rate, "0 to 1")?;
        range("biasRate", (0.0..=1.0).contains(bias_rate), bias_rate, "0 to 1")?;
        range("biasMost", (0.0..=20.0).contains(bias_most), bias_most, "0 to 20")
    }
}

/// What has been learnt.
#[derive(Clone, Debug, Default)]
pub(super) struct Adaptation {
    mixer: Option<Mixer>,
    bias: Option<Bias>,
    /// Of the last token: logits with the bias, and what they make.
    logits: Vec<f32>,
    probabilities: Vec<f32>,
}

impl Adaptation {
    pub(super) fn new(adapting: Adapting, tokens: usize) -> Result<Self> {
        adapting.check()?;
        let Adapting { ngrams, ngram_bits, ngram_order, ngram_weights, ngram_rate, bias, bias_rate, bias_most } = adapting;
        let mixer = ngrams.then(|| Mixer::new(Counts::new(ngram_bits, ngram_order), ngram_weights, ngram_rate));
        let bias = bias.then(|| Bias::new(tokens, bias_rate, bias_most));
        Ok(Self { mixer, bias, ..Self::default() })
    }

    /// Whether anything is learnt.
    pub(super) const fn is_on(&self) -> bool {
        self.mixer.is_some() || self.bias.is_some()
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.mixer.as_ref().map_or(0, Mixer::bytes) + self.bias.as_ref().map_or(0, Bias::bytes)
    }

    /// Changes the model's logits behind a context.
    pub(super) fn adapt(&mut self, context: &[u32], logits: &mut [f32]) {
        if let Some(bias) = &self.bias {
            bias.add(logits);
        }
        if let Some(mixer) = &mut self.mixer {
            mixer.mix(context, logits);
        }
    }

    /// Learns from the token that came; `logits` are the model's, as they were before [`Adaptation::adapt`].
    pub(super) fn learn(&mut self, context: &[u32], logits: &[f32], id: u32) {
        let Self { mixer, bias, logits: own, probabilities: likely } = self;
        own.clear();
        own.extend_from_slice(logits);
        if let Some(bias) = bias {
            bias.add(own);
        }
        probabilities(own, likely);
        if let Some(bias) = bias {
            bias.learn(likely, id);
        }
        if let Some(mixer) = mixer {
            mixer.learn(context, likely.get(id as usize).copied().unwrap_or(0.0), id);
        }
    }

    /// Counts a text without asking the model.
    pub(super) fn prime(&mut self, ids: &[u32]) {
        let Some(mixer) = &mut self.mixer else { return };
        for (at, id) in ids.iter().enumerate() {
            mixer.add(ids.get(at.saturating_sub(ORDERS)..at).unwrap_or_default(), *id);
        }
    }
}
