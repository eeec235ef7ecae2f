//! The tokenizer: from text to ids and back.

use crate::added::{Finder, Specials};
use crate::bpe::{Banned, Bpe, Scratch};
use crate::bytelevel::Alphabet;
use crate::cut::{Cut, Parts, Prepend};
use crate::decode::Decoding;
use crate::error::{Code, Error, Result};
use crate::normal::Normal;
use crate::pattern::steps;
use crate::table::Words;
use crate::text::Text;
use crate::unigram::Unigram;
use std::ops::Range;

/// Bytes of a text that is encoded: 4 MiB, which takes some 100 MB on the way.
pub(crate) const TEXT: usize = 1 << 22;

/// How a text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encode {
    /// Whether the tokens that the file's post-processor puts around a text are put there, as `<s>` before it.
    pub add_special: bool,
    /// Whether special tokens that are written in the text are read as such. Without it they are text like any other, even where the
    /// model has them for words: for what people type, so that nobody types the end of a turn.
    pub allow_special: bool,
}

impl Default for Encode {
    /// Both, as the reference does.
    fn default() -> Self {
        Self { add_special: true, allow_special: true }
    }
}

impl Encode {
    /// A text as somebody typed it: nothing is added, and nothing in it is special.
    pub const PLAIN: Self = Self { add_special: false, allow_special: false };
}

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: u32,
    /// The bytes of the text that it was made of, widened to whole characters: `&text[range]` is never amid one. Several tokens of one
    /// character have all of it. Of a token that was added, or of a space that was put before the text, an empty range.
    pub range: Range<usize>,
}

#[derive(Clone, Debug)]
pub(crate) enum Model {
    Bpe(Bpe),
    Unigram(Unigram),
}

/// What an id is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// No token has this id.
    Hole,
    Model,
    Added,
    Special,
}

/// Texts to token ids, and back. Immutable: all memory that grows is of one call.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    pub(crate) model: Model,
    pub(crate) normal: Vec<Normal>,
    pub(crate) cuts: Vec<Cut>,
    /// Tokens looked for in the text as it is, and in the normalized one.
    pub(crate) raw: Finder,
    pub(crate) normalized: Finder,
    pub(crate) before: Vec<u32>,
    pub(crate) after: Vec<u32>,
    /// Words as the file writes them, by id.
    pub(crate) names: Words,
    pub(crate) kinds: Vec<Kind>,
    /// The bytes that tokens stand for, by id.
    pub(crate) pieces: Words,
    pub(crate) decoding: Decoding,
}

/// What one call keeps: the memory of words.
struct Call<'a> {
    scratch: Scratch,
    track: bool,
    special: bool,
    /// Where special tokens are read, where they are not read everywhere.
    marked: &'a [Range<usize>],
}

impl Call<'_> {
    fn is_within(marked: &[Range<usize>], start: usize, end: usize) -> bool {
        marked.iter().any(|part| part.start <= start && end <= part.end)
    }
}

impl Tokenizer {
    /// Appends the ids of a text.
    ///
    /// # Errors
    /// `tokenizer-text-too-large` above 4 MiB, or where normalizers make it longer than 16 MiB; `tokenizer-no-token` for a character
    /// without token in a vocabulary without unknown token; `tokenizer-too-slow` where a pattern, or looking for the tokenizer's words, takes too many steps. `ids` may have
    /// grown by then.
    pub fn encode(&self, text: &str, how: Encode, ids: &mut Vec<u32>) -> Result<()> {
        self.run(text, how, &[], false, &mut |id, _, _| ids.push(id))
    }

    /// As [`Tokenizer::encode`], with special tokens read as such within `marked` (bytes of the text, in any order) although `how` does not
    /// allow them: where a program wrote the text, as the ends of turns, between parts that people typed. One that stands there in part is text.
    ///
    /// # Errors
    /// As [`Tokenizer::encode`].
    pub fn encode_marked(&self, text: &str, how: Encode, marked: &[Range<usize>], ids: &mut Vec<u32>) -> Result<()> {
        self.run(text, how, marked, false, &mut |id, _, _| ids.push(id))
    }

    /// Tokens with their places in the text, in its order.
    ///
    /// # Errors
    /// As [`Tokenizer::encode`].
    pub fn tokens(&self, text: &str, how: Encode) -> Result<Vec<Token>> {
        let mut tokens = Vec::new();
        self.run(text, how, &[], true, &mut |id, start, end| {
            let (mut start, mut end) = (start, end);
            while !text.is_char_boundary(start) {
                start -= 1;
            }
            while end < text.len() && !text.is_char_boundary(end) {
                end += 1;
            }
            tokens.push(Token { id, range: start..end });
        })?;
        Ok(tokens)
    }

    fn run(
        &self,
        text: &str,
        how: Encode,
        marked: &[Range<usize>],
        track: bool,
        tell: &mut dyn FnMut(u32, usize, usize),
    ) -> Result<()> {
        if text.len() > TEXT {
            let error = Error::new(Code::TextTooLarge, "the text is too large: encode it in parts");
            return Err(error.count("bytes", text.len()).count("most", TEXT));
        }
        // Where a space is put before the first character alone, places are needed to know which that is.
        let first = |cut: &Cut| matches!(cut, Cut::Prefix { prepend: Prepend::First, .. });
        let track = track || (!self.normal.is_empty() && (!marked.is_empty() || self.cuts.iter().any(first)));
        let special = how.allow_special;
        let mut call = Call { scratch: Scratch::default(), track, special, marked };
        let mut steps = steps(text.len());
        let within = |start, end| Call::is_within(marked, start, end);
        let specials = Specials { all: special, within: (!marked.is_empty()).then_some(&within) };
        let (before, after): (&[u32], &[u32]) = if how.add_special { (&self.before, &self.after) } else { (&[], &[]) };
        before.iter().for_each(|&id| tell(id, 0, 0));
        self.raw.each(text, specials, &mut steps, |id, start, end, steps| match id {
            Some(id) => {
                tell(id, start, end);
                Ok(())
            }
            None => self.section(Text::new(text.get(start..end).unwrap_or(""), start, track), &mut call, steps, tell),
        })?;
        after.iter().for_each(|&id| tell(id, text.len(), text.len()));
        Ok(())
    }

