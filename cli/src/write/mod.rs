//! Tables of features, in the format that their name says.

mod arrow;
mod csv;
mod parquet;

use nearhand::{Code, Error, Result};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Rows that are written at once.
pub(crate) const ROWS: usize = 1 << 16;

/// Rows of a table: an id, a time and the features of each.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    pub ids: Vec<String>,
    pub times: Vec<i64>,
    /// By feature.
    pub values: Vec<Vec<f64>>,
}

impl Chunk {
    pub(crate) fn clear(&mut self) {
        self.ids.clear();
        self.times.clear();
        self.values.iter_mut().for_each(Vec::clear);
    }
}

/// Names of the columns.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub id: String,
    pub time: &'static str,
    pub features: Vec<String>,
}

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Parquet,
    Arrow,
    Csv,
}

impl Format {
    /// Of the end of the name of the file that an option names.
    ///
    /// # Errors
    /// `invalid-option`.
    pub(crate) fn of(option: &'static str, path: &Path) -> Result<Self> {
        let end = path.extension().map(|end| end.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        match end.as_str() {
            "parquet" | "pq" => Ok(Self::Parquet),
            "arrow" | "feather" | "ipc" => Ok(Self::Arrow),
            "csv" => Ok(Self::Csv),
            _ => Err(Error::new(Code::OptionInvalid, "a table of features ends in .parquet, .arrow or .csv")
                .with("option", option)
                .with("path", path.display())),
        }
    }
}

/// A table that is being written.
pub(crate) enum Writer {
    Parquet(parquet::Writer),
    Arrow(arrow::Writer),
    Csv(csv::Writer),
}

impl Writer {
    pub(crate) fn begin(format: Format, names: &Names) -> io::Result<Self> {
        Ok(match format {
            Format::Parquet => Self::Parquet(parquet::Writer::begin(names)?),
            Format::Arrow => Self::Arrow(arrow::Writer::begin(names)?),
            Format::Csv => Self::Csv(csv::Writer::begin(names)),
        })
    }

    /// Writes rows.
    pub(crate) fn write(&mut self, chunk: &Chunk, to: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Parquet(writer) => writer.write(chunk, to),
            Self::Arrow(writer) => writer.write(chunk, to),
            Self::Csv(writer) => writer.write(chunk, to),
        }
    }

    /// Writes what belongs at the end.
    pub(crate) fn end(self, to: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Parquet(writer) => writer.end(to),
            Self::Arrow(writer) => writer.end(to),
            Self::Csv(_) => Ok(()),
        }
    }
}

/// Bytes that a library's writer has written and that are not in the file yet.
#[derive(Clone, Debug, Default)]
struct Held(Arc<Mutex<Vec<u8>>>);

impl Held {
    /// Moves them on.
    fn pass(&self, to: &mut dyn Write) -> io::Result<()> {
        match self.0.lock() {
            Ok(mut bytes) => to.write_all(&std::mem::take(&mut *bytes)),
            Err(_) => Err(io::Error::other("the table's writer has stopped")),
        }
    }
}

impl Write for Held {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut held = self.0.lock().map_err(|_| io::Error::other("the table's writer has stopped"))?;
        held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
