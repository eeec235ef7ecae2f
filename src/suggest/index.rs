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

use super::bytes::{narrow, next, sum, wide, width};
use super::codes::Codes;
use super::lines::{BLOCK, Lines};
use crate::error::{Code, Error, Result};
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
    bytes: Vec<u8>,
    texts: Lines,
    words: Lines,
    items: Lines,
    categories: Lines,
    synonyms: Lines,
    scores: usize,
    category: (usize, usize),
    item: (usize, usize),
    /// First byte of the lists' starts, first byte of the lists, and the byte after them.
    lists: (usize, usize, usize),
}

/// What goes wrong with bytes that are no index, or not the one that was written.
fn refuse(code: Code, why: &'static str) -> Error {
    Error::new(code, why)
}

impl Index {
    /// Checks an index and keeps it.
    ///
    /// # Errors
    /// `suggest-foreign`, `suggest-unsupported-version`, `suggest-digest-mismatch`, `suggest-malformed`.
    pub(super) fn open(bytes: Vec<u8>) -> Result<Self> {
        if !bytes.starts_with(MAGIC) {
            return Err(refuse(Code::SuggestForeign, "these bytes are no index of suggestions").with("bytes", bytes.len()));
        }
        let malformed = |what: &'static str| {
            refuse(Code::SuggestMalformed, "the index of suggestions contradicts itself: make it again").with("part", what)
        };
        let version = wide(&bytes, 8).ok_or_else(|| malformed("header"))?;
        if version != VERSION {
            let why = "the index of suggestions is of a format that this release does not read";
            return Err(refuse(Code::SuggestUnsupportedVersion, why).with("version", version).with("known", VERSION));
        }
        let stated = wide(&bytes, 12).zip(wide(&bytes, 16)).ok_or_else(|| malformed("header"))?;
        let summed = sum(bytes.get(SUMMED..).unwrap_or_default());
        if (summed as u32, (summed >> 32) as u32) != stated {
            let why = "the index of suggestions is not as it was written: bytes changed, or it ends early";
            return Err(refuse(Code::SuggestDigestMismatch, why).with("bytes", bytes.len()));
        }
        let index = Self::laid_out(bytes).ok_or_else(|| malformed("header"))?;
        match index.first_fault() {
            None => Ok(index),
            Some(part) => Err(malformed(part)),
        }
    }

    /// Where the parts lie, by the header; none where they would not fill the bytes.
    fn laid_out(bytes: Vec<u8>) -> Option<Self> {
        let field = |at: usize| wide(&bytes, SUMMED + 4 * at);
        let [texts, words, items, categories, synonyms] = [field(0)?, field(1)?, field(2)?, field(3)?, field(4)?];
        let few = texts.max(words).max(items) <= MOST_TEXTS && categories.max(synonyms) <= MOST_OTHERS;
        let body = |at: usize| Some(field(5 + at)? as usize).filter(|body| *body <= bytes.len());
        if !few || texts == 0 {
            return None;
        }
        let n = texts as usize;
        let from = PARTS + body(6)?;
        let texts = Lines::at(texts, from, body(0)?).coded(Codes::read(bytes.get(PARTS..from)?)?);
        let scores = texts.end();
        let category = (scores + 2 * n, width(categories as usize));
        let item = (category.0 + n * category.1, width(items as usize));
        let words = Lines::at(words, item.0 + n * item.1, body(1)?);
        let starts = words.end();
        let first = starts + 4 * words.len.div_ceil(BLOCK) as usize;
        let lists = (starts, first, first.checked_add(body(5)?)?);
        let items = Lines::at(items, lists.2, body(2)?);
        let categories = Lines::at(categories, items.end(), body(3)?);
        let synonyms = Lines::at(synonyms, categories.end(), body(4)?);
        (synonyms.end() == bytes.len()).then_some(Self {
            bytes,
            texts,
            words,
            items,
            categories,
            synonyms,
            scores,
            category,
            item,
            lists,
        })
    }

    /// The first part that does not hold.
    fn first_fault(&self) -> Option<&'static str> {
        let n = self.len();
        let bytes = &self.bytes;
        let within = |(start, width): (usize, usize), most: u32| {
            (0..n as usize).all(|at| narrow(bytes, start + at * width, width) <= most)
        };
        let parted = |_: u32, text: &str| text.contains('\t');
        let any = |_: u32, _: &str| true;
        let parts = [
            ("texts", self.texts.holds(bytes, |_, text| !text.is_empty())),
            ("categories", within(self.category, self.categories.len) && self.categories.holds(bytes, any)),
            ("items", within(self.item, self.items.len) && self.items.holds(bytes, any)),
            ("words", self.words.holds(bytes, |_, word| !word.is_empty())),
            ("synonyms", self.synonyms.holds(bytes, parted)),
            ("lists", self.lists_hold()),
        ];
        parts.iter().find(|(_, holds)| !holds).map(|(part, _)| *part)
    }

    /// Whether every list lies where its block says, rises, and names texts that there are.
    fn lists_hold(&self) -> bool {
        let mut at = self.lists.1;
        let Some(bytes) = self.bytes.get(..self.lists.2) else { return false };
        for word in 0..self.words.len {
            let start = wide(bytes, self.lists.0 + 4 * (word / BLOCK) as usize);
            if word.is_multiple_of(BLOCK) && start != Some((at - self.lists.1) as u32) {
                return false;
            }
            let Some(length) = next(bytes, &mut at) else { return false };
            let end = at.saturating_add(length as usize);
            let Some(list) = bytes.get(..end) else { return false };
            let mut last: Option<u32> = None;
            while at < end {
                let Some(gap) = next(list, &mut at) else { return false };
                let text = last.map_or(Some(gap), |last| last.checked_add(gap).filter(|text| *text > last));
                last = text.filter(|text| *text < self.len());
                if last.is_none() {
                    return false;
                }
            }
            if last.is_none() {
                return false;
            }
        }
        at == self.lists.2
    }

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
            ("lists", self.lists.2 - self.lists.0),
            ("others", self.bytes.len() - self.lists.2 + self.len() as usize * (self.category.1 + self.item.1)),
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
        self.texts.bound(&self.bytes, within, line, |text| {
            folded.fold(std::str::from_utf8(text).unwrap_or_default());
            before(folded.normal().as_bytes(), key.as_bytes(), past)
        })
    }

    /// Of all words the first that is not before a key; with `past`, that neither begins with it.
    pub(super) fn word_bound(&self, key: &str, past: bool, room: &mut Room) -> u32 {
        let whole = (0, self.words.len);
        self.words.bound(&self.bytes, whole, &mut room.line, |word| before(word, key.as_bytes(), past))
    }

    /// A word.
    pub(super) fn word<'a>(&self, at: u32, line: &'a mut Vec<u8>) -> &'a str {
        self.words.read(&self.bytes, at, line);
        std::str::from_utf8(line).unwrap_or_default()
    }

    /// Tells all words from one on, in order, until the answer is no.
    pub(super) fn each_word(&self, from: u32, line: &mut Vec<u8>, mut tell: impl FnMut(u32, &[u8]) -> bool) {
        let mut walk = self.words.walk_to(&self.bytes, from, line);
        while self.words.step(&self.bytes, &mut walk, line).is_some() && tell(walk.next - 1, line) {}
    }

    /// Where the list of a word begins; for one past the last, where the lists end.
    fn list(&self, word: u32) -> usize {
        if word >= self.words.len {
            return self.lists.2;
        }
        let bytes = self.bytes.get(..self.lists.2).unwrap_or_default();
        let start = wide(bytes, self.lists.0 + 4 * (word / BLOCK) as usize).unwrap_or(u32::MAX);
        let mut at = self.lists.1.saturating_add(start as usize);
        for _ in 0..word % BLOCK {
            let Some(length) = next(bytes, &mut at) else { return self.lists.2 };
            at = at.saturating_add(length as usize);
        }
        at.min(self.lists.2)
    }

    /// Bytes of the lists of a range of words: about how many texts have one of them.
    pub(super) fn list_bytes(&self, (low, high): (u32, u32)) -> usize {
        if low < high { self.list(high).saturating_sub(self.list(low)) } else { 0 }
    }

    /// Tells the texts that have one of a range of words, list by list.
    pub(super) fn each_text(&self, words: (u32, u32), mut tell: impl FnMut(u32)) {
        let (low, high) = (words.0, words.1.min(self.words.len));
        let bytes = self.bytes.get(..self.lists.2).unwrap_or_default();
        let mut at = self.list(low);
        for _ in low..high {
            let Some(length) = next(bytes, &mut at) else { return };
            let end = at.saturating_add(length as usize);
            let mut text = 0_u32;
            while at < end {
                let Some(gap) = next(bytes, &mut at) else { return };
                text = text.wrapping_add(gap);
                tell(text);
            }
            at = end;
        }
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
        let at = lines.bound(&self.bytes, (0, lines.len), line, |other| other < name.as_bytes());
        lines.read(&self.bytes, at, line);
        (at < lines.len && line == name.as_bytes()).then_some(at + 1)
    }

    /// Tells what a phrase also means.
    pub(super) fn each_synonym(&self, typed: &str, line: &mut Vec<u8>, mut tell: impl FnMut(&str)) {
        let key = |line: &[u8]| line.split(|byte| *byte == b'\t').next().unwrap_or_default().cmp(typed.as_bytes());
        let lines = &self.synonyms;
        let from = lines.bound(&self.bytes, (0, lines.len), line, |line| key(line).is_lt());
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

#[cfg(test)]
mod tests {
    use super::super::build::{Entry, build};
    use super::*;

    fn small() -> Vec<u8> {
        let entry = |text: &str, count: u64, category: Option<&str>, item: Option<&str>| Entry {
            text: text.into(),
            count: count << 10,
            category: category.map(Into::into),
            item: item.map(Into::into),
        };
        let entries = vec![
            entry("White mug", 9, Some("Kitchen"), Some("m1")),
            entry("White tea pot", 4, Some("Kitchen"), Some("t1")),
            entry("Garden chair", 2, Some("Garden"), None),
        ];
        build(entries, &[("cup".into(), "mug".into())]).unwrap().bytes
    }

    /// The sum as it must be, so that what comes after it is looked at.
    fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
        let summed = sum(&bytes[SUMMED..]);
        bytes[12..20].copy_from_slice(&summed.to_le_bytes());
        bytes
    }

    fn refused(bytes: Vec<u8>) -> (Code, Option<String>) {
        let error = Index::open(bytes).unwrap_err();
        (error.code(), error.details().iter().find(|(name, _)| *name == "part").map(|(_, part)| part.clone()))
    }

    #[test]
    fn each_part_that_does_not_hold_is_named() {
        let bytes = small();
        let index = Index::open(bytes.clone()).unwrap();
        let with = |at: usize, byte: u8| {
            let mut bytes = bytes.clone();
            assert_ne!(bytes[at], byte);
            bytes[at] = byte;
            refused(sealed(bytes))
        };
        let fault = |part: &str| (Code::SuggestMalformed, Some(part.to_owned()));
        // More texts than there are; none; too many; a body beyond the end; a part of no length.
        assert_eq!(with(SUMMED, 9), fault("header"));
        assert_eq!(with(SUMMED, 0), fault("header"));
        assert_eq!(with(SUMMED + 3, 255), fault("header"));
        assert_eq!(with(SUMMED + 20, 255), fault("header"));
        assert_eq!(with(SUMMED + 44, 7), fault("header"));
        assert_eq!(with(SUMMED + 14, 255), fault("header"));
        // A block that starts elsewhere; letters that are none; a first text that shares.
        assert_eq!(with(PARTS, 1), fault("texts"));
        assert_eq!(with(PARTS + 6, 0xff), fault("texts"));
        assert_eq!(with(PARTS + 4, 3), fault("texts"));
        // A category and an item that there are not.
        assert_eq!(with(index.category.0, 3), fault("categories"));
        assert_eq!(with(index.item.0, 9), fault("items"));
        // Words, lists, synonyms.
        assert_eq!(with(index.item.0 + 3, 1), fault("words"));
        assert_eq!(with(index.lists.0, 1), fault("lists"));
        assert_eq!(with(index.lists.1, 200), fault("lists"));
        assert_eq!(with(index.lists.1 + 1, 100), fault("lists"));
        let tab = bytes.iter().rposition(|byte| *byte == b'\t').unwrap();
        assert_eq!(with(tab, b' '), fault("synonyms"));
    }

    #[test]
    fn other_bytes_are_told_apart() {
        let bytes = small();
        assert_eq!(refused(b"PK".to_vec()).0, Code::SuggestForeign);
        assert_eq!(refused(Vec::new()).0, Code::SuggestForeign);
        assert_eq!(refused(MAGIC.to_vec()).0, Code::SuggestMalformed);
        let mut newer = bytes.clone();
        newer[8] = 2;
        assert_eq!(refused(newer).0, Code::SuggestUnsupportedVersion);
        for length in 20..bytes.len() {
            assert_eq!(refused(bytes[..length].to_vec()).0, Code::SuggestDigestMismatch, "{length}");
        }
        assert_eq!(refused([&bytes[..], b"x"].concat()).0, Code::SuggestDigestMismatch);
        assert_eq!(refused(sealed([&bytes[..], b"x"].concat())).0, Code::SuggestMalformed);
    }
}
