//! Bytes by whole numbers.

use crate::hash::sip;
use crate::key::NEVER;

pub(super) const MAGIC: &[u8] = b"NHFW";
/// The version that is written, and the only one that is read.
pub(super) const VERSION: u8 = 1;
/// A state as a whole.
pub(super) const WHOLE: u8 = 0;
/// One value of a key.
pub(super) const ONE: u8 = 1;
/// Bytes before the body, and of the hash behind it.
pub(super) const HEAD: usize = 14;
pub(super) const TAIL: usize = 8;

/// Bytes that are written.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new(digest: u64, of: u8) -> Self {
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        bytes.extend(digest.to_le_bytes());
        bytes.push(of);
        Self(bytes)
    }

    pub(super) fn count(&mut self, mut value: u64) {
        while value >= 128 {
            self.0.push(value as u8 | 128);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub(super) fn whole(&mut self, value: i64) {
        self.count((value << 1 ^ value >> 63).cast_unsigned());
    }

    /// A time that may be none.
    pub(super) fn maybe(&mut self, time: i64) {
        self.count(if time == NEVER { 0 } else { time.cast_unsigned() + 1 });
    }

    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len() as u64);
        self.0.extend(text.as_bytes());
    }

    pub(super) fn eight(&mut self, value: [u8; 8]) {
        self.0.extend(value);
    }

    /// All bytes, with their hash.
    pub(super) fn end(mut self) -> Vec<u8> {
        let hash = sip((0, 0), &self.0);
        self.0.extend(hash.to_le_bytes());
        self.0
    }
}

/// Bytes that are read. Nothing stands for what is not there.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Whether nothing is left.
    pub(super) const fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    pub(super) fn count(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            let part = u64::from(byte & 127);
            if part << shift >> shift != part {
                return None;
            }
            value |= part << shift;
            if byte < 128 {
                // One way to write each number.
                return (byte > 0 || shift == 0).then_some(value);
            }
        }
        None
    }

    pub(super) fn whole(&mut self) -> Option<i64> {
        let folded = self.count()?;
        Some((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
    }

    pub(super) fn maybe(&mut self, latest: i64) -> Option<i64> {
        match self.count()? {
            0 => Some(NEVER),
            time => i64::try_from(time - 1).ok().filter(|time| *time <= latest),
        }
    }

    /// How many of something follow, of which each takes a byte at least.
    pub(super) fn many(&mut self, most: u32) -> Option<usize> {
        let many = usize::try_from(self.count()?).ok()?;
        (many <= most as usize && many <= self.bytes.len() - self.at).then_some(many)
    }

    /// A text of 1 to so many bytes.
    pub(super) fn text(&mut self, most: usize) -> Option<&'a str> {
        self.maybe_text(most)?
    }

    /// A text that may be none.
    pub(super) fn maybe_text(&mut self, most: usize) -> Option<Option<&'a str>> {
        let len = usize::try_from(self.count()?).ok().filter(|len| *len <= most)?;
        let text = std::str::from_utf8(self.take(len)?).ok()?;
        Some(Some(text).filter(|text| !text.is_empty()))
    }

    pub(super) fn eight(&mut self) -> Option<[u8; 8]> {
        self.take(8)?.first_chunk().copied()
    }
}
