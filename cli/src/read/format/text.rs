//! Text with a header line: commas, semicolons, tabs or bars between the fields.

use super::record::{Fields, Found, Marks, split};
use crate::read::bytes::{not_utf8, unread};
use crate::read::notes::Note;
use crate::read::options::{BadRows, Options};
use crate::read::row::{Cells, SAMPLE, Take};
use crate::read::value::cell::{Cell, Place, short};
use crate::read::value::time;
use nearhand::Result;
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// Bytes read at a time.
const CHUNK: usize = 256 << 10;

/// A text whose header is read.
pub(crate) struct Reader {
    path: PathBuf,
    bytes: Box<dyn BufRead>,
    /// Text read ahead: from `start` on it is still to be split.
    buffer: Vec<u8>,
    start: usize,
    whole: bool,
    marks: Marks,
    header: Vec<String>,
    /// The line of the next record, from 1.
    line: u64,
    /// Every row has a name before its values, as R writes it.
    row_names: bool,
    /// Whether the names come from the file.
    named: bool,
    options: Options,
}

impl Reader {
    pub(super) fn open(path: &Path, bytes: Box<dyn BufRead>, options: &Options) -> Result<Self> {
        let mut reader = Self {
            path: path.to_owned(),
            bytes,
            buffer: Vec::new(),
            start: 0,
            whole: false,
            marks: Marks { separator: b',', line: b'\n' },
            header: Vec::new(),
            line: 1,
            row_names: false,
            named: options.columns.is_empty(),
            options: options.clone(),
        };
        reader.fill()?;
        if ends_by_return(reader.left()) {
            reader.marks.line = b'\r';
        }
        let said = reader.preamble();
        let line = reader.first_line();
        reader.marks.separator = said.unwrap_or_else(|| separator(path, &line));
        reader.read_header()?;
        Ok(reader)
    }

    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    pub(super) const fn separator(&self) -> &'static str {
        match self.marks.separator {
            b'\t' => "tab",
            b';' => ";",
            b'|' => "|",
            _ => ",",
        }
    }

    fn left(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Reads more text.
    fn fill(&mut self) -> Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let before = self.buffer.len();
        while self.buffer.len() < before + CHUNK {
            let more = self.bytes.fill_buf().map_err(|e| unread(&self.path, &e))?;
            let count = more.len();
            if count == 0 {
                self.whole = true;
                break;
            }
            self.buffer.extend_from_slice(more);
            self.bytes.consume(count);
        }
        Ok(())
    }

    /// Passes over empty lines, comments and `sep=` before the header; the separator that the latter names.
    fn preamble(&mut self) -> Option<u8> {
        let mut said = None;
        loop {
            let line = self.first_line();
            let text = String::from_utf8_lossy(&line);
            let text = text.trim().trim_matches('"');
            let separator = text.strip_prefix("sep=").or_else(|| text.strip_prefix("SEP=")).filter(|mark| mark.len() <= 1);
            if let Some(mark) = separator {
                // "sep=" and a tab are trimmed to nothing.
                said = Some(mark.bytes().next().unwrap_or(b'\t'));
            } else if !(text.is_empty() || is_comment(text)) {
                return said;
            }
            if self.left().len() <= line.len() {
                return said;
            }
            self.start += line.len() + 1;
            self.line += 1;
        }
    }

    fn first_line(&self) -> Vec<u8> {
        self.left().split(|b| *b == self.marks.line).next().unwrap_or_default().to_vec()
    }

    fn read_header(&mut self) -> Result<()> {
        let place = self.line;
        let mut fields = Fields::default();
        let found = self.record(None, &mut fields)?;
        let names = (0..fields.len()).map(|i| fields.get(i, self.left()).unwrap_or_default().to_vec()).collect::<Vec<_>>();
        let lossy = |name: &Vec<u8>| String::from_utf8_lossy(name).trim().trim_start_matches('#').to_owned();
        if self.named {
            if let Some(name) = names.iter().find(|name| std::str::from_utf8(name).is_err()) {
                return Err(self.place(place).bad(not_utf8(&self.options)).with("value", short(&lossy(name))));
            }
            self.header = names.iter().map(lossy).collect();
        } else {
            self.header.clone_from(&self.options.columns);
            // The header is there all the same.
            let same =
                names.len() == self.header.len() && names.iter().zip(&self.header).all(|(n, h)| lossy(n).eq_ignore_ascii_case(h));
            if !same {
                return self.look_for_row_names();
            }
        }
        if let Found::Record { bytes, lines } = found {
            self.start += bytes;
            self.line += lines;
        }
        self.look_for_row_names()?;
        // The first row, however long, is one of the sample.
        self.record(None, &mut fields).map(drop)
    }

    /// R names rows 1, 2, … and leaves their column out of the header.
    fn look_for_row_names(&mut self) -> Result<()> {
        let mut text = self.left();
        let mut fields = Fields::default();
        let mut named = 0;
        let mut row_names = false;
        while let Found::Record { bytes, .. } = split(text, self.whole, self.marks, None, self.options.limits.cell, &mut fields) {
            named += 1;
            let name = fields.get(0, text).unwrap_or_default();
            if named > 2 || fields.len() != self.header.len() + 1 || name != named.to_string().as_bytes() {
                break;
            }
            row_names = named >= 2 || self.whole && bytes == text.len();
            text = text.get(bytes..).unwrap_or_default();
        }
        self.row_names = row_names;
        Ok(())
    }

    fn place(&self, line: u64) -> Place<'_> {
        Place { path: &self.path, unit: "line", number: line }
    }

    /// Finds the next record in the buffer.
    fn record(&mut self, wanted: Option<usize>, fields: &mut Fields) -> Result<Found> {
        loop {
            match split(self.left(), self.whole, self.marks, wanted, self.options.limits.cell, fields) {
                Found::More if self.left().len() > self.options.limits.row => {
                    let why = format!("a row is longer than {}: is this a table?", self.options.allows("max-row-bytes"));
                    return Err(self.place(self.line).bad(why).with("limit", self.options.limits.row));
                }
                Found::More => self.fill()?,
                Found::Record { bytes, .. } if bytes > self.options.limits.row => {
                    let why = format!("a row is longer than {}", self.options.allows("max-row-bytes"));
                    return Err(self.place(self.line).bad(why).with("limit", self.options.limits.row));
                }
                found => return Ok(found),
            }
        }
    }

    pub(super) fn sample(&self) -> Vec<Vec<Option<String>>> {
        let mut text = self.left();
        let mut fields = Fields::default();
        let mut rows = Vec::new();
        let wanted = Some(self.header.len() + usize::from(self.row_names));
        while let Found::Record { bytes, .. } = split(text, self.whole, self.marks, wanted, self.options.limits.cell, &mut fields)
        {
            if self.row_names {
                fields.shift();
            }
            let word = |i: usize| {
                let text = std::str::from_utf8(fields.get(i, text)?).ok()?;
                Cell::text(text).sample()
            };
            let row: Vec<_> = (0..self.header.len()).map(word).collect();
            if row.iter().any(Option::is_some) {
                rows.push(row);
            }
            if rows.len() >= SAMPLE {
                break;
            }
            text = text.get(bytes..).unwrap_or_default();
        }
        rows
    }

    /// Whether the first line has values where names should be.
    pub(super) fn looks_headless(&self) -> bool {
        self.named && self.header.iter().any(|name| name.parse::<f64>().is_ok() || time::parse(name).is_some())
    }

    pub(super) fn rows(mut self, picked: &[usize], take: &mut Take<'_>) -> Result<Vec<Note>> {
        let width = self.header.len();
        let wanted = Some(width + usize::from(self.row_names));
        let mut fields = Fields::default();
        let mut heard = Heard::default();
        let path = self.path.clone();
        let mut row_name = 0;
        while let Found::Record { bytes, lines } = self.record(wanted, &mut fields)? {
            let line = self.line;
            let text = self.left();
            let place = Place { path: &path, unit: "line", number: line };
            if self.row_names && fields.len() > 1 {
                let name = fields.get(0, text).and_then(|name| std::str::from_utf8(name).ok()?.parse::<u64>().ok());
                if fields.len() == width + 1 && name.is_none_or(|name| name <= row_name) {
                    // 1, 2 and 2 are no names of rows: a value more stands in every row.
                    return Err(place.bad(format!("the row has {} values, the header {width}", fields.len())));
                }
                row_name = name.unwrap_or(row_name);
                fields.shift();
            }
            if !(fields.len() <= 1 && fields.get(0, text).is_none_or(|f| f.trim_ascii().is_empty())) {
                if self.fits(&fields, text) {
                    if fields.stray {
                        heard.stray(line, text, bytes);
                    }
                    let mut cells = Cells::new(picked.len());
                    for (cell, at) in cells.places().iter_mut().zip(picked) {
                        *cell = self.cell(&fields, *at, text, &place)?;
                    }
                    take(cells.all(), &place)?;
                } else {
                    self.ragged(&fields, text, &place, &mut heard)?;
                }
            }
            self.start += bytes;
            self.line += lines;
        }
        Ok(heard.notes(self.row_names))
    }

    /// A record has a value for every name; what it has more is empty, what it lacks has no name.
    fn fits(&self, fields: &Fields, text: &[u8]) -> bool {
        let (have, want) = (fields.len(), self.header.len());
        let empty = |at: usize| fields.get(at, text).is_none_or(|f| f.trim_ascii().is_empty());
        have == want
            || (have > want && (want..have).all(empty))
            || self.header.get(have..).is_some_and(|h| h.iter().all(String::is_empty))
    }

    fn cell<'t>(&self, fields: &'t Fields, at: usize, text: &'t [u8], place: &Place<'_>) -> Result<Cell<'t>> {
        let Some(bytes) = fields.get(at, text) else { return Ok(Cell::Empty) };
        let name = self.header.get(at).map_or("", String::as_str);
        if bytes.len() > self.options.limits.cell {
            let why = format!("a value is longer than {}", self.options.allows("max-cell-bytes"));
            let start = String::from_utf8_lossy(bytes.get(..400).unwrap_or_default()).into_owned();
            return Err(place
                .error(why, name, Cell::Text(&start))
                .with("bytes", bytes.len())
                .with("limit", self.options.limits.cell));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Cell::text(text)),
            Err(_) => Err(place.error(not_utf8(&self.options), name, Cell::Text(&String::from_utf8_lossy(bytes)))),
        }
    }

    fn ragged(&self, fields: &Fields, text: &[u8], place: &Place<'_>, heard: &mut Heard) -> Result<()> {
        if self.options.bad_rows == BadRows::Skip {
            heard.ragged.get_or_insert(place.number);
            heard.ragged_rows += 1;
            return Ok(());
        }
        let last = fields.get(fields.len().saturating_sub(1), text).unwrap_or_default();
        let flag = if self.options.flags.is_empty() { "; --bad-rows skip leaves such rows out" } else { "" };
        let why = format!(
            "the row has {} values, the header {}: quote values that hold a {}{flag}",
            fields.len(),
            self.header.len(),
            self.separator()
        );
        Err(place
            .bad(why)
            .with("last_value", short(&String::from_utf8_lossy(last.get(..400.min(last.len())).unwrap_or_default()))))
    }
}

