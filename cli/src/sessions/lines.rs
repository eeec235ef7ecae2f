//! The lines of a plain file, and whether it is one.

use crate::files::{io, read};
use nearhand::{Code, Error, Result};
use std::path::{Path, PathBuf};

/// A plain file's text.
#[derive(Debug)]
pub(crate) struct Lines {
    option: &'static str,
    path: PathBuf,
    text: String,
}

impl Lines {
    /// Reads the file that an option names.
    ///
    /// # Errors
    /// `io`; `data-invalid` for what is no text in UTF-8, and for an event log.
    pub(crate) fn read(option: &'static str, path: &Path) -> Result<Self> {
        let bytes = read(path)?;
        let refuse = |what: String| Error::new(Code::DataInvalid, what).with("option", option).with("path", path.display());
        let binary = MAGIC.iter().find(|(_, start)| bytes.starts_with(start)).map(|(what, _)| *what);
        if let Some(what) = binary {
            return Err(refuse(format!("the file is no plain text but {what}")));
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) if text.contains('\0') => return Err(refuse("the file is no plain text: it holds zeros".to_owned())),
            Ok(text) => text,
            Err(error) => return Err(io(path, &error.utf8_error()).with("option", option)),
        };
        let lines = Self { option, path: path.to_owned(), text };
        match lines.log() {
            Some(what) => Err(refuse(format!("this looks like an event log ({what}): use --events"))),
            None => Ok(lines),
        }
    }

    pub(crate) fn option(&self) -> &'static str {
        self.option
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The lines with something in them, with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.all()).filter(|(_, line)| !line.trim().is_empty())
    }

    /// All lines; where the file ends with the end of a line, none after it.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        let text = self.text.strip_prefix('\u{feff}').unwrap_or(&self.text);
        // Files of old Macs end lines in a carriage return alone.
        let end = if text.contains('\n') { '\n' } else { '\r' };
        let text = text.strip_suffix(end).unwrap_or(text);
        text.split(end).map(|line| line.strip_suffix('\r').unwrap_or(line))
    }

    /// By what the file looks like an event log.
    fn log(&self) -> Option<&'static str> {
        let first: Vec<&str> = self.iter().take(LOOKED_AT).map(|(_, line)| line.trim_end()).collect();
        let header = first.first()?;
        if header.trim_start().starts_with('{') {
            return Some("JSON lines");
        }
        let mark = ['\t', ',', ';', '|'].into_iter().find(|mark| header.matches(*mark).count() >= 1)?;
        let names: Vec<String> = header.split(mark).map(plain).collect();
        let has = |of: &[&str]| names.iter().any(|name| of.contains(&name.as_str()));
        if has(&ITEMS) && (has(&SESSIONS) || has(&TIMES)) {
            return Some("its header names sessions, items or times");
        }
        let columns = names.len();
        let rows: Vec<Vec<&str>> = first.iter().map(|line| line.split(mark).collect()).collect();
        let times = |column: usize| rows.iter().all(|row| row.get(column).is_some_and(|cell| is_time(cell)));
        let log = columns >= 3 && rows.len() > 1 && rows.iter().all(|row| row.len() == columns) && (0..columns).any(times);
        log.then_some("every line has a time")
    }
}

/// Lines that tell whether a file is a log.
const LOOKED_AT: usize = 50;

/// What files that are no text begin with.
const MAGIC: [(&str, &[u8]); 6] = [
    ("Parquet: an event log goes with --events", b"PAR1"),
    ("gzip: unpack it first", b"\x1f\x8b"),
    ("zstd: unpack it first", b"\x28\xb5\x2f\xfd"),
    ("a zip archive or a spreadsheet: export it as text", b"PK\x03\x04"),
    ("UTF-16: save it as UTF-8", b"\xff\xfe"),
    ("UTF-16: save it as UTF-8", b"\xfe\xff"),
];

/// Names of columns, without case and marks.
const ITEMS: [&str; 10] = ["itemid", "item", "stockcode", "aid", "productid", "product", "sku", "articleid", "asin", "contentid"];
const SESSIONS: [&str; 13] = [
    "sessionid",
    "session",
    "usersession",
    "invoiceno",
    "invoice",
    "basketid",
    "orderid",
    "visitorid",
    "visitor",
    "userid",
    "user",
    "customerid",
    "customer",
];
const TIMES: [&str; 10] =
    ["time", "timestamp", "ts", "datetime", "eventtime", "eventtimestamp", "invoicedate", "orderdate", "createdat", "date"];

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A date with a time, or Unix time between 2001 and 2040 in seconds or milliseconds.
fn is_time(cell: &str) -> bool {
    let cell = cell.trim().trim_matches('"');
    let date = |b: &[u8]| matches!(b, [b'1' | b'2', y @ .., b'-', _, _, b'-', _, _] if y.iter().all(u8::is_ascii_digit));
    if cell.len() > 10 && cell.split_at_checked(10).is_some_and(|(day, _)| date(day.as_bytes())) {
        return true;
    }
    let number: f64 = cell.parse().unwrap_or(0.0);
    [1.0, 1000.0].iter().any(|unit| (1e9..2.2e9).contains(&(number / unit)))
}
