//! The completer: a model, its tokenizer, and what it remembers between two completions.

use super::answer::{Completed, FinishReason, Go, Step, Usage};
use super::choose::{Chosen, Tokens, choose, confidence, told};
use super::completion::{Completion, Score};
use super::options::{Full, Options};
use super::written::Written;
use crate::complete::logits::{Adaptation, Adapting, Candidates, Seen};
use crate::complete::model::{Cache, Decoder, left_out};
use crate::complete::tokens::{Pieces, Spec, Vocabulary};
use crate::error::{Code, Error, Result};
use nearhand_kernels::random::SplitMix64;
use nearhand_onnx::{Graph, ModelLimits};
use std::ops::Range;

/// Bytes of a prompt at most.
const MOST_PROMPT: usize = 4 << 20;
/// Tokens that are taken back at most where a prompt's end is healed.
const MOST_BACK: usize = 4;
/// Tokens of a prompt that are given to the model at once: between two such parts the host may end it, or do other things.
const PART: usize = 128;

/// A language model with its tokenizer. It answers one token a step, keeps no clock, and draws from a seed alone.
pub struct Completer {
    pub(super) decoder: Decoder,
    pub(super) words: Box<dyn Vocabulary>,
    pub(super) pieces: Pieces,
    pub(super) spec: Spec,
    /// Tokens of the last completion, and what the model knows of them.
    kept: Option<(Vec<u32>, Cache)>,
    pub(super) adaptation: Adaptation,
    pub(super) scratch: Vec<f32>,
    part: usize,
}

impl std::fmt::Debug for Completer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Completer").field("spec", &self.spec).finish_non_exhaustive()
    }
}

impl Completer {
    /// Opens a model: an ONNX file within limits, the tokens of its tokenizer, and what the file does not tell.
    ///
    /// # Errors
    /// Those of the engine for a file that is not run; `model-mismatch` for a graph that is no language model that is understood, with the input
    /// or output in question; `tokenizer-mismatch` where logits and tokens differ in number; `token-unknown` and `invalid-option` for `spec`.
    pub fn open(onnx: Vec<u8>, words: Box<dyn Vocabulary>, spec: Spec, limits: &ModelLimits) -> Result<Self> {
        spec.check(&*words)?;
        let decoder = Decoder::new(Graph::open_widened(onnx, limits)?, words.len(), spec.padded)?;
        let pieces = Pieces::new(&*words);
        Ok(Self { decoder, pieces, words, spec, kept: None, adaptation: Adaptation::default(), scratch: Vec::new(), part: PART })
    }

    /// The vocabulary.
    #[must_use]
    pub fn vocabulary(&self) -> &dyn Vocabulary {
        &*self.words
    }

    /// The model's settings.
    #[must_use]
    pub const fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Gives the model so many tokens of a prompt a step, 1 to 128 (the default): for a host that wants short steps.
    pub fn read_by(&mut self, tokens: usize) {
        self.part = tokens.clamp(1, PART);
    }

    /// Begins to adapt, with nothing learnt yet, or with `None` forgets all that was.
    ///
    /// # Errors
    /// `invalid-option` for `ngram_bits`.
    pub fn adapting(&mut self, adapting: Option<Adapting>) -> Result<()> {
        self.adaptation = match adapting {
            Some(adapting) => Adaptation::new(adapting, self.words.len())?,
            None => Adaptation::default(),
        };
        Ok(())
    }

