//! Objects: one a line, one after the other, or all in one list. Values may be nested (`nested`).

use super::nested::{Column, Found, unroll};
use crate::read::bytes::{Ended, not_utf8, unread};
use crate::read::notes::Note;
use crate::read::options::{BadRows, Options};
use crate::read::row::{SAMPLE, Take};
use crate::read::value::cell::{Cell, Place, short};
use nearhand::value::Value;
use nearhand::{Error, Result};
use serde::de::{Deserializer as _, SeqAccess, Visitor};
use std::cell::Cell as Count;
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A file of objects whose first ones have been looked at.
pub(crate) struct Reader {
    path: PathBuf,
    bytes: Box<dyn BufRead>,
    shape: Shape,
    sample: Vec<Value>,
    columns: Vec<Column>,
    header: Vec<String>,
    options: Options,
}

/// How the objects are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// One a line.
    Lines,
    /// One after the other, over several lines.
    Stream,
    /// In one list.
    List,
}

impl Reader {
    pub(super) fn open(path: &Path, mut bytes: Box<dyn BufRead>, options: &Options) -> Result<Self> {
        let mut head = Vec::new();
        match bytes.by_ref().take(options.look as u64).read_to_end(&mut head) {
            // What is there comes first, and the error behind it.
            Err(why) if options.cut_off && why.kind() == ErrorKind::UnexpectedEof => {
                bytes = Box::new(BufReader::new(Ended(why.to_string())));
            }
            read => drop(read.map_err(|e| unread(path, &e))?),
        }
        let shape = match head.trim_ascii_start() {
            [b'[', ..] => Shape::List,
            text => {
                let line = text.split(|b| *b == b'\n').next().unwrap_or_default();
                let open = serde_json::from_slice::<Value>(line).is_err_and(|e| e.is_eof());
                if open && line.len() < text.len() { Shape::Stream } else { Shape::Lines }
            }
        };
        let (sample, columns) = look(&head, shape);
        if sample.is_empty() {
            return Err(nothing(path, &head, options));
        }
        let bytes = Box::new(BufReader::new(Cursor::new(head).chain(bytes)));
        let header = columns.iter().map(|c| c.name.clone()).collect();
        Ok(Self { path: path.to_owned(), bytes, shape, sample, columns, header, options: options.clone() })
    }

    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    pub(super) fn sample(&self) -> Vec<Vec<Option<String>>> {
        let mut rows = Vec::new();
        // Objects are looked through key by key: of very wide ones a few are enough.
        let few = (20_000_000 / self.columns.len().pow(2).max(1)).clamp(3, SAMPLE);
        for row in self.sample.iter().take(few) {
            let word = |column: &Column| {
                let mut word = None;
                let first = |cells: &[Cell<'_>]| -> std::result::Result<(), ()> {
                    word = cells.first().and_then(|c| c.sample());
                    Err(())
                };
                let mut first = first;
                let _ = unroll(row, &[column], 0, &mut first);
                word
            };
            rows.push(self.columns.iter().map(word).collect());
        }
        rows
    }

    pub(super) fn rows(self, picked: &[usize], anchor: usize, take: &mut Take<'_>) -> Result<Vec<Note>> {
        let Self { path, bytes, shape, columns, options, .. } = self;
        let picked: Vec<&Column> = picked.iter().filter_map(|at| columns.get(*at)).collect();
        let known: HashSet<&str> = columns.iter().map(Column::root).collect();
        let mut later: Option<Note> = None;
        let mut object = |value: &Value, place: &Place<'_>| -> Result<()> {
            let Value::Map(map) = value else {
                return Err(place.bad("a row is an object: {\"session\": …, \"item\": …, \"time\": …}"));
            };
            if later.is_none()
                && let Some((key, _)) = map.iter().find(|(key, v)| !known.contains(key.as_str()) && !is_nothing(v))
            {
                let why = "later rows have keys that the first do not: they are not read unless a flag names them";
                later = Some(
                    Note::new("later-columns", why).with("path", path.display()).with("line", place.number).with("column", key),
                );
            }
            unroll(value, &picked, anchor, &mut |cells| take(cells, place))
        };
        let mut notes = match shape {
            Shape::Lines => lines(&path, bytes, &options, &mut object)?,
            _ => stream(&path, bytes, shape, &options, &mut object).map(|()| Vec::new())?,
        };
        notes.extend(later);
        Ok(notes)
    }
}

