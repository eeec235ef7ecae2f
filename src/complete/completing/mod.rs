//! The completion itself: what is asked, one token a step, several at once, and what is learnt of a text.

mod answer;
mod best;
mod choose;
mod completer;
mod completion;
mod learn;
mod options;
mod written;

pub use answer::{Completed, FinishReason, Go, Step, TokenLogprob, Usage};
pub use best::Best;
pub use completer::Completer;
pub use completion::Completion;
pub use learn::Likelihood;
pub use options::{Full, Options};
