//! A tokenizer of nearhand-tokenizer as a vocabulary: whatever its `tokenizer.json` says.

use super::vocabulary::Vocabulary;
use crate::error::{Code, Error, Result};
use nearhand_tokenizer::Encode;
pub use nearhand_tokenizer::Tokenizer;
use std::ops::Range;

/// A tokenizer, and what is read in prompts.
#[derive(Clone, Debug)]
pub struct Tokenized {
    tokenizer: Tokenizer,
    how: Encode,
    begins_with_space: bool,
}

impl Tokenized {
    /// Reads a `tokenizer.json`. `specials`: whether special tokens that are written in a prompt, as `<|im_end|>`, are read as such: for
    /// prompts that a program puts together, never for what people type, who could end a turn with it.
    ///
    /// # Errors
    /// `tokenizer-malformed`, `tokenizer-unsupported`, `tokenizer-too-large`, with the place in the file.
    pub fn from_json(json: &[u8], specials: bool) -> Result<Self> {
        Ok(Self::new(Tokenizer::from_json(json)?, specials))
    }

    /// As [`Tokenized::from_json`], of a tokenizer that is read already.
    #[must_use]
    pub fn new(tokenizer: Tokenizer, specials: bool) -> Self {
        let how = Encode { add_special: false, allow_special: specials };
        let mut ids = Vec::new();
        let said = tokenizer.encode("a", how, &mut ids).is_ok();
        let put = said && ids.first().is_some_and(|id| tokenizer.piece(*id).starts_with(b" "));
        let begins_with_space = put || drops_space(&tokenizer);
        Self { tokenizer, how, begins_with_space }
    }
}

/// Whether its decoder takes a space away at the start of a text.
fn drops_space(tokenizer: &Tokenizer) -> bool {
    let last = u32::try_from(tokenizer.vocab_size()).unwrap_or(0);
    let spaced = (0..last).find(|id| !tokenizer.is_special(*id) && tokenizer.piece(*id).starts_with(b" "));
    spaced.is_some_and(|id| tokenizer.decode(&[id], false).is_ok_and(|text| text.len() < tokenizer.piece(id).len()))
}

impl Vocabulary for Tokenized {
    fn len(&self) -> usize {
        self.tokenizer.vocab_size()
    }

    fn piece(&self, id: u32) -> &[u8] {
        if self.tokenizer.is_special(id) { &[] } else { self.tokenizer.piece(id) }
    }

    fn encode(&self, text: &str, ids: &mut Vec<u32>) -> Result<()> {
        Ok(self.tokenizer.encode(text, self.how, ids)?)
    }

    fn encode_marked(&self, text: &str, marked: &[Range<usize>], ids: &mut Vec<u32>) -> Result<()> {
        Ok(self.tokenizer.encode_marked(text, self.how, marked, ids)?)
    }

    fn special(&self, name: &str) -> Option<u32> {
        self.tokenizer.special(name)
    }

    fn begins_with_space(&self) -> bool {
        self.begins_with_space
    }
}

/// What the tokenizer refuses keeps its code, its sentence and its values.
impl From<nearhand_tokenizer::Error> for Error {
    fn from(error: nearhand_tokenizer::Error) -> Self {
        let code = match error.code() {
            nearhand_tokenizer::Code::Malformed => Code::TokenizerMalformed,
            nearhand_tokenizer::Code::Unsupported => Code::TokenizerUnsupported,
            nearhand_tokenizer::Code::TooLarge => Code::TokenizerTooLarge,
            nearhand_tokenizer::Code::TextTooLarge => Code::TokenizerTextTooLarge,
            nearhand_tokenizer::Code::NoToken => Code::TokenizerNoToken,
            nearhand_tokenizer::Code::TooSlow => Code::TokenizerTooSlow,
        };
        let told = Self::new(code, error.message());
        error.details().iter().fold(told, |told, (name, value)| told.with(name, value))
    }
}
