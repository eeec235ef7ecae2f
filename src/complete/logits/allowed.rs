//! A completion that is one of a list of texts: which tokens may come next, by walking both sorted lists at once.

use crate::complete::tokens::Vocabulary;
use crate::error::{Code, Error, Result};

/// Texts and their bytes at most.
const MOST_TEXTS: usize = 1 << 20;
const MOST_BYTES: usize = 64 << 20;

/// Texts of which a completion is one: sorted, which is a trie over their bytes whose nodes are ranges.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    texts: Vec<Box<[u8]>>,
}

/// How far a completion is: all texts of the range share its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::complete) struct Walk {
    from: usize,
    to: usize,
    depth: usize,
}

impl Allowed {
    /// Of texts in any order; those that are there twice count once.
    ///
    /// # Errors
    /// `invalid-option` where there is none, one is empty, or they are more than 2²⁰ or longer than 64 MiB together.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let refused =
            |why| Error::new(Code::OptionInvalid, "these cannot be the allowed texts").with("option", "allowed").with("why", why);
        let (mut all, mut bytes): (Vec<Box<[u8]>>, usize) = (Vec::new(), 0);
        for text in texts {
            bytes = bytes.saturating_add(text.len());
            if text.is_empty() {
                return Err(refused("one is empty"));
            }
            if all.len() == MOST_TEXTS || bytes > MOST_BYTES {
                return Err(refused("more than 2^20 of them, or more than 64 MiB"));
            }
            all.push(text.as_bytes().into());
        }
        if all.is_empty() {
            return Err(refused("there is none"));
        }
        all.sort_unstable();
        all.dedup();
        Ok(Self { texts: all })
    }

    /// Before the first byte.
    pub(in crate::complete) const fn start(&self) -> Walk {
        Walk { from: 0, to: self.texts.len(), depth: 0 }
    }

    /// After some more bytes, `None` where no text has them.
    pub(in crate::complete) fn after(&self, mut walk: Walk, bytes: &[u8]) -> Option<Walk> {
        for byte in bytes {
            walk = self.step(walk, *byte)?;
        }
        Some(walk)
    }

    /// Whether one of the texts ends here.
    pub(in crate::complete) fn may_end(&self, walk: Walk) -> bool {
        // The shortest stands first.
        walk.from < walk.to && self.texts.get(walk.from).is_some_and(|text| text.len() == walk.depth)
    }

    /// Whether one of the texts goes on.
    pub(in crate::complete) fn goes_on(&self, walk: Walk) -> bool {
        walk.to - walk.from > usize::from(self.may_end(walk))
    }

    fn byte(&self, text: usize, depth: usize) -> Option<u8> {
        self.texts.get(text)?.get(depth).copied()
    }

    /// Those of the range with that byte next. A text that ends here has none and stands first.
    fn step(&self, walk: Walk, byte: u8) -> Option<Walk> {
        let range = self.texts.get(walk.from..walk.to)?;
        let next = |text: &[u8]| text.get(walk.depth).copied();
        let from = range.partition_point(|text| next(text) < Some(byte));
        let to = range.partition_point(|text| next(text) <= Some(byte));
        (from < to).then_some(Walk { from: walk.from + from, to: walk.from + to, depth: walk.depth + 1 })
    }

    /// Adds the tokens that may come: those whose bytes behind the first `skip` are the next of a text. `tokens` are sorted by their bytes
    /// and share the first `skip`.
    pub(in crate::complete) fn next(&self, walk: Walk, words: &dyn Vocabulary, tokens: &[u32], skip: usize, out: &mut Vec<u32>) {
        // Deeper is one byte further: as deep as the longest piece at most.
        let ends = tokens.partition_point(|id| words.piece(*id).len() == skip);
        let (whole, mut longer) = tokens.split_at(ends);
        out.extend(whole);
        while let Some(byte) = longer.first().and_then(|id| words.piece(*id).get(skip).copied()) {
            // On to the next byte that a text has.
            let range = self.texts.get(walk.from..walk.to).unwrap_or_default();
            let at = range.partition_point(|text| text.get(walk.depth).copied() < Some(byte));
            let Some(wanted) = self.byte(walk.from + at, walk.depth).filter(|_| walk.from + at < walk.to) else { return };
            let before = longer.partition_point(|id| words.piece(*id).get(skip).copied() < Some(wanted));
            longer = longer.get(before..).unwrap_or_default();
            let count = longer.partition_point(|id| words.piece(*id).get(skip).copied() <= Some(wanted));
            let (same, rest) = longer.split_at(count);
            if let Some(deeper) = self.step(walk, wanted).filter(|_| !same.is_empty()) {
                self.next(deeper, words, same, skip + 1, out);
            }
            longer = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complete::tokens::Pieces;

    struct List(Vec<Vec<u8>>);

    impl Vocabulary for List {
        fn len(&self) -> usize {
            self.0.len()
        }

        fn piece(&self, id: u32) -> &[u8] {
            &self.0[id as usize]
        }

        fn encode(&self, _: &str, _: &mut Vec<u32>) -> Result<()> {
            Ok(())
        }

        fn special(&self, _: &str) -> Option<u32> {
            None
        }
    }

    /// Small texts of few letters, by a number.
    fn text(mut number: usize, most: usize) -> Vec<u8> {
        let length = number % (most + 1);
        number /= most + 1;
        (0..length)
            .map(|_| {
                let letter = b'a' + (number % 3) as u8;
                number /= 3;
                letter
            })
            .collect()
    }

    /// Held against asking every token about every text.
    #[test]
    fn walks_are_those_of_every_text_by_itself() {
        let words = List((0..60).map(|i| text(i * 7919 + 3, 3)).collect());
        let pieces = Pieces::new(&words);
        for seed in 0..40_usize {
            let texts: Vec<String> = (0..1 + seed % 9)
                .map(|i| String::from_utf8(text((seed + 1) * (i + 1) * 104_729, 6)).unwrap())
                .filter(|t| !t.is_empty())
                .collect();
            let Ok(allowed) = Allowed::new(texts.iter().map(String::as_str)) else { continue };
            for begun in texts.iter().flat_map(|t| (0..=t.len()).map(move |n| &t.as_bytes()[..n])) {
                let walk = allowed.after(allowed.start(), begun).unwrap();
                assert_eq!(allowed.may_end(walk), texts.iter().any(|t| t.as_bytes() == begun));
                assert_eq!(allowed.goes_on(walk), texts.iter().any(|t| t.len() > begun.len() && t.as_bytes().starts_with(begun)));
                for heal in [&b""[..], b"a", b"ab"] {
                    let mut have = Vec::new();
                    allowed.next(walk, &words, pieces.beginning(&words, heal), heal.len(), &mut have);
                    have.sort_unstable();
                    let fits = |piece: &[u8]| {
                        let Some(new) = piece.strip_prefix(heal).filter(|_| !piece.is_empty()) else { return false };
                        let whole = [begun, new].concat();
                        texts.iter().any(|t| t.as_bytes().starts_with(&whole))
                    };
                    let want: Vec<u32> = (0..60).filter(|id| fits(words.piece(*id))).collect();
                    assert_eq!(have, want);
                }
            }
        }
        assert!(Allowed::new(["ab"]).unwrap().after(Allowed::new(["ab"]).unwrap().start(), b"b").is_none());
    }
}
