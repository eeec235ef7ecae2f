//! The index as bytes: where each part lies, what is checked when it is opened, and how it is read.
//!
//! ```text
//! 0   "nhsuggst"   8  version u32   12  sum u64 of all that follows
//! 20  u32 each: texts, words, items, categories, synonyms; bytes of the bodies of these five, of the lists, of the codes
//! 68  codes of the texts   texts (lines, in the order of their normal forms)   scores u16   category and item of each text
//!     words (lines, in order)   starts u32 of every 16 lists   lists: bytes, first text, then the gaps to the next
//!     items (lines)   categories (lines)   synonyms (lines: typed, tab, meant)
//! ```
//! Category and item of a text are 0 for none, else one more than their number, in as few bytes as all need. Everything is
//! read in place. What was checked once stays as it was, yet every read is within bounds by itself.

use super::bytes::{find, narrow};
use super::guide::Guide;
use super::lines::{BLOCK, Lines};
use super::lists::Lists;
use crate::text::Folded;

/// The first bytes.
pub(super) const MAGIC: &[u8; 8] = b"nhsuggst";
/// The format.
pub(super) const VERSION: u32 = 1;
/// Where the sum begins to count.
pub(super) const SUMMED: usize = 20;
/// Where the parts begin.
pub(super) const PARTS: usize = 68;
/// Most texts, words, items.
pub(super) const MOST_TEXTS: u32 = 1 << 22;
/// Most categories, synonyms.
pub(super) const MOST_OTHERS: u32 = 1 << 16;

/// What initials begin with among the words, so that they stand before all.
pub(super) const INITIALS: char = '\u{1}';

/// An index that was checked.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) bytes: Vec<u8>,
    pub(super) texts: Lines,
    pub(super) words: Lines,
    pub(super) items: Lines,
    pub(super) categories: Lines,
    pub(super) synonyms: Lines,
    pub(super) scores: usize,
    pub(super) category: (usize, usize),
    pub(super) item: (usize, usize),
    pub(super) lists: Lists,
    /// Of the words, made when the index is opened.
    pub(super) guide: Guide,
}

impl Index {
    /// Number of texts.
    pub(super) const fn len(&self) -> u32 {
        self.texts.len
    }

    /// Number of words.
    pub(super) const fn words(&self) -> u32 {
        self.words.len
    }

    /// Number of items.
    pub(super) const fn items(&self) -> u32 {
        self.items.len
    }

