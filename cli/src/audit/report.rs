//! What an audit found, of whatever kind of bundle: a line of figures, notes, tables, and answers side by side.

use crate::page::few;
use crate::read::value::cell::short;
use serde_json::{Value, json};

/// A value of a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// Whatever a bundle or a log says: hostile.
    Text(String),
    Count(u64),
    /// 0 to 1, or a difference of two such.
    Share(f64),
    Number(f64),
    /// There is none.
    None,
}

impl From<Option<f64>> for Cell {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Self::None, Self::Number)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Cell {
    /// As a line of words has it: without control characters, and in quotes where it has blanks.
    pub(super) fn plain(&self) -> String {
        match self {
            Self::Text(text) => {
                let text = short(text);
                if text.is_empty() || text.contains([' ', '=', '"']) { json!(text).to_string() } else { text }
            }
            Self::Count(count) => count.to_string(),
            Self::Share(share) => format!("{share:.4}"),
            Self::Number(number) => few(*number),
            Self::None => "none".to_owned(),
        }
    }

    pub(super) fn json(&self) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Count(count) => json!(count),
            Self::Share(number) | Self::Number(number) => json!(number),
            Self::None => Value::Null,
        }
    }
}

/// A table.
#[derive(Clone, Debug, Default)]
pub(super) struct Section {
    /// The word before its lines, and its key in JSON.
    pub name: &'static str,
    /// Of the page.
    pub title: String,
    /// How to read it; may be empty.
    pub about: &'static str,
    /// The first one names the row.
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<Cell>>,
    /// Rows beyond those that are told.
    pub left_out: usize,
    /// Columns of shares that the page draws as bars: of the old one and, where there is one, of the new.
    pub bars: Option<(usize, Option<usize>)>,
}

impl Section {
    /// One without rows.
    pub(super) fn new(name: &'static str, title: impl Into<String>, about: &'static str, columns: &[&'static str]) -> Self {
        Self { name, title: title.into(), about, columns: columns.to_vec(), ..Self::default() }
    }

    /// Keeps the first rows alone.
    pub(super) fn cut(mut self, most: usize) -> Self {
        self.left_out = self.rows.len().saturating_sub(most);
        self.rows.truncate(most);
        self
    }
}

/// One line of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub text: String,
    /// Told behind it.
    pub aside: String,
    /// Whether the other side has it too.
    pub common: bool,
}

/// One request, and both answers.
#[derive(Clone, Debug)]
pub(super) struct Sides {
    /// Which request it is.
    pub name: String,
    /// What led to it, oldest first.
    pub asked: Vec<String>,
    /// How far the answers are apart, in words.
    pub apart: String,
    pub old: Vec<Line>,
    pub new: Vec<Line>,
}

/// What a person should know first: a stable word and a sentence, names in it as [`short`] has them.
pub(super) type Note = (&'static str, String);

/// Two bundles whose answers are the same to the last digit; of one file it is no news.
pub(super) const SAME: (&str, &str) =
    ("same-answers", "the files differ, and all answers are the same to the last digit: is the new model in the new file?");

/// What was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    /// `slates`, `decisions` or `texts`.
    pub kind: &'static str,
    /// Names and versions of both.
    pub title: String,
    /// The last line.
    pub verdict: Vec<(&'static str, Cell)>,
    pub notes: Vec<Note>,
    pub sections: Vec<Section>,
    pub sides: Vec<Sides>,
    /// What --fail-above may name: what changes, 0 where nothing does, and what the new bundle cannot answer, which may be so of both.
    pub measures: Vec<(&'static str, f64)>,
}
