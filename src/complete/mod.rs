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

mod adapt;
mod allowed;
mod answer;
mod best;
mod blocklist;
mod choose;
mod completer;
mod completion;
mod contract;
mod decoder;
mod learn;
mod options;
mod pieces;
mod probabilities;
mod repetition;
mod samplers;
mod spec;
mod stacked;
mod tokenized;
mod vocabulary;
mod window;
mod written;

pub use adapt::{Adaptation, Adapting};
pub use allowed::Allowed;
pub use answer::{Completed, FinishReason, Go, Step, TokenLogprob, Usage};
pub use best::Best;
pub use completer::Completer;
pub use completion::Completion;
pub use learn::Likelihood;
pub use options::{Full, Options};
pub use spec::{Spec, prompt_of};
pub use tokenized::{Tokenized, Tokenizer};
pub use vocabulary::Vocabulary;
