//! A value of a table, whatever file it came from, and where it stood.

use super::{number, time};
use nearhand::value::Value;
use nearhand::{Code, Error};
use std::borrow::Cow;
use std::path::Path;

/// One value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Nothing: an empty field, a null, a NaN, a word for nothing.
    #[default]
    Empty,
    /// As text files have it, without blanks around it.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// A whole number beyond `i64`.
    Uint(u64),
    /// Any number.
    Float(f64),
    /// Any number in single precision, which keeps whole ones to 2^24.
    Single(f32),
    /// A time that the file marks as one, Unix milliseconds.
    TimeMs(i64),
}

/// Most bytes of a value in a sample.
const SAMPLED: usize = 1000;

/// What databases, spreadsheets and programs write where there is nothing.
const NOTHING: [&str; 23] = [
    "NULL",
    "null",
    "Null",
    "\\N",
    "NaN",
    "nan",
    "NAN",
    "NaT",
    "None",
    "none",
    "NONE",
    "nil",
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "<NA>",
    "<null>",
    "(null)",
    "[null]",
    "(not set)",
    "undefined",
    "(none)",
];

impl<'a> Cell<'a> {
    /// A text without the blanks around it; empty when nothing else is there, or a word for nothing.
    pub(crate) fn text(text: &'a str) -> Self {
        // A mark stands before each of several files put together.
        let text = text.trim().trim_start_matches('\u{feff}');
        // The words are short: most values need no look at them.
        if text.is_empty() || (text.len() <= 9 && NOTHING.contains(&text)) { Self::Empty } else { Self::Text(text) }
    }

    /// A leaf of a nested row.
    pub(crate) fn leaf(value: &'a Value) -> Self {
        match value {
            Value::Null | Value::List(_) | Value::Map(_) => Self::Empty,
            Value::Bool(true) => Self::Text("true"),
            Value::Bool(false) => Self::Text("false"),
            Value::Natural(v) => i64::try_from(*v).map_or(Self::Uint(*v), Self::Int),
            Value::Negative(v) => Self::Int(*v),
            Value::Float(v) if v.is_nan() => Self::Empty,
            Value::Float(v) => Self::Float(*v),
            Value::Text(text) => Self::text(text),
        }
    }

    /// As an id or title. A whole float is written without a point: tables hold ids with gaps as floats.
    pub(crate) fn word(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Empty => None,
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Int(v) | Self::TimeMs(v) => Some(Cow::Owned(v.to_string())),
            Self::Uint(v) => Some(Cow::Owned(v.to_string())),
            Self::Float(v) => Some(Cow::Owned(v.to_string())),
            Self::Single(v) => Some(Cow::Owned(v.to_string())),
        }
    }

    /// As a word of a sample: its start says what it is.
    pub(crate) fn sample(self) -> Option<String> {
        let word = self.word()?;
        Some(word.get(..word.floor_char_boundary(SAMPLED)).unwrap_or_default().to_owned())
    }

    /// The text, where it is one: numbers have no marks.
    pub(crate) const fn as_text(self) -> &'a str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// As a finite number; of a text with the given decimal mark.
    pub(crate) fn number(self, marks: number::Marks) -> Option<f64> {
        let number = match self {
            Self::Empty => None,
            Self::Text(text) => marks.parse(text),
            Self::Int(v) | Self::TimeMs(v) => Some(v as f64),
            Self::Uint(v) => Some(v as f64),
            Self::Float(v) => Some(v),
            Self::Single(v) => Some(f64::from(v)),
        };
        number.filter(|v| v.is_finite())
    }

    /// As Unix milliseconds.
    pub(crate) fn time_ms(self, format: &time::Format) -> Option<u64> {
        match self {
            Self::Empty => None,
            Self::Text(text) => format.text(text),
            Self::Int(v) => format.number(v as f64),
            Self::Uint(v) => format.number(v as f64),
            Self::Float(v) => format.number(v),
            // Seconds of our time are rounded to two minutes there.
            Self::Single(v) if v.abs() >= 16_777_216.0 => None,
            Self::Single(v) => format.number(f64::from(v)),
            Self::TimeMs(v) => format.known(v),
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
    /// An error at this place.
    pub(crate) fn bad(&self, why: impl Into<Cow<'static, str>>) -> Error {
        Error::new(Code::DataInvalid, why).with("path", self.path.display()).with(self.unit, self.number)
    }

    /// An error about a value at this place.
    pub(crate) fn error(&self, why: impl Into<Cow<'static, str>>, column: &str, value: Cell<'_>) -> Error {
        self.bad(why).with("column", column).with("value", short(&value.word().unwrap_or(Cow::Borrowed(""))))
    }
}

/// Values of a list as details of an error, as many as it takes; of very many the first.
pub(crate) fn listed(mut error: Error, name: &'static str, between: &str, values: &[String]) -> Error {
    let mut line = String::new();
    let mut lines = 0;
    for (at, value) in values.iter().enumerate() {
        let value = short(value);
        if !line.is_empty() && line.len() + between.len() + value.len() > SHOWN - 10 {
            error = error.with(name, &line);
            line.clear();
            lines += 1;
            if lines == LINES {
                return error.with(name, format!("and {} more", values.len() - at));
            }
        }
        if !line.is_empty() {
            line.push_str(between);
        }
        line.push_str(&value);
    }
    error.with(name, line)
}

/// Most details of a list.
const LINES: usize = 4;
/// Most bytes of a value that a message repeats.
const SHOWN: usize = 200;

/// A value as a message shows it: cut, control characters escaped.
pub(crate) fn short(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        let at = shown.len();
        if c.is_control() {
            // As the library's errors have it.
            shown.push_str(&format!("\\x{:02x}", c as u32));
        } else if matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}') {
            // What is not seen, and what turns the direction of writing.
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
        if shown.len() > SHOWN {
            shown.truncate(at);
            shown.push('…');
            break;
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing_are_nothing() {
        for word in ["", "  ", "NULL", "\\N", "NaN", "None", "(not set)", "<NA>", " null "] {
            assert_eq!(Cell::text(word), Cell::Empty, "{word}");
        }
        for word in ["0", "Nan", "NULLARBOR", "N", "none of these", "-"] {
            assert_eq!(Cell::text(word), Cell::Text(word), "{word}");
        }
    }

    #[test]
    fn numbers_are_words_without_a_point_where_they_are_whole() {
        let word = |cell: Cell<'_>| cell.word().unwrap().into_owned();
        assert_eq!(word(Cell::Float(17850.0)), "17850");
        assert_eq!(word(Cell::Uint(17_000_000_000_000_000_003)), "17000000000000000003");
        assert_eq!(word(Cell::Int(-5)), "-5");
    }

    #[test]
    fn messages_stay_short_and_plain() {
        assert_eq!(short("a\u{1b}[31m\nb"), "a\\x1b[31m\\x0ab");
        let long = short(&"ä".repeat(5000));
        assert!(long.len() <= SHOWN + 3 && long.ends_with('…'), "{}", long.len());
        assert!(short(&"\u{1}".repeat(5000)).len() <= SHOWN + 3);
    }
}