    /// A part of the text without tokens in it as it is.
    fn section(
        &self,
        mut text: Text<'_>,
        call: &mut Call<'_>,
        steps: &mut u64,
        tell: &mut dyn FnMut(u32, usize, usize),
    ) -> Result<()> {
        for step in &self.normal {
            step.apply(&mut text, steps)?;
        }
        let (all, marked) = (call.special, call.marked);
        let within = |start, end| {
            let (start, end) = text.origin(start, end);
            Call::is_within(marked, start, end)
        };
        let specials = Specials { all, within: (!marked.is_empty()).then_some(&within) };
        self.normalized.each(text.as_str(), specials, steps, |id, start, end, steps| match id {
            Some(id) => {
                let (start, end) = text.origin(start, end);
                tell(id, start, end);
                Ok(())
            }
            None => self.words(text.part(start, end), call, steps, tell),
        })
    }

    /// A part without tokens in it at all.
    fn words(
        &self,
        mut text: Text<'_>,
        call: &mut Call<'_>,
        steps: &mut u64,
        tell: &mut dyn FnMut(u32, usize, usize),
    ) -> Result<()> {
        let mut parts: Parts = vec![(0, text.as_str().len())];
        for cut in &self.cuts {
            cut.apply(&mut text, &mut parts, steps)?;
        }
        // A special token may be a word of the model as well: as text it is none. The token of the unknown is what it is.
        let unknown = match &self.model {
            Model::Bpe(bpe) => bpe.unknown,
            Model::Unigram(unigram) => unigram.unknown,
        };
        let plain = |id: u32| self.is_special(id) && Some(id) != unknown;
        let banned: Banned<'_> = if call.special { &|_| false } else { &plain };
        for (start, end) in parts {
            let word = text.as_str().get(start..end).unwrap_or("");
            let mut at = start;
            let take = |id: u32, len: usize| {
                let range = if call.track { text.origin(at, at + len) } else { (0, 0) };
                tell(id, range.0, range.1);
                at += len;
            };
            match &self.model {
                Model::Bpe(bpe) => bpe.encode(word, &mut call.scratch, banned, take)?,
                Model::Unigram(unigram) => unigram.encode(word, banned, steps, take)?,
            }
        }
        Ok(())
    }

    /// The words into which a text is cut before the model sees them, as its normalizers leave them: for counting pairs.
    ///
    /// # Errors
    /// As [`Tokenizer::encode`].
    pub fn pretokenize(&self, text: &str, mut tell: impl FnMut(&str)) -> Result<()> {
        if text.len() > TEXT {
            return Err(Error::new(Code::TextTooLarge, "the text is too large: take it in parts").count("bytes", text.len()));
        }
        let mut left = steps(text.len());
        let mut text = Text::new(text, 0, false);
        for step in &self.normal {
            step.apply(&mut text, &mut left)?;
        }
        let mut parts: Parts = vec![(0, text.as_str().len())];
        for cut in &self.cuts {
            cut.apply(&mut text, &mut parts, &mut left)?;
        }
        parts.into_iter().for_each(|(start, end)| tell(text.as_str().get(start..end).unwrap_or("")));
        Ok(())
    }

    /// The text of ids. With `skip_special`, special tokens are left out.
    ///
    /// # Errors
    /// `tokenizer-no-token` for an id without token.
    pub fn decode(&self, ids: &[u32], skip_special: bool) -> Result<String> {
        let (mut stream, mut out) = (self.stream(skip_special), String::new());
        for &id in ids {
            stream.push(id, &mut out)?;
        }
        stream.finish(&mut out);
        Ok(out)
    }

    /// The bytes that a token stands for amid a text; of an id without token, none. Not always UTF-8: a token may be a part of a
    /// character.
    #[must_use]
    pub fn piece(&self, id: u32) -> &[u8] {
        self.pieces.get(id as usize)
    }

    /// The token as its vocabulary writes it, `Ġthe` or `▁the`; of an id without token, none.
    #[must_use]
    pub fn name(&self, id: u32) -> Option<&str> {
        let there = self.kind(id) != Kind::Hole;
        there.then(|| std::str::from_utf8(self.names.get(id as usize)).unwrap_or(""))
    }

    /// The id of a token as its vocabulary writes it.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<u32> {
        self.names.find(name.as_bytes())
    }

    /// The id of a special token.
    #[must_use]
    pub fn special(&self, name: &str) -> Option<u32> {
        self.id(name).filter(|&id| self.is_special(id))
    }

    /// Whether an id is that of a special token.
    #[must_use]
    pub fn is_special(&self, id: u32) -> bool {
        self.kind(id) == Kind::Special
    }

    /// One more than the highest id. Ids below may be without a token.
    #[must_use]
    pub fn vocab_size(&self) -> usize {
        self.kinds.len()
    }

    pub(crate) fn kind(&self, id: u32) -> Kind {
        self.kinds.get(id as usize).copied().unwrap_or(Kind::Hole)
    }

    /// What a token adds to a text that it is the first of.
    pub(crate) fn first(&self, id: u32) -> Result<Vec<u8>> {
        let (name, kind) = (self.name(id).unwrap_or(""), self.kind(id));
        self.decoding.bytes(name, kind != Kind::Model, true, &Alphabet::new())
    }
}
