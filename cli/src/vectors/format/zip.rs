//! Zip archives as numpy writes them: stored or deflated, below 4 GiB, not encrypted (PKWARE APPNOTE 6.3).

use crate::vectors::given::bad;
use flate2::read::DeflateDecoder;
use nearhand::Result;
use std::io::Read;
use std::path::Path;

/// A file in the archive.
pub(super) struct Entry<'a> {
    pub name: String,
    method: u16,
    size: usize,
    crc: u32,
    packed: &'a [u8],
}

/// The files of an archive, as its directory lists them.
///
/// # Errors
/// `data-invalid` for what is cut, and for what numpy does not write.
pub(super) fn entries<'a>(path: &Path, bytes: &'a [u8]) -> Result<Vec<Entry<'a>>> {
    let cut = || bad(path, "the archive is cut or damaged: its directory is not where it should be").with("bytes", bytes.len());
    let tail = bytes.len().saturating_sub(66_000);
    let end = bytes.get(tail..).and_then(|t| t.windows(4).rposition(|w| w == b"PK\x05\x06")).ok_or_else(cut)? + tail;
    let count = u16_at(bytes, end + 10).ok_or_else(cut)?;
    let mut at = u32_at(bytes, end + 16).ok_or_else(cut)?;
    if at == u32::MAX as usize || count == u16::MAX {
        return Err(bad(path, "the archive is beyond 4 GiB: save the matrix with numpy.save"));
    }
    let mut found = Vec::new();
    for _ in 0..count {
        if bytes.get(at..at + 4) != Some(b"PK\x01\x02") {
            return Err(cut());
        }
        let (flags, method) = u16_at(bytes, at + 8).zip(u16_at(bytes, at + 10)).ok_or_else(cut)?;
        let crc = u32_at(bytes, at + 16).ok_or_else(cut)? as u32;
        let (packed, size) = u32_at(bytes, at + 20).zip(u32_at(bytes, at + 24)).ok_or_else(cut)?;
        let lengths: Option<Vec<usize>> = [28, 30, 32].iter().map(|o| u16_at(bytes, at + o).map(usize::from)).collect();
        let [name, extra, comment] = lengths.and_then(|l| <[usize; 3]>::try_from(l).ok()).ok_or_else(cut)?;
        let local = u32_at(bytes, at + 42).ok_or_else(cut)?;
        let text = String::from_utf8_lossy(bytes.get(at + 46..at + 46 + name).ok_or_else(cut)?).into_owned();
        if flags & 1 > 0 || !matches!(method, 0 | 8) {
            return Err(bad(path, "the archive is packed in a way that numpy does not use").with("entry", text));
        }
        if [packed, size, local].contains(&(u32::MAX as usize)) {
            return Err(bad(path, "the archive is beyond 4 GiB: save the matrix with numpy.save"));
        }
        let skip = u16_at(bytes, local + 26).zip(u16_at(bytes, local + 28)).ok_or_else(cut)?;
        let start = local + 30 + usize::from(skip.0) + usize::from(skip.1);
        let packed = start.checked_add(packed).and_then(|end| bytes.get(start..end)).ok_or_else(cut)?;
        found.push(Entry { name: text, method, size, crc, packed });
        at += 46 + name + extra + comment;
    }
    Ok(found)
}

impl Entry<'_> {
    /// Its bytes, checked against size and checksum.
    pub(super) fn bytes(&self, path: &Path) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        if self.method == 0 {
            out.extend_from_slice(self.packed);
        } else {
            let read = DeflateDecoder::new(self.packed).take(self.size as u64 + 1).read_to_end(&mut out);
            read.map_err(|e| bad(path, "an entry of the archive is damaged").with("entry", &self.name).with("why", e))?;
        }
        let mut crc = flate2::Crc::new();
        crc.update(&out);
        if out.len() != self.size || crc.sum() != self.crc {
            let error = bad(path, "an entry of the archive is damaged").with("entry", &self.name);
            return Err(error.with("wanted", self.size).with("have", out.len()));
        }
        Ok(out)
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_le_bytes(*b))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b) as usize)
}
