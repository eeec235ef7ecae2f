//! What the completer asks of a tokenizer, so that any will do.

use crate::error::Result;
use std::ops::Range;

/// A tokenizer's list of tokens: numbered from 0, each standing for some bytes of text.
pub trait Vocabulary {
    /// How many tokens there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of text that a token stands for, its space included. Empty for tokens that are no text (begin, end, padding) and
    /// for numbers beyond the list: such are never written into a completion.
    fn piece(&self, id: u32) -> &[u8];

    /// Appends the tokens of a text, without those that begin or end one: they come from [`crate::complete::Spec`].
    ///
    /// # Errors
    /// What the tokenizer cannot write.
    fn encode(&self, text: &str, ids: &mut Vec<u32>) -> Result<()>;

    /// The same, with the names of special tokens that stand within `marked` (bytes of the text, in order) read as those tokens.
    ///
    /// # Errors
    /// As [`Vocabulary::encode`].
    fn encode_marked(&self, text: &str, marked: &[Range<usize>], ids: &mut Vec<u32>) -> Result<()> {
        let _ = marked;
        self.encode(text, ids)
    }

    /// The token of that name, such as `</s>`.
    fn special(&self, name: &str) -> Option<u32>;

    /// Whether a text is read as if a space stood before it, as SentencePiece does: a completion of an empty prompt loses that
    /// space then.
    fn begins_with_space(&self) -> bool {
        false
    }
}