    /// Bytes of all of it.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes of each part, by its name.
    pub(super) fn sizes(&self) -> [(&'static str, usize); 5] {
        [
            ("texts", self.scores - PARTS),
            ("scores", self.category.0 - self.scores),
            ("words", self.words.end() - (self.item.0 + self.len() as usize * self.item.1)),
            ("lists", self.lists.size()),
            ("others", self.bytes.len() - self.lists.end() + self.len() as usize * (self.category.1 + self.item.1)),
        ]
    }

    /// A text as it was written.
    pub(super) fn text<'a>(&self, at: u32, line: &'a mut Vec<u8>) -> &'a str {
        self.texts.read(&self.bytes, at, line);
        std::str::from_utf8(line).unwrap_or_default()
    }

    /// Tells the texts of a range as they were written, in order.
    pub(super) fn each_line(&self, (low, high): (u32, u32), line: &mut Vec<u8>, mut tell: impl FnMut(u32, &[u8])) {
        let mut walk = self.texts.walk_to(&self.bytes, low, line);
        while walk.next < high && self.texts.step(&self.bytes, &mut walk, line).is_some() {
            tell(walk.next - 1, line);
        }
    }

    /// Of a range of texts the first whose normal form is not before a key; with `past`, that neither begins with it.
    pub(super) fn bound(&self, within: (u32, u32), key: &str, past: bool, room: &mut Room) -> u32 {
        let Room { line, folded } = room;
        let key = key.as_bytes();
        self.texts.bound(&self.bytes, within, line, &mut |text| match Folded::compare(text, key) {
            Some((order, begins)) => order.is_lt() || (past && begins),
            None => {
                folded.fold(std::str::from_utf8(text).unwrap_or_default());
                before(folded.normal().as_bytes(), key, past)
            }
        })
    }

    /// Of all words the first that is not before a key; with `past`, that neither begins with it.
    pub(super) fn word_bound(&self, key: &str, past: bool, room: &mut Room) -> u32 {
        let whole = (0, self.words.len);
        self.words.bound(&self.bytes, whole, &mut room.line, &mut |word| before(word, key.as_bytes(), past))
    }

    /// A word.
    pub(super) fn word<'a>(&self, at: u32, line: &'a mut Vec<u8>) -> &'a str {
        self.words.read(&self.bytes, at, line);
        std::str::from_utf8(line).unwrap_or_default()
    }

    /// Tells words from one on, in order: the first, and of the others those of which fewer bytes than the last answer are those
    /// of the word told before. With each comes how many are, and the bytes behind them; of the first word none is.
    pub(super) fn leap_words(&self, from: u32, mut tell: impl FnMut(u32, usize, &[u8]) -> usize) {
        let mut line = Vec::new();
        self.words.read(&self.bytes, from, &mut line);
        let mut walk = self.words.walk_to(&self.bytes, from.saturating_add(1), &mut Vec::new());
        if from >= self.words.len {
            return;
        }
        let mut fewer = tell(from, 0, &line);
        while let Some((shared, letters)) = self.words.leap(&self.bytes, &self.guide.shares, &mut walk, fewer) {
            fewer = tell(walk.next - 1, shared, letters);
        }
    }

    /// Tells the words from one on that have some letters behind their first.
    pub(super) fn words_with(&self, from: u32, letters: &str, line: &mut Vec<u8>, mut tell: impl FnMut(u32)) {
        let mut walk = self.words.walk_to(&self.bytes, from, line);
        for word in self.guide.with_pairs(from, letters.as_bytes()) {
            // Within a block it is nearer than the block's first.
            if word / BLOCK != walk.next / BLOCK {
                walk = self.words.walk_to(&self.bytes, word, line);
            }
            while walk.next <= word && self.words.step(&self.bytes, &mut walk, line).is_some() {}
            if find(line, letters.as_bytes(), 1).is_some() {
                tell(word);
            }
        }
    }

    /// Takes the scores of the texts from now on, for [`Index::top`].
    pub(super) fn rate(&mut self, score: impl Fn(&Self, u32) -> u16) {
        let mut guide = std::mem::take(&mut self.guide);
        guide.rate(&self.bytes, &self.lists, |text| score(self, text));
        self.guide = guide;
    }

    /// The highest score of the texts that have one of a range of words.
    pub(super) fn top(&self, words: (u32, u32)) -> u16 {
        self.guide.top(words)
    }

    /// Bytes of the lists of a range of words: about how many texts have one of them.
    pub(super) fn list_bytes(&self, words: (u32, u32)) -> usize {
        self.lists.bytes(&self.bytes, words)
    }

    /// Tells the texts that have one of a range of words, list by list.
    pub(super) fn each_text(&self, words: (u32, u32), tell: &mut dyn FnMut(u32)) {
        self.lists.each(&self.bytes, words, &mut |_, text| tell(text));
    }

    /// Adds the texts that have one of a range of words to a set, a bit each.
    pub(super) fn mark(&self, words: (u32, u32), set: &mut [u64]) {
        self.lists.mark(&self.bytes, words, set);
    }

    /// A text's score.
    pub(super) fn score(&self, at: u32) -> u16 {
        narrow(&self.bytes, self.scores + 2 * at as usize, 2) as u16
    }

    /// The number of a text's category, from 1; 0 for none.
    pub(super) fn category(&self, at: u32) -> u32 {
        narrow(&self.bytes, self.category.0 + at as usize * self.category.1, self.category.1)
    }

    /// The number of a text's item, from 1; 0 for none.
    pub(super) fn item(&self, at: u32) -> u32 {
        narrow(&self.bytes, self.item.0 + at as usize * self.item.1, self.item.1)
    }

    /// The name of a category, by its number from 1.
    pub(super) fn category_name(&self, number: u32, line: &mut Vec<u8>) {
        self.categories.read(&self.bytes, number.wrapping_sub(1), line);
    }

    /// The id of an item, by its number from 1.
    pub(super) fn item_id(&self, number: u32, line: &mut Vec<u8>) {
        self.items.read(&self.bytes, number.wrapping_sub(1), line);
    }

    /// The number of a category, from 1.
    pub(super) fn find_category(&self, name: &str, line: &mut Vec<u8>) -> Option<u32> {
        self.find(&self.categories, name, line)
    }

    /// The number of an item, from 1.
    pub(super) fn find_item(&self, id: &str, line: &mut Vec<u8>) -> Option<u32> {
        self.find(&self.items, id, line)
    }

    fn find(&self, lines: &Lines, name: &str, line: &mut Vec<u8>) -> Option<u32> {
        let at = lines.bound(&self.bytes, (0, lines.len), line, &mut |other| other < name.as_bytes());
        lines.read(&self.bytes, at, line);
        (at < lines.len && line == name.as_bytes()).then_some(at + 1)
    }

    /// Tells what a phrase also means.
    pub(super) fn each_synonym(&self, typed: &str, line: &mut Vec<u8>, mut tell: impl FnMut(&str)) {
        let key = |line: &[u8]| line.split(|byte| *byte == b'\t').next().unwrap_or_default().cmp(typed.as_bytes());
        let lines = &self.synonyms;
        let from = lines.bound(&self.bytes, (0, lines.len), line, &mut |line| key(line).is_lt());
        let mut walk = lines.walk_to(&self.bytes, from, line);
        while lines.step(&self.bytes, &mut walk, line).is_some() && key(line).is_eq() {
            let meant = std::str::from_utf8(line).ok().and_then(|line| line.split_once('\t'));
            tell(meant.map_or("", |(_, meant)| meant));
        }
    }

    /// Whether there is anything that a phrase might also mean.
    pub(super) const fn has_synonyms(&self) -> bool {
        self.synonyms.len > 0
    }
}

/// Whether a text stands before a key; with `past`, also where it begins with it.
fn before(text: &[u8], key: &[u8], past: bool) -> bool {
    if past { text.get(..key.len()).unwrap_or(text) <= key } else { text < key }
}

/// Memory in which texts are read.
#[derive(Clone, Debug, Default)]
pub(super) struct Room {
    /// A text's bytes.
    pub line: Vec<u8>,
    /// Its normal form.
    pub folded: Folded,
}
