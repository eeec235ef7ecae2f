//! What is checked when an index is opened, and what is wrong with bytes that are none.

use super::bytes::{narrow, sum, wide, width};
use super::codes::Codes;
use super::guide::Guide;
use super::index::{Index, MAGIC, MOST_OTHERS, MOST_TEXTS, PARTS, SUMMED, VERSION};
use super::lines::Lines;
use super::lists::Lists;
use crate::error::{Code, Error, Result};

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
        let mut index = Self::laid_out(bytes).ok_or_else(|| malformed("header"))?;
        if let Some(part) = index.first_fault() {
            return Err(malformed(part));
        }
        index.guide = Guide::new(&index.bytes, &index.words);
        Ok(index)
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
        let lists = Lists::at(words.len, words.end(), body(5)?)?;
        let items = Lines::at(items, lists.end(), body(2)?);
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
            guide: Guide::default(),
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
            ("texts", self.texts.holds(bytes, &|_, text| !text.is_empty())),
            ("categories", within(self.category, self.categories.len) && self.categories.holds(bytes, &any)),
            ("items", within(self.item, self.items.len) && self.items.holds(bytes, &any)),
            ("words", self.words.holds(bytes, &|_, word| !word.is_empty())),
            ("synonyms", self.synonyms.holds(bytes, &parted)),
            ("lists", self.lists.holds(bytes, n)),
        ];
        parts.iter().find(|(_, holds)| !holds).map(|(part, _)| *part)
    }
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
        // The lists: one block start of four bytes, then the lists.
        let lists = index.words.end();
        let body = lists + 4;
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
        assert_eq!(with(lists, 1), fault("lists"));
        assert_eq!(with(body, 200), fault("lists"));
        assert_eq!(with(body + 1, 100), fault("lists"));
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
