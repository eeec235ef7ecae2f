//! Logs as Parquet tables, read column by column in batches.

use super::cell::{Cell, Place};
use super::columns::{Columns, LogArgs, Row};
use super::rows::Rows;
use crate::files::{io, progress};
use ::parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{ByteArray, DataType};
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::schema::types::ColumnDescriptor;
use nearhand::{Code, Error, Result};
use std::fs::File;
use std::path::Path;

/// Rows read at a time.
const BATCH: usize = 8192;

/// Reads the file into rows.
///
/// # Errors
/// `io`; `data-invalid` with path, row, column and value.
pub(super) fn read(path: &Path, args: &LogArgs) -> Result<Rows> {
    let file = File::open(path).map_err(|e| io(path, &e))?;
    let malformed = |e: ParquetError| {
        Error::new(Code::DataInvalid, "the Parquet file is malformed").with("path", path.display()).with("why", e)
    };
    let reader = SerializedFileReader::new(file).map_err(malformed)?;
    let meta = reader.metadata().file_metadata();
    let header: Vec<String> = meta.schema_descr().columns().iter().map(|c| c.path().string()).collect();
    let columns = Columns::find(path, &header.iter().map(String::as_str).collect::<Vec<_>>(), args)?;
    let mut rows = Rows::new(columns.clone(), args)?;
    let bar = progress(u64::try_from(meta.num_rows()).unwrap_or(0), "reading");
    let mut number = 0;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).map_err(malformed)?;
        let mut readers = Vec::new();
        for (_, at, name) in &columns.found {
            let column = meta.schema_descr().column(*at);
            let reader = group.get_column_reader(*at).map_err(malformed)?;
            readers.push((Form::of(&column).ok_or_else(|| unreadable(path, name, &column))?, reader, column.max_def_level()));
        }
        let mut left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        while left > 0 {
            let mut batch = Vec::new();
            for (form, reader, level) in &mut readers {
                batch.push(Batch::read(reader, *form, *level, left.min(BATCH)).map_err(malformed)?);
            }
            let count = batch.iter().map(|b| b.at.len()).min().unwrap_or(0);
            if count == 0 || batch.iter().any(|b| b.at.len() != count) {
                return Err(malformed(ParquetError::General("columns differ in length".to_owned())).with("row", number));
            }
            for i in 0..count {
                number += 1;
                let place = Place { path, unit: "row", number };
                let mut row = Row::default();
                for (values, (role, _, name)) in batch.iter().zip(&columns.found) {
                    let text = |b: &[u8]| place.error("a text is not UTF-8", name, Cell::Text(&String::from_utf8_lossy(b)));
                    row.set(*role, values.cell(i).map_err(text)?);
                }
                rows.push(&row, &place)?;
            }
            bar.inc(count as u64);
            left -= count;
        }
    }
    bar.finish_and_clear();
    Ok(rows)
}

fn unreadable(path: &Path, name: &str, column: &ColumnDescriptor) -> Error {
    Error::new(Code::DataInvalid, "a column of the log is no plain number, text or timestamp: name another one")
        .with("path", path.display())
        .with("column", name)
        .with("type", format!("{} {:?} {:?}", column.physical_type(), column.converted_type(), column.logical_type_ref()))
}

/// What the numbers of a column mean.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// What they say.
    Plain,
    /// A time: so many in a millisecond; negative: so many milliseconds each.
    Time(i64),
}

const DAY_MS: i64 = 86_400_000;

