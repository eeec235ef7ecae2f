//! A value of a log, whatever file it came from, and where it stood.

use super::time;
use nearhand::{Code, Error};
use std::borrow::Cow;
use std::path::Path;

/// One value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Nothing: an empty field, a null, a NaN.
    #[default]
    Empty,
    /// As text files have it.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// Any number.
    Float(f64),
    /// A time that the file marks as one, Unix milliseconds.
    TimeMs(i64),
}

impl<'a> Cell<'a> {
    /// A text without the blanks around it; empty when nothing else is there.
    pub(crate) fn text(text: &'a str) -> Self {
        let text = text.trim();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// As an id or title. A whole float is written without a point: tables hold ids with gaps as floats.
    pub(crate) fn word(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Empty => None,
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Int(v) | Self::TimeMs(v) => Some(Cow::Owned(v.to_string())),
            Self::Float(v) => Some(Cow::Owned(v.to_string())),
        }
    }

    /// As a finite number.
    pub(crate) fn number(self) -> Option<f64> {
        let number = match self {
            Self::Empty => None,
            Self::Text(text) => text.parse().ok(),
            Self::Int(v) | Self::TimeMs(v) => Some(v as f64),
            Self::Float(v) => Some(v),
        };
        number.filter(|v| v.is_finite())
    }

    /// As Unix milliseconds.
    pub(crate) fn time_ms(self) -> Option<u64> {
        match self {
            Self::Empty => None,
            Self::Text(text) => time::parse(text),
            Self::Int(v) => time::from_number(v as f64),
            Self::Float(v) => time::from_number(v),
            Self::TimeMs(v) => u64::try_from(v).ok(),
        }
    }
}

/// Where a row stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The file.
    pub path: &'a Path,
    /// `line` or `row`.
    pub unit: &'static str,
    /// Lines count from 1, the header among them; rows of a table from 1.
    pub number: u64,
}

impl Place<'_> {
    /// An error about a value at this place.
    pub(crate) fn error(&self, why: impl Into<String>, column: &str, value: Cell<'_>) -> Error {
        Error::new(Code::DataInvalid, Into::<String>::into(why))
            .with("path", self.path.display())
            .with(self.unit, self.number)
            .with("column", column)
            .with("value", value.word().unwrap_or(Cow::Borrowed("")))
    }
}
