//! Numbers and words as bytes, little-endian, with their digest.

use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// Puts values into a file, and digests them on the way.
pub(in super::super) struct Writer<'a> {
    to: &'a mut dyn Write,
    hash: Sha256,
}

/// Numbers that are turned into bytes at once.
const CHUNK: usize = 4096;

impl<'a> Writer<'a> {
    pub(in super::super) fn new(to: &'a mut dyn Write) -> Self {
        Self { to, hash: Sha256::new() }
    }

    /// Adds the digest of all that was put.
    pub(super) fn seal(self) -> io::Result<()> {
        self.to.write_all(&self.hash.finalize())
    }

    pub(in super::super) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.to.write_all(bytes)
    }

    pub(in super::super) fn u64(&mut self, value: u64) -> io::Result<()> {
        self.bytes(&value.to_le_bytes())
    }

    pub(in super::super) fn f64(&mut self, value: f64) -> io::Result<()> {
        self.u64(value.to_bits())
    }

    pub(in super::super) fn f32(&mut self, value: f32) -> io::Result<()> {
        self.u64(value.to_bits().into())
    }

    pub(in super::super) fn text(&mut self, text: &str) -> io::Result<()> {
        self.u64(text.len() as u64)?;
        self.bytes(text.as_bytes())
    }

    pub(in super::super) fn f32s(&mut self, values: &[f32]) -> io::Result<()> {
        self.u64(values.len() as u64)?;
        for chunk in values.chunks(CHUNK) {
            let bytes: Vec<u8> = chunk.iter().flat_map(|v| v.to_le_bytes()).collect();
            self.bytes(&bytes)?;
        }
        Ok(())
    }
}

/// Takes values out again; `None` where they are not there.
pub(in super::super) struct Reader<'a> {
    rest: &'a [u8],
}

/// Length of a digest.
pub(super) const DIGEST: usize = 32;

impl<'a> Reader<'a> {
    pub(in super::super) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// What was put before the digest; `None` where it does not fit.
    pub(super) fn sealed(bytes: &'a [u8]) -> Option<Self> {
        let (rest, digest) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST)?)?;
        (Sha256::digest(rest).as_slice() == digest).then_some(Self { rest })
    }

    /// Bytes that are left.
    pub(in super::super) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(in super::super) fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(bytes)
    }

    pub(in super::super) fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.bytes(8)?.try_into().ok()?))
    }

    pub(in super::super) fn usize(&mut self) -> Option<usize> {
        self.u64()?.try_into().ok()
    }

    pub(in super::super) fn bool(&mut self) -> Option<bool> {
        Some(self.u64()? != 0)
    }

    pub(in super::super) fn f64(&mut self) -> Option<f64> {
        self.u64().map(f64::from_bits)
    }

    pub(in super::super) fn f32(&mut self) -> Option<f32> {
        u32::try_from(self.u64()?).ok().map(f32::from_bits)
    }

    pub(in super::super) fn text(&mut self) -> Option<&'a str> {
        let len = self.usize()?;
        std::str::from_utf8(self.bytes(len)?).ok()
    }

    /// Into as many numbers as there are to be.
    pub(in super::super) fn f32s(&mut self, to: &mut [f32]) -> Option<()> {
        if self.usize()? != to.len() {
            return None;
        }
        let bytes = self.bytes(to.len().checked_mul(4)?)?;
        for (value, bytes) in to.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *value = f32::from_le_bytes(*bytes);
        }
        Some(())
    }
}
