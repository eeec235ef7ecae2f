//! Parquet tables: flat columns in batches, nested ones row by row as objects.

use super::guarded::Reading;
use super::nested::{Column, columns, unroll};
use crate::files::io;
use crate::read::bytes::Opened;
use crate::read::options::Options;
use crate::read::row::{Cells, FEW, SAMPLE, Take};
use crate::read::value::cell::{Cell, Place};
use ::parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{ByteArray, DataType};
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::{Field, Row};
use ::parquet::schema::types::{ColumnDescriptor, Type};
use nearhand::value::Value;
use nearhand::{Code, Error, Result};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows read at a time.
const BATCH: usize = 8192;

/// A table whose columns are known.
pub(crate) struct Reader {
    path: PathBuf,
    table: Box<dyn FileReader>,
    header: Vec<String>,
    way: Way,
    /// Most bytes of texts that are handed out: a few kilobytes can stand for any number of them.
    most: u64,
}

/// How rows are read.
enum Way {
    /// Every column is a plain value.
    Flat,
    /// As objects, of which the first have been looked at.
    Nested { columns: Vec<Column>, sample: Vec<Value> },
}

impl Reader {
    pub(super) fn open(path: &Path, opened: Opened, options: &Options) -> Result<Self> {
        let Opened { file, mut bytes, .. } = opened;
        let table: Box<dyn FileReader> = match file {
            Some(file) => {
                reading(path).guarded(0, || SerializedFileReader::new(file).map(|r| Box::new(r) as Box<dyn FileReader>))?
            }
            None => {
                let mut all = Vec::new();
                bytes.read_to_end(&mut all).map_err(|e| io(path, &e))?;
                let all = bytes::Bytes::from(all);
                reading(path).guarded(0, || SerializedFileReader::new(all).map(|r| Box::new(r) as Box<dyn FileReader>))?
            }
        };
        let file = table.metadata().file_metadata();
        let rows = u64::try_from(file.num_rows()).unwrap_or(u64::MAX);
        let unpacked: i64 = table.metadata().row_groups().iter().map(|group| group.total_byte_size().max(0)).sum();
        let beyond = |what: &'static str, flag: &str, have: u64, limit: u64| {
            let why = format!("the table has more {what} than {}", options.allows(flag));
            Err(Error::new(Code::DataInvalid, why).with("path", path.display()).with(what, have).with("limit", limit))
        };
        if rows > options.limits.rows {
            return beyond("rows", "max-rows", rows, options.limits.rows);
        }
        if unpacked.cast_unsigned() > options.limits.bytes {
            return beyond("bytes", "max-read-bytes", unpacked.cast_unsigned(), options.limits.bytes);
        }
        let plain = |column: &Arc<ColumnDescriptor>| Form::of(column).is_some() && column.path().parts().len() == 1;
        let flat = file.schema_descr().columns().iter().all(plain);
        let header = file.schema_descr().columns().iter().map(|c| c.name().to_owned()).collect();
        let mut reader = Self { path: path.to_owned(), header, way: Way::Flat, table, most: options.limits.bytes };
        if !flat {
            let mut sample = Vec::new();
            reader.objects(None, &mut |value, _| {
                sample.push(value);
                Ok(sample.len() < SAMPLE)
            })?;
            let columns = columns(sample.iter());
            reader.header = columns.iter().map(|c| c.name.clone()).collect();
            reader.way = Way::Nested { columns, sample };
        }
        Ok(reader)
    }

    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    pub(super) fn sample(&mut self) -> Result<Vec<Vec<Option<String>>>> {
        let word = |cell: Cell<'_>| cell.sample();
        if let Way::Nested { columns, sample } = &self.way {
            let row = |value: &Value| {
                let mut words = Vec::new();
                for column in columns {
                    let mut first = None;
                    let _ = unroll(value, &[column], 0, &mut |cells| {
                        first = cells.first().copied().and_then(word);
                        Err(())
                    });
                    words.push(first);
                }
                words
            };
            return Ok(sample.iter().map(row).collect());
        }
        let all: Vec<usize> = (0..self.header.len()).collect();
        let mut rows = Vec::new();
        for part in all.chunks(FEW) {
            let mut number = 0;
            self.flat(part, SAMPLE, &mut |cells, _| {
                if rows.len() <= number {
                    rows.push(Vec::new());
                }
                if let Some(row) = rows.get_mut(number) {
                    row.extend(cells.iter().copied().map(word));
                }
                number += 1;
                Ok(())
            })?;
        }
        Ok(rows)
    }

    pub(super) fn rows(self, picked: &[usize], anchor: usize, take: &mut Take<'_>) -> Result<()> {
        let Way::Nested { columns, .. } = &self.way else { return self.flat(picked, usize::MAX, take) };
        let picked: Vec<&Column> = picked.iter().filter_map(|at| columns.get(*at)).collect();
        let roots: Vec<&str> = picked.iter().map(|c| c.root()).collect();
        self.objects(Some(&roots), &mut |value, number| {
            let place = Place { path: &self.path, unit: "row", number };
            unroll(&value, &picked, anchor, &mut |cells| take(cells, &place)).map(|()| true)
        })
    }

    /// Rows as objects, of the named columns alone, as long as `each` wants more.
    fn objects(&self, roots: Option<&[&str]>, each: &mut dyn FnMut(Value, u64) -> Result<bool>) -> Result<()> {
        let schema = self.table.metadata().file_metadata().schema();
        let projection = roots.map(|roots| {
            let fields = schema.get_fields().iter().filter(|field| roots.contains(&field.name())).cloned().collect();
            Type::group_type_builder(schema.name()).with_fields(fields).build()
        });
        let projection = projection.transpose().map_err(|e| reading(&self.path).error(0, &e))?;
        let mut rows = reading(&self.path).guarded(0, || self.table.get_row_iter(projection))?;
        let mut number = 0;
        while let Some(row) = reading(&self.path).guarded(number, || rows.next().transpose())? {
            number += 1;
            if !each(object(&row), number)? {
                break;
            }
        }
        Ok(())
    }

    fn flat(&self, picked: &[usize], most: usize, take: &mut Take<'_>) -> Result<()> {
        let schema = self.table.metadata().file_metadata().schema_descr();
        let path = self.path.as_path();
        let (mut number, mut handed) = (0, 0_u64);
        for group in 0..self.table.num_row_groups() {
            let group = reading(path).guarded(number, || self.table.get_row_group(group))?;
            let mut readers = Vec::new();
            for at in picked {
                let Some(column) = schema.columns().get(*at) else { continue };
                let reader = reading(path).guarded(number, || group.get_column_reader(*at))?;
                readers.push((Form::of(column).unwrap_or(Form::Plain), reader, column.max_def_level()));
            }
            let mut left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            while left > 0 {
                let mut batch = Vec::new();
                for (form, reader, level) in &mut readers {
                    batch.push(reading(path).guarded(number, || Batch::read(reader, *form, *level, left.min(BATCH)))?);
                }
                let count = batch.iter().map(|b| b.at.len()).min().unwrap_or(0);
                if count == 0 || batch.iter().any(|b| b.at.len() != count) {
                    return Err(reading(path).error(number, &"columns differ in length"));
                }
                for i in 0..count {
                    number += 1;
                    let place = Place { path, unit: "row", number };
                    let mut cells = Cells::new(picked.len());
                    for ((cell, values), at) in cells.places().iter_mut().zip(&batch).zip(picked) {
                        let name = self.header.get(*at).map_or("", String::as_str);
                        let text = |b: &[u8]| place.error("a text is not UTF-8", name, Cell::Text(&String::from_utf8_lossy(b)));
                        *cell = values.cell(i).map_err(text)?;
                        if let Cell::Text(text) = cell {
                            handed += text.len() as u64;
                        }
                    }
                    if handed > self.most {
                        return Err(place
                            .bad("the table holds more bytes than --max-read-bytes allows")
                            .with("limit", self.most));
                    }
                    take(cells.all(), &place)?;
                    if number as usize >= most {
                        return Ok(());
                    }
                }
                left -= count;
            }
        }
        Ok(())
    }
}

