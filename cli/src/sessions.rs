//! Plain session files: one session a line, item keys separated by spaces, oldest first; and test pairs: prefix, tab, next.

use crate::files::{bad_line, read_text};
use nearhand::{Code, Error, Result};
use std::collections::HashMap;
use std::path::Path;

/// Sessions as item indices.
pub(crate) fn read_sessions(path: &Path, by_key: &HashMap<String, u32>) -> Result<Vec<Vec<u32>>> {
    read_text(path)?.lines().zip(1..).map(|(line, n)| indices(line, by_key, path, n)).collect()
}

/// Distinct keys of a session file: numbers in their order, then words in theirs.
pub(crate) fn keys(path: &Path) -> Result<Vec<String>> {
    let text = read_text(path)?;
    let mut keys: Vec<&str> = text.split_whitespace().collect();
    keys.sort_by_cached_key(|k| (k.parse::<u64>().unwrap_or(u64::MAX), (*k).to_owned()));
    keys.dedup();
    Ok(keys.into_iter().map(str::to_owned).collect())
}

/// Test pairs as (prefix, next).
pub(crate) fn read_pairs(path: &Path, by_key: &HashMap<String, u32>) -> Result<Vec<(Vec<u32>, u32)>> {
    let pair = |(line, n): (&str, usize)| {
        let (prefix, next) = line.split_once('\t').ok_or_else(|| bad_line(path, n, "a pair is: prefix, tab, next"))?;
        let next = *indices(next, by_key, path, n)?.first().ok_or_else(|| bad_line(path, n, "a pair without next"))?;
        Ok((indices(prefix, by_key, path, n)?, next))
    };
    read_text(path)?.lines().zip(1..).map(pair).collect()
}

fn indices(line: &str, by_key: &HashMap<String, u32>, path: &Path, n: usize) -> Result<Vec<u32>> {
    let find = |key: &str| {
        by_key.get(key).copied().ok_or_else(|| {
            Error::new(Code::ItemUnknown, "a session has an item that the item list lacks")
                .with("item", key)
                .with("path", path.display())
                .with("line", n)
        })
    };
    line.split_whitespace().map(find).collect()
}
