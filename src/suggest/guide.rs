//! What is worked out about the words of an index when it is opened, so that a search need not read all of them.

use super::lines::{Lines, Shares};
use super::lists::Lists;

/// About each word, and about the words as they stand in order. Ten bytes a word.
#[derive(Clone, Debug, Default)]
pub(super) struct Guide {
    /// How much words share.
    pub shares: Shares,
    /// Which pairs of neighbouring letters a word has: each pair is one of 64 bits.
    pairs: Vec<u64>,
    /// The highest score of the texts that have a word.
    tops: Vec<u16>,
}

impl Guide {
    /// For words that were checked.
    pub(super) fn new(bytes: &[u8], words: &Lines) -> Self {
        let mut guide = Self { pairs: Vec::with_capacity(words.len as usize), ..Self::default() };
        let (mut line, mut before) = (Vec::new(), Vec::new());
        let mut walk = words.walk_to(bytes, 0, &mut line);
        while words.step(bytes, &mut walk, &mut line).is_some() {
            guide.shares.add(walk.next - 1, &before, &line);
            guide.pairs.push(pairs(&line));
            before.clone_from(&line);
        }
        guide
    }

    /// Takes the scores of the texts from now on.
    pub(super) fn rate(&mut self, bytes: &[u8], lists: &Lists, score: impl Fn(u32) -> u16) {
        let Self { pairs, tops, .. } = self;
        tops.clear();
        tops.resize(pairs.len(), 0);
        lists.each(bytes, (0, pairs.len() as u32), &mut |word, text| {
            if let Some(top) = tops.get_mut(word as usize) {
                *top = score(text).max(*top);
            }
        });
    }

    /// The highest score of the texts that have one of a range of words.
    pub(super) fn top(&self, (low, high): (u32, u32)) -> u16 {
        self.tops.get(low as usize..high as usize).unwrap_or_default().iter().copied().max().unwrap_or(0)
    }

    /// The words from one on that may have some letters inside: those that have all their pairs.
    pub(super) fn with_pairs(&self, from: u32, letters: &[u8]) -> impl Iterator<Item = u32> {
        let wanted = pairs(letters);
        let words = self.pairs.get(from as usize..).unwrap_or_default();
        (from..).zip(words).filter(move |(_, pairs)| *pairs & wanted == wanted).map(|(word, _)| word)
    }
}

/// The pairs of a word.
fn pairs(word: &[u8]) -> u64 {
    let pair = |(a, b): (&u8, &u8)| (u32::from(*a) << 8 | u32::from(*b)).wrapping_mul(0x9e37_79b1) >> 26;
    word.iter().zip(word.iter().skip(1)).fold(0, |all, both| all | 1_u64 << pair(both))
}
