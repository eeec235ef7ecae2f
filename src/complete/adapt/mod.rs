//! Adaptation without training: what was written before makes its like likelier. Off unless asked for; on the device alone; the same
//! texts in the same order make the same numbers everywhere.

mod bias;
mod mixer;
mod ngram;

use super::probabilities::probabilities;
use crate::error::{Code, Error, Result};
use bias::Bias;
use mixer::Mixer;

/// What adapts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adapting {
    /// Mixes what followed the last one to four tokens before into what the model says.
    pub ngrams: bool,
    /// Contexts that are remembered: 2 to this power, 8 to 20 (80 bytes each; default 15, 2.6 MB).
    pub ngram_bits: u32,
    /// Adds a learnt number to each logit.
    pub bias: bool,
}

impl Default for Adapting {
    fn default() -> Self {
        Self { ngrams: true, ngram_bits: 15, bias: true }
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
    pub(super) fn new(Adapting { ngrams, ngram_bits, bias }: Adapting, tokens: usize) -> Result<Self> {
        if !(8..=20).contains(&ngram_bits) {
            return Err(Error::new(Code::OptionInvalid, "the mixer remembers 2 to the power of 8 to 20 contexts")
                .with("option", "ngramBits")
                .with("have", ngram_bits));
        }
        let (mixer, bias) = (ngrams.then(|| Mixer::new(ngram_bits)), bias.then(|| Bias::new(tokens)));
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
            mixer.add(ids.get(at.saturating_sub(4)..at).unwrap_or_default(), *id);
        }
    }
}
