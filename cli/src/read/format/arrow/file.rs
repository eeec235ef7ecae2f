//! An Arrow file's frame: its footer, and its blocks, read one at a time and looked at before they are unpacked.
//!
//! Source: Apache Arrow, "Serialization and Interprocess Communication (IPC)", the IPC file format.

use super::super::guarded::Reading;
use crate::files::io;
use crate::read::options::Options;
use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::{FileDecoder, read_footer_length};
use arrow_ipc::{Block, Message, MetadataVersion};
use arrow_schema::SchemaRef;
use nearhand::{Code, Error, Result};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes behind the footer: its length and `ARROW1`.
const TAIL: u64 = 10;
/// Bytes that stand before a message's metadata: a mark and its length.
const PREFIX: usize = 8;
/// What one packed byte may stand for: a block of zstd's, of one value, is 128 KiB in four bytes.
const RATIO: u64 = 1 << 15;
/// Unpacked bytes that need no reason.
const FREE: u64 = 1 << 20;

/// What is read from.
pub(super) trait Bytes: Read + Seek {}
impl<T: Read + Seek> Bytes for T {}

/// A file whose footer is read.
pub(super) struct File {
    path: PathBuf,
    bytes: Box<dyn Bytes>,
    len: u64,
    pub schema: SchemaRef,
    version: MetadataVersion,
    dictionaries: Vec<Block>,
    batches: Vec<Block>,
    /// Most rows, and most bytes, unpacked.
    rows: u64,
    most: u64,
    options: Options,
}

/// For errors.
pub(super) const fn reading(path: &Path) -> Reading<'_> {
    Reading { path, malformed: "the Arrow file is malformed" }
}

impl File {
    /// # Errors
    /// `io`; `data-invalid` for what is no Arrow file.
    pub(super) fn open(path: &Path, mut bytes: Box<dyn Bytes>, options: &Options) -> Result<Self> {
        let failed = |e: std::io::Error| io(path, &e);
        let len = bytes.seek(SeekFrom::End(0)).map_err(failed)?;
        let early = || reading(path).error(0, &"it ends early");
        let tail = len.checked_sub(TAIL).ok_or_else(early)?;
        let mut end = [0; TAIL as usize];
        bytes.seek(SeekFrom::Start(tail)).map_err(failed)?;
        bytes.read_exact(&mut end).map_err(failed)?;
        let footer_len = reading(path).guarded(0, || read_footer_length(end))?;
        let start = tail.checked_sub(footer_len as u64).ok_or_else(early)?;
        let mut footer = vec![0; footer_len];
        bytes.seek(SeekFrom::Start(start)).map_err(failed)?;
        bytes.read_exact(&mut footer).map_err(failed)?;
        let (schema, version, dictionaries, batches) = reading(path).guarded(0, || {
            let footer = arrow_ipc::root_as_footer(&footer).map_err(|e| e.to_string())?;
            let schema = footer.schema().ok_or("it has no schema")?;
            if !schema.endianness().equals_to_target_endianness() {
                return Err("its numbers are of another order of bytes".to_owned());
            }
            let read = arrow_ipc::convert::try_fb_to_schema(schema).map_err(|e| e.to_string())?;
            let dictionaries: Vec<Block> = footer.dictionaries().map_or_else(Vec::new, |blocks| blocks.iter().copied().collect());
            let batches: Vec<Block> = footer.recordBatches().map_or_else(Vec::new, |blocks| blocks.iter().copied().collect());
            Ok((Arc::new(read), footer.version(), dictionaries, batches))
        })?;
        let (rows, most) = (options.limits.rows, options.limits.bytes);
        Ok(Self {
            path: path.to_owned(),
            bytes,
            len,
            schema,
            version,
            dictionaries,
            batches,
            rows,
            most,
            options: options.clone(),
        })
    }

    /// Hands out all batches, of the columns at some places in order, as long as `each` wants more.
    ///
    /// # Errors
    /// `io`; `data-invalid` for what is malformed, or beyond the limits; what `each` says.
    pub(super) fn batches(&mut self, columns: &[usize], each: &mut dyn FnMut(&RecordBatch) -> Result<bool>) -> Result<()> {
        let mut decoder = FileDecoder::new(Arc::clone(&self.schema), self.version).with_projection(columns.to_vec());
        let path = self.path.clone();
        let mut left = self.most;
        for block in self.dictionaries.clone() {
            let buffer = self.block(&block, 0, &mut left)?;
            reading(&path).guarded(0, || decoder.read_dictionary(&block, &buffer))?;
        }
        let mut rows = 0_u64;
        for block in self.batches.clone() {
            let buffer = self.block(&block, rows, &mut left)?;
            let batch = reading(&path).guarded(rows, || decoder.read_record_batch(&block, &buffer))?;
            if let Some(batch) = batch.filter(|batch| batch.num_rows() > 0) {
                if !each(&batch)? {
                    return Ok(());
                }
                rows += batch.num_rows() as u64;
            }
        }
        Ok(())
    }

