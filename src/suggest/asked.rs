//! What is asked of an index, and what it answers.

use crate::rank::BitSet;

/// Most suggestions of an answer.
pub const MOST: usize = 20;

/// What is typed, and what may be suggested.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The text so far. What is beyond 256 bytes is not read.
    pub text: &'a str,
    /// Suggestions wanted, 1 to [`MOST`].
    pub k: usize,
    /// Only texts of this category.
    pub category: Option<&'a str>,
    /// Only texts of these items, by their numbers in the index; texts that are no item's stay.
    pub allowed: Option<&'a BitSet>,
}

impl<'a> Asked<'a> {
    /// Ten suggestions of any kind for a text.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { text, k: 10, category: None, allowed: None }
    }
}

/// How a text matches what was typed; an earlier kind comes first in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It begins with what was typed.
    Start,
    /// It has all the words, in any order; the last one may be unfinished.
    Words,
    /// As one of those two, with words written together that were typed apart, or the other way round.
    Joined,
    /// As one of the first two, by another word for the same thing.
    Synonym,
    /// Its words begin with the typed letters.
    Initials,
    /// It has the typed letters inside of a word.
    Inside,
    /// As one of the first two, after one or two typing mistakes are taken back.
    Typo,
}

impl Kind {
    /// The stable word, kebab-case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Words => "words",
            Self::Joined => "joined",
            Self::Synonym => "synonym",
            Self::Inside => "inside",
            Self::Initials => "initials",
            Self::Typo => "typo",
        }
    }
}

/// A part of a suggested text that matches what was typed, always of whole characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Highlight {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// The first UTF-16 unit, as JavaScript counts.
    pub start_utf16: usize,
    /// The UTF-16 unit after the last.
    pub end_utf16: usize,
}

/// One suggestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suggestion<'a> {
    /// The text as it was written.
    pub text: &'a str,
    /// How it matches.
    pub kind: Kind,
    /// Typing mistakes that were taken back, 0 to 2.
    pub typos: u8,
    /// By its count and length, and by the session where one was told: higher comes first among those of a kind.
    pub score: u32,
    /// Its category, where it has one.
    pub category: Option<&'a str>,
    /// Its item's id, where it has one.
    pub item: Option<&'a str>,
    /// What matches, in order, apart from each other.
    pub highlights: &'a [Highlight],
}