impl Form {
    /// `None` for lists, decimals, times of day and what else has no place in a log.
    fn of(column: &ColumnDescriptor) -> Option<Self> {
        if column.max_rep_level() > 0 {
            return None;
        }
        match column.logical_type_ref() {
            Some(LogicalType::Timestamp(time)) => {
                return Some(Self::Time(match time.unit {
                    TimeUnit::MILLIS => 1,
                    TimeUnit::MICROS => 1000,
                    TimeUnit::NANOS => 1_000_000,
                }));
            }
            Some(LogicalType::Decimal(_) | LogicalType::Time(_)) => return None,
            _ => {}
        }
        match column.converted_type() {
            ConvertedType::TIMESTAMP_MILLIS => Some(Self::Time(1)),
            ConvertedType::TIMESTAMP_MICROS => Some(Self::Time(1000)),
            ConvertedType::DATE => Some(Self::Time(-DAY_MS)),
            ConvertedType::DECIMAL | ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS | ConvertedType::INTERVAL => None,
            _ => match column.physical_type() {
                ::parquet::basic::Type::BOOLEAN | ::parquet::basic::Type::FIXED_LEN_BYTE_ARRAY => None,
                ::parquet::basic::Type::INT96 => Some(Self::Time(1)),
                _ => Some(Self::Plain),
            },
        }
    }
}

/// Values of one column, the nulls left out.
#[derive(Debug)]
enum Values {
    Int(Vec<i64>),
    Float(Vec<f64>),
    Bytes(Vec<ByteArray>),
}

/// Some rows of one column.
#[derive(Debug)]
struct Batch {
    values: Values,
    form: Form,
    /// For each row the place of its value; `None` is null.
    at: Vec<Option<usize>>,
}

impl Batch {
    fn read(reader: &mut ColumnReader, form: Form, level: i16, rows: usize) -> std::result::Result<Self, ParquetError> {
        let (values, at) = match reader {
            ColumnReader::Int32ColumnReader(r) => take(r, level, rows, |v| i64::from(*v)).map(|(v, at)| (Values::Int(v), at)),
            ColumnReader::Int64ColumnReader(r) => take(r, level, rows, |v| *v).map(|(v, at)| (Values::Int(v), at)),
            ColumnReader::Int96ColumnReader(r) => take(r, level, rows, |v| v.to_millis()).map(|(v, at)| (Values::Int(v), at)),
            ColumnReader::FloatColumnReader(r) => take(r, level, rows, |v| f64::from(*v)).map(|(v, at)| (Values::Float(v), at)),
            ColumnReader::DoubleColumnReader(r) => take(r, level, rows, |v| *v).map(|(v, at)| (Values::Float(v), at)),
            ColumnReader::ByteArrayColumnReader(r) => take(r, level, rows, Clone::clone).map(|(v, at)| (Values::Bytes(v), at)),
            ColumnReader::BoolColumnReader(_) | ColumnReader::FixedLenByteArrayColumnReader(_) => {
                Err(ParquetError::General("a column of a type that logs do not have".to_owned()))
            }
        }?;
        Ok(Self { values, form, at })
    }

    /// The value of a row; the bytes of a text that is not UTF-8.
    fn cell(&self, row: usize) -> std::result::Result<Cell<'_>, &[u8]> {
        let Some(at) = self.at.get(row).copied().flatten() else { return Ok(Cell::Empty) };
        let cell = match &self.values {
            Values::Int(v) => v.get(at).map(|v| match self.form {
                Form::Plain => Cell::Int(*v),
                Form::Time(unit) if unit > 0 => Cell::TimeMs(v.div_euclid(unit)),
                Form::Time(unit) => Cell::TimeMs(v.saturating_mul(unit.saturating_neg())),
            }),
            // Tables made by pandas hold NaN where there is nothing.
            Values::Float(v) => v.get(at).map(|v| if v.is_nan() { Cell::Empty } else { Cell::Float(*v) }),
            Values::Bytes(v) => match v.get(at).map(ByteArray::data) {
                Some(bytes) => Some(Cell::text(std::str::from_utf8(bytes).map_err(|_| bytes)?)),
                None => None,
            },
        };
        Ok(cell.unwrap_or_default())
    }
}

type Taken<V> = std::result::Result<(Vec<V>, Vec<Option<usize>>), ParquetError>;

