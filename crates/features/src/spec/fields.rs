//! An object of a specification, key by key, and what does not fit.

use super::duration::milliseconds;
use crate::error::{Error, Result};
use crate::json::Value;
use crate::number::units;

/// An object, from which keys are taken; those that are left at the end are unknown.
pub(super) struct Fields {
    place: String,
    left: Vec<(String, Value)>,
    known: Vec<&'static str>,
}

impl Fields {
    pub(super) fn of(value: Value, place: &str) -> Result<Self> {
        match value {
            Value::Map(left) => Ok(Self { place: place.to_owned(), left, known: Vec::new() }),
            other => Err(wrong("an object is wanted here", place, &other)),
        }
    }

    /// The path of a key.
    pub(super) fn place(&self, key: &str) -> String {
        let point = if self.place.is_empty() { "" } else { "." };
        [&self.place, point, key].concat()
    }

    /// A key's value; null is none.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Value> {
        self.known.push(key);
        let at = self.left.iter().position(|(name, _)| name == key)?;
        Some(self.left.remove(at).1).filter(|value| *value != Value::Null)
    }

    pub(super) fn need(&mut self, key: &'static str) -> Result<Value> {
        self.take(key).ok_or_else(|| Error::spec("a key is missing", &self.place(key)))
    }

    /// A name: 1 to 256 bytes without control characters.
    pub(super) fn name(&mut self, key: &'static str) -> Result<String> {
        let value = self.need(key)?;
        name(value, &self.place(key))
    }

    /// A name that may be absent.
    pub(super) fn maybe_name(&mut self, key: &'static str) -> Result<Option<String>> {
        let place = self.place(key);
        self.take(key).map(|value| name(value, &place)).transpose()
    }

    /// The items of a list, none where it is absent.
    pub(super) fn list(&mut self, key: &'static str, most: usize) -> Result<Vec<Value>> {
        let place = self.place(key);
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Value::List(list)) if list.len() <= most => Ok(list),
            Some(Value::List(list)) => {
                Err(Error::spec("the list is too long", &place).count("have", list.len() as i64).count("most", most as i64))
            }
            Some(other) => Err(wrong("a list is wanted here", &place, &other)),
        }
    }

    pub(super) fn duration(&mut self, key: &'static str, default: i64) -> Result<i64> {
        let Some(value) = self.take(key) else { return Ok(default) };
        milliseconds(&value).ok_or_else(|| {
            wrong(
                "a duration is 500ms, 90s, 15m, 6h, 1d or 2w, or a number of milliseconds; at most ten years",
                &self.place(key),
                &value,
            )
        })
    }

    /// A whole number within a range.
    pub(super) fn whole(&mut self, key: &'static str, default: i64, least: i64, most: i64) -> Result<i64> {
        let Some(value) = self.take(key) else { return Ok(default) };
        let number = whole(&value).filter(|n| (least..=most).contains(n));
        let place = self.place(key);
        number.ok_or_else(|| {
            wrong("a whole number within a range is wanted here", &place, &value).count("least", least).count("most", most)
        })
    }

    pub(super) fn truth(&mut self, key: &'static str, default: bool) -> Result<bool> {
        match self.take(key) {
            None => Ok(default),
            Some(Value::Truth(truth)) => Ok(truth),
            Some(other) => Err(wrong("true or false is wanted here", &self.place(key), &other)),
        }
    }

    /// The place of a name in a list of declared ones.
    pub(super) fn one_of<'a>(&mut self, key: &'static str, declared: impl Iterator<Item = &'a str> + Clone) -> Result<usize> {
        let value = self.need(key)?;
        place_of(&value, declared, &self.place(key))
    }

    /// A name among a few words, the first where it is absent.
    pub(super) fn one_of_or(&mut self, key: &'static str, words: &[&'static str]) -> Result<usize> {
        let place = self.place(key);
        self.take(key).map_or(Ok(0), |value| place_of(&value, words.iter().copied(), &place))
    }

    /// Whether a key is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.left.iter().any(|(name, value)| name == key && *value != Value::Null)
    }

    /// Refuses a key that nobody took.
    pub(super) fn end(self) -> Result<()> {
        let Some((key, _)) = self.left.iter().find(|(_, value)| *value != Value::Null) else { return Ok(()) };
        let why = if self.known.contains(&key.as_str()) { "the key is there twice" } else { "the key is not known here" };
        Err(Error::spec(why, &self.place(key)).with("allowed", &self.known.join(", ")))
    }
}

/// The place of a name among declared ones.
fn place_of<'a>(value: &Value, declared: impl Iterator<Item = &'a str> + Clone, place: &str) -> Result<usize> {
    let found = match value {
        Value::Text(text) => declared.clone().position(|name| name == text),
        _ => None,
    };
    found.ok_or_else(|| {
        let declared: Vec<&str> = declared.collect();
        wrong("one of the declared names is wanted here", place, value).with("allowed", &declared.join(", "))
    })
}

/// A name: 1 to 256 bytes without control characters.
pub(super) fn name(value: Value, place: &str) -> Result<String> {
    match value {
        Value::Text(text) if !text.is_empty() && text.len() <= super::LONGEST_ID && !text.chars().any(char::is_control) => {
            Ok(text)
        }
        other => Err(wrong("a name of 1 to 256 bytes is wanted here", place, &other)),
    }
}

/// A whole number.
pub(super) fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(text) => units(text, 0),
        _ => None,
    }
}

#[cold]
pub(super) fn wrong(message: &'static str, place: &str, value: &Value) -> Error {
    Error::spec(message, place).with("value", &value.outline())
}
