//! Tables as people have them: logs and item lists go through the same reader.
//!
//! `path → files → unpacked → UTF-8 → rows of text, JSON, Parquet or Arrow → cells`

mod bytes;
mod format;
pub(crate) mod notes;
pub(crate) mod options;
mod row;
pub(crate) mod value;

use crate::files::{progress, readable};
use bytes::{Part, parts};
use format::{Object, Reader};
use indicatif::ProgressBar;
use nearhand::{Code, Error, Result};
use notes::Note;
use options::Options;
pub(crate) use row::FEW;
use row::{Cells, Take};
use std::io::{BufRead as _, ErrorKind};
use std::path::{Path, PathBuf};
use value::cell::Cell;

/// The files that the tables named by some options are made of, each of which can be opened; none for standard input.
///
/// # Errors
/// `io` and `data-invalid` with the option and path.
pub(crate) fn inputs(tables: &[(&'static str, &Option<PathBuf>)]) -> Result<Vec<(&'static str, PathBuf)>> {
    let mut files = Vec::new();
    for (option, path) in tables {
        let parts = path.iter().map(|path| parts(path).map_err(|e| e.with("option", option)));
        for part in parts.collect::<Result<Vec<_>>>()?.into_iter().flatten().filter(|part| part.path != Path::new("-")) {
            readable(option, &part.path)?;
            files.push((*option, part.path));
        }
    }
    Ok(files)
}

/// Hands out the objects of files that have one a line, whole, within the limits of `options`.
///
/// # Errors
/// `io`; `data-invalid` with path, line and value; what `object` says.
pub(crate) fn objects(path: &Path, options: &Options, object: &mut Object<'_>) -> Result<Vec<Note>> {
    let (mut notes, mut rows) = (Vec::new(), 0_u64);
    let parts = parts(path)?;
    let bar =
        progress(parts.iter().filter_map(|part| std::fs::metadata(&part.path).ok()).map(|meta| meta.len()).sum(), "reading");
    for part in &parts {
        let mut opened = bytes::open(&part.path, options, &bar)?;
        notes.extend(hole(&part.path, opened.zeros));
        let head = match opened.bytes.fill_buf() {
            Err(why) if options.cut_off && why.kind() == ErrorKind::UnexpectedEof => {
                notes.push(format::ends_early(&part.path, 1));
                continue;
            }
            head => head.map_err(|e| bytes::unread(&part.path, &e))?,
        };
        // An hour without a row.
        if head.is_empty() || (head.len() < bytes::HEAD && head.trim_ascii().is_empty()) {
            continue;
        }
        // The file before it may have been ended in the middle of a row: what begins this one is the rest of that row.
        let rest = head.iter().position(|byte| *byte == b'\n').and_then(|end| head.get(end..)).unwrap_or_default();
        let behind = options.cut_off && rest.trim_ascii_start().starts_with(b"{");
        if opened.kind != bytes::Kind::Json && !behind {
            let why = "the file has no JSON objects, one a line";
            return Err(Error::new(Code::DataInvalid, why).with("path", part.path.display()));
        }
        notes.extend(format::lines(&part.path, opened.bytes, options, &mut |value, place| {
            rows += 1;
            if rows > options.limits.rows {
                let why = format!("there are more rows than {}", options.allows("max-rows"));
                return Err(place.bad(why).with("limit", options.limits.rows));
            }
            object(value, place)
        })?);
    }
    bar.finish_and_clear();
    Ok(notes)
}

/// What was passed over in front of a file.
fn hole(path: &Path, zeros: u64) -> Option<Note> {
    let why = "zero bytes in front were passed over, as of a log that was emptied while its writer went on: rows may be missing";
    (zeros > 0).then(|| Note::new("hole", why).with("path", path.display()).with("bytes", zeros))
}

/// Bytes of objects that are looked at where the first ones lack a column that is needed.
const FURTHER: usize = 256 << 20;

/// A table that is open: its columns are known, and a few first rows.
pub(crate) struct Table {
    options: Options,
    parts: Vec<Part>,
    first: Reader,
    /// Columns of the first file; behind them those of its folders.
    header: Vec<String>,
    partitions: usize,
    sample: Vec<Vec<Option<String>>>,
    files: Vec<FileInfo>,
    /// Of the first file.
    notes: Vec<Note>,
    bar: ProgressBar,
}

/// What a file turned out to be.
#[derive(Clone, Debug)]
pub(crate) struct FileInfo {
    pub path: PathBuf,
    /// `text`, `json-lines`, `parquet` or `arrow`.
    pub format: &'static str,
    pub encoding: &'static str,
    /// `none`, `gzip` or `zstd`.
    pub compression: &'static str,
    /// Of a text.
    pub separator: Option<&'static str>,
}

/// What reading all rows came to.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// Rows handed out.
    pub rows: u64,
    pub notes: Vec<Note>,
    pub files: Vec<FileInfo>,
}

impl Table {
    /// Opens what a path names: a file, a folder, a pattern, or `-` for standard input.
    ///
    /// # Errors
    /// `io`; `data-invalid` with path and place for what cannot be a table.
    pub(crate) fn open(path: &Path, options: &Options) -> Result<Self> {
        let mut parts = parts(path)?;
        let size = |part: &Part| std::fs::metadata(&part.path).map_or(0, |meta| meta.len());
        if parts.len() > 1 {
            // Engines that write in parts leave empty ones.
            parts.retain(|part| size(part) > 0);
        }
        let bar = progress(parts.iter().map(size).sum(), "reading");
        let Some(part) = parts.first() else {
            return Err(Error::new(Code::DataInvalid, "all files of the folder are empty").with("path", path.display()));
        };
        let (mut first, info, hole) = open(part, options, &bar)?;
        let sample = first.sample()?;
        let mut header = first.header().to_vec();
        if header.iter().all(String::is_empty) {
            return Err(Error::new(Code::DataInvalid, "the file is empty").with("path", part.path.display()));
        }
        let partitions = header.len();
        header.extend(part.partitions.iter().map(|(name, _)| name.clone()));
        Ok(Self {
            options: options.clone(),
            first,
            header,
            partitions,
            sample,
            files: vec![info],
            notes: hole.into_iter().collect(),
            bar,
            parts,
        })
    }

    /// Looks at more rows for their columns, where a table of objects is a file that can be opened anew.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub(crate) fn look_further(self, path: &Path) -> Result<Self> {
        if !matches!(self.first, Reader::Json(_)) || !self.path().is_file() || self.options.look >= FURTHER {
            return Ok(self);
        }
        let left = std::rc::Rc::new(std::cell::Cell::new(self.options.limits.bytes));
        let options = Options { look: FURTHER, left, ..self.options };
        Self::open(path, &options)
    }

    /// Names of the columns; of nested values the way to them, joined by points.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// The place of the one column whose name is alike; nothing where there is none. A folder's column stands behind the file's own.
    ///
    /// # Errors
    /// `data-invalid` with the places, counted from 1, where several columns of the file are: the first would be as good a guess as any.
    pub(crate) fn column(&self, name: &str, alike: impl Fn(&str) -> bool) -> Result<Option<usize>> {
        let places =
            |part: &[String]| -> Vec<usize> { (0..part.len()).filter(|at| part.get(*at).is_some_and(|n| alike(n))).collect() };
        let (own, folders) = self.header.split_at(self.partitions.min(self.header.len()));
        match places(own).as_slice() {
            [] => Ok(places(folders).first().map(|at| at + self.partitions)),
            [at] => Ok(Some(*at)),
            several => Err(twice(self.path(), name, several)),
        }
    }

    /// The first file.
    pub(crate) fn path(&self) -> &Path {
        self.parts.first().map_or(Path::new(""), |part| &part.path)
    }

    /// Values of a column in the first rows.
    pub(crate) fn sample(&self, at: usize) -> impl Iterator<Item = &str> {
        let partition = at.checked_sub(self.partitions).and_then(|n| self.parts.first()?.partitions.get(n));
        let rows = self.sample.iter().filter_map(move |row| row.get(at)?.as_deref());
        rows.chain(partition.map(|(_, value)| value.as_str()))
    }

    /// Whether all values of a column in the first rows are plain numbers.
    pub(crate) fn is_numeric(&self, at: usize) -> bool {
        self.sample(at).all(|text| text.is_empty() || value::plain::number(Cell::text(text)).is_some())
    }

    /// Names of the columns that are not among the picked.
    pub(crate) fn unread(&self, picked: &[usize]) -> Vec<String> {
        let others = self.header.iter().enumerate().filter(|(at, name)| !picked.contains(at) && !name.is_empty());
        others.map(|(_, name)| name.clone()).collect()
    }

    /// Whether the first line has values where names should be.
    pub(crate) fn looks_headless(&self) -> bool {
        self.first.looks_headless()
    }

    /// Hands out all rows: of each the picked columns. Where the column at `anchor` of the picked stands in a list, a row
    /// each of its entries.
    ///
    /// # Errors
    /// `io`; `data-invalid` with path, line or row, column and value; what `take` says.
    pub(crate) fn rows(self, picked: &[usize], anchor: usize, take: &mut Take<'_>) -> Result<Done> {
        let Self { options, parts, first, header, partitions, files, notes, bar, .. } = self;
        let mut done = Done { rows: 0, notes, files };
        let mut first = Some(first);
        for part in &parts {
            let reader = match first.take() {
                Some(reader) => reader,
                None => {
                    let (reader, info, hole) = open(part, &options, &bar)?;
                    done.files.push(info);
                    done.notes.extend(hole);
                    let new = reader.header().iter().chain(part.partitions.iter().map(|(name, _)| name));
                    let new: Vec<&str> = new.filter(|name| !header.contains(name)).map(String::as_str).collect();
                    if !new.is_empty() && !done.notes.iter().any(|note| note.code == "later-columns") {
                        let why = "a later file has columns that the first does not: they are not read";
                        let note = Note::new("later-columns", why).with("path", part.path.display());
                        done.notes.push(note.with("columns", new.join(" ")));
                    }
                    reader
                }
            };
            let sources =
                picked.iter().map(|at| Source::of(*at, &header, partitions, part, &reader)).collect::<Result<Vec<_>>>()?;
            let columns: Vec<usize> = sources.iter().filter_map(Source::column).collect();
            let lead = sources.iter().take(anchor).filter(|s| s.column().is_some()).count();
            let limit = options.limits.rows;
            let rows = &mut done.rows;
            let notes = reader.rows(&columns, lead, &mut |cells, place| {
                *rows += 1;
                if *rows > limit {
                    let why = format!("there are more rows than {}", options.allows("max-rows"));
                    return Err(place.bad(why).with("limit", limit));
                }
                let mut all = Cells::new(sources.len());
                let mut own = cells.iter();
                for (cell, source) in all.places().iter_mut().zip(&sources) {
                    *cell = match source {
                        Source::Column(_) => own.next().copied().unwrap_or_default(),
                        Source::Constant(text) => Cell::text(text),
                        Source::Missing => Cell::Empty,
                    };
                }
                take(all.all(), place)
            })?;
            done.notes.extend(
                notes.into_iter().map(|note| if parts.len() > 1 { note.with("path", part.path.display()) } else { note }),
            );
        }
        bar.finish_and_clear();
        Ok(done)
    }
}

