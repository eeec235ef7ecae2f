//! One completion on its way: its tokens, what the model knows of them, and its text.

use super::answer::{Completed, FinishReason, TokenLogprob, Usage};
use super::options::Options;
use super::written::Written;
use crate::complete::logits::{Candidates, Seen, Walk};
use crate::complete::model::Cache;
use nearhand_kernels::random::SplitMix64;

/// A completion on its way, made by [`crate::complete::Completer::start`] and taken on by [`crate::complete::Completer::step`]. A clone goes its own way.
#[derive(Clone, Debug)]
pub struct Completion {
    pub(super) options: Options,
    /// Tokens of the context, those of the completion at its end.
    pub(super) ids: Vec<u32>,
    pub(super) cache: Cache,
    /// Logits behind the last token, once all tokens were given to the model.
    pub(super) logits: Vec<f32>,
    /// The same with all that changes them.
    pub(super) work: Vec<f32>,
    /// Tokens that may come where not all may, with their logits.
    pub(super) choice: Vec<u32>,
    pub(super) kept: Vec<f32>,
    pub(super) top: Vec<(u32, f32)>,
    pub(super) candidates: Candidates,
    pub(super) random: SplitMix64,
    pub(super) seen: Seen,
    pub(super) written: Written,
    /// Text of the prompt that the next token begins with.
    pub(super) heal: Vec<u8>,
    pub(super) walk: Option<Walk>,
    /// Tokens that end it.
    pub(super) ends: Vec<u32>,
    /// Prompt and completion.
    pub(super) text: String,
    pub(super) prompt_bytes: usize,
    /// How many of `ids` are the prompt's.
    pub(super) prompt_tokens: usize,
    pub(super) told: usize,
    pub(super) usage: Usage,
    pub(super) logprobs: Vec<TokenLogprob>,
    pub(super) score: Score,
    /// Whether `logits` have what was adapted to in them.
    pub(super) adapted: bool,
    pub(super) finish: Option<FinishReason>,
}

/// How likely a completion is: the token that ends it counts as any other, in the sum and in the number, as in beam search elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Score {
    /// Sum of log-probabilities, where they are computed.
    pub(super) sum: f32,
    pub(super) tokens: usize,
}

impl Score {
    pub(super) fn add(&mut self, logprob: f32) {
        self.sum += logprob;
        self.tokens += 1;
    }
}

impl Completion {
    /// What has been written since this was asked last.
    pub fn piece(&mut self) -> &str {
        let from = std::mem::replace(&mut self.told, self.text.len());
        self.text.get(from..).unwrap_or_default()
    }

    /// What has been written so far, without the prompt.
    #[must_use]
    pub fn completion(&self) -> &str {
        self.text.get(self.prompt_bytes..).unwrap_or_default()
    }

    /// Why it ended, once it has.
    #[must_use]
    pub const fn finish(&self) -> Option<FinishReason> {
        self.finish
    }

    /// Tokens so far.
    #[must_use]
    pub const fn usage(&self) -> Usage {
        self.usage
    }

    /// The model's logits behind the last token that it was given, one a token of the vocabulary; with what was adapted to once a token was chosen
    /// of them. Empty before the first.
    #[must_use]
    pub fn logits(&self) -> &[f32] {
        &self.logits
    }

    /// Bytes of the model's memory of it.
    #[must_use]
    pub fn cache_bytes(&self) -> usize {
        self.cache.bytes()
    }

    /// Ends it: what was held back is told.
    pub(super) fn end(&mut self, reason: FinishReason) {
        if self.finish.is_none() {
            self.finish = Some(reason);
            self.written.finish(&mut self.text);
        }
    }

    /// Tokens that are still to be given to the model.
    pub(super) fn pending(&self) -> usize {
        self.ids.len() - self.cache.len().min(self.ids.len())
    }

    /// Its answer, and what the model knows of its first tokens.
    pub(super) fn into_parts(mut self) -> (Completed, Vec<u32>, Cache) {
        self.end(FinishReason::Cancelled);
        let completion = self.completion().to_owned();
        let held = self.ids.get(..self.cache.len()).unwrap_or_default().to_vec();
        let done = Completed {
            completion,
            text: self.text,
            finish: self.finish.unwrap_or(FinishReason::Cancelled),
            new: self.ids.len() - self.prompt_tokens.min(self.ids.len()),
            usage: self.usage,
            ids: self.ids,
            logprobs: self.logprobs,
            score: self.options.logprobs.map(|_| self.score.sum),
            scored: self.score.tokens,
        };
        (done, held, self.cache)
    }
}
