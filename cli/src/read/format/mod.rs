//! Tables in their formats: text with separators, JSON lines, Parquet, Arrow.

pub(super) mod arrow;
mod guarded;
pub(super) mod json;
pub(super) mod nested;
pub(super) mod parquet;
mod record;
pub(super) mod text;

pub(super) use json::{Object, ends_early, lines};

use super::bytes::{Kind, Opened};
use super::notes::Note;
use super::options::Options;
use super::row::Take;
use nearhand::Result;
use std::path::Path;

/// An open table of one file.
pub(super) enum Reader {
    Text(text::Reader),
    Json(json::Reader),
    Parquet(parquet::Reader),
    Arrow(arrow::Reader),
}

impl Reader {
    /// Reads what comes before the rows.
    ///
    /// # Errors
    /// `io`; `data-invalid` with path and place.
    pub(super) fn open(path: &Path, opened: Opened, options: &Options) -> Result<Self> {
        Ok(match opened.kind {
            Kind::Text => Self::Text(text::Reader::open(path, opened.bytes, options)?),
            Kind::Json => Self::Json(json::Reader::open(path, opened.bytes, options)?),
            Kind::Parquet => Self::Parquet(parquet::Reader::open(path, opened, options)?),
            Kind::Arrow => Self::Arrow(arrow::Reader::open(path, opened, options)?),
        })
    }

    /// Names of the columns, of nested values their paths.
    pub(super) fn header(&self) -> &[String] {
        match self {
            Self::Text(reader) => reader.header(),
            Self::Json(reader) => reader.header(),
            Self::Parquet(reader) => reader.header(),
            Self::Arrow(reader) => reader.header(),
        }
    }

    /// Some first rows by column, as texts.
    pub(super) fn sample(&mut self) -> Result<Vec<Vec<Option<String>>>> {
        match self {
            Self::Text(reader) => Ok(reader.sample()),
            Self::Json(reader) => Ok(reader.sample()),
            Self::Parquet(reader) => reader.sample(),
            Self::Arrow(reader) => reader.sample(),
        }
    }

    /// All rows: of each the picked columns. Where the column `anchor` of the picked is in a list, a row each of it.
    pub(super) fn rows(self, picked: &[usize], anchor: usize, take: &mut Take<'_>) -> Result<Vec<Note>> {
        match self {
            Self::Text(reader) => reader.rows(picked, take),
            Self::Json(reader) => reader.rows(picked, anchor, take),
            Self::Parquet(reader) => reader.rows(picked, anchor, take).map(|()| Vec::new()),
            Self::Arrow(reader) => reader.rows(picked, take).map(|()| Vec::new()),
        }
    }

    /// What the format is called.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Json(_) => "json-lines",
            Self::Parquet(_) => "parquet",
            Self::Arrow(_) => "arrow",
        }
    }

    /// The separator of a text.
    pub(super) const fn separator(&self) -> Option<&'static str> {
        match self {
            Self::Text(reader) => Some(reader.separator()),
            _ => None,
        }
    }

    /// A first line that looks like data where a header should be.
    pub(super) fn looks_headless(&self) -> bool {
        matches!(self, Self::Text(reader) if reader.looks_headless())
    }
}
