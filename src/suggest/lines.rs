//! Many texts in order, each written as what it adds to the one before.
//!
//! ```text
//! block starts: u32 every 16 texts; body: (letters shared with the text before, bytes added, those bytes) a text
//! ```
//! The first text of a block shares nothing, so that any text is at most 15 steps away. Front coding, as in Witten, Moffat and
//! Bell 1999, section 4.1.

use super::bytes::{next, put, wide};
use super::codes::Codes;

/// Texts of a block.
pub(super) const BLOCK: u32 = 16;

/// Where texts lie within the bytes of an index.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    /// How many there are.
    pub len: u32,
    /// First byte of the block starts.
    starts: usize,
    /// First byte of the texts, and the byte after the last.
    body: (usize, usize),
    /// What the bytes of the texts stand for.
    codes: Codes,
}

/// A walk over texts in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    /// Byte of the next text.
    at: usize,
    /// The next text.
    pub next: u32,
}

impl Lines {
    /// The blocks' starts lie from a byte on, and behind them a body of so many bytes.
    pub(super) fn at(len: u32, starts: usize, body: usize) -> Self {
        let from = starts + 4 * len.div_ceil(BLOCK) as usize;
        Self { len, starts, body: (from, from.saturating_add(body)), codes: Codes::default() }
    }

    /// The same, written in codes.
    pub(super) fn coded(self, codes: Codes) -> Self {
        Self { codes, ..self }
    }

    /// The byte after all of it.
    pub(super) const fn end(&self) -> usize {
        self.body.1
    }

    /// A walk from the first text of a block.
    fn walk(&self, bytes: &[u8], block: u32) -> Walk {
        let start = wide(bytes, self.starts + 4 * block as usize).unwrap_or(u32::MAX);
        Walk { at: self.body.0.saturating_add(start as usize), next: block * BLOCK }
    }

    /// Goes to the next text, which takes the place of the one before in `line`.
    pub(super) fn step(&self, bytes: &[u8], walk: &mut Walk, line: &mut Vec<u8>) -> Option<()> {
        if walk.next >= self.len {
            return None;
        }
        let bytes = bytes.get(..self.body.1)?;
        let shared = next(bytes, &mut walk.at)? as usize;
        let added = next(bytes, &mut walk.at)? as usize;
        let end = walk.at.checked_add(added)?;
        let letters = bytes.get(walk.at..end)?;
        if shared > line.len() || (walk.next.is_multiple_of(BLOCK) && shared > 0) {
            return None;
        }
        line.truncate(shared);
        self.codes.expand(letters, line)?;
        if line.len() > MOST_BYTES {
            return None;
        }
        walk.at = end;
        walk.next += 1;
        Some(())
    }

