//! Arrow's file format: a text for the id, milliseconds in UTC for the time, doubles for the features.

use super::{Chunk, Held, Names};
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};
use std::io::{self, Write};
use std::sync::Arc;

/// A table that is being written.
pub(crate) struct Writer {
    held: Held,
    schema: Arc<Schema>,
    file: FileWriter<Held>,
}

fn other(error: ArrowError) -> io::Error {
    io::Error::other(error)
}

impl Writer {
    pub(super) fn begin(names: &Names) -> io::Result<Self> {
        let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
        let mut fields = vec![Field::new(&names.id, DataType::Utf8, false), Field::new(names.time, time, false)];
        fields.extend(names.features.iter().map(|name| Field::new(name, DataType::Float64, false)));
        let schema = Arc::new(Schema::new(fields));
        let held = Held::default();
        let file = FileWriter::try_new(held.clone(), &schema).map_err(other)?;
        Ok(Self { held, schema, file })
    }

    pub(super) fn write(&mut self, chunk: &Chunk, to: &mut dyn Write) -> io::Result<()> {
        if !chunk.ids.is_empty() {
            let ids: ArrayRef = Arc::new(StringArray::from_iter_values(&chunk.ids));
            let times: ArrayRef = Arc::new(TimestampMillisecondArray::from(chunk.times.clone()).with_timezone("UTC"));
            let values = chunk.values.iter().map(|column| Arc::new(Float64Array::from(column.clone())) as ArrayRef);
            let columns = [ids, times].into_iter().chain(values).collect();
            let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(other)?;
            self.file.write(&batch).map_err(other)?;
        }
        self.held.pass(to)
    }

    pub(super) fn end(mut self, to: &mut dyn Write) -> io::Result<()> {
        self.file.finish().map_err(other)?;
        self.held.pass(to)
    }
}