/// Exactly `rows` rows where the column has as many.
fn take<T: DataType, V>(reader: &mut ColumnReaderImpl<T>, level: i16, rows: usize, value: fn(&T::T) -> V) -> Taken<V> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    let mut read = 0;
    while read < rows {
        let (records, ..) = reader.read_records(rows - read, Some(&mut levels), None, &mut values)?;
        if records == 0 {
            break;
        }
        read += records;
    }
    let mut next = 0;
    let mut place = |there: bool| {
        next += usize::from(there);
        there.then(|| next - 1)
    };
    // A required column has no levels: every row has a value.
    let at = if level == 0 { (0..read).map(Some).collect() } else { levels.iter().map(|l| place(*l == level)).collect() };
    Ok((values.iter().map(value).collect(), at))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{log_args, temp};
    use super::super::{Log, load};
    use super::*;
    use ::parquet::data_type::{ByteArrayType, DoubleType, Int64Type};
    use ::parquet::file::properties::WriterProperties;
    use ::parquet::file::writer::SerializedFileWriter;
    use ::parquet::schema::parser::parse_message_type;
    use std::sync::Arc;

    /// Two row groups of the same three rows; the second item is null when `hole`.
    fn table(name: &str, schema: &str, items: &[&[u8]], hole: bool) -> std::path::PathBuf {
        let path = temp(name, b"");
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut writer =
            SerializedFileWriter::new(File::create(&path).unwrap(), schema, Arc::new(WriterProperties::default())).unwrap();
        for _ in 0..2 {
            let mut group = writer.next_row_group().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<DoubleType>().write_batch(&[17850.0, 17850.0, 13047.0], Some(&[1, 1, 1]), None).unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            let items: Vec<ByteArray> = items.iter().map(|i| ByteArray::from(i.to_vec())).collect();
            let levels = if hole { [1, 0, 1] } else { [1, 1, 1] };
            column.typed::<ByteArrayType>().write_batch(&items, Some(&levels), None).unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            let at = 1_291_191_960_000_000;
            column.typed::<Int64Type>().write_batch(&[at, at + 1_000_000, at + 2_000_000], None, None).unwrap();
            column.close().unwrap();
            group.close().unwrap();
        }
        writer.close().unwrap();
        path
    }

    const SCHEMA: &str = "message log { optional double SessionId; optional binary StockCode (UTF8); \
        required int64 InvoiceDate (TIMESTAMP(MICROS, false)); }";

    fn read_log(path: &Path) -> Result<Log> {
        load(&log_args(&["--events", path.to_str().unwrap()]))
    }

    #[test]
    fn numbers_texts_nulls_and_timestamps() {
        let log = read_log(&table("nulls.parquet", SCHEMA, &[b"85123A", b"71053"], true)).unwrap();
        let sessions: Vec<_> = log.sessions.iter().map(|s| (s.key.as_str(), s.events.len())).collect();
        assert_eq!(sessions, [("17850", 2), ("13047", 2)]);
        assert_eq!(log.sessions[1].events[0].item, "71053");
        assert_eq!(log.sessions[1].events[0].at_ms, 1_291_191_962_000);
    }

    #[test]
    fn a_text_that_is_not_utf8_is_named() {
        let error = read_log(&table("latin1.parquet", SCHEMA, &[b"a", b"caf\xe9", b"c"], false)).unwrap_err();
        assert_eq!(error.details()[1], ("row", "2".to_owned()));
        assert_eq!(error.details()[2], ("column", "StockCode".to_owned()));
    }

    #[test]
    fn a_column_of_another_type_is_named() {
        let schema = "message log { optional double SessionId; optional binary StockCode (DECIMAL(9,2)); \
            required int64 InvoiceDate (TIMESTAMP(MICROS, false)); }";
        let error = read_log(&table("decimal.parquet", schema, &[b"a", b"b", b"c"], false)).unwrap_err();
        assert_eq!(error.details()[1], ("column", "StockCode".to_owned()));
    }

    #[test]
    fn a_file_that_is_none_is_refused() {
        let error = read_log(&temp("no.parquet", b"PAR1 and nothing more")).unwrap_err();
        assert_eq!(error.code(), Code::DataInvalid);
        assert_eq!(error.details()[0].0, "path");
    }
}
