//! What a file is, by its first bytes, and its bytes unpacked: gzip and zstd whatever the name, other packings refused.

use super::decode;
use super::unread::unread;
use crate::read::options::Options;
use indicatif::ProgressBar;
use nearhand::{Code, Error, Result};
use std::cell::Cell;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, ErrorKind, Read};
use std::path::Path;
use std::rc::Rc;

/// What the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Lines of text.
    Text,
    /// Objects.
    Json,
    /// A Parquet table.
    Parquet,
    /// An Arrow table.
    Arrow,
}

/// A file that is open.
pub(crate) struct Opened {
    /// What it is.
    pub kind: Kind,
    /// `none`, `gzip` or `zstd`.
    pub compression: &'static str,
    /// The encoding of its text.
    pub encoding: &'static str,
    /// UTF-8 without a mark, unpacked; a Parquet or Arrow file as it is.
    pub bytes: Box<dyn BufRead>,
    /// Where it is a Parquet or Arrow file on disk: the reader seeks in it.
    pub file: Option<File>,
    /// Zero bytes that were passed over in front of a log.
    pub zeros: u64,
}

/// First bytes of what people bring by mistake, and what to do about it.
const FOREIGN: [(&[u8], &str); 18] = [
    (b"PK\x03\x04", "a .zip or .xlsx: unpack it, or save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old .xls: save the sheet as CSV"),
    (b"BZh", "packed by bzip2: unpack it, or pack it by gzip or zstd"),
    (b"\xfd7zXZ\x00", "packed by xz: unpack it, or pack it by gzip or zstd"),
    (b"7z\xbc\xaf", "a .7z: unpack it"),
    (b"\x04\x22\x4d\x18", "packed by lz4: unpack it, or pack it by gzip or zstd"),
    (b"\xff\x06\x00\x00sNaPpY", "packed by snappy: unpack it, or pack it by gzip or zstd"),
    (b"ORC", "an ORC table: write it as Parquet"),
    (b"Obj\x01", "an Avro file: write it as Parquet or JSON lines"),
    (b"FEA1", "a Feather file of the first version: write it anew, as version 2 or as Parquet"),
    (b"\xff\xff\xff\xff", "an Arrow stream: write it as an Arrow file or as Parquet"),
    (b"PARE", "an encrypted Parquet table: write it without encryption"),
    (b"SQLite format 3", "an SQLite database: export the table as CSV"),
    (b"\x89HDF", "an HDF5 file: write it as Parquet"),
    (b"%PDF", "a PDF"),
    (b"<!DOCTYPE", "a web page, as servers give for a login or an error"),
    (b"<!doctype", "a web page, as servers give for a login or an error"),
    (b"<html", "a web page, as servers give for a login or an error"),
];

/// Opens a file, or standard input for `-`.
///
/// # Errors
/// `io`; `data-invalid` for packings and files that are not read.
pub(crate) fn open(path: &Path, options: &Options, bar: &ProgressBar) -> Result<Opened> {
    let failed = |e: std::io::Error| unread(path, &e);
    let stdin = path == Path::new("-");
    let file = if stdin { None } else { Some(patient(path).map_err(failed)?) };
    let raw: Box<dyn Read> = match &file {
        Some(file) => Box::new(bar.wrap_read(file.try_clone().map_err(failed)?)),
        None => Box::new(std::io::stdin()),
    };
    let mut raw = peeked(raw).map_err(failed)?;
    let head = raw.fill_buf().map_err(failed)?;
    let (compression, unpacked): (_, Box<dyn Read>) = match head {
        [0x1f, 0x8b, ..] => ("gzip", Box::new(flate2::bufread::MultiGzDecoder::new(raw))),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(raw).map_err(failed)?;
            // 128 MiB of history, as the zstd tool allows.
            decoder.window_log_max(27).map_err(failed)?;
            ("zstd", Box::new(decoder))
        }
        _ => ("none", Box::new(raw)),
    };
    let mut plain = peeked(Box::new(Bounded { inner: unpacked, left: Rc::clone(&options.left) })).map_err(failed)?;
    let zeros = if options.cut_off { hole(&mut plain).map_err(failed)? } else { 0 };
    if zeros > 0 {
        plain = peeked(Box::new(plain)).map_err(failed)?;
    }
    let head = match plain.fill_buf() {
        Err(why) if options.cut_off && why.kind() == ErrorKind::UnexpectedEof => {
            return Ok(Opened { kind: Kind::Text, compression, encoding: "", bytes: Box::new(plain), file: None, zeros });
        }
        head => head.map_err(failed)?.to_vec(),
    };
    if let Some((_, what)) = FOREIGN.iter().find(|(mark, _)| head.starts_with(mark)) {
        return Err(foreign(path, what));
    }
    if head.get(257..262) == Some(b"ustar") {
        return Err(foreign(path, "a .tar: unpack it and name its folder"));
    }
    let seekable = [(&b"PAR1"[..], Kind::Parquet), (b"ARROW1", Kind::Arrow)];
    if let Some((_, kind)) = seekable.into_iter().find(|(mark, _)| head.starts_with(mark)) {
        let file = file.filter(|_| compression == "none");
        return Ok(Opened { kind, compression, encoding: "", bytes: Box::new(plain), file, zeros });
    }
    let (encoding, bytes) = decode::utf8(Box::new(plain), &head, options.encoding.as_deref(), path)?;
    let mut bytes = peeked(bytes).map_err(failed)?;
    let head = bytes.fill_buf().map_err(failed)?;
    if let Some(at) = head.iter().position(|b| *b == 0) {
        return Err(foreign(path, "no text: it holds zero bytes").with("byte", at));
    }
    let first = head.iter().copied().filter(|b| !b.is_ascii_whitespace()).take(2).collect::<Vec<u8>>();
    let kind = match first.as_slice() {
        [b'{', ..] | [b'[', b'{' | b']'] => Kind::Json,
        _ => Kind::Text,
    };
    Ok(Opened { kind, compression, encoding, bytes: Box::new(bytes), file: None, zeros })
}

