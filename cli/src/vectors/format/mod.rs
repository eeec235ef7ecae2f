//! What a file of vectors is, by its first bytes, and its rows.

mod array;
mod npy;
mod npz;
mod safetensors;
mod table;
mod text;
mod zip;

use super::given::{Given, bad};
use crate::files::{read as read_file, read_text};
use crate::read::options::Limits;
use flate2::read::MultiGzDecoder;
use nearhand::Result;
use std::io::Read;
use std::path::Path;

/// What is asked of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub path: &'a Path,
    /// The vectors' tensor or columns; or the ids' and the vectors'.
    pub names: &'a [String],
    /// Values a vector, where it was said.
    pub dim: Option<usize>,
    /// Items of the list.
    pub items: usize,
}

impl Asked<'_> {
    /// Name of the ids, where it was said.
    fn ids(&self) -> Option<&str> {
        if self.names.len() > 1 { self.names.first().map(String::as_str) } else { None }
    }

    /// Name of the vectors, where it was said.
    fn vectors(&self) -> Option<&str> {
        self.names.last().map(String::as_str)
    }
}

/// First bytes of what people bring by mistake, and what to do about it.
const FOREIGN: [(&[u8], &str); 7] = [
    (b"\x89HDF", "an HDF5 file: save the matrix with numpy.save"),
    (b"\x28\xb5\x2f\xfd", "packed by zstd: unpack it, or pack it by gzip"),
    (b"BZh", "packed by bzip2: unpack it, or pack it by gzip"),
    (b"ARROW1", "an Arrow or Feather file: write it as Parquet"),
    (b"IxFI", "a faiss index: save the vectors that went into it with numpy.save"),
    (b"IxF2", "a faiss index: save the vectors that went into it with numpy.save"),
    (b"IwFl", "a faiss index: save the vectors that went into it with numpy.save"),
];

/// Reads a file.
///
/// # Errors
/// `io`; `data-invalid` with the file and what is wrong with it.
pub(super) fn read(asked: &Asked<'_>) -> Result<Given> {
    let path = asked.path;
    let mut bytes = read_file(path)?;
    let packed = bytes.starts_with(b"\x1f\x8b");
    if packed {
        bytes = unpacked(path, &bytes)?;
    }
    if bytes.is_empty() {
        return Err(bad(path, "the file is empty"));
    }
    if let Some((_, what)) = FOREIGN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(bad(path, format!("the file is {what}")));
    }
    let ends = |ends: &[&str]| path.extension().is_some_and(|e| ends.iter().any(|end| e.eq_ignore_ascii_case(end)));
    if bytes.starts_with(npy::MAGIC) {
        return npy::read(asked, &bytes);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return npz::read(asked, &bytes);
    }
    if bytes.starts_with(b"PAR1") {
        return table::read(asked);
    }
    if let Some(header) = text::header(&bytes) {
        return text::word2vec(asked, &bytes, header);
    }
    if ends(&["safetensors"]) || safetensors::looks(&bytes) {
        return safetensors::read(asked, &bytes);
    }
    if !ends(&["f32", "raw"]) {
        if matches!(&bytes, b if matches!(b.first_chunk(), Some([0x80, 2..=5])) && b.last() == Some(&b'.')) {
            let what = "the file is a Python pickle, which runs code when it is read: save gensim vectors with \
                        wv.save_word2vec_format, others with numpy.save";
            return Err(bad(path, what));
        }
        if let Some(kind) = text::kind(&bytes) {
            return match kind {
                text::Kind::Table => table::read(asked),
                text::Kind::Blanks => text::blanks(asked, &bytes),
            };
        }
    }
    bare(asked, &bytes)
}

/// Ids, one a line.
///
/// # Errors
/// `io`; `data-invalid` for a list of nothing.
pub(super) fn id_lines(path: &Path) -> Result<Vec<String>> {
    let text = read_text(path)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
    if lines.iter().all(String::is_empty) {
        return Err(bad(path, "the file of ids is empty"));
    }
    Ok(lines)
}

/// Little-endian f32, row by row: the size decides how wide a row is.
fn bare(asked: &Asked<'_>, bytes: &[u8]) -> Result<Given> {
    let path = asked.path;
    let (chunks, rest) = bytes.as_chunks::<4>();
    let dim = asked.dim.unwrap_or_else(|| chunks.len() / asked.items.max(1));
    let rows = if dim > 0 { chunks.len() / dim } else { 0 };
    if !rest.is_empty() || rows == 0 || rows * dim != chunks.len() || (asked.dim.is_none() && rows != asked.items) {
        let why = "the file is read as bare little-endian f32, and is not one whole row an item";
        let error = bad(path, why).with("bytes", bytes.len()).with("items", asked.items);
        return Err(asked.dim.into_iter().fold(error, |error, dim| error.with("dim", dim)));
    }
    Given::new(path, "bare f32", None, dim, chunks.iter().map(|b| f32::from_le_bytes(*b)).collect())
}

/// A gzip file, unpacked.
fn unpacked(path: &Path, bytes: &[u8]) -> Result<Vec<u8>> {
    let (mut out, limit) = (Vec::new(), Limits::default().bytes);
    let read = MultiGzDecoder::new(bytes).take(limit.saturating_add(1)).read_to_end(&mut out);
    match read {
        Err(e) => Err(bad(path, "the gzip file is cut or damaged").with("why", e)),
        Ok(n) if n as u64 > limit => Err(bad(path, "the file unpacks to more bytes than are read").with("limit", limit)),
        Ok(_) => Ok(out),
    }
}
