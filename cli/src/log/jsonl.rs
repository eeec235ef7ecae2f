//! Logs with one session a line, in OTTO's shape: `{"session": 1, "events": [{"aid": 2, "ts": 3, "type": "clicks"}]}`.

use super::cell::{Cell, Place};
use super::columns::{Columns, LogArgs, Role, Row};
use super::rows::Rows;
use crate::files::{bad_line, io, progress};
use nearhand::Result;
use serde::Deserialize;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

#[derive(Deserialize)]
struct Session<'a> {
    #[serde(borrow)]
    session: Value<'a>,
    events: Vec<Event<'a>>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    aid: Value<'a>,
    #[serde(borrow)]
    ts: Value<'a>,
    #[serde(borrow)]
    r#type: std::borrow::Cow<'a, str>,
}

/// A number or a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value<'a> {
    Int(i64),
    Float(f64),
    Text(#[serde(borrow)] std::borrow::Cow<'a, str>),
}

impl Value<'_> {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Int(v) => Cell::Int(*v),
            Self::Float(v) => Cell::Float(*v),
            Self::Text(text) => Cell::text(text),
        }
    }
}

/// Reads the file into rows. Column options have no meaning here.
///
/// # Errors
/// `io`; `data-invalid` with path and line.
pub(super) fn read(path: &Path, args: &LogArgs) -> Result<Rows> {
    let file = File::open(path).map_err(|e| io(path, &e))?;
    let bar = progress(file.metadata().map_err(|e| io(path, &e))?.len(), "reading");
    let names = [(Role::Session, "session"), (Role::Item, "aid"), (Role::Time, "ts"), (Role::Kind, "type")];
    let columns = Columns { found: names.iter().zip(0..).map(|((role, name), at)| (*role, at, (*name).to_owned())).collect() };
    let mut rows = Rows::new(columns, args)?;
    let mut reader = BufReader::new(file);
    let mut line = String::new();
    for number in 1.. {
        line.clear();
        let read = reader.read_line(&mut line).map_err(|e| io(path, &e))?;
        if read == 0 {
            break;
        }
        bar.inc(read as u64);
        if line.trim().is_empty() {
            continue;
        }
        let why = "a line is {\"session\": …, \"events\": [{\"aid\": …, \"ts\": …, \"type\": …}]}";
        let session: Session<'_> = serde_json::from_str(&line).map_err(|e| bad_line(path, number, why).with("why", e))?;
        let place = Place { path, unit: "line", number: number as u64 };
        for event in &session.events {
            let mut row = Row::default();
            row.set(Role::Session, session.session.cell());
            row.set(Role::Item, event.aid.cell());
            row.set(Role::Time, event.ts.cell());
            row.set(Role::Kind, Cell::text(&event.r#type));
            rows.push(&row, &place)?;
        }
    }
    bar.finish_and_clear();
    Ok(rows)
}
