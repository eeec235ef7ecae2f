//! A text in its normal form: folded words with one blank between them, and where each letter came from.

use super::fold::{Kind, fold};
use std::cmp::Ordering;

/// A word of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// First byte in the normal form.
    pub start: usize,
    /// Byte after the last in the normal form.
    pub end: usize,
}

/// A text in its normal form. Its memory is used again by the next text.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    normal: String,
    words: Vec<Word>,
    /// Of each byte of the normal form: where the character it was made of begins and ends in the text.
    origins: Vec<(u32, u32)>,
    /// Whether the last word is finished: something that parts words stands behind it.
    finished: bool,
}

impl Folded {
    /// Folds a text, in place of the one before.
    pub fn fold(&mut self, text: &str) {
        self.normal.clear();
        self.words.clear();
        self.origins.clear();
        self.finished = false;
        // Where the word that is open begins.
        let mut open: Option<usize> = None;
        for (at, c) in text.char_indices() {
            let before = self.normal.len();
            // A blank is put in front of a word's first letter, once it is known to be one.
            let parted = open.is_none() && before > 0;
            let (normal, origins) = (&mut self.normal, &mut self.origins);
            let origin = (at as u32, (at + c.len_utf8()) as u32);
            let mut put = |c: char, part: bool| {
                if part {
                    normal.push(' ');
                    origins.push(origin);
                }
                normal.push(c);
                origins.resize(normal.len(), origin);
            };
            let mut first = parted;
            // A character that is a word parts itself from the word that is open.
            let kind = match kind_of(c) {
                Kind::Alone => {
                    let part = before > 0;
                    fold(c, &mut |c| put(c, part))
                }
                _ => fold(c, &mut |c| put(c, std::mem::take(&mut first))),
            };
            match kind {
                Kind::Letter => {
                    open.get_or_insert(before + usize::from(parted));
                    self.finished = false;
                }
                Kind::Alone => {
                    self.close(&mut open, before);
                    let start = before + usize::from(before > 0);
                    self.words.push(Word { start, end: self.normal.len() });
                    self.finished = false;
                }
                Kind::Gap => {
                    self.close(&mut open, before);
                    self.finished = before > 0;
                }
                Kind::None => {}
            }
        }
        let end = self.normal.len();
        self.close(&mut open, end);
    }

    /// How the normal form of a text stands to a key, and whether it begins with it; none where a letter beyond ASCII decides.
    /// The same as to fold the text and compare, and much quicker: most texts differ early.
    #[must_use]
    pub fn compare(text: &[u8], key: &[u8]) -> Option<(Ordering, bool)> {
        let mut left = key;
        let mut begun = false;
        let mut parted = false;
        for byte in text {
            let letter = match byte {
                b'a'..=b'z' | b'0'..=b'9' => *byte,
                b'A'..=b'Z' => byte.to_ascii_lowercase(),
                b'\'' => continue,
                128.. => return None,
                _ => {
                    parted = begun;
                    continue;
                }
            };
            for letter in [b' ', letter].into_iter().skip(usize::from(!parted)) {
                let Some((first, rest)) = left.split_first() else { return Some((Ordering::Greater, true)) };
                match letter.cmp(first) {
                    Ordering::Equal => left = rest,
                    order => return Some((order, false)),
                }
            }
            (begun, parted) = (true, false);
        }
        Some(if left.is_empty() { (Ordering::Equal, true) } else { (Ordering::Less, false) })
    }

    fn close(&mut self, open: &mut Option<usize>, end: usize) {
        if let Some(start) = open.take() {
            self.words.push(Word { start, end });
        }
    }

    /// The normal form: words with one blank between them.
    #[must_use]
    pub fn normal(&self) -> &str {
        &self.normal
    }

    /// The words, in order.
    #[must_use]
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// A word's letters; nothing beyond the last word.
    #[must_use]
    pub fn word(&self, at: usize) -> &str {
        self.words.get(at).and_then(|word| self.normal.get(word.start..word.end)).unwrap_or_default()
    }

    /// Whether something that parts words stands behind the last one.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.finished
    }

    /// The bytes of the text that a part of the normal form was made of, whole characters.
    #[must_use]
    pub fn origin(&self, start: usize, end: usize) -> (usize, usize) {
        let first = self.origins.get(start).map_or(0, |origin| origin.0);
        let last = end.checked_sub(1).and_then(|at| self.origins.get(at)).map_or(first, |origin| origin.1);
        (first as usize, last.max(first) as usize)
    }
}

/// What a character is.
fn kind_of(c: char) -> Kind {
    if c.is_ascii() { Kind::Letter } else { fold(c, &mut |_| {}) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normal(text: &str) -> (String, bool) {
        let mut folded = Folded::default();
        folded.fold(text);
        let words: Vec<&str> = (0..folded.words().len()).map(|at| folded.word(at)).collect();
        assert_eq!(words.join(" "), folded.normal(), "{text}");
        (folded.normal().to_owned(), folded.is_finished())
    }

    #[test]
    fn words_and_their_ends() {
        for (text, want, finished) in [
            ("White Hanging T-LIGHT", "white hanging t light", false),
            ("  white  ", "white", true),
            ("t-", "t", true),
            ("", "", false),
            ("?!", "", false),
            ("  ", "", false),
            ("85123A", "85123a", false),
            ("3 TIER, 2.5cm", "3 tier 2 5cm", false),
            ("白い 花 bag花x", "白 い 花 bag 花 x", false),
            ("🎄lights", "🎄 lights", false),
            ("नमस्ते दुनिया", "नमस्ते दुनिया", false),
            ("o'clock", "oclock", false),
        ] {
            assert_eq!(normal(text), (want.to_owned(), finished), "{text}");
        }
    }

    #[test]
    fn letters_know_where_they_came_from() {
        let mut folded = Folded::default();
        let text = "«Große» CAFÉ-Tür";
        folded.fold(text);
        assert_eq!(folded.normal(), "grosse cafe tur");
        let of = |from: &str| {
            let at = folded.normal().find(from).unwrap();
            let (start, end) = folded.origin(at, at + from.len());
            &text[start..end]
        };
        for (from, want) in [("grosse", "Große"), ("gros", "Groß"), ("cafe", "CAFÉ"), ("fe tu", "FÉ-Tü")] {
            assert_eq!(of(from), want);
        }
        assert_eq!(folded.origin(900, 901), (0, 0));
    }

    proptest! {
        #[test]
        fn compared_as_folded(text in "[aB1' /é.]{0,12}", key in "[ab1 ]{0,6}") {
            let mut folded = Folded::default();
            folded.fold(&text);
            let normal = folded.normal();
            if let Some((order, begins)) = Folded::compare(text.as_bytes(), key.as_bytes()) {
                prop_assert_eq!((order, begins), (normal.cmp(&key), normal.starts_with(&key)));
            } else {
                prop_assert!(!text.is_ascii());
            }
        }

        #[test]
        fn folding_is_whole_and_settles(text in "\\PC{0,40}") {
            let mut folded = Folded::default();
            folded.fold(&text);
            for word in folded.words() {
                let (start, end) = folded.origin(word.start, word.end);
                prop_assert!(start < end && text.get(start..end).is_some());
            }
            let once = folded.normal().to_owned();
            let mut again = Folded::default();
            again.fold(&once);
            prop_assert_eq!(once, again.normal());
        }
    }
}
