//! Tokens that are looked for in the text itself, before any model: special ones, and those that were added to a vocabulary.

use crate::error::Result;
use crate::table::{Prefixes, Words};
use crate::unicode::{is_space, is_word};

/// How a token is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Added {
    pub(crate) id: u32,
    pub(crate) special: bool,
    /// Not within a word.
    pub(crate) single_word: bool,
    /// Takes the spaces before it.
    pub(crate) left: bool,
    /// Takes the spaces after it.
    pub(crate) right: bool,
}

/// Which special tokens are read as such; the others are text.
#[derive(Clone, Copy)]
pub(crate) struct Specials<'a> {
    pub(crate) all: bool,
    /// Where not all are, those at such a place.
    pub(crate) within: Option<&'a dyn Fn(usize, usize) -> bool>,
}

/// Tokens that are looked for at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Finder {
    words: Words,
    prefixes: Prefixes,
    tokens: Vec<Added>,
}

impl Finder {
    pub(crate) fn add(&mut self, content: &str, added: Added) {
        self.words.push(content.as_bytes());
        self.tokens.push(added);
    }

    /// Makes them findable.
    pub(crate) fn ready(&mut self) {
        self.prefixes = Prefixes::of(&self.words);
    }

    /// Cuts a text by the tokens in it: the leftmost, of those that begin at one place the longest. Calls with each part, and with the id
    /// where it is a token.
    pub(crate) fn each(
        &self,
        text: &str,
        specials: Specials<'_>,
        steps: &mut u64,
        mut tell: impl FnMut(Option<u32>, usize, usize, &mut u64) -> Result<()>,
    ) -> Result<()> {
        let (mut at, mut from) = (0, 0);
        while !self.prefixes.is_empty() && at < text.len() {
            let rest = text.as_bytes().get(at..).unwrap_or(&[]);
            let found = self.prefixes.longest(&self.words, rest, steps)?;
            let Some((added, len)) = found.and_then(|(word, len)| Some((self.tokens.get(word as usize)?, len))) else {
                at += 1;
                continue;
            };
            let (mut start, mut end) = (at, at + len);
            at = end;
            let (before, after) = (text.get(..start).unwrap_or(""), text.get(end..).unwrap_or(""));
            let within = before.chars().next_back().is_some_and(is_word) || after.chars().next().is_some_and(is_word);
            if added.special && !specials.all && !specials.within.is_some_and(|within| within(start, end)) {
                // One that is read may begin in it.
                if specials.within.is_some() {
                    at = start + 1;
                }
                continue;
            }
            // One that begins in what the last took is none.
            if (added.single_word && within) || start < from {
                continue;
            }
            if added.left {
                start = before.trim_end_matches(is_space).len().max(from);
            }
            if added.right {
                end += after.len() - after.trim_start_matches(is_space).len();
            }
            if from < start {
                tell(None, from, start, steps)?;
            }
            tell(Some(added.id), start, end, steps)?;
            from = end;
        }
        if from < text.len() { tell(None, from, text.len(), steps) } else { Ok(()) }
    }
}