/// Whether a value holds nothing that a column could be made of.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::List(list) => list.iter().all(is_nothing),
        Value::Map(map) => map.iter().all(|(_, v)| is_nothing(v)),
        _ => false,
    }
}

/// The first objects of a text that may end anywhere, and the columns of all its objects.
fn look(head: &[u8], shape: Shape) -> (Vec<Value>, Vec<Column>) {
    let mut rest = head.trim_ascii_start();
    if shape == Shape::List {
        rest = rest.strip_prefix(b"[").unwrap_or(rest);
    }
    let (mut first, mut found) = (Vec::new(), Found::default());
    loop {
        rest = rest.trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest);
        if shape == Shape::List {
            rest = rest.strip_prefix(b"]").unwrap_or(rest).trim_ascii_start();
            rest = rest.strip_prefix(b"[").unwrap_or(rest);
        }
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
        let Some(Ok(value)) = values.next() else { break };
        found.add(&value);
        if first.len() < SAMPLE {
            first.push(value);
        }
        rest = rest.get(values.byte_offset()..).unwrap_or_default();
    }
    (first, found.finish())
}

/// Why the first object cannot be read.
fn nothing(path: &Path, head: &[u8], options: &Options) -> Error {
    let place = Place { path, unit: "line", number: 1 };
    if head.len() >= options.look.min(options.limits.row) {
        let why = format!("the first object is longer than {}", options.allows("max-row-bytes"));
        return place.bad(why).with("limit", options.limits.row.min(options.look));
    }
    let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let why = serde_json::from_slice::<Value>(line).err().map_or_else(|| "it is empty".to_owned(), |e| e.to_string());
    malformed(&place, &why, line, options)
}

pub(crate) type Object<'a> = dyn FnMut(&Value, &Place<'_>) -> Result<()> + 'a;

/// Hands out the objects of a file that has one a line, each within the limits. Where line feeds were lost on the way, several of a line.
///
/// # Errors
/// `io`; `data-invalid` with path and line.
pub(crate) fn lines(path: &Path, mut bytes: Box<dyn BufRead>, options: &Options, object: &mut Object<'_>) -> Result<Vec<Note>> {
    let mut line = Vec::new();
    let (mut bad, mut bad_rows, mut notes) = (None, 0_u64, Vec::new());
    let mut ended = false;
    for number in 1.. {
        if ended {
            break;
        }
        line.clear();
        let limit = options.limits.row as u64 + 1;
        let early = match bytes.by_ref().take(limit).read_until(b'\n', &mut line) {
            Err(why) if options.cut_off && why.kind() == ErrorKind::UnexpectedEof => true,
            read => read.map(|_| false).map_err(|e| unread(path, &e))?,
        };
        let place = Place { path, unit: "line", number };
        if early {
            notes.push(ends_early(path, number));
        }
        if line.is_empty() {
            break;
        }
        ended = early;
        if line.len() > options.limits.row {
            let why = format!("a row is longer than {}", options.allows("max-row-bytes"));
            return Err(place.bad(why).with("limit", options.limits.row));
        }
        let whole = line.ends_with(b"\n");
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        let (values, fault) = objects_of(text);
        let cut = !whole && options.cut_off && fault.as_ref().is_some_and(serde_json::Error::is_eof);
        match fault {
            Some(_) if cut && early => {}
            Some(_) if cut => {
                let why =
                    "the file ends in the middle of a row, as one does that is still written or was cut: that row was left out";
                notes.push(Note::new("cut-off", why).with("path", path.display()).with("line", number));
            }
            None => {}
            // A character that is cut in two is no UTF-8 either; whatever else is none is told as that.
            Some(_) if std::str::from_utf8(text).is_err() => return Err(place.bad(not_utf8(options))),
            Some(_) if options.bad_rows == BadRows::Skip => {
                bad.get_or_insert(number);
                bad_rows += 1;
                continue;
            }
            Some(why) => return Err(malformed(&place, &why, text, options)),
        }
        values.iter().try_for_each(|value| object(value, &place))?;
    }
    let why = "lines that are no JSON were left out";
    notes.extend(bad.map(|line| Note::new("bad-rows", why).with("line", line).with("rows", bad_rows)));
    Ok(notes)
}

