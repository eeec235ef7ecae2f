//! The digest: SHA-256 over the whole file, with the digest's own 64 hex digits read as `0`.
//!
//! The manifest begins with its `sha256` field, and the manifest is the one metadata entry, so the digits stand at a
//! fixed place. A flipped bit anywhere is found before anything is parsed, without a second file.

use crate::error::{Code, Error, Result};
use sha2::{Digest, Sha256};

/// What every bundle begins with after the eight length bytes.
const PREFIX: &[u8] = br#"{"__metadata__":{"nearhand":"{\"sha256\":\""#;
const START: usize = 8 + PREFIX.len();
const DIGITS: usize = 64;

/// The placeholder the writer puts where the digest goes.
pub(super) const PLACEHOLDER: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// SHA-256 as lower-case hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Checks the bundle's own digest, and the host's expectation when there is one. Returns the digest.
///
/// # Errors
/// `bundle-truncated`, `bundle-foreign`, `bundle-digest-mismatch`.
pub fn verify_digest(bytes: &[u8], expected: Option<&str>) -> Result<String> {
    verify(bytes, None, expected)
}

/// As [`verify_digest`]. `computed` is the digest of these bytes where the host has computed it already, which cold
/// wasm does some twenty times slower.
pub(super) fn verify(bytes: &[u8], computed: Option<&str>, expected: Option<&str>) -> Result<String> {
    let stated = stated(bytes)?;
    let computed = computed.map_or_else(|| compute(bytes), str::to_ascii_lowercase);
    let matches = computed.as_bytes() == stated;
    if !matches || expected.is_some_and(|e| !e.eq_ignore_ascii_case(&computed)) {
        // Fetched again, a whole one would come out the same.
        let why = if matches {
            "the bundle is whole, but not the one that is expected: the page and the bundle are of two versions"
        } else {
            "the bundle is not the one that was packed: fetch it again"
        };
        return Err(Error::new(Code::BundleDigestMismatch, why)
            .with("stated", String::from_utf8_lossy(stated))
            .with("computed", &computed)
            .with("expected", expected.unwrap_or("none")));
    }
    Ok(computed)
}

/// Writes the digest into a finished file.
pub(super) fn seal(bytes: &mut [u8]) -> Result<()> {
    stated(bytes)?;
    let digest = compute(bytes);
    if let Some(place) = bytes.get_mut(START..START + DIGITS) {
        place.copy_from_slice(digest.as_bytes());
    }
    Ok(())
}

fn stated(bytes: &[u8]) -> Result<&[u8]> {
    let head = bytes.get(..8).and_then(|h| h.first_chunk::<8>());
    let prefix = bytes.get(8..START.min(bytes.len())).unwrap_or(&[]);
    if head.is_none() || !PREFIX.starts_with(prefix) {
        return Err(Error::new(Code::BundleForeign, "these bytes are not a nearhand bundle").with("bytes", bytes.len()));
    }
    bytes
        .get(START..START + DIGITS)
        .ok_or_else(|| Error::new(Code::BundleTruncated, "the bundle ends within its header").with("bytes", bytes.len()))
}

fn compute(bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(bytes.get(..START).unwrap_or(bytes));
    hash.update(PLACEHOLDER.as_bytes());
    hash.update(bytes.get(START + DIGITS..).unwrap_or(&[]));
    hex(&hash.finalize())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha_of_abc() {
        // FIPS 180-4, example "abc".
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
