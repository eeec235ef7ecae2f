//! What is to be known of a model beside its graph: how much it sees, and which tokens begin and end a text.

use super::vocabulary::Vocabulary;
use crate::error::{Code, Error, Result};

/// Positions that a model may have at most: what is kept of a text is bounded by it.
const MOST_CONTEXT: usize = 1 << 20;
/// Tokens that may end a text at most.
const MOST_ENDS: usize = 64;

/// A model's settings, which its graph does not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Positions that it was trained for, 2 to 2²⁰: no more tokens are ever given to it.
    pub context: usize,
    /// The token that begins a text; a prompt that begins with it already does not get it twice.
    pub begin: Option<u32>,
    /// Tokens that end a text: any of them stops a completion and is not written.
    pub ends: Vec<u32>,
    /// Whether logits may have more columns than the tokenizer has tokens, as in models that are padded to a round number. They are
    /// never chosen. Without it that is `tokenizer-mismatch`.
    pub padded: bool,
}

impl Spec {
    /// Settings by the names of tokens.
    ///
    /// # Errors
    /// `token-unknown` for a name that the vocabulary does not have.
    pub fn named(words: &dyn Vocabulary, context: usize, begin: Option<&str>, ends: &[&str]) -> Result<Self> {
        let id = |name: &str| {
            words.special(name).ok_or_else(|| {
                Error::new(Code::TokenUnknown, "the tokenizer has no special token of that name").with("token", name)
            })
        };
        let ends = ends.iter().map(|name| id(name)).collect::<Result<_>>()?;
        Ok(Self { context, begin: begin.map(id).transpose()?, ends, padded: false })
    }

    /// Holds it against a vocabulary.
    pub(in crate::complete) fn check(&self, words: &dyn Vocabulary) -> Result<()> {
        if !(2..=MOST_CONTEXT).contains(&self.context) {
            return Err(Error::new(Code::OptionInvalid, "the context of a model is 2 to 1,048,576 tokens")
                .with("option", "context")
                .with("have", self.context));
        }
        if self.ends.len() > MOST_ENDS {
            return Err(Error::new(Code::OptionInvalid, "at most 64 tokens end a text").with("option", "ends"));
        }
        if let Some(id) = self.ends.iter().chain(&self.begin).find(|id| **id as usize >= words.len()) {
            return Err(Error::new(Code::TokenUnknown, "the tokenizer has fewer tokens than that one's number")
                .with("token", id)
                .with("tokens", words.len()));
        }
        Ok(())
    }
}

/// Bytes as a prompt.
///
/// # Errors
/// `prompt-invalid` with the place of the first byte that is no UTF-8.
pub fn prompt_of(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes)
        .map_err(|e| Error::new(Code::PromptInvalid, "the prompt is not UTF-8: decode it before").with("at", e.valid_up_to()))
}
