//! What a completion tells: its text, why it ended, what it cost, and how likely its tokens were.

/// Why a completion ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinishReason {
    /// The model ended the text, a stop text came, or the allowed text is whole.
    Stop,
    /// It has as many tokens as were asked for.
    Length,
    /// The context is full, and it was asked to stop then.
    Context,
    /// The host's time is over.
    Deadline,
    /// The host does not want it any more.
    Cancelled,
    /// The next token is less likely than was asked for.
    Confidence,
}

impl FinishReason {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::Context => "context",
            Self::Deadline => "deadline",
            Self::Cancelled => "cancelled",
            Self::Confidence => "confidence",
        }
    }
}

/// What the host says when it is asked, between tokens and while the model runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    /// Go on.
    On,
    /// The time is over: the completion ends with what it has.
    Deadline,
    /// It is not wanted any more: likewise.
    Cancelled,
}

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A part of the prompt was read.
    Read,
    /// A token was written; its text may be held back still.
    Token,
    /// The completion has ended.
    Done(FinishReason),
}

/// Tokens of a completion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the prompt, with the one that begins a text.
    pub prompt: usize,
    /// Of those, how many an earlier completion had left behind and were not computed.
    pub reused: usize,
    /// Of the completion; a token that ends it is none of them.
    pub completion: usize,
    /// How many were left out, as the context was full.
    pub dropped: usize,
}

/// A token of a completion and how likely it was.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenLogprob {
    /// Its number.
    pub id: u32,
    /// Its natural log-probability: of the model with what it has adapted to, before penalty, temperature and filters.
    pub logprob: f32,
    /// The likeliest tokens at this place with theirs, the likeliest first.
    pub top: Vec<(u32, f32)>,
}

/// A finished completion.
#[derive(Clone, Debug, PartialEq)]
pub struct Completed {
    /// The prompt and what comes next.
    pub text: String,
    /// What comes next alone.
    pub completion: String,
    /// Why it ended.
    pub finish: FinishReason,
    /// Tokens.
    pub usage: Usage,
    /// Tokens as they were given to the model, as far as they are in its context: those of the prompt first.
    pub ids: Vec<u32>,
    /// How many of `ids`, the last ones, are the completion's: fewer than it has where the context was full.
    pub new: usize,
    /// By token, where log-probabilities were asked for.
    pub logprobs: Vec<TokenLogprob>,
    /// Sum of the log-probabilities of its tokens and of the token that ended it, where they were asked for and in n-best.
    pub score: Option<f32>,
    /// Tokens in that sum: those of the completion, and one more where a token ended it.
    pub scored: usize,
}
