//! Decoders: from the words of a vocabulary back to text.

use crate::bytelevel::Alphabet;
use crate::error::{Code, Error, Result};
use crate::pattern::replaced;

/// One step on a single word.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The characters of the byte-level alphabet are bytes.
    ByteLevel,
    /// `<0xE2>` is a byte.
    Bytes,
    Replace(Box<str>, Box<str>),
    /// A character stands for a space; at the start of a text for nothing, where one was put there.
    Space(Box<str>, bool),
    Strip(char, usize, usize),
}

/// What a vocabulary's words become.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decoding {
    steps: Vec<Step>,
    fused: bool,
    /// Of the whole text: so many of a character are dropped at its start.
    pub(crate) drop: Option<(char, usize)>,
    /// Whether words stand with spaces between.
    pub(crate) spaced: bool,
}

impl Decoding {
    /// Adds a step, in the order of the file.
    pub(crate) fn add(&mut self, step: Step, place: &str) -> Result<()> {
        match step {
            Step::Strip(c, left, 0) if self.fused && self.drop.is_none() => self.drop = Some((c, left)),
            Step::Strip(_, 0, 0) => {}
            _ if self.fused => {
                return Err(Error::unsupported("a decoder changes the text after its words were joined", place, ""));
            }
            Step::ByteLevel => {
                self.steps.push(step);
                self.fused = true;
            }
            _ => self.steps.push(step),
        }
        Ok(())
    }

    pub(crate) const fn fuse(&mut self) {
        self.fused = true;
    }

    /// Whether the first word of a text is not what it is elsewhere.
    pub(crate) fn first_differs(&self) -> bool {
        self.spaced || self.steps.iter().any(|step| matches!(step, Step::Space(_, true)))
    }

    /// The bytes of a word. Of an added token the byte-level alphabet is not read: it is written as it is.
    pub(crate) fn bytes(&self, word: &str, added: bool, first: bool, alphabet: &Alphabet) -> Result<Vec<u8>> {
        let mut text = word.to_owned();
        for step in &self.steps {
            match step {
                Step::ByteLevel if added => {}
                Step::ByteLevel => return Ok(alphabet.bytes(&text).unwrap_or_else(|| text.into_bytes())),
                Step::Bytes => {
                    if let Some(byte) = byte_of(&text) {
                        return Ok(vec![byte]);
                    }
                }
                Step::Replace(what, with) => text = replaced(&text, what, with),
                Step::Space(c, put) => text = replaced(&text, c, if first && *put { "" } else { " " }),
                Step::Strip(c, left, right) => {
                    let start = text.chars().take(*left).take_while(|first| first == c).count() * c.len_utf8();
                    text.drain(..start);
                    let end = text.chars().rev().take(*right).take_while(|last| last == c).count() * c.len_utf8();
                    text.truncate(text.len() - end);
                }
            }
            // Nothing that is a word grows so.
            if text.len() > MOST {
                return Err(Error::new(Code::TooLarge, "a decoder makes a word too long").with("word", word));
            }
        }
        Ok(text.into_bytes())
    }
}

/// Bytes of a word that was decoded.
const MOST: usize = 65_536;

/// The byte that `<0xE2>` stands for.
pub(crate) fn byte_of(word: &str) -> Option<u8> {
    let digits = word.strip_prefix("<0x")?.strip_suffix('>')?;
    let valid = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    valid.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}
