//! The keys of a line, and the items they name.

use super::pairs::Named;
use crate::files::bad_line;
use nearhand::{Code, Error, Result};
use serde_json::Value;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// The keys of a line or of a part of one, which may also be a single key in quotes.
///
/// # Errors
/// `data-invalid` where it begins like JSON and is no list of keys.
pub(crate) fn words<'a>(line: &'a str, path: &Path, number: usize) -> Result<Vec<Cow<'a, str>>> {
    let line = line.trim();
    let plain = || line.split_whitespace().map(Cow::Borrowed).collect();
    if line.starts_with('"') {
        return Ok(serde_json::from_str(line).map_or_else(|_| plain(), |key: String| vec![Cow::Owned(key)]));
    }
    if !line.starts_with('[') {
        return Ok(plain());
    }
    let key = |value| match value {
        Value::String(key) if !key.is_empty() => Some(Cow::Owned(key)),
        Value::Number(key) => Some(Cow::Owned(key.to_string())),
        _ => None,
    };
    let keys = match serde_json::from_str(line) {
        Ok(Value::Array(values)) => values.into_iter().map(key).collect(),
        _ => None,
    };
    keys.ok_or_else(|| {
        bad_line(path, number, "a line that begins with [ is a list of keys in JSON, as [\"TEA 001\", \"TEA 002\"]")
            .with("value", line)
    })
}

/// The whole number that a spreadsheet has spelt with a fraction of zeros.
pub(super) fn whole(word: &str) -> Option<&str> {
    let digits = |text: &str, fits: fn(&u8) -> bool| !text.is_empty() && text.bytes().all(|b| fits(&b));
    let (number, fraction) = word.split_once('.')?;
    (digits(number, u8::is_ascii_digit) && digits(fraction, |b| *b == b'0')).then_some(number)
}

/// The keys of an item list.
pub(crate) struct Known<'a> {
    by_key: &'a HashMap<String, u32>,
    /// Parts of keys with blanks.
    halves: OnceCell<HashSet<&'a str>>,
}

impl<'a> Known<'a> {
    pub(crate) fn new(by_key: &'a HashMap<String, u32>) -> Self {
        Self { by_key, halves: OnceCell::new() }
    }

    /// The item of a key.
    pub(crate) fn find(&self, word: &str) -> Option<u32> {
        self.by_key.get(word).or_else(|| self.by_key.get(whole(word)?)).copied()
    }

    /// Some key of the list, always the same one.
    pub(crate) fn example(&self) -> &'a str {
        self.by_key.iter().min_by_key(|(_, item)| **item).map_or("", |(key, _)| key)
    }

    /// The key of an item; a stranger's own word.
    pub(super) fn word<'b>(&'b self, item: &'b Named) -> &'b str {
        match item {
            Named::Known(at) => {
                self.by_key.iter().filter(|(_, item)| *item == at).map(|(key, _)| key.as_str()).min().unwrap_or("")
            }
            Named::Unknown(word) => word,
        }
    }

    /// Refuses an unknown word that is a part of a key with blanks: the line is meant otherwise than it was read.
    ///
    /// # Errors
    /// `item-unknown` with the way to write such keys.
    pub(crate) fn refuse_halves(&self, word: &str, path: &Path, number: usize) -> Result<()> {
        let parts = || {
            self.by_key.keys().filter(|key| key.contains(char::is_whitespace)).flat_map(|key| key.split_whitespace()).collect()
        };
        if !self.halves.get_or_init(parts).contains(word) {
            return Ok(());
        }
        Err(Error::new(
            Code::ItemUnknown,
            "no item has this key, but keys of the item list have blanks: write such a session as a list in JSON, \
             [\"TEA 001\", \"TEA 002\"], and a pair as [\"TEA 001\"], tab, \"TEA 002\"",
        )
        .with("item", word)
        .with("path", path.display())
        .with("line", number))
    }
}
