//! How likely a text is, and learning from it, some tokens a step: a long one holds up nobody.

use nearhand::complete::{Completer, Likelihood};
use nearhand::error::Result;
use wasm_bindgen::prelude::*;

/// Tokens that the model is asked about in one step.
const PART: usize = 16;

/// A text on its way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Likely {
    ids: Vec<u32>,
    at: usize,
    learn: bool,
    all: Likelihood,
}

impl Likely {
    /// `text` begins with the prompt. What the two have in common of tokens is the prompt: a completion that goes on within its last
    /// word makes other tokens of that.
    pub(crate) fn new(completer: &Completer, prompt: &str, text: &str, learn: bool) -> Result<Self> {
        let begin = completer.spec().begin;
        let mut ids = Vec::from_iter(begin);
        let given = completer.encode(text)?;
        // As a prompt is given to the model: the token that begins a text once.
        let from = usize::from(begin.is_some() && given.first() == begin.as_ref());
        ids.extend(given.iter().skip(from));
        let before = if prompt.is_empty() { Vec::new() } else { completer.encode(prompt)? };
        let same = given.iter().zip(&before).take_while(|(a, b)| a == b).count();
        let at = (usize::from(begin.is_some()) + same.saturating_sub(from)).min(ids.len());
        Ok(Self { ids, at, learn, all: Likelihood::default() })
    }

    /// Asks about some more tokens. Whether that was all.
    pub(crate) fn step(&mut self, completer: &mut Completer) -> Result<bool> {
        let Self { ids, at, learn, all } = self;
        let context = completer.spec().context;
        // The window moves by half of the context: what was computed of it is of use meanwhile.
        let half = (context / 2).max(1);
        let start = if *at < context { 0 } else { (*at / half - 1) * half };
        let end = (*at + PART).min(start + context).min(ids.len());
        if *at < end {
            let part = ids.get(start..end).unwrap_or_default();
            let some = completer.likelihood_of(part, *at - start, *learn)?;
            all.logprob += some.logprob;
            all.tokens += some.tokens;
            all.bytes += some.bytes;
            all.first += some.first;
            *at = end;
        }
        Ok(*at >= ids.len())
    }

    /// What is known of it.
    pub(crate) fn told(&self) -> Vec<f64> {
        let Likelihood { logprob, tokens, bytes, first } = self.all;
        vec![logprob, tokens as f64, bytes as f64, first as f64]
    }
}
