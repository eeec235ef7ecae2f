//! A bundle of another task than the shop's: the same file and digest, another manifest, parts by their names.

use super::digest;
use super::files::Files;
use super::header::{self, Part};
use super::limits::Limits;
use super::parts::Reader;
use super::write;
use crate::error::{Code, Error, Result};

pub use super::content::Content;

/// What stands for the digest in a manifest that is written, as its first field: 64 zeros.
pub const PLACEHOLDER: &str = digest::PLACEHOLDER;

/// A file whose digest holds and whose header is sound.
#[derive(Debug)]
pub struct Container<'a> {
    files: Files<'a>,
    parts: Vec<Part>,
    /// SHA-256 of the file, hex.
    pub digest: String,
    /// The manifest's text.
    pub manifest: String,
}

impl<'a> Container<'a> {
    /// Size, digest and header of a bundle.
    ///
    /// # Errors
    /// `bundle-too-large`, `bundle-foreign`, `bundle-truncated`, `bundle-digest-mismatch`, `bundle-malformed`.
    pub fn open(bytes: &'a [u8], expected: Option<&str>, limits: &Limits) -> Result<Self> {
        if bytes.len() > limits.bytes {
            let error = Error::new(Code::BundleTooLarge, "the bundle is larger than allowed");
            return Err(error.with("bytes", bytes.len()).with("limit", limits.bytes));
        }
        let digest = digest::verify(bytes, None, expected)?;
        let (manifest, parts) = header::read(bytes, limits)?;
        Ok(Self { files: Files { bundle: bytes.into(), ..Files::default() }, parts, digest, manifest })
    }

    fn reader(&self) -> Reader<'_> {
        Reader { files: &self.files, parts: &self.parts }
    }

    /// A part of bytes, U8 `[n]`.
    ///
    /// # Errors
    /// `bundle-part-invalid`, as for those that follow.
    pub fn bytes(&self, name: &str) -> Result<&[u8]> {
        self.reader().bytes(name)
    }

    /// A part of integers, U16 or U32 `[n]`.
    ///
    /// # Errors
    /// `bundle-part-invalid`.
    pub fn u32s(&self, name: &str, len: usize) -> Result<Vec<u32>> {
        self.reader().u32s(name, &[len])
    }

    /// A part of floats, F32.
    ///
    /// # Errors
    /// `bundle-part-invalid`.
    pub fn f32s(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        self.reader().f32s(name, shape)
    }

    /// A part of floats, F64.
    ///
    /// # Errors
    /// `bundle-part-invalid`.
    pub fn f64s(&self, name: &str, shape: &[usize]) -> Result<Vec<f64>> {
        self.reader().f64s(name, shape)
    }

    /// Names, types, shapes and sizes of all parts, in the order of the file.
    #[must_use]
    pub fn parts(&self) -> Vec<(String, String, Vec<usize>, usize)> {
        self.parts.iter().map(|p| (p.name.clone(), p.dtype.to_string(), p.shape.clone(), p.place.len())).collect()
    }
}

/// The file of a manifest, which begins with `"sha256"` and [`PLACEHOLDER`], and parts. The same parts give the same bytes.
///
/// # Errors
/// `bundle-malformed`, `bundle-foreign` for a manifest that begins otherwise.
pub fn pack(manifest: String, parts: &[(&'static str, Content<'_>)]) -> Result<Vec<u8>> {
    write::container(manifest, parts)
}
