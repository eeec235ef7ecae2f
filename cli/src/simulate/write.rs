//! Transactions as CSV, JSON lines or Parquet.

use super::transaction::Transaction;
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::data_type::{DoubleType, Int32Type, Int64Type};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use nearhand::{Code, Error, Result};
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// The columns, in their order.
pub(super) const COLUMNS: [&str; 8] = ["id", "time", "card", "terminal", "amount", "declined", "fraud", "scenario"];

const SCHEMA: &str = "message transactions {
  required int64 id; required int64 time; required int64 card; required int64 terminal; required double amount;
  required int32 declined; required int32 fraud; required int32 scenario;
}";

/// Rows of a row group.
const GROUP: usize = 1 << 18;

/// How transactions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    JsonLines,
    Parquet,
}

impl Format {
    /// By the end of a name.
    ///
    /// # Errors
    /// `invalid-option` for others.
    pub(super) fn of(path: &Path) -> Result<Self> {
        match path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("csv") => Ok(Self::Csv),
            Some("jsonl" | "ndjson") => Ok(Self::JsonLines),
            Some("parquet") => Ok(Self::Parquet),
            _ => Err(Error::new(Code::OptionInvalid, "the name says the format: it ends in .csv, .jsonl or .parquet")
                .with("option", "--out")
                .with("path", path.display())),
        }
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) sha256: [u8; 32],
}

/// Writes a table row by row, and counts and digests its bytes.
pub(super) struct Writer<'a> {
    to: &'a mut dyn Write,
    format: Format,
    table: Option<SerializedFileWriter<Vec<u8>>>,
    waiting: Vec<(u64, Transaction)>,
    text: Vec<u8>,
    digest: Sha256,
    bytes: u64,
    rows: u64,
}

impl<'a> Writer<'a> {
    pub(super) fn new(to: &'a mut dyn Write, format: Format) -> io::Result<Self> {
        let mut table = None;
        let mut text = Vec::new();
        match format {
            Format::Csv => writeln!(text, "{}", COLUMNS.join(","))?,
            Format::JsonLines => {}
            Format::Parquet => {
                let schema = parse_message_type(SCHEMA).map_err(io::Error::other)?;
                let compression = Compression::ZSTD(ZstdLevel::try_new(3).map_err(io::Error::other)?);
                let properties = WriterProperties::builder().set_compression(compression).set_created_by("nearhand".to_owned());
                let writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties.build()));
                table = Some(writer.map_err(io::Error::other)?);
            }
        }
        Ok(Self { to, format, table, waiting: Vec::new(), text, digest: Sha256::new(), bytes: 0, rows: 0 })
    }

    /// Adds a row, numbered in the order of rows.
    pub(super) fn add(&mut self, row: &Transaction) -> io::Result<()> {
        let id = self.rows;
        self.rows += 1;
        let (whole, part) = (row.cents / 100, row.cents % 100);
        let Transaction { time_ms, card, terminal, declined, scenario, .. } = *row;
        let (declined, scenario) = (u8::from(declined), scenario as u8);
        let fraud = u8::from(scenario > 0);
        match self.format {
            Format::Csv => {
                writeln!(self.text, "{id},{time_ms},{card},{terminal},{whole}.{part:02},{declined},{fraud},{scenario}")?;
            }
            Format::JsonLines => writeln!(
                self.text,
                "{{\"id\":{id},\"time\":{time_ms},\"card\":{card},\"terminal\":{terminal},\"amount\":{whole}.{part:02},\
                 \"declined\":{declined},\"fraud\":{fraud},\"scenario\":{scenario}}}"
            )?,
            Format::Parquet => {
                self.waiting.push((id, *row));
                return if self.waiting.len() == GROUP { self.group() } else { Ok(()) };
            }
        }
        if self.text.len() > 1 << 16 { self.hand_on() } else { Ok(()) }
    }

    /// The end of the table.
    pub(super) fn finish(mut self) -> io::Result<Written> {
        if !self.waiting.is_empty() {
            self.group()?;
        }
        if let Some(table) = self.table.take() {
            self.text.extend(table.into_inner().map_err(io::Error::other)?);
        }
        self.hand_on()?;
        Ok(Written { rows: self.rows, bytes: self.bytes, sha256: self.digest.finalize().into() })
    }

    fn hand_on(&mut self) -> io::Result<()> {
        self.digest.update(&self.text);
        self.bytes += self.text.len() as u64;
        self.to.write_all(&self.text)?;
        self.text.clear();
        Ok(())
    }

    /// Writes what waits as a row group.
    fn group(&mut self) -> io::Result<()> {
        let Some(table) = &mut self.table else { return Ok(()) };
        let rows = std::mem::take(&mut self.waiting);
        let longs = |of: fn(&(u64, Transaction)) -> i64| rows.iter().map(of).collect::<Vec<i64>>();
        let flags = |of: fn(&Transaction) -> i32| rows.iter().map(|(_, row)| of(row)).collect::<Vec<i32>>();
        let amounts: Vec<f64> = rows.iter().map(|(_, row)| row.cents as f64 / 100.0).collect();
        let first = [
            longs(|(id, _)| *id as i64),
            longs(|(_, row)| row.time_ms),
            longs(|(_, row)| row.card as i64),
            longs(|(_, row)| i64::from(row.terminal)),
        ];
        let last = [
            flags(|row| i32::from(row.declined)),
            flags(|row| i32::from(row.scenario as u8 > 0)),
            flags(|row| i32::from(row.scenario as u8)),
        ];
        let mut group = table.next_row_group().map_err(io::Error::other)?;
        for number in 0..COLUMNS.len() {
            let Some(mut column) = group.next_column().map_err(io::Error::other)? else { break };
            match number {
                0..=3 => column.typed::<Int64Type>().write_batch(&first[number], None, None),
                4 => column.typed::<DoubleType>().write_batch(&amounts, None, None),
                _ => column.typed::<Int32Type>().write_batch(&last[number - 5], None, None),
            }
            .map_err(io::Error::other)?;
            column.close().map_err(io::Error::other)?;
        }
        group.close().map_err(io::Error::other)?;
        table.flush()?;
        // The table counts what it has written, so that its end names the places of what was handed on.
        self.text.append(table.inner_mut());
        self.hand_on()
    }
}
