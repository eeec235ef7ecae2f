//! Text from ids that come one at a time: no character is ever split.

use crate::error::{Code, Error, Result};
use crate::tokenizer::{Kind, Tokenizer};

/// Takes ids, gives the text that is whole so far. What came of a character that is not whole yet is held back. All that it gives,
/// one behind the other, is what [`Tokenizer::decode`] gives of all ids at once.
#[derive(Clone, Debug)]
pub struct Stream<'t> {
    tokenizer: &'t Tokenizer,
    state: StreamState,
}

/// A [`Stream`] without its tokenizer, for who keeps both.
#[derive(Clone, Debug)]
pub struct StreamState {
    skip_special: bool,
    /// Whether nothing stands before.
    first: bool,
    /// How many of a character may still be dropped.
    drop: usize,
    held: Vec<u8>,
}

impl Tokenizer {
    /// A decoder for ids that come one at a time, at the start of a text: a space that the tokenizer puts there is taken away.
    #[must_use]
    pub fn stream(&self, skip_special: bool) -> Stream<'_> {
        Stream { tokenizer: self, state: StreamState::new(self, skip_special, true) }
    }

    /// The same for ids that go on a text that is there already, as a completion does: its first space stays.
    #[must_use]
    pub fn stream_on(&self, skip_special: bool) -> Stream<'_> {
        Stream { tokenizer: self, state: StreamState::new(self, skip_special, false) }
    }
}

impl Stream<'_> {
    /// Takes an id and appends the text that is whole now.
    ///
    /// # Errors
    /// `tokenizer-no-token` for an id without token; nothing is taken then.
    pub fn push(&mut self, id: u32, out: &mut String) -> Result<()> {
        self.state.push(self.tokenizer, id, out)
    }

    /// Ends the text: what was held back and is no character becomes U+FFFD.
    pub fn finish(mut self, out: &mut String) {
        self.state.finish(self.tokenizer, out);
    }
}

impl StreamState {
    /// As [`Tokenizer::stream`], or where the text does not start, [`Tokenizer::stream_on`].
    #[must_use]
    pub fn new(tokenizer: &Tokenizer, skip_special: bool, starts: bool) -> Self {
        let drop = tokenizer.decoding.drop.filter(|_| starts).map_or(0, |drop| drop.1);
        Self { skip_special, first: starts, drop, held: Vec::new() }
    }

    /// As [`Stream::push`], of the same tokenizer each time.
    ///
    /// # Errors
    /// As [`Stream::push`].
    pub fn push(&mut self, tokenizer: &Tokenizer, id: u32, out: &mut String) -> Result<()> {
        match tokenizer.kind(id) {
            Kind::Hole => {
                let error = Error::new(Code::NoToken, "an id has no token: it is of another tokenizer");
                return Err(error.count("id", id as usize).count("vocabulary", tokenizer.vocab_size()));
            }
            Kind::Special if self.skip_special => return Ok(()),
            _ => {}
        }
        let decoding = &tokenizer.decoding;
        if self.first && decoding.first_differs() {
            self.held.extend(tokenizer.first(id)?);
        } else {
            self.held.extend_from_slice(tokenizer.piece(id));
        }
        self.first = false;
        self.give(tokenizer, out, false);
        Ok(())
    }

    /// As [`Stream::finish`].
    pub fn finish(&mut self, tokenizer: &Tokenizer, out: &mut String) {
        self.give(tokenizer, out, true);
    }

    fn give(&mut self, tokenizer: &Tokenizer, out: &mut String, all: bool) {
        let (mut text, mut rest) = (String::new(), 0);
        for chunk in self.held.utf8_chunks() {
            text.push_str(chunk.valid());
            let bad = chunk.invalid();
            // The start of a character is no error yet. It can only stand at the end.
            if !all && std::str::from_utf8(bad).is_err_and(|error| error.error_len().is_none()) {
                rest = bad.len();
            } else if !bad.is_empty() {
                text.push('\u{fffd}');
            }
        }
        self.held.drain(..self.held.len() - rest);
        let mut text = text.as_str();
        while let Some((c, _)) = tokenizer.decoding.drop.filter(|_| self.drop > 0 && !text.is_empty()) {
            let after = text.strip_prefix(c);
            self.drop = if after.is_some() { self.drop - 1 } else { 0 };
            text = after.unwrap_or(text);
        }
        out.push_str(text);
    }
}
