//! Parquet: a text for the id, milliseconds in UTC for the time, doubles for the features, packed by zstd.

use super::{Chunk, Held, Names};
use ::parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::Type;
use std::io::{self, Write};
use std::sync::Arc;

/// A table that is being written.
pub(crate) struct Writer {
    held: Held,
    file: SerializedFileWriter<Held>,
}

fn other(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

impl Writer {
    pub(super) fn begin(names: &Names) -> io::Result<Self> {
        let column = |name: &str, physical: Physical, logical: Option<LogicalType>| {
            let built =
                Type::primitive_type_builder(name, physical).with_repetition(Repetition::REQUIRED).with_logical_type(logical);
            built.build().map(Arc::new).map_err(other)
        };
        let time = LogicalType::timestamp(true, TimeUnit::MILLIS);
        let mut columns = vec![
            column(&names.id, Physical::BYTE_ARRAY, Some(LogicalType::String))?,
            column(names.time, Physical::INT64, Some(time))?,
        ];
        for name in &names.features {
            columns.push(column(name, Physical::DOUBLE, None)?);
        }
        let schema = Type::group_type_builder("features").with_fields(columns).build().map_err(other)?;
        let packing = Compression::ZSTD(ZstdLevel::try_new(3).map_err(other)?);
        let properties = WriterProperties::builder().set_compression(packing).build();
        let held = Held::default();
        let file = SerializedFileWriter::new(held.clone(), Arc::new(schema), Arc::new(properties)).map_err(other)?;
        Ok(Self { held, file })
    }

    pub(super) fn write(&mut self, chunk: &Chunk, to: &mut dyn Write) -> io::Result<()> {
        if !chunk.ids.is_empty() {
            let mut group = self.file.next_row_group().map_err(other)?;
            columns(&mut group, chunk).map_err(other)?;
            group.close().map_err(other)?;
        }
        self.held.pass(to)
    }

    pub(super) fn end(self, to: &mut dyn Write) -> io::Result<()> {
        self.file.close().map_err(other)?;
        self.held.pass(to)
    }
}

fn columns(group: &mut SerializedRowGroupWriter<'_, Held>, chunk: &Chunk) -> Result<(), ParquetError> {
    let ids: Vec<ByteArray> = chunk.ids.iter().map(|id| ByteArray::from(id.as_str())).collect();
    let mut values = chunk.values.iter();
    let mut at = 0;
    while let Some(mut column) = group.next_column()? {
        match at {
            0 => drop(column.typed::<ByteArrayType>().write_batch(&ids, None, None)?),
            1 => drop(column.typed::<Int64Type>().write_batch(&chunk.times, None, None)?),
            _ => drop(column.typed::<DoubleType>().write_batch(values.next().map_or(&[][..], Vec::as_slice), None, None)?),
        }
        column.close()?;
        at += 1;
    }
    Ok(())
}
