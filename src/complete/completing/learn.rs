//! How likely a text is, and learning from it: what was accepted, searched or typed.

use super::completer::Completer;
use crate::complete::logits::{greedy, probabilities};
use crate::error::{Code, Error, Result};

/// Tokens that the model is asked about at once.
const PART: usize = 64;

/// How likely a text is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Likelihood {
    /// Sum of the natural log-probabilities of its tokens.
    pub logprob: f64,
    /// Tokens that were asked about; where no token begins a text the very first is not.
    pub tokens: usize,
    /// Bytes of text of those: `-logprob / ln 2 / bytes` is bits a byte.
    pub bytes: usize,
    /// How many of the tokens were the model's first choice.
    pub first: usize,
}

impl Completer {
    /// Counts what follows what in a text, without asking the model: the text it was trained on, or the shop's. Nothing where it does not adapt.
    ///
    /// # Errors
    /// As [`Completer::encode`].
    pub fn prime(&mut self, text: &str) -> Result<()> {
        let ids = self.encode(text)?;
        self.adaptation.prime(&ids);
        Ok(())
    }

    /// How likely a text is behind a prompt, with what was adapted to. With `learn` it adapts to each of its tokens after it was asked
    /// about it. Where both are longer than the context, the newest half is what the model sees.
    ///
    /// # Errors
    /// As [`Completer::start`] and [`Completer::step`].
    pub fn likelihood(&mut self, prompt: &str, text: &str, learn: bool) -> Result<Likelihood> {
        let begun = self.spec.begin.is_some() || !prompt.is_empty();
        let mut ids = if begun { self.prompt_ids(prompt, &[])? } else { Vec::new() };
        let from = ids.len();
        ids.extend(self.encode(text)?);
        self.likelihood_of(&ids, from, learn)
    }

    /// As [`Completer::likelihood`], of tokens: those from `from` on are asked about. To accept a completion is
    /// `likelihood_of(&completed.ids, completed.ids.len() - completed.new, true)`, or as many of its first tokens as were accepted.
    ///
    /// # Errors
    /// As [`Completer::likelihood`]; `token-unknown` for a number beyond the vocabulary; `invalid-option` for `from` beyond the tokens.
    pub fn likelihood_of(&mut self, ids: &[u32], from: usize, learn: bool) -> Result<Likelihood> {
        self.known(ids)?;
        if from > ids.len() {
            return Err(Error::new(Code::OptionInvalid, "fewer tokens than are to be passed over")
                .with("from", from)
                .with("tokens", ids.len()));
        }
        let mut all = Likelihood::default();
        // Where the model's window begins.
        let mut start = 0;
        let mut at = from.max(1);
        let mut logits = Vec::new();
        let context = self.spec.context;
        if at > context {
            start = at - context / 2;
        }
        let mut cache = self.memory(ids.get(start..at).unwrap_or_default());
        while at < ids.len() {
            let end = (at + PART.min(context / 2)).min(ids.len());
            if end - start > context {
                start = at - context / 2;
                cache = self.decoder.cache();
            }
            // Logits of a token are behind the one before it.
            let given = start + cache.len();
            let part = ids.get(given..end - 1).unwrap_or_default();
            let wanted = end - at;
            self.decoder.run(&mut cache, part, wanted, &mut logits, &mut || true)?;
            for (row, place) in logits.chunks_mut(self.words.len()).zip(at..end) {
                self.one(ids, place, row, learn, &mut all);
            }
            at = end;
        }
        let held = ids.get(start..start + cache.len()).unwrap_or_default().to_vec();
        self.keep(held, cache);
        Ok(all)
    }

    fn one(&mut self, ids: &[u32], place: usize, row: &mut [f32], learn: bool, all: &mut Likelihood) {
        let Some(id) = ids.get(place).copied() else { return };
        let context = ids.get(place.saturating_sub(4)..place).unwrap_or_default();
        self.adaptation.adapt(context, row);
        let sum = probabilities(row, &mut self.scratch);
        all.logprob += row.get(id as usize).map_or(0.0, |logit| f64::from(logit - sum));
        all.tokens += 1;
        all.bytes += self.words.piece(id).len();
        all.first += usize::from(greedy(row) == Some(id));
        if learn {
            self.adaptation.learn_next(context, &self.scratch, id);
        }
    }
}