/// For errors.
const fn reading(path: &Path) -> Reading<'_> {
    Reading { path, malformed: "the Parquet file is malformed" }
}

/// A row as an object.
fn object(row: &Row) -> Value {
    Value::Map(row.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect())
}

fn value(field: &Field) -> Value {
    let whole = |v: i64| u64::try_from(v).map_or(Value::Negative(v), Value::Natural);
    match field {
        Field::Null => Value::Null,
        Field::Bool(v) => Value::Bool(*v),
        Field::Byte(v) => whole(i64::from(*v)),
        Field::Short(v) => whole(i64::from(*v)),
        Field::Int(v) => whole(i64::from(*v)),
        Field::Long(v) | Field::TimestampMillis(v) => whole(*v),
        Field::TimestampMicros(v) => whole(v.div_euclid(1000)),
        Field::Date(days) => whole(i64::from(*days) * DAY_MS),
        Field::TimeMillis(ms) => Value::Text(time_of_day(i64::from(*ms))),
        Field::TimeMicros(us) => Value::Text(time_of_day(us / 1000)),
        Field::UByte(v) => Value::Natural(u64::from(*v)),
        Field::UShort(v) => Value::Natural(u64::from(*v)),
        Field::UInt(v) => Value::Natural(u64::from(*v)),
        Field::ULong(v) => Value::Natural(*v),
        Field::Float16(v) => Value::Float(f64::from(*v)),
        Field::Float(v) => Value::Float(f64::from(*v)),
        Field::Double(v) => Value::Float(*v),
        // Without decimals it ends in a point.
        Field::Decimal(_) => Value::Text(field.to_string().trim_end_matches('.').to_owned()),
        Field::Str(text) => Value::Text(text.clone()),
        Field::Bytes(bytes) => Value::Text(text(bytes.data())),
        Field::Group(row) => object(row),
        Field::ListInternal(list) => Value::List(list.elements().iter().map(value).collect()),
        Field::MapInternal(map) => Value::Map(
            map.entries()
                .iter()
                .map(|(key, of)| (Cell::leaf(&value(key)).word().unwrap_or_default().into_owned(), value(of)))
                .collect(),
        ),
    }
}

