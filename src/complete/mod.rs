//! A prompt and what comes next: a language model in ONNX, run on the device, a token a step.
//!
//! `prompt → encode → heal → Model (prefill, decode; state in place) → processors → sampler → stop → Completion`
//!
//! | who wants | takes |
//! |---|---|
//! | a completion | [`Completer::complete`], or [`Completer::start`] and [`Completer::step`], one token a call |
//! | several, the likeliest first | [`Completer::best`] |
//! | how likely a text is, or to adapt to it | [`Completer::likelihood`], [`Completer::prime`] |
//!
//! The text comes from a [`Vocabulary`]: [`Tokenized`] reads a `tokenizer.json`, and any other tokenizer will do. Which graphs are taken, and every rule: docs/complete.md.
//!
//! Rooms, each naming those before it: `tokens` (what a text is made of), `model` (the graph and its memory), `logits` (what becomes of
//! its numbers), `completing` (one token a step).

mod completing;
mod logits;
mod model;
mod tokens;

pub use completing::{
    Best, Completed, Completer, Completion, FinishReason, Full, Go, Likelihood, Options, Step, TokenLogprob, Usage,
};
pub use logits::{Adaptation, Adapting, Allowed};
pub use tokens::{Spec, Tokenized, Tokenizer, Vocabulary, prompt_of};
