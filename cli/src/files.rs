//! Files that are read, with the path in every error.

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

/// Refuses an input that cannot be read, before anything else takes its time. A pipe is not touched: it is read once.
pub(crate) fn readable(option: &'static str, path: &Path) -> Result<()> {
    let open = || {
        let found = std::fs::metadata(path)?;
        if found.is_dir() {
            return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory));
        }
        if found.is_file() { std::fs::File::open(path).map(drop) } else { Ok(()) }
    };
    open().map_err(|e| io(path, &e).with("option", option))
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