fn twice(path: &Path, name: &str, places: &[usize]) -> Error {
    let places = places.iter().map(|at| (at + 1).to_string()).collect::<Vec<_>>().join(" ");
    Error::new(Code::DataInvalid, "several columns have the name of one that is to be read: name them apart")
        .with("path", path.display())
        .with("column", value::cell::short(name))
        .with("places", value::cell::short(&places))
}

fn open(part: &Part, options: &Options, bar: &ProgressBar) -> Result<(Reader, FileInfo, Option<Note>)> {
    let opened = bytes::open(&part.path, options, bar)?;
    let (encoding, compression, hole) = (opened.encoding, opened.compression, hole(&part.path, opened.zeros));
    let reader = Reader::open(&part.path, opened, options)?;
    let info = FileInfo { path: part.path.clone(), format: reader.name(), encoding, compression, separator: reader.separator() };
    Ok((reader, info, hole))
}

/// Where a picked value comes from in one file.
enum Source {
    Column(usize),
    /// The folder's name.
    Constant(String),
    /// A nested value that this file's first rows do not have.
    Missing,
}

impl Source {
    fn of(at: usize, header: &[String], partitions: usize, part: &Part, reader: &Reader) -> Result<Self> {
        let name = header.get(at).map_or("", String::as_str);
        if at >= partitions {
            let value = part.partitions.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
            return Ok(value.map_or(Self::Missing, Self::Constant));
        }
        let places: Vec<usize> =
            (0..reader.header().len()).filter(|at| reader.header().get(*at).is_some_and(|n| n == name)).collect();
        match places.as_slice() {
            [at] => Ok(Self::Column(*at)),
            // Whoever has picked one of several in the first file means that.
            several if several.contains(&at) && header.iter().filter(|own| *own == name).count() > 1 => Ok(Self::Column(at)),
            [_, ..] => Err(twice(&part.path, name, &places)),
            [] if matches!(reader, Reader::Text(_)) => {
                let why = "the file lacks a column that the first file of the log has";
                Err(Error::new(Code::DataInvalid, why)
                    .with("path", part.path.display())
                    .with("column", value::cell::short(name))
                    .with("columns", value::cell::short(&reader.header().join(" "))))
            }
            [] => Ok(Self::Missing),
        }
    }

    const fn column(&self) -> Option<usize> {
        match self {
            Self::Column(at) => Some(*at),
            _ => None,
        }
    }
}
