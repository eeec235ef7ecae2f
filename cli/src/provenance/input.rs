//! What is kept of an input: the option, the file's name, its size, its SHA-256.

use crate::files::io;
use nearhand::Result;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Files of one option that have a line each.
pub(super) const MOST: usize = 8;

/// A file, or a pipe, which is read once and by another.
pub(super) fn of(option: &str, path: &Path) -> Result<Value> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    if !std::fs::metadata(path).is_ok_and(|found| found.is_file()) {
        return Ok(json!([option, name, null, null]));
    }
    let (bytes, digest) = digest(path)?;
    Ok(json!([option, name, bytes, digest]))
}

/// Many files of one option: their number, the sum of their sizes, and the SHA-256 of their digests in the order of reading,
/// in hexadecimal digits, one a line.
pub(super) fn many(option: &str, files: &[(&'static str, &Path)]) -> Result<Value> {
    let (mut bytes, mut all) = (0, Sha256::new());
    for (_, path) in files {
        let (size, digest) = digest(path)?;
        bytes += size;
        all.update(digest);
        all.update("\n");
    }
    Ok(json!([option, format!("{} files", files.len()), bytes, hex(all)]))
}

fn digest(path: &Path) -> Result<(u64, String)> {
    let mut file = File::open(path).map_err(|e| io(path, &e))?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 18]);
    loop {
        let read = file.read(&mut buffer).map_err(|e| io(path, &e))?;
        if read == 0 {
            return Ok((bytes, hex(hash)));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::temp;

    #[test]
    fn a_file_by_its_digest_and_a_pipe_by_its_name() {
        // FIPS 180-2, appendix B.1: the digest of abc.
        let path = temp("abc.txt", b"abc");
        let sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(of("--events", &path).unwrap(), json!(["--events", "abc.txt", 3, sha]));
        assert_eq!(of("--events", Path::new("-")).unwrap(), json!(["--events", "-", null, null]));
    }
}