/// That what is packed stops in such a line.
pub(crate) fn ends_early(path: &Path, line: u64) -> Note {
    let why = "what is packed ends before its end, as a file does that is still written or was cut: the rows before it were read";
    Note::new("cut-off", why).with("path", path.display()).with("line", line)
}

/// The values of a line, and what stands behind the last of them that is none.
fn objects_of(text: &[u8]) -> (Vec<Value>, Option<serde_json::Error>) {
    let mut values = Vec::with_capacity(1);
    for value in serde_json::Deserializer::from_slice(text).into_iter::<Value>() {
        match value {
            Ok(value) => values.push(value),
            Err(why) => return (values, Some(why)),
        }
    }
    (values, None)
}

fn malformed(place: &Place<'_>, why: &dyn std::fmt::Display, text: &[u8], options: &Options) -> Error {
    let flag = if options.flags.is_empty() { "; --bad-rows skip leaves such lines out" } else { "" };
    let start = String::from_utf8_lossy(text.get(..text.len().min(400)).unwrap_or_default()).into_owned();
    place.bad(format!("the line is no JSON object{flag}")).with("why", short(&why.to_string())).with("value", short(&start))
}

fn stream(path: &Path, bytes: Box<dyn BufRead>, shape: Shape, options: &Options, object: &mut Object<'_>) -> Result<()> {
    let left = Rc::new(Count::new(options.limits.row));
    let reader = serde_json::Deserializer::from_reader(Bounded { inner: bytes, left: Rc::clone(&left) });
    let mut number = 0;
    let mut fault = None;
    let mut row = |value: Value| {
        left.set(options.limits.row);
        number += 1;
        object(&value, &Place { path, unit: "row", number }).kept_in(&mut fault)
    };
    let read = if shape == Shape::List {
        let mut reader = reader;
        // Pages of lists may stand one behind the other.
        loop {
            match reader.deserialize_seq(Each(&mut row)) {
                Ok(()) if reader.end().is_err() => {}
                ended => break ended,
            }
        }
    } else {
        let mut values = reader.into_iter::<Value>();
        values.find_map(|value| value.map_or_else(|e| Some(Err(e)), |v| (!row(v)).then_some(Ok(())))).unwrap_or(Ok(()))
    };
    match (fault, read) {
        (Some(fault), _) => Err(fault),
        (None, Ok(())) => Ok(()),
        (None, Err(why)) => {
            let place = Place { path, unit: "row", number: number + 1 };
            let line = why.line();
            Err(place.bad("the file is no list of JSON objects").with("line", line).with("why", short(&why.to_string())))
        }
    }
}

/// Keeps an error for later: serde's own errors hold texts alone.
trait Keep {
    fn kept_in(self, fault: &mut Option<Error>) -> bool;
}

impl Keep for Result<()> {
    fn kept_in(self, fault: &mut Option<Error>) -> bool {
        match self {
            Ok(()) => true,
            Err(error) => {
                fault.get_or_insert(error);
                false
            }
        }
    }
}

/// Hands out the entries of a list as they come.
struct Each<'a>(&'a mut dyn FnMut(Value) -> bool);

impl<'de> Visitor<'de> for Each<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<(), A::Error> {
        while let Some(value) = list.next_element_seed(std::marker::PhantomData::<Value>)? {
            if !(self.0)(value) {
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

/// Refuses an object that is larger than allowed; the count begins anew at each.
struct Bounded {
    inner: Box<dyn BufRead>,
    left: Rc<Count<usize>>,
}

impl Read for Bounded {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buf)?;
        let left = self.left.get();
        if read > left {
            return Err(std::io::Error::other("an object is longer than --max-row-bytes allows"));
        }
        self.left.set(left - read);
        Ok(read)
    }
}