    /// A block's bytes, if its rows and what it says of its packed buffers are within the limits.
    fn block(&mut self, block: &Block, rows: u64, left: &mut u64) -> Result<Buffer> {
        let malformed = |why: &'static str| reading(&self.path).error(rows, &why);
        let part = |value: i64| u64::try_from(value).map_err(|_| malformed("a block lies outside of it"));
        let (offset, head, body) = (part(block.offset())?, part(block.metaDataLength().into())?, part(block.bodyLength())?);
        let len = head.checked_add(body).filter(|len| offset.checked_add(*len).is_some_and(|end| end <= self.len));
        let Some(len) = len else { return Err(malformed("a block lies outside of it")) };
        let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
        self.bytes.seek(SeekFrom::Start(offset)).map_err(|e| io(&self.path, &e))?;
        self.bytes.read_exact(&mut bytes).map_err(|e| io(&self.path, &e))?;
        let (meta, body) =
            bytes.split_at_checked(usize::try_from(head).unwrap_or(0)).ok_or_else(|| malformed("a block ends early"))?;
        let has = reading(&self.path).guarded(rows, || measured(meta, body))?;
        let beyond = |what: &'static str, flag: &str, have: u64, limit: u64| {
            let why = format!("the table has more {what} than {}", self.options.allows(flag));
            Err(Error::new(Code::DataInvalid, why).with("path", self.path.display()).with(what, have).with("limit", limit))
        };
        if rows.saturating_add(has.rows) > self.rows {
            return beyond("rows", "max-rows", rows.saturating_add(has.rows), self.rows);
        }
        match left.checked_sub(has.bytes) {
            Some(rest) => *left = rest,
            None => return beyond("bytes", "max-read-bytes", has.bytes, self.most),
        }
        Ok(Buffer::from_vec(bytes))
    }
}

/// What a block says of itself.
struct Measured {
    rows: u64,
    /// Bytes, unpacked.
    bytes: u64,
}

/// Rows and unpacked bytes of a block. A buffer that is packed begins with its length, which is believed before anything is unpacked.
fn measured(meta: &[u8], body: &[u8]) -> std::result::Result<Measured, String> {
    // Files before 2019 have the length alone.
    let skip = if meta.starts_with(&[0xff; 4]) { PREFIX } else { PREFIX / 2 };
    let message = arrow_ipc::root_as_message(meta.get(skip..).unwrap_or_default()).map_err(|e| e.to_string())?;
    let batch = batch_of(&message).ok_or("a block holds no rows")?;
    let rows = u64::try_from(batch.length()).map_err(|_| "a block has fewer than no rows")?;
    let mut bytes = body.len() as u64;
    if batch.compression().is_some() {
        for buffer in batch.buffers().into_iter().flatten() {
            let (from, len) = (usize::try_from(buffer.offset()), usize::try_from(buffer.length()));
            let (Ok(from), Ok(len)) = (from, len) else { return Err("a buffer lies outside of its block".to_owned()) };
            let packed = body.get(from..).and_then(|rest| rest.get(..len)).ok_or("a buffer lies outside of its block")?;
            // −1 stands before what is not packed.
            let Some(says) = packed.first_chunk().map(|bytes| i64::from_le_bytes(*bytes)).filter(|says| *says > 0) else {
                continue;
            };
            let says = says.cast_unsigned();
            if says > (len as u64).saturating_mul(RATIO).saturating_add(FREE) {
                return Err("a buffer says that it is larger than it can be".to_owned());
            }
            bytes = bytes.saturating_add(says);
        }
    }
    Ok(Measured { rows, bytes })
}

fn batch_of<'a>(message: &Message<'a>) -> Option<arrow_ipc::RecordBatch<'a>> {
    message.header_as_record_batch().or_else(|| message.header_as_dictionary_batch()?.data())
}