    /// Goes to the next text of which fewer than `fewer` bytes are those of the text told last; tells how many are, and the
    /// bytes that come behind them.
    ///
    /// Nothing on the way is written out, as all of it begins alike. So of the text told last no more need be kept than those
    /// bytes. For texts that are written in no codes.
    pub(super) fn leap<'a>(&self, bytes: &'a [u8], shares: &Shares, walk: &mut Walk, fewer: usize) -> Option<(usize, &'a [u8])> {
        let bytes = bytes.get(..self.body.1)?;
        while walk.next < self.len {
            let mut head = None;
            if walk.next.is_multiple_of(BLOCK) {
                let block = walk.next / BLOCK;
                let ahead = shares.least.get(block as usize..)?.iter().position(|least| usize::from(*least) < fewer)?;
                if ahead > 0 {
                    *walk = self.walk(bytes, block + ahead as u32);
                }
                head = shares.first.get(block as usize + ahead).map(|first| usize::from(*first));
            }
            let stored = next(bytes, &mut walk.at)? as usize;
            let added = next(bytes, &mut walk.at)? as usize;
            let letters = walk.at..walk.at.checked_add(added)?;
            walk.at = letters.end;
            walk.next += 1;
            let shared = head.unwrap_or(stored);
            if shared < fewer {
                return Some((shared, bytes.get(letters)?.get(shared.saturating_sub(stored)..)?));
            }
        }
        None
    }

    /// A walk whose next step leads to the given text.
    pub(super) fn walk_to(&self, bytes: &[u8], at: u32, line: &mut Vec<u8>) -> Walk {
        let mut walk = self.walk(bytes, at / BLOCK);
        line.clear();
        while walk.next < at && self.step(bytes, &mut walk, line).is_some() {}
        walk
    }

    /// Reads one text; beyond the last, nothing.
    pub(super) fn read(&self, bytes: &[u8], at: u32, line: &mut Vec<u8>) {
        let mut walk = self.walk_to(bytes, at, line);
        if self.step(bytes, &mut walk, line).is_none() {
            line.clear();
        }
    }

    /// Of the texts from `low` to before `high` the first for which `before` does not hold; it holds for those that stand first.
    pub(super) fn bound(
        &self,
        bytes: &[u8],
        (low, high): (u32, u32),
        line: &mut Vec<u8>,
        before: &mut dyn FnMut(&[u8]) -> bool,
    ) -> u32 {
        let high = high.min(self.len);
        if low >= high {
            return low;
        }
        // The last block whose first text is before, or that of `low`.
        let (mut first, mut last) = (low / BLOCK, (high - 1) / BLOCK);
        while first < last {
            let middle = (first + last).div_ceil(2);
            let mut walk = self.walk(bytes, middle);
            line.clear();
            if self.step(bytes, &mut walk, line).is_some() && before(line) { first = middle } else { last = middle - 1 }
        }
        let mut walk = self.walk(bytes, first);
        line.clear();
        while walk.next < high && self.step(bytes, &mut walk, line).is_some() {
            if walk.next > low && !before(line) {
                return walk.next - 1;
            }
        }
        high
    }

    /// Walks all of it; whether every text is whole, lies where its block says, and nothing is left over.
    pub(super) fn holds(&self, bytes: &[u8], each: &dyn Fn(u32, &str) -> bool) -> bool {
        let mut walk = Walk { at: self.body.0, next: 0 };
        let mut line = Vec::new();
        while walk.next < self.len {
            let start = (walk.at - self.body.0) as u32;
            let at = walk.next;
            if at.is_multiple_of(BLOCK) && wide(bytes, self.starts + 4 * (at / BLOCK) as usize) != Some(start) {
                return false;
            }
            let whole = self.step(bytes, &mut walk, &mut line).is_some();
            if !whole || !std::str::from_utf8(&line).is_ok_and(|text| each(at, text)) {
                return false;
            }
        }
        walk.at == self.body.1
    }
}

/// How much texts share with those before them, so that blocks are leapt over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shares {
    /// Of each block's first text.
    first: Vec<u8>,
    /// The least of each block.
    least: Vec<u8>,
}

impl Shares {
    /// Takes the next text, with the one before.
    pub(super) fn add(&mut self, at: u32, before: &[u8], text: &[u8]) {
        let shared = before.iter().zip(text).take_while(|(a, b)| a == b).count().min(MOST_BYTES) as u8;
        if at.is_multiple_of(BLOCK) {
            self.first.push(shared);
            self.least.push(shared);
        } else if let Some(least) = self.least.last_mut() {
            *least = shared.min(*least);
        }
    }
}

/// Bytes of a text.
pub(super) const MOST_BYTES: usize = 255;

/// What each text adds to the one before: the letters shared, and the others.
fn added<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> impl Iterator<Item = (usize, &'a [u8])> + Clone {
    let before = std::iter::once("").chain(texts.clone());
    before.zip(texts).zip(0_u32..).map(|((last, text), at)| {
        let last = if at.is_multiple_of(BLOCK) { "" } else { last };
        let shared = last.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
        (shared, text.as_bytes().get(shared..).unwrap_or_default())
    })
}

/// Codes for what texts in their order add to each other.
pub(super) fn codes<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Codes {
    Codes::learn(added(texts).map(|(_, letters)| letters))
}

