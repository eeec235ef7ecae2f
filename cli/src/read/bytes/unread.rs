//! Errors while a file comes in.

use crate::files::io;
use nearhand::{Code, Error};
use std::path::Path;

/// An error while text comes in: of the file, or of its packing.
pub(crate) fn unread(path: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::Other
        | std::io::ErrorKind::InvalidData
        | std::io::ErrorKind::InvalidInput
        | std::io::ErrorKind::UnexpectedEof => {
            Error::new(Code::DataInvalid, "the file cannot be read to its end").with("path", path.display()).with("why", error)
        }
        _ => io(path, error),
    }
}