    /// Bytes that are kept between completions: the last one's memory, and what was learnt.
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        self.kept.as_ref().map_or(0, |(ids, cache)| ids.capacity() * size_of::<u32>() + cache.bytes()) + self.adaptation.bytes()
    }

    /// Forgets the last completion.
    pub fn forget(&mut self) {
        self.kept = None;
    }

    /// Tokens of a text, without one that begins it.
    ///
    /// # Errors
    /// `prompt-too-long` beyond 4 MiB; `token-unknown` where the tokenizer answers a number beyond its tokens.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let mut ids = Vec::new();
        self.encode_into(text, &[], &mut ids)?;
        Ok(ids)
    }

    pub(super) fn tokens(&self) -> Tokens<'_> {
        Tokens { words: &*self.words, pieces: &self.pieces }
    }

    fn encode_into(&self, text: &str, marked: &[Range<usize>], ids: &mut Vec<u32>) -> Result<()> {
        if text.len() > MOST_PROMPT {
            return Err(Error::new(Code::PromptTooLong, "a prompt is at most 4 MiB").with("bytes", text.len()));
        }
        match (text, marked) {
            ("", _) => {}
            (_, []) => self.words.encode(text, ids)?,
            _ => self.words.encode_marked(text, marked, ids)?,
        }
        self.known(ids)
    }

    /// Holds tokens against the vocabulary.
    pub(super) fn known(&self, ids: &[u32]) -> Result<()> {
        match ids.iter().find(|id| **id as usize >= self.words.len()) {
            Some(id) => Err(Error::new(Code::TokenUnknown, "the tokenizer does not have this token").with("token", id)),
            None => Ok(()),
        }
    }

    /// Tokens of a prompt as the model is given them: one that begins a text stands once at their beginning.
    pub(super) fn prompt_ids(&self, prompt: &str, marked: &[Range<usize>]) -> Result<Vec<u32>> {
        let mut ids = Vec::from_iter(self.spec.begin);
        self.encode_into(prompt, marked, &mut ids)?;
        if self.spec.begin.is_some() && ids.get(1) == self.spec.begin.as_ref() {
            ids.remove(0);
        }
        if ids.is_empty() {
            return Err(Error::new(Code::PromptEmpty, "the prompt is empty, and the model has no token that begins a text"));
        }
        Ok(ids)
    }

    /// Begins a completion. The model does not run yet.
    ///
    /// # Errors
    /// `invalid-option`, `token-unknown`; `prompt-empty` for an empty prompt where no token begins a text; `prompt-too-long` beyond 4 MiB, and
    /// beyond the context with [`Full::Stop`]; what the tokenizer says.
    pub fn start(&mut self, prompt: &str, options: Options) -> Result<Completion> {
        options.check(self.spec.context, self.words.len())?;
        let mut ids = self.prompt_ids(prompt, &options.marked)?;
        let mut usage = Usage { prompt: ids.len(), ..Usage::default() };
        let empty = ids.len() == usize::from(self.spec.begin.is_some());
        let mut heal = Vec::new();
        if options.heal {
            self.roll_back(&mut ids, prompt, &mut heal);
        }
        if ids.len() > self.spec.context && options.full == Full::Stop {
            return Err(Error::new(Code::PromptTooLong, "the prompt has more tokens than the model's context")
                .with("tokens", ids.len())
                .with("context", self.spec.context));
        }
        usage.dropped = self.slide(&mut ids, &options, options.max_tokens);
        let cache = self.memory(&ids);
        usage.reused = cache.len();
        let mut text = String::with_capacity(prompt.len() + 8 * options.max_tokens.min(1 << 10));
        text.push_str(prompt);
        let mut completion = Completion {
            random: SplitMix64::new(options.seed),
            // A blank in front of the first word, where the tokenizer puts one there by itself.
            written: Written::new(&options.stop, heal.len(), empty && self.words.begins_with_space()),
            seen: Seen::new(self.words.len(), &ids),
            walk: options.allowed.as_ref().map(|allowed| allowed.start()),
            // A stop text that is a token's name is met when that token comes: it is no text.
            ends: self.spec.ends.iter().copied().chain(options.stop.iter().filter_map(|stop| self.words.special(stop))).collect(),
            finish: None,
            prompt_bytes: prompt.len(),
            prompt_tokens: ids.len(),
            told: prompt.len(),
            logits: Vec::new(),
            work: Vec::new(),
            choice: Vec::new(),
            kept: Vec::new(),
            top: Vec::new(),
            candidates: Candidates::default(),
            logprobs: Vec::new(),
            score: Score::default(),
            adapted: false,
            options,
            ids,
            cache,
            heal,
            text,
            usage,
        };
        let more = completion.options.max_tokens.min(1 << 12);
        completion.ids.reserve(more);
        if completion.options.max_tokens == 0 {
            completion.end(FinishReason::Length);
        }
        Ok(completion)
    }

    /// Takes back the last token, and those before it as long as there is a piece that all of them together begin. The first token stays:
    /// the model goes on from it.
    fn roll_back(&self, ids: &mut Vec<u32>, prompt: &str, heal: &mut Vec<u8>) {
        let mut back = 0;
        for count in 1..=MOST_BACK.min(ids.len().saturating_sub(1)) {
            let last = ids.get(ids.len() - count..).unwrap_or_default();
            let text: Vec<u8> = last.iter().flat_map(|id| self.words.piece(*id)).copied().collect();
            let of_prompt = prompt.as_bytes().ends_with(text.strip_prefix(b" ").unwrap_or(&text));
            let whole = last.iter().all(|id| !self.words.piece(*id).is_empty());
            let longer = || self.pieces.beginning(&*self.words, &text).iter().any(|id| self.words.piece(*id).len() > text.len());
            if !whole || !of_prompt || count > 1 && !longer() {
                break;
            }
            (back, *heal) = (count, text);
        }
        ids.truncate(ids.len() - back);
    }

    /// What is known of the first of these tokens, all but the last at most.
    pub(super) fn memory(&mut self, ids: &[u32]) -> Cache {
        let Some((held, mut cache)) = self.kept.take() else { return self.decoder.cache() };
        let same = held.iter().zip(ids).take_while(|(a, b)| a == b).count().min(ids.len().saturating_sub(1));
        // A graph without a cache is given everything anyhow.
        let same = if matches!(cache, Cache::Whole(_)) { 0 } else { same.min(cache.len()) };
        if cache.truncate(same) { cache } else { self.decoder.cache() }
    }

    /// Leaves out what does not fit into the context. How many tokens that were.
    fn slide(&self, ids: &mut Vec<u32>, options: &Options, coming: usize) -> usize {
        if ids.len() < self.spec.context || options.full == Full::Stop {
            return 0;
        }
        let keep = self.first(options);
        let out = left_out(ids.len(), self.spec.context, keep, coming);
        ids.drain(keep.min(ids.len())..(keep + out).min(ids.len()));
        out
    }

    fn first(&self, options: &Options) -> usize {
        options.keep.max(usize::from(self.spec.begin.is_some()))
    }

    /// Goes on by one token, or by a part of the prompt. `go` is asked before it and while the model runs; when it says no the completion
    /// has ended with the text that it has. Once it has ended nothing more is done.
    ///
    /// # Errors
    /// `logits-not-finite`, `nothing-allowed`, `tokenizer-mismatch` and what the engine says. The completion stands where it stood.
    pub fn step(&mut self, completion: &mut Completion, go: &mut dyn FnMut() -> Go) -> Result<Step> {
        if !self.ready(completion, go)? {
            return Ok(completion.finish.map_or(Step::Read, Step::Done));
        }
        self.adapt(completion);
        let chosen = choose(completion, &self.tokens())?;
        self.take(completion, chosen);
        Ok(completion.finish.map_or(Step::Token, Step::Done))
    }

    /// Changes the model's logits by what was adapted to, once: a step that failed behind the run may be tried again.
    pub(super) fn adapt(&mut self, completion: &mut Completion) {
        if !std::mem::replace(&mut completion.adapted, true) {
            self.adaptation.adapt(&completion.ids, &mut completion.logits);
        }
    }

    /// Gives the model what it was not given yet. Whether logits of the next token are there: else it has ended, or a part of the
    /// prompt is left.
    pub(super) fn ready(&mut self, completion: &mut Completion, go: &mut dyn FnMut() -> Go) -> Result<bool> {
        if completion.finish.is_some() {
            return Ok(false);
        }
        if completion.ids.len() > self.spec.context {
            if completion.options.full == Full::Stop {
                completion.end(FinishReason::Context);
                return Ok(false);
            }
            self.make_room(completion);
        }
        let mut said = go();
        if said == Go::On {
            let from = completion.cache.len();
            let part = completion.pending().min(self.part);
            // A graph without a cache has no parts.
            let part = if matches!(completion.cache, Cache::Whole(_)) { completion.pending() } else { part };
            let ids = completion.ids.get(from..from + part).unwrap_or_default();
            let mut watch = || {
                said = go();
                said == Go::On
            };
            // A step that failed behind the run has logits still, unless they were no numbers and the run could not be taken back.
            if ids.is_empty() && completion.logits.is_empty() {
                return Err(Error::new(Code::LogitsNotFinite, "the model has answered NaN or infinity before"));
            }
            if ids.is_empty() {
                return Ok(true);
            }
            completion.adapted = false;
            if self.decoder.run(&mut completion.cache, ids, 1, &mut completion.logits, &mut watch)? {
                return Ok(completion.pending() == 0);
            }
        }
        completion.end(if said == Go::Deadline { FinishReason::Deadline } else { FinishReason::Cancelled });
        Ok(false)
    }

    /// Leaves out tokens behind those that are kept, and what is known of those behind.
    fn make_room(&self, completion: &mut Completion) {
        let coming = completion.options.max_tokens.saturating_sub(completion.usage.completion);
        let first = self.first(&completion.options);
        let out = self.slide(&mut completion.ids, &completion.options, coming);
        completion.usage.dropped += out;
        let own = completion.prompt_tokens;
        completion.prompt_tokens -= own.min(first + out) - own.min(first);
        let keep = if matches!(completion.cache, Cache::Whole(_)) { 0 } else { first };
        if !completion.cache.truncate(keep) {
            completion.cache = self.decoder.cache();
        }
    }

    /// Writes a chosen token, unless it ends the text.
    pub(super) fn take(&self, completion: &mut Completion, chosen: Chosen) {
        let least = completion.options.min_confidence;
        if least > 0.0 && confidence(completion, chosen, &self.tokens()) < least {
            return completion.end(FinishReason::Confidence);
        }
        completion.score.add(chosen.logprob);
        if completion.ends.contains(&chosen.id) {
            return completion.end(FinishReason::Stop);
        }
        told(completion, chosen);
        completion.ids.push(chosen.id);
        completion.seen.add(chosen.id);
        completion.usage.completion += 1;
        // From here on the logits are of a token before.
        let piece = self.words.piece(chosen.id);
        let healed = completion.heal.len().min(piece.len());
        let new = piece.get(healed..).unwrap_or_default();
        completion.heal.drain(..healed);
        let whole = match (&completion.options.allowed, completion.walk) {
            (Some(allowed), Some(walk)) => {
                completion.walk = allowed.after(walk, new);
                completion.heal.is_empty() && completion.walk.is_none_or(|walk| !allowed.goes_on(walk))
            }
            _ => false,
        };
        if completion.written.push(piece, &mut completion.text) || whole {
            completion.end(FinishReason::Stop);
        } else if completion.usage.completion >= completion.options.max_tokens {
            completion.end(FinishReason::Length);
        }
    }

    /// Takes a completion's answer, and keeps what the model knows of its tokens for the next one. One that has not ended ends as cancelled.
    pub fn finish(&mut self, completion: Completion) -> Completed {
        let (done, held, cache) = completion.into_parts();
        self.keep(held, cache);
        done
    }

    pub(super) fn keep(&mut self, ids: Vec<u32>, cache: Cache) {
        self.kept = Some((ids, cache));
    }

    /// A whole completion, in one call. `told` is given the text as it comes, whole characters only.
    ///
    /// # Errors
    /// As [`Completer::start`] and [`Completer::step`].
    pub fn complete(
        &mut self,
        prompt: &str,
        options: Options,
        go: &mut dyn FnMut() -> Go,
        told: &mut dyn FnMut(&str),
    ) -> Result<Completed> {
        let mut completion = self.start(prompt, options)?;
        while completion.finish().is_none() {
            self.step(&mut completion, go)?;
            let piece = completion.piece();
            if !piece.is_empty() {
                told(piece);
            }
        }
        Ok(self.finish(completion))
    }
}
