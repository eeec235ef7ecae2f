//! Byte-pair encoding: of all pairs of neighbours that merge, the one of the lowest rank merges first, the leftmost of equal ones,
//! until none is left. A heap of pairs, so that a word of n symbols takes n log n steps however long it is; nothing is kept between
//! words, so nothing grows.

use crate::error::{Code, Error, Result};
use crate::table::{Pairs, Words};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// No such id.
pub(crate) const NONE: u32 = u32::MAX;

/// Ids that a text does not become: those of special tokens, where they are not read.
pub(crate) type Banned<'a> = &'a dyn Fn(u32) -> bool;

/// The model.
#[derive(Clone, Debug)]
pub(crate) struct Bpe {
    pub(crate) words: Words,
    pub(crate) pairs: Pairs,
    /// Ids by byte: of a byte-level model each byte's, of another those for bytes of characters that it does not have.
    pub(crate) bytes: Option<Box<[u32; 256]>>,
    /// Whether words are bytes, not characters.
    pub(crate) byte_level: bool,
    pub(crate) unknown: Option<u32>,
    pub(crate) fuse_unknown: bool,
    /// Whether a word that is a token stays whole, whatever its merges say.
    pub(crate) ignore_merges: bool,
}

#[derive(Clone, Copy, Debug)]
struct Symbol {
    id: u32,
    /// Bytes of the text; 0 once it is part of another.
    len: u32,
    before: u32,
    after: u32,
}

/// Memory that one word leaves to the next.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    symbols: Vec<Symbol>,
    heap: BinaryHeap<Reverse<u64>>,
}

impl Scratch {
    fn add(&mut self, id: u32, len: usize) {
        let at = u32::try_from(self.symbols.len()).unwrap_or(NONE);
        let len = u32::try_from(len).unwrap_or(NONE);
        self.symbols.push(Symbol { id, len, before: at.wrapping_sub(1), after: at + 1 });
    }

    fn get(&self, at: u32) -> Option<Symbol> {
        self.symbols.get(at as usize).copied()
    }

    /// Notes that a symbol may merge with the one after it.
    fn note(&mut self, pairs: &Pairs, banned: Banned<'_>, at: u32) {
        let pair = self.get(at).and_then(|left| Some((left.id, self.get(left.after)?.id)));
        if let Some((rank, _)) = pair.and_then(|(left, right)| pairs.get(left, right)).filter(|(_, id)| !banned(*id)) {
            self.heap.push(Reverse(u64::from(rank) << 32 | u64::from(at)));
        }
    }
}

impl Bpe {
    /// Tokens of a word: calls with id and bytes of each.
    pub(crate) fn encode(
        &self,
        word: &str,
        scratch: &mut Scratch,
        banned: Banned<'_>,
        mut tell: impl FnMut(u32, usize),
    ) -> Result<()> {
        if self.ignore_merges
            && let Some(id) = self.words.find(word.as_bytes()).filter(|id| !banned(*id))
        {
            tell(id, word.len());
            return Ok(());
        }
        scratch.symbols.clear();
        scratch.heap.clear();
        if self.byte_level {
            self.of_bytes(word, scratch)?
        } else {
            self.of_characters(word, scratch)?
        }
        for at in 0..scratch.symbols.len().saturating_sub(1) {
            scratch.note(&self.pairs, banned, u32::try_from(at).unwrap_or(NONE));
        }
        self.merge(scratch, banned);
        for symbol in scratch.symbols.iter().filter(|symbol| symbol.len > 0) {
            tell(symbol.id, symbol.len as usize);
        }
        Ok(())
    }

    fn merge(&self, scratch: &mut Scratch, banned: Banned<'_>) {
        while let Some(Reverse(entry)) = scratch.heap.pop() {
            let (rank, at) = (entry >> 32, u32::try_from(entry & u64::from(NONE)).unwrap_or(NONE));
            let Some(left) = scratch.get(at).filter(|left| left.len > 0) else { continue };
            let Some(right) = scratch.get(left.after) else { continue };
            // Either may have become another since this was noted.
            let Some((_, id)) = self.pairs.get(left.id, right.id).filter(|(now, _)| u64::from(*now) == rank) else { continue };
            if let Some(gone) = scratch.symbols.get_mut(left.after as usize) {
                gone.len = 0;
            }
            if let Some(symbol) = scratch.symbols.get_mut(at as usize) {
                *symbol = Symbol { id, len: left.len + right.len, after: right.after, ..left };
            }
            if let Some(next) = scratch.symbols.get_mut(right.after as usize) {
                next.before = at;
            }
            scratch.note(&self.pairs, banned, left.before);
            scratch.note(&self.pairs, banned, at);
        }
    }

    fn of_bytes(&self, word: &str, scratch: &mut Scratch) -> Result<()> {
        let mut after_unknown = false;
        for byte in word.bytes() {
            let known = self.byte(byte);
            let id = known.or(self.unknown).ok_or_else(|| no_token(word))?;
            let fused = self.fuse_unknown && known.is_none() && after_unknown;
            after_unknown = known.is_none();
            match scratch.symbols.last_mut().filter(|_| fused) {
                Some(last) => last.len += 1,
                None => scratch.add(id, 1),
            }
        }
        Ok(())
    }

    fn byte(&self, byte: u8) -> Option<u32> {
        self.bytes.as_ref().and_then(|bytes| bytes.get(usize::from(byte))).copied().filter(|id| *id != NONE)
    }

    fn of_characters(&self, word: &str, scratch: &mut Scratch) -> Result<()> {
        let mut after_unknown = false;
        for c in word.chars() {
            let mut utf8 = [0; 4];
            let bytes = c.encode_utf8(&mut utf8).as_bytes();
            let was_unknown = std::mem::take(&mut after_unknown);
            if let Some(id) = self.words.find(bytes) {
                scratch.add(id, bytes.len());
            } else if bytes.iter().all(|&byte| self.byte(byte).is_some()) {
                for &byte in bytes {
                    scratch.add(self.byte(byte).unwrap_or(NONE), 1);
                }
            } else {
                let id = self.unknown.ok_or_else(|| no_token(c.encode_utf8(&mut [0; 4])))?;
                match scratch.symbols.last_mut().filter(|_| was_unknown && self.fuse_unknown) {
                    Some(last) => last.len += u32::try_from(bytes.len()).unwrap_or(0),
                    None => scratch.add(id, bytes.len()),
                }
                after_unknown = true;
            }
        }
        Ok(())
    }
}

/// A text for which the vocabulary has nothing.
#[cold]
pub(crate) fn no_token(text: &str) -> Error {
    let error =
        Error::new(Code::NoToken, "the vocabulary has no token for a character, and no unknown token: it lacks an alphabet");
    error.with("text", text)
}
