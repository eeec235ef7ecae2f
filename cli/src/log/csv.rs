//! Logs as text with a header line.

use super::cell::{Cell, Place};
use super::columns::{Columns, LogArgs, Row};
use super::rows::Rows;
use crate::files::{bad_line, io, progress};
use nearhand::Result;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Reads the file into rows.
///
/// The separator is a tab in a `.tsv`, otherwise the one of tab, semicolon and comma that the header has most of. Quotes
/// have no meaning where it is a tab.
///
/// # Errors
/// `io`; `data-invalid` with path, line, column and value.
pub(super) fn read(path: &Path, args: &LogArgs) -> Result<Rows> {
    let file = File::open(path).map_err(|e| io(path, &e))?;
    let size = file.metadata().map_err(|e| io(path, &e))?.len();
    let mut file = BufReader::with_capacity(1 << 16, file);
    let separator = separator(path, file.fill_buf().map_err(|e| io(path, &e))?);
    let mut reader = ::csv::ReaderBuilder::new().delimiter(separator).quoting(separator != b'\t').from_reader(file);
    let malformed = |e: ::csv::Error| {
        let line = e.position().map_or(1, ::csv::Position::line);
        bad_line(path, usize::try_from(line).unwrap_or(usize::MAX), e.to_string())
    };
    let header = reader.headers().map_err(malformed)?.clone();
    let columns = Columns::find(path, &header.iter().collect::<Vec<_>>(), args)?;
    let mut rows = Rows::new(columns.clone(), args)?;
    let bar = progress(size, "reading");
    let mut record = ::csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(malformed)? {
        let number = record.position().map_or(0, ::csv::Position::line);
        let mut row = Row::default();
        for (role, at, _) in &columns.found {
            row.set(*role, record.get(*at).map_or(Cell::Empty, Cell::text));
        }
        rows.push(&row, &Place { path, unit: "line", number })?;
        if number.is_multiple_of(4096) {
            bar.set_position(reader.position().byte());
        }
    }
    bar.finish_and_clear();
    Ok(rows)
}

fn separator(path: &Path, head: &[u8]) -> u8 {
    let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |mark: u8| line.iter().filter(|b| **b == mark).count();
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("tsv")) {
        return b'\t';
    }
    // The last of equals wins: a comma where there is no separator at all.
    [b'\t', b';', b','].into_iter().max_by_key(|mark| count(*mark)).unwrap_or(b',')
}
