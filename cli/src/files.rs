//! Files, with the path in every error.

use indicatif::{ProgressBar, ProgressStyle};
use nearhand::{Code, Error, Result};
use std::path::Path;

/// All bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| io(path, &e))
}

/// A UTF-8 file.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| io(path, &e))
}

/// Writes a file whole: to a neighbour first, so that a crash leaves the old one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = path.with_extension("part");
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| io(folder, &e))?;
    }
    std::fs::write(&part, bytes).map_err(|e| io(&part, &e))?;
    std::fs::rename(&part, path).map_err(|e| io(path, &e))
}

pub(crate) fn io(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::new(Code::Io, "a file could not be read or written").with("path", path.display()).with("why", error)
}

/// A malformed line of an input file.
pub(crate) fn bad_line(path: &Path, line: usize, why: impl Into<String>) -> Error {
    Error::new(Code::DataInvalid, Into::<String>::into(why)).with("path", path.display()).with("line", line)
}

/// A progress bar on standard error; invisible where that is no terminal.
pub(crate) fn progress(len: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:>12} {wide_bar} {pos}/{len} {eta} {msg}");
    ProgressBar::new(len).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())).with_prefix(what)
}