/// Bytes that the file does not call a text: one all the same, or their hexadecimal digits. Those of 16 are a UUID's.
fn text(bytes: &[u8]) -> String {
    let control = |b: &u8| *b < b' ' || *b == 0x7f;
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.len() != 16 || text.bytes().all(|b| b.is_ascii_graphic()) && !bytes.iter().any(control) => {
            text.to_owned()
        }
        _ => {
            let digits: Vec<String> = bytes.iter().map(|b| format!("{b:02x}")).collect();
            let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default().concat();
            match bytes.len() {
                16 => [part(0..4), part(4..6), part(6..8), part(8..10), part(10..16)].join("-"),
                _ => digits.concat(),
            }
        }
    }
}

fn time_of_day(ms: i64) -> String {
    let seconds = ms / 1000;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// What the numbers of a column mean.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// What they say.
    Plain,
    /// Without a sign.
    Unsigned,
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
            Some(LogicalType::Integer(of)) if !of.is_signed => return Some(Self::Unsigned),
            Some(LogicalType::Decimal(_) | LogicalType::Time(_)) => return None,
            _ => {}
        }
        match column.converted_type() {
            ConvertedType::TIMESTAMP_MILLIS => Some(Self::Time(1)),
            ConvertedType::TIMESTAMP_MICROS => Some(Self::Time(1000)),
            ConvertedType::DATE => Some(Self::Time(-DAY_MS)),
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64 => {
                Some(Self::Unsigned)
            }
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
    Single(Vec<f32>),
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
            ColumnReader::Int32ColumnReader(r) => {
                // 32 bits without a sign fit into 64 with one.
                let value =
                    if matches!(form, Form::Unsigned) { |v: &i32| i64::from(v.cast_unsigned()) } else { |v: &i32| i64::from(*v) };
                take(r, level, rows, value).map(|(v, at)| (Values::Int(v), at))
            }
            ColumnReader::Int64ColumnReader(r) => take(r, level, rows, |v| *v).map(|(v, at)| (Values::Int(v), at)),
            ColumnReader::Int96ColumnReader(r) => take(r, level, rows, |v| v.to_millis()).map(|(v, at)| (Values::Int(v), at)),
            ColumnReader::FloatColumnReader(r) => take(r, level, rows, |v| *v).map(|(v, at)| (Values::Single(v), at)),
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
                // Below 0 are those beyond i64.
                Form::Unsigned => u64::try_from(*v).map_or(Cell::Uint(v.cast_unsigned()), |_| Cell::Int(*v)),
                Form::Time(unit) if unit > 0 => Cell::TimeMs(v.div_euclid(unit)),
                Form::Time(unit) => Cell::TimeMs(v.saturating_mul(unit.saturating_neg())),
            }),
            // Tables made by pandas hold NaN where there is nothing.
            Values::Float(v) => v.get(at).map(|v| if v.is_nan() { Cell::Empty } else { Cell::Float(*v) }),
            Values::Single(v) => v.get(at).map(|v| if v.is_nan() { Cell::Empty } else { Cell::Single(*v) }),
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
    use super::*;
    use crate::log::tests::{log_args, temp};
    use crate::log::{Log, load};
    use ::parquet::data_type::{ByteArrayType, DoubleType, Int64Type};
    use ::parquet::file::properties::WriterProperties;
    use ::parquet::file::writer::SerializedFileWriter;
    use ::parquet::schema::parser::parse_message_type;
    use std::fs::File;

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
    fn decimals_are_numbers() {
        let schema = "message log { optional double SessionId; optional binary StockCode (DECIMAL(9,2)); \
            required int64 InvoiceDate (TIMESTAMP(MICROS, false)); }";
        let log = read_log(&table("decimal.parquet", schema, &[b"a", b"b", b"c"], false)).unwrap();
        let items: Vec<&str> = log.items.rows.iter().map(|row| row.item.as_str()).collect();
        assert_eq!(items, ["0.97", "0.98", "0.99"]);
    }

    #[test]
    fn a_file_that_is_none_is_refused() {
        let error = read_log(&temp("no.parquet", b"PAR1 and nothing more")).unwrap_err();
        assert_eq!(error.code(), Code::DataInvalid);
        assert_eq!(error.details()[0].0, "path");
    }
}
