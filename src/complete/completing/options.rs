//! What one completion is asked for, each value with its range.

use crate::complete::logits::Allowed;
use crate::error::{Code, Error, Result};
use std::ops::Range;
use std::sync::Arc;

/// What is done where a text has more tokens than the model's context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Full {
    /// The first `keep` tokens stay and the newest of the others; what is between is left out, and what is left is computed again. Half of
    /// what is not kept stays free, so that this happens once in many tokens.
    #[default]
    Slide,
    /// A longer prompt is refused (`prompt-too-long`), and a completion that fills the context ends with `context`.
    Stop,
}

/// What is asked of one completion. The default is greedy: of the likeliest tokens the one with the lowest number, the same everywhere.
#[derive(Clone, Debug)]
pub struct Options {
    /// Tokens at most, 0 to 65,536. Default 64.
    pub max_tokens: usize,
    /// Texts that end the completion before them, wherever tokens begin or end; 64 at most, of 1 to 1,024 bytes. One that is the name of a
    /// special token (`<|im_end|>`) is met by that token too, which has no text.
    pub stop: Vec<String>,
    /// 0 is greedy (the default); above, up to 100, logits are divided by it and a token is drawn.
    pub temperature: f32,
    /// Only so many of the likeliest tokens are drawn from; 0, the default, is all.
    pub top_k: usize,
    /// Only the likeliest tokens that together have this probability are drawn from, above 0 to 1 (the default: all).
    pub top_p: f32,
    /// Only tokens at least this times as likely as the likeliest are drawn from, 0 (the default: all) to 1.
    pub min_p: f32,
    /// Logits of tokens that are there already are divided by it where above 0, multiplied below: above 0 to 100, 1 (the default) is none.
    pub repetition_penalty: f32,
    /// Where the drawing begins: the same seed draws the same. Default 0.
    pub seed: u64,
    /// Whether log-probabilities are told, and of how many likeliest tokens besides the chosen one, 0 to 20. Default none.
    pub logprobs: Option<usize>,
    /// The completion ends before the first token that is less likely than this, 0 (the default: never) to 1.
    pub min_confidence: f32,
    /// Sequences of tokens that never come; 4,096 at most, of 1 to 64 tokens. The same text may be written by other tokens.
    pub blocked: Vec<Vec<u32>>,
    /// Token healing: the prompt's last token, and up to three before it where one piece could hold them all, are taken back and written
    /// anew, by tokens that spell the same text and may go on in it. They count as tokens of the completion. Default off.
    pub heal: bool,
    /// Texts of which the completion is one.
    pub allowed: Option<Arc<Allowed>>,
    /// What is done where the context is full. Default [`Full::Slide`].
    pub full: Full,
    /// Tokens at the beginning that stay where the context is full: those of a system prompt. The token that begins a text stays anyhow.
    /// Less than half the context.
    pub keep: usize,
    /// Parts of the prompt, in bytes, in which names of special tokens are read as those tokens: what a program has written of it, as the
    /// ends of turns, never what people type. In order; none is the default, and leaves it to the vocabulary.
    pub marked: Vec<Range<usize>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_tokens: 64,
            stop: Vec::new(),
            temperature: 0.0,
            top_k: 0,
            top_p: 1.0,
            min_p: 0.0,
            repetition_penalty: 1.0,
            seed: 0,
            logprobs: None,
            min_confidence: 0.0,
            blocked: Vec::new(),
            heal: false,
            allowed: None,
            full: Full::Slide,
            keep: 0,
            marked: Vec::new(),
        }
    }
}

/// Tokens that one completion may have at most.
const MOST_TOKENS: usize = 1 << 16;

impl Options {
    /// Holds every value against its range.
    ///
    /// # Errors
    /// `invalid-option` with the option's name, its value and the range.
    pub fn check(&self, context: usize, tokens: usize) -> Result<()> {
        let range = |option: &'static str, fits: bool, have: &dyn std::fmt::Display, wants: &'static str| {
            if fits {
                return Ok(());
            }
            Err(Error::new(Code::OptionInvalid, "an option of the completion is out of range")
                .with("option", option)
                .with("have", have)
                .with("wants", wants))
        };
        let longest = |texts: usize| (1..=1 << 10).contains(&texts);
        range("maxTokens", self.max_tokens <= MOST_TOKENS, &self.max_tokens, "0 to 65536")?;
        range("stop", self.stop.len() <= 64, &self.stop.len(), "at most 64 texts")?;
        for text in &self.stop {
            range("stop", longest(text.len()), &text.len(), "texts of 1 to 1024 bytes")?;
        }
        range("temperature", (0.0..=100.0).contains(&self.temperature), &self.temperature, "0 to 100")?;
        range("topP", self.top_p > 0.0 && self.top_p <= 1.0, &self.top_p, "above 0 to 1")?;
        range("minP", (0.0..=1.0).contains(&self.min_p), &self.min_p, "0 to 1")?;
        let penalty = self.repetition_penalty;
        range("repetitionPenalty", penalty > 0.0 && penalty <= 100.0, &penalty, "above 0 to 100")?;
        let most = self.logprobs.unwrap_or(0);
        range("logprobs", most <= 20, &most, "0 to 20")?;
        range("minConfidence", (0.0..=1.0).contains(&self.min_confidence), &self.min_confidence, "0 to 1")?;
        range("blocked", self.blocked.len() <= 4096, &self.blocked.len(), "at most 4096 sequences")?;
        for sequence in &self.blocked {
            range("blocked", (1..=64).contains(&sequence.len()), &sequence.len(), "sequences of 1 to 64 tokens")?;
            if let Some(id) = sequence.iter().find(|id| **id as usize >= tokens) {
                return Err(Error::new(Code::TokenUnknown, "a blocked sequence has a token that the tokenizer does not have")
                    .with("token", id)
                    .with("tokens", tokens));
            }
        }
        range("keep", self.keep < context.div_ceil(2), &self.keep, "less than half the context")
    }
}
