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

/// What adapts, and how fast. The numbers are those of a model's own held-out text where it has some; the defaults are those of dialogues.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adapting {
    /// Mixes what followed the last tokens before into what the model says.
    pub ngrams: bool,
    /// Contexts that are remembered: 2 to this power, 8 to 20 (80 bytes each; default 15, 2.6 MB).
    pub ngram_bits: u32,
    /// Tokens of the longest context that is counted, 1 to 4 (the default).
    pub ngram_order: usize,
    /// The share of the counts in the mixture before anything is learnt, .01 to .99, by the tokens of the longest context that is known:
    /// one to four. Default .08, .15, .16, .22, fitted on held-out dialogues (docs/train-text.md).
    pub ngram_weights: [f32; ORDERS],
    /// Step by which those weights are learnt, 0 (they stay) to 1. Default .02.
    pub ngram_rate: f32,
    /// Adds a learnt number to each logit.
    pub bias: bool,
    /// Step by which it is learnt, 0 to 1. Default .1, fitted likewise.
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
            ngram_weights: [0.08, 0.15, 0.16, 0.22],
            ngram_rate: 0.02,
            bias: true,
            bias_rate: 0.1,
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

/// What has been learnt. A [`crate::complete::Completer`] has one of its own; alone it stands for whoever has logits of their own to adapt.
#[derive(Clone, Debug, Default)]
pub struct Adaptation {
    mixer: Option<Mixer>,
    bias: Option<Bias>,
    /// Whether counts were mixed into the last logits: what these were before, with the bias, is the mixer's to know.
    mixed: bool,
}

impl Adaptation {
    /// Nothing learnt yet, of a vocabulary of so many tokens.
    ///
    /// # Errors
    /// `invalid-option`.
    pub fn new(adapting: Adapting, tokens: usize) -> Result<Self> {
        adapting.check()?;
        let Adapting { ngrams, ngram_bits, ngram_order, ngram_weights, ngram_rate, bias, bias_rate, bias_most } = adapting;
        let mixer = ngrams.then(|| Mixer::new(Counts::new(ngram_bits, ngram_order), ngram_weights, ngram_rate));
        let bias = bias.then(|| Bias::new(tokens, bias_rate, bias_most));
        Ok(Self { mixer, bias, mixed: false })
    }

    /// Bytes of memory.
    pub(in crate::complete) fn bytes(&self) -> usize {
        self.mixer.as_ref().map_or(0, Mixer::bytes) + self.bias.as_ref().map_or(0, Bias::bytes)
    }

    /// Changes the model's logits behind a context.
    pub fn adapt(&mut self, context: &[u32], logits: &mut [f32]) {
        if let Some(bias) = &self.bias {
            bias.add(logits);
        }
        self.mixed = self.mixer.as_mut().is_some_and(|mixer| mixer.mix(context, logits));
    }

    /// Learns from the token that came; `logits` are the model's, as they were before [`Adaptation::adapt`].
    pub fn learn(&mut self, context: &[u32], logits: &[f32], id: u32) {
        let (mut own, mut likely) = (logits.to_vec(), Vec::new());
        if let Some(bias) = &self.bias {
            bias.add(&mut own);
        }
        probabilities(&own, &mut likely);
        self.mixed = false;
        self.learn_next(context, &likely, id);
    }

    /// The same, of the token behind the context of the last [`Adaptation::adapt`]; `likely` are the probabilities that it made. What both
    /// learn from are those of the model with the bias alone: no others are computed for it.
    pub(in crate::complete) fn learn_next(&mut self, context: &[u32], likely: &[f32], id: u32) {
        let Self { mixer, bias, mixed } = self;
        let likely = mixer.as_ref().filter(|_| *mixed).map_or(likely, Mixer::likely);
        let model = likely.get(id as usize).copied().unwrap_or(0.0);
        if let Some(bias) = bias {
            bias.learn(likely, id);
        }
        if let Some(mixer) = mixer {
            mixer.learn(context, model, id);
        }
    }

    /// Counts a text without asking the model.
    pub fn prime(&mut self, ids: &[u32]) {
        let Some(mixer) = &mut self.mixer else { return };
        for (at, id) in ids.iter().enumerate() {
            mixer.add(ids.get(at.saturating_sub(ORDERS)..at).unwrap_or_default(), *id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Learning from the model's logits, and from what was computed to adapt them, is the same.
    #[test]
    fn both_ways_of_learning_learn_the_same() {
        for (ngrams, bias) in [(true, true), (true, false), (false, true)] {
            let new = || Adaptation::new(Adapting { ngrams, bias, ngram_bits: 8, ..Adapting::default() }, 5).unwrap();
            let (mut a, mut b) = (new(), new());
            let (mut context, mut likely) = (vec![0_u32], Vec::new());
            for at in 0..200_u32 {
                let logits: Vec<f32> = (0..5).map(|i| ((at * 7 + i * 3) % 11) as f32 * 0.3 - 1.0).collect();
                let id = (at * at + 1) % 5;
                let (mut one, mut other) = (logits.clone(), logits.clone());
                a.adapt(&context, &mut one);
                b.adapt(&context, &mut other);
                assert_eq!(one, other, "{at}");
                a.learn(&context, &logits, id);
                probabilities(&other, &mut likely);
                b.learn_next(&context, &likely, id);
                context.push(id);
            }
        }
    }
}