/// Seconds that a pipe is waited for until somebody writes to it.
const PATIENCE: u64 = 5;

/// Opens a file; a named pipe only if somebody writes to it.
fn patient(path: &Path) -> std::io::Result<File> {
    if std::fs::metadata(path)?.is_file() {
        return File::open(path);
    }
    let (opened, open) = std::sync::mpsc::channel();
    let pipe = path.to_owned();
    // Opening waits for a writer, for ever if need be: the thread ends with the process then.
    std::thread::spawn(move || opened.send(File::open(pipe)));
    let nobody = || std::io::Error::new(std::io::ErrorKind::TimedOut, "nobody writes to the pipe");
    open.recv_timeout(std::time::Duration::from_secs(PATIENCE)).unwrap_or_else(|_| Err(nobody()))
}

fn foreign(path: &Path, what: &str) -> Error {
    Error::new(Code::DataInvalid, format!("the file is {what}")).with("path", path.display())
}

/// How much of a file is looked at before it is read.
pub(crate) const HEAD: usize = 256 << 10;

/// The same bytes, of which the first [`HEAD`] are there at once however few come at a time. Where they end before their end, what is
/// there comes first, and the error behind it.
fn peeked(mut from: Box<dyn Read>) -> std::io::Result<BufReader<Box<dyn Read>>> {
    let mut head = Vec::new();
    match from.by_ref().take(HEAD as u64).read_to_end(&mut head) {
        Err(why) if why.kind() == ErrorKind::UnexpectedEof => from = Box::new(Ended(why.to_string())),
        read => drop(read?),
    }
    Ok(BufReader::with_capacity(HEAD, Box::new(Cursor::new(head).chain(from))))
}

/// Where bytes end before their end, and why.
pub(crate) struct Ended(pub String);

impl Read for Ended {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::new(ErrorKind::UnexpectedEof, self.0.clone()))
    }
}

/// Fewest zero bytes that are a hole: texts of two or four bytes a character begin with up to three.
const HOLE: usize = 4;

/// Passes over the zero bytes in front, and tells how many there are: a log that was emptied while its writer went on has a hole there.
fn hole(bytes: &mut BufReader<Box<dyn Read>>) -> std::io::Result<u64> {
    let mut zeros = 0_u64;
    loop {
        let head = match bytes.fill_buf() {
            // What is packed ends within the hole: whoever reads on is told.
            Err(why) if why.kind() == ErrorKind::UnexpectedEof => return Ok(zeros),
            head => head?,
        };
        let here = head.iter().take_while(|byte| **byte == 0).count();
        if here == 0 || (zeros == 0 && here < HOLE) {
            return Ok(zeros);
        }
        bytes.consume(here);
        zeros += here as u64;
    }
}

/// Stops with an error where more comes than is allowed.
struct Bounded<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buf)?;
        match self.left.get().checked_sub(read as u64) {
            Some(left) => self.left.set(left),
            None => return Err(std::io::Error::other("it has more bytes than --max-read-bytes allows")),
        }
        Ok(read)
    }
}
