//! A file of text, read whole and checked: UTF-8, with the line of what is not.

use crate::error::{Code, Error, Result};
use std::path::Path;

/// Bytes of a file of text at most.
pub(crate) const MOST: u64 = 1 << 30;

/// The text of a file: without a byte order mark, lines ended by one line feed.
///
/// # Errors
/// `io`; `data-invalid` for a file that is too large, empty or not UTF-8, with the line.
pub fn read(path: &Path) -> Result<String> {
    let size = std::fs::metadata(path).map_err(|e| Error::file(path, &e))?.len();
    if size > MOST {
        return Err(Error::new(Code::DataInvalid, "a file of text is larger than 1 GiB: cut it, or take a part of it")
            .with("file", path.display())
            .with("bytes", size));
    }
    let bytes = std::fs::read(path).map_err(|e| Error::file(path, &e))?;
    let text = text(bytes).map_err(|e| e.with("file", path.display()))?;
    if text.trim().is_empty() {
        return Err(Error::new(Code::DataInvalid, "a file has no text").with("file", path.display()));
    }
    Ok(text)
}

fn text(bytes: Vec<u8>) -> Result<String> {
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let before = e.as_bytes().get(..at).unwrap_or_default();
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        let column = at - before.iter().rposition(|b| *b == b'\n').map_or(0, |p| p + 1) + 1;
        Error::new(Code::DataInvalid, "a file is not UTF-8: convert it first").with("line", line).with("byte_of_line", column)
    })?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    Ok(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_utf8_has_its_place() {
        let error = text(b"good\nstill good\nbad \xff here".to_vec()).unwrap_err();
        assert_eq!(
            (error.code(), error.details()),
            (Code::DataInvalid, &[("line", "3".into()), ("byte_of_line", "5".into())][..])
        );
        assert_eq!(text("\u{feff}a\r\nb\rc".into()).unwrap(), "a\nb\nc");
    }

    #[test]
    fn files_that_are_not_there_or_empty_are_named() {
        let gone = read(Path::new("/not/there.txt")).unwrap_err();
        assert!(gone.code() == Code::Io && gone.to_string().contains("/not/there.txt"));
        let path = std::env::temp_dir().join(format!("nearhand-text-empty-{}", std::process::id()));
        std::fs::write(&path, " \n\n").unwrap();
        assert_eq!(read(&path).unwrap_err().code(), Code::DataInvalid);
        std::fs::remove_file(&path).unwrap();
    }
}
