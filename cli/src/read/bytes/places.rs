//! Which files a path names: one, all of a folder, those that fit a pattern, or standard input.

use crate::files::io;
use nearhand::{Code, Error, Result};
use std::path::{Path, PathBuf};

/// A file, and the columns that its folders are named after (`dt=2026-01-01`, as Hive and Spark write them).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// The file; `-` is standard input.
    pub path: PathBuf,
    /// Name and value of each partition.
    pub partitions: Vec<(String, String)>,
}

/// Most files of one table.
const MOST: usize = 100_000;
/// Deepest folder looked into.
const DEEPEST: usize = 16;

/// The files of a table, by name. In folders, files that begin with `.` or `_` are bookkeeping of those who wrote them.
///
/// # Errors
/// `io` where there is none; `data-invalid` where a folder or pattern holds none.
pub(crate) fn parts(path: &Path) -> Result<Vec<Part>> {
    if path == Path::new("-") {
        return Ok(vec![Part { path: path.to_owned(), partitions: Vec::new() }]);
    }
    let none = |why: &'static str| Err(Error::new(Code::DataInvalid, why).with("path", path.display()));
    if path.is_dir() {
        let mut found = Vec::new();
        walk(path, 0, &mut Vec::new(), &mut found)?;
        return if found.is_empty() { none("the folder holds no file to read") } else { Ok(found) };
    }
    if !path.exists() && path.to_string_lossy().contains(['*', '?', '[']) {
        let bad = |e: &dyn std::fmt::Display| {
            Error::new(Code::OptionInvalid, "the pattern cannot be read").with("path", path.display()).with("why", e)
        };
        let mut found = Vec::new();
        let plain = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
        let last = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for entry in glob::glob_with(&path.to_string_lossy(), plain).map_err(|e| bad(&e))? {
            let entry = entry.map_err(|e| io(e.path(), &e))?;
            let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with('_') && !last.starts_with('_') {
                continue;
            }
            if entry.is_dir() {
                walk(&entry, 0, &mut partitions_above(&entry), &mut found)?;
            } else if found.len() >= MOST {
                return none("too many files for one log");
            } else {
                found.push(Part { partitions: partitions_above(entry.parent().unwrap_or(&entry)), path: entry });
            }
        }
        return if found.is_empty() { none("no file fits the pattern") } else { Ok(found) };
    }
    let meta = std::fs::metadata(path).map_err(|e| io(path, &e))?;
    // A named pipe is read to its end, like standard input; a device may have none.
    if !meta.is_file() && !is_pipe(&meta) {
        return none("neither a file nor a folder");
    }
    Ok(vec![Part { path: path.to_owned(), partitions: Vec::new() }])
}

#[cfg(unix)]
fn is_pipe(meta: &std::fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&meta.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &std::fs::Metadata) -> bool {
    false
}

fn walk(folder: &Path, depth: usize, partitions: &mut Vec<(String, String)>, found: &mut Vec<Part>) -> Result<()> {
    let read = std::fs::read_dir(folder).map_err(|e| io(folder, &e))?;
    let mut entries = read.map(|e| e.map(|e| e.path())).collect::<std::io::Result<Vec<_>>>().map_err(|e| io(folder, &e))?;
    entries.sort();
    for entry in entries {
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(['.', '_']) {
            continue;
        }
        if entry.is_dir() {
            if depth >= DEEPEST {
                return Err(Error::new(Code::DataInvalid, "folders within folders go too deep").with("path", entry.display()));
            }
            let partition = partition(&name);
            let own = partition.is_some();
            partitions.extend(partition);
            walk(&entry, depth + 1, partitions, found)?;
            if own {
                partitions.pop();
            }
        } else if found.len() >= MOST {
            return Err(Error::new(Code::DataInvalid, "too many files for one log")
                .with("path", folder.display())
                .with("limit", MOST));
        } else if entry.is_file() {
            found.push(Part { path: entry, partitions: partitions.clone() });
        }
    }
    Ok(())
}

fn partition(name: &str) -> Option<(String, String)> {
    let (key, value) = name.split_once('=').filter(|(key, _)| !key.is_empty())?;
    let value = if value == "__HIVE_DEFAULT_PARTITION__" { "" } else { value };
    Some((key.to_owned(), unescape(value)))
}

/// Hive writes marks in folder names as `%3A`.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code =
            (*first == b'%').then(|| tail.get(..2).and_then(|d| u8::from_str_radix(std::str::from_utf8(d).ok()?, 16).ok()));
        match code.flatten() {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn partitions_above(folder: &Path) -> Vec<(String, String)> {
    folder.iter().filter_map(|name| partition(&name.to_string_lossy())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_patterns_and_partitions() {
        let root = std::env::temp_dir().join(format!("nearhand-places-{}", std::process::id()));
        let day = root.join("dt=2026-01-01").join("hour=08%3A00");
        std::fs::create_dir_all(&day).unwrap();
        for file in ["part-1.csv", "part-0.csv", "_SUCCESS", ".part-0.csv.crc"] {
            std::fs::write(day.join(file), b"x").unwrap();
        }
        let names = |parts: Vec<Part>| parts.iter().map(|p| p.path.file_name().unwrap().to_owned()).collect::<Vec<_>>();
        let found = parts(&root).unwrap();
        assert_eq!(found[0].partitions, [("dt".into(), "2026-01-01".into()), ("hour".into(), "08:00".into())]);
        assert_eq!(names(found), ["part-0.csv", "part-1.csv"]);
        let found = parts(&root.join("dt=*/*/part-1*")).unwrap();
        assert_eq!(found[0].partitions[1].1, "08:00");
        assert_eq!(names(found), ["part-1.csv"]);
        assert_eq!(parts(&root.join("*.none")).unwrap_err().code(), Code::DataInvalid);
        assert_eq!(parts(&root.join("none")).unwrap_err().code(), Code::Io);
        std::fs::remove_dir_all(root).unwrap();
    }
}