/// Writes texts in their order: the blocks' starts, then the body.
pub(super) fn write<'a>(texts: impl Iterator<Item = &'a str> + Clone, codes: &Codes) -> (Vec<u8>, Vec<u8>) {
    let (mut starts, mut body) = (Vec::new(), Vec::new());
    let mut short = Vec::new();
    for (at, (shared, letters)) in (0_u32..).zip(added(texts)) {
        if at.is_multiple_of(BLOCK) {
            starts.extend_from_slice(&(body.len() as u32).to_le_bytes());
        }
        short.clear();
        codes.shrink(letters, &mut short);
        put(&mut body, shared as u32);
        put(&mut body, short.len() as u32);
        body.append(&mut short);
    }
    (starts, body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(texts: &[String]) -> (Vec<u8>, Lines) {
        // "ab" is one byte.
        let codes = Codes::read(&[2, b'a', b'b']).unwrap();
        let (mut bytes, body) = write(texts.iter().map(String::as_str), &codes);
        bytes.extend_from_slice(&body);
        let lines = Lines::at(texts.len() as u32, 0, body.len()).coded(codes);
        (bytes, lines)
    }

    proptest! {
        #[test]
        fn texts_are_read_and_found(mut texts in prop::collection::vec("[abé]{0,5}", 0..70), key in "[abé]{0,5}", low in 0..70_u32, high in 0..70_u32) {
            texts.sort();
            let (bytes, lines) = lines(&texts);
            let mut line = Vec::new();
            for (at, text) in texts.iter().enumerate() {
                lines.read(&bytes, at as u32, &mut line);
                prop_assert_eq!(&line, text.as_bytes());
            }
            lines.read(&bytes, texts.len() as u32, &mut line);
            prop_assert!(line.is_empty());
            let seen = std::cell::RefCell::new(Vec::new());
            let whole = lines.holds(&bytes, &|_, text| {
                seen.borrow_mut().push(text.to_owned());
                true
            });
            prop_assert_eq!((whole, seen.into_inner()), (true, texts.clone()));
            let found = lines.bound(&bytes, (0, lines.len), &mut line, &mut |text| text < key.as_bytes());
            prop_assert_eq!(found as usize, texts.partition_point(|text| *text < key));
            let within = lines.bound(&bytes, (low, high), &mut line, &mut |text| text < key.as_bytes());
            let high = high.min(lines.len);
            prop_assert_eq!(within, if low < high { found.clamp(low, high) } else { low });
        }
    }

    proptest! {
        /// Leaps of all lengths are those of a walk that looks at each text.
        #[test]
        fn leaps_are_those_of_a_walk(mut texts in prop::collection::vec("[ab]{0,3}[abé]{0,4}", 1..150), lengths in prop::collection::vec(0..8_usize, 1..20)) {
            texts.sort();
            let (mut bytes, body) = write(texts.iter().map(String::as_str), &Codes::default());
            bytes.extend_from_slice(&body);
            let lines = Lines::at(texts.len() as u32, 0, body.len());
            let mut shares = Shares::default();
            for (at, text) in texts.iter().enumerate() {
                shares.add(at as u32, if at == 0 { b"" } else { texts[at - 1].as_bytes() }, text.as_bytes());
            }
            let mut walk = lines.walk_to(&bytes, 0, &mut Vec::new());
            let mut told: Vec<u8> = Vec::new();
            let mut from = 0;
            for fewer in std::iter::once(&9).chain(lengths.iter().cycle()).take(200) {
                let shared = |at: usize| texts[at].bytes().zip(&told).take_while(|(a, b)| a == *b).count();
                let want = (from..texts.len()).find(|at| shared(*at) < *fewer);
                let found = lines.leap(&bytes, &shares, &mut walk, *fewer);
                let rest = want.map(|at| (shared(at), &texts[at].as_bytes()[shared(at)..]));
                prop_assert_eq!(found, rest);
                let Some(want) = want else { break };
                prop_assert_eq!(walk.next as usize, want + 1);
                told = texts[want].as_bytes().to_vec();
                from = want + 1;
            }
        }
    }

    #[test]
    fn what_does_not_fit_together_is_found() {
        let (bytes, lines) = lines(&["cd".to_owned(), "cde".to_owned()]);
        let holds = |change: (usize, u8)| {
            let mut bytes = bytes.clone();
            bytes[change.0] = change.1;
            lines.holds(&bytes, &|_, _| true)
        };
        assert!(lines.holds(&bytes, &|_, _| true) && !lines.holds(&bytes, &|_, _| false));
        // A start elsewhere; a first text that shares; more shared than there is; letters beyond the end; too few; no UTF-8.
        for change in [(0, 1), (4, 1), (8, 3), (9, 200), (9, 0), (10, 0xff)] {
            assert!(!holds(change), "{change:?}");
        }
    }
}
