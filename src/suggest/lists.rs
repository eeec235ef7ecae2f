//! For each word the texts that have it: lists of rising numbers, each written as what it adds to the one before.
//!
//! ```text
//! block starts: u32 every 16 lists; body: (bytes of the list, first text, then the gaps to the next) a word
//! ```

use super::bytes::{next, put, wide};
use super::lines::BLOCK;

/// Where lists lie within the bytes of an index.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lists {
    /// How many there are.
    len: u32,
    /// First byte of the block starts.
    starts: usize,
    /// First byte of the lists, and the byte after the last.
    body: (usize, usize),
}

impl Lists {
    /// The blocks' starts lie from a byte on, and behind them a body of so many bytes; none beyond all numbers.
    pub(super) fn at(len: u32, starts: usize, body: usize) -> Option<Self> {
        let from = starts + 4 * len.div_ceil(BLOCK) as usize;
        Some(Self { len, starts, body: (from, from.checked_add(body)?) })
    }

    /// The byte after all of it.
    pub(super) const fn end(&self) -> usize {
        self.body.1
    }

    /// Bytes of all of it.
    pub(super) const fn size(&self) -> usize {
        self.body.1 - self.starts
    }

    /// Whether every list lies where its block says, rises, and names texts that there are.
    pub(super) fn holds(&self, bytes: &[u8], texts: u32) -> bool {
        let mut at = self.body.0;
        let Some(bytes) = bytes.get(..self.body.1) else { return false };
        for word in 0..self.len {
            let start = wide(bytes, self.starts + 4 * (word / BLOCK) as usize);
            if word.is_multiple_of(BLOCK) && start != Some((at - self.body.0) as u32) {
                return false;
            }
            let Some(length) = next(bytes, &mut at) else { return false };
            let end = at.saturating_add(length as usize);
            let Some(list) = bytes.get(..end) else { return false };
            let mut last: Option<u32> = None;
            while at < end {
                let Some(gap) = next(list, &mut at) else { return false };
                let text = last.map_or(Some(gap), |last| last.checked_add(gap).filter(|text| *text > last));
                last = text.filter(|text| *text < texts);
                if last.is_none() {
                    return false;
                }
            }
            if last.is_none() {
                return false;
            }
        }
        at == self.body.1
    }

    /// Where the list of a word begins; for one past the last, where the lists end.
    fn list(&self, bytes: &[u8], word: u32) -> usize {
        if word >= self.len {
            return self.body.1;
        }
        let start = wide(bytes, self.starts + 4 * (word / BLOCK) as usize).unwrap_or(u32::MAX);
        let mut at = self.body.0.saturating_add(start as usize);
        for _ in 0..word % BLOCK {
            let Some(length) = next(bytes, &mut at) else { return self.body.1 };
            at = at.saturating_add(length as usize);
        }
        at.min(self.body.1)
    }

    /// Bytes of the lists of a range of words: about how many texts have one of them.
    pub(super) fn bytes(&self, bytes: &[u8], (low, high): (u32, u32)) -> usize {
        if low < high { self.list(bytes, high).saturating_sub(self.list(bytes, low)) } else { 0 }
    }

    /// Tells the words and the texts that have them, of a range of words, list by list.
    pub(super) fn each(&self, bytes: &[u8], (low, high): (u32, u32), tell: &mut dyn FnMut(u32, u32)) {
        let bytes = bytes.get(..self.body.1).unwrap_or_default();
        let mut at = self.list(bytes, low);
        for word in low..high.min(self.len) {
            let Some(length) = next(bytes, &mut at) else { return };
            let end = at.saturating_add(length as usize);
            let mut text = 0_u32;
            while at < end {
                let Some(gap) = next(bytes, &mut at) else { return };
                text = text.wrapping_add(gap);
                tell(word, text);
            }
            at = end;
        }
    }

    /// Adds the texts of a range of words to a set, a bit each. What [`Lists::each`] does, where it must be quick.
    pub(super) fn mark(&self, bytes: &[u8], words: (u32, u32), set: &mut [u64]) {
        let bytes = bytes.get(..self.list(bytes, words.1)).unwrap_or_default();
        let mut at = self.list(bytes, words.0);
        while let Some(length) = next(bytes, &mut at) {
            let end = at.saturating_add(length as usize);
            let mut text = 0_u32;
            while at < end {
                let Some(gap) = next(bytes, &mut at) else { return };
                text = text.wrapping_add(gap);
                if let Some(bits) = set.get_mut(text as usize / 64) {
                    *bits |= 1 << (text % 64);
                }
            }
        }
    }
}

/// Writes lists: the blocks' starts, then the body.
pub(super) fn write<'a>(lists: impl Iterator<Item = &'a Vec<u32>>) -> (Vec<u8>, Vec<u8>) {
    let (mut starts, mut body) = (Vec::new(), Vec::new());
    for (at, list) in (0_u32..).zip(lists) {
        if at.is_multiple_of(BLOCK) {
            starts.extend_from_slice(&(body.len() as u32).to_le_bytes());
        }
        let mut gaps = Vec::new();
        let mut last = 0;
        for text in list {
            put(&mut gaps, text - last);
            last = *text;
        }
        put(&mut body, gaps.len() as u32);
        body.append(&mut gaps);
    }
    (starts, body)
}