/// Whether the first line ends in a carriage return alone: then all do, and line feeds are within values.
fn ends_by_return(text: &[u8]) -> bool {
    let mut quoted = false;
    let end = text.iter().position(|b| {
        quoted ^= *b == b'"';
        !quoted && matches!(b, b'\r' | b'\n')
    });
    end.is_some_and(|at| text.get(at) == Some(&b'\r') && !matches!(text.get(at + 1), Some(b'\r' | b'\n')))
}

fn is_comment(line: &str) -> bool {
    line.strip_prefix('#')
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '-', '#', '=']) || !rest.contains([',', ';', '\t', '|']))
}

/// The mark that the header has most of, outside quotes: a comma where there is none. In a `.tsv` a tab, if there is one.
fn separator(path: &Path, line: &[u8]) -> u8 {
    let count = |mark: u8| {
        let mut quoted = false;
        let outside = |b: &&u8| {
            quoted ^= **b == b'"';
            !quoted && **b == mark
        };
        line.iter().filter(outside).count()
    };
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("tsv")) && line.contains(&b'\t') {
        return b'\t';
    }
    // The last of equals wins.
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|mark| count(*mark)).unwrap_or(b',')
}

/// What is to be said at the end.
#[derive(Default)]
struct Heard {
    stray: Option<(u64, String)>,
    strays: u64,
    ragged: Option<u64>,
    ragged_rows: u64,
}

impl Heard {
    fn stray(&mut self, line: u64, text: &[u8], bytes: usize) {
        self.strays += 1;
        let shown = || String::from_utf8_lossy(text.get(..bytes.min(400)).unwrap_or_default()).trim().to_owned();
        self.stray.get_or_insert_with(|| (line, shown()));
    }

    fn notes(self, row_names: bool) -> Vec<Note> {
        let mut notes = Vec::new();
        if row_names {
            notes.push(Note::new("row-names", "every row has one value more than the header: the first is taken for its name"));
        }
        if let Some((line, text)) = self.stray {
            let why = "a quote is never closed as a value's quote is: it is read as a letter";
            notes.push(Note::new("stray-quote", why).with("line", line).with("rows", self.strays).with("text", text));
        }
        if let Some(line) = self.ragged {
            let why = "rows with too many or too few values were left out";
            notes.push(Note::new("bad-rows", why).with("line", line).with("rows", self.ragged_rows));
        }
        notes
    }
}
