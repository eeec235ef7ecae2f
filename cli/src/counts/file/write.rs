//! Writing counts, piece by piece.

use super::wire::put;
use super::{Entry, HEADER, MAGIC, VERSION};
use crate::counts::header::Header;
use crate::counts::sketch::Sketch;
use sha2::{Digest, Sha256};
use std::io::{self, BufWriter, Write};

/// How hard the body is packed.
const PACKING: i32 = 3;
/// Bytes that are packed at once.
const BUFFER: usize = 1 << 16;

/// A file that is being written: visitors and sessions first, then every item, then every item's row.
pub(in crate::counts) struct Writer<'a> {
    body: BufWriter<zstd::Encoder<'static, Hashed<'a>>>,
    /// The slice that slices are told from.
    base: u64,
}

impl<'a> Writer<'a> {
    /// Begins with what is known of the whole.
    pub(in crate::counts) fn begin(
        to: &'a mut dyn Write,
        header: &Header,
        visitors: &Sketch,
        sessions: &[(u64, u64)],
    ) -> io::Result<Self> {
        let mut hashed = Hashed { to, hash: Sha256::new() };
        let text = serde_json::to_string(header)?;
        if text.len() as u64 >= HEADER {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the header of the counts is longer than 4 MiB: too many parts",
            ));
        }
        writeln!(hashed, "{MAGIC}{VERSION}\n{text}")?;
        let mut body = BufWriter::with_capacity(BUFFER, zstd::Encoder::new(hashed, PACKING)?);
        put(&mut body, visitors.hashes().len() as u64)?;
        for hash in visitors.hashes() {
            body.write_all(&hash.to_be_bytes())?;
        }
        let mut writer = Self { body, base: header.first >> header.shift() };
        writer.slices(sessions)?;
        Ok(writer)
    }

    /// An item: by the bytes of their ids.
    pub(in crate::counts) fn item(&mut self, id: &str, seen: &[(u64, u64)]) -> io::Result<()> {
        put(&mut self.body, id.len() as u64)?;
        self.body.write_all(id.as_bytes())?;
        self.slices(seen)
    }

    /// There are no more items.
    pub(in crate::counts) fn end_of_items(&mut self) -> io::Result<()> {
        put(&mut self.body, 0)
    }

    /// The row of the next item, by neighbour and slice.
    pub(in crate::counts) fn row(&mut self, row: &[Entry]) -> io::Result<()> {
        put(&mut self.body, row.chunk_by(|a, b| a.next == b.next).count() as u64)?;
        let mut least = 0;
        for slices in row.chunk_by(|a, b| a.next == b.next) {
            let next = slices.first().map_or(0, |entry| u64::from(entry.next));
            put(&mut self.body, next - least)?;
            least = next + 1;
            put(&mut self.body, slices.len() as u64)?;
            let mut from = self.base;
            for entry in slices {
                put(&mut self.body, entry.slice - from)?;
                from = entry.slice + 1;
                entry.sums.iter().try_for_each(|sum| put(&mut self.body, *sum))?;
            }
        }
        Ok(())
    }

    /// There are no more rows: what is left is the digest.
    pub(in crate::counts) fn end(self) -> io::Result<()> {
        let hashed = self.body.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?;
        hashed.to.write_all(&hashed.hash.finalize())
    }

    fn slices(&mut self, slices: &[(u64, u64)]) -> io::Result<()> {
        put(&mut self.body, slices.len() as u64)?;
        let mut from = self.base;
        for (slice, count) in slices {
            put(&mut self.body, slice - from)?;
            put(&mut self.body, *count)?;
            from = slice + 1;
        }
        Ok(())
    }
}

/// Hashes what passes.
struct Hashed<'a> {
    to: &'a mut dyn Write,
    hash: Sha256,
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
