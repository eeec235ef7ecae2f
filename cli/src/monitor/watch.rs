//! A table or reports are watched.

use super::refused;
use crate::files::{io, read};
use crate::read::Table;
use crate::read::options::Options;
use crate::read::value::cell::{listed, short};
use crate::read::value::plain::number;
use nearhand::{Code, Error, Result};
use nearhand_monitor::{Alert, Bins, Ledger, Monitor, Reference, Report, Settings, Tally, Value};
use std::path::{Path, PathBuf};

/// Sources that are told apart.
const MOST_SOURCES: usize = 1_000_000;

/// What came of it.
pub(super) struct Watched {
    pub monitor: Monitor,
    /// After how many rows or reports, and what was told.
    pub told: Vec<(u64, Alert)>,
    /// All that was counted.
    pub tally: Tally,
    pub rows: u64,
    /// What was counted: rows or reports.
    pub unit: &'static str,
    pub notes: Vec<String>,
}

/// Watches a table row by row, with a look after every few.
pub(super) fn table(reference: Reference, settings: Settings, path: &Path, options: &Options, every: u64) -> Result<Watched> {
    let table = Table::open(path, options)?.look_further(path)?;
    let names: Vec<String> = reference.streams().iter().map(|stream| stream.name().to_owned()).collect();
    let names: Vec<String> = names.into_iter().chain(reference.rates().iter().map(|rate| rate.name.clone())).collect();
    let mut picked = Vec::new();
    for name in &names {
        let Some(at) = table.column(name, |column| column == name)? else {
            let why = "the table lacks a column of the reference";
            let error = Error::new(Code::DataInvalid, why).with("path", table.path().display());
            return Err(listed(error.with("column", short(name)), "columns", " ", table.header()));
        };
        picked.push(at);
    }
    let named: Vec<bool> = reference.streams().iter().map(|stream| matches!(stream.bins(), Bins::Named(_))).collect();
    let mut monitor = Monitor::new(reference, settings).map_err(|error| refused(&error))?;
    let (mut rows, mut told) = (0, Vec::new());
    let done = table.rows(&picked, usize::MAX, &mut |cells, place| {
        for (at, cell) in cells.iter().enumerate() {
            let name = || names.get(at).map_or("", String::as_str);
            if named.get(at) == Some(&true) {
                let word = cell.word();
                monitor.observe(at, word.as_deref().map_or(Value::Missing, Value::Name)).map_err(|error| refused(&error))?;
                continue;
            }
            let why = "a number is plain, like 1050.5 or 1e-05, or nothing";
            let value = number(*cell).ok_or_else(|| place.error(why, name(), *cell))?;
            let done = match at.checked_sub(named.len()) {
                None => monitor.observe(at, Value::Number(value)),
                Some(rate) => monitor.occasion(rate, value == 1.0),
            };
            done.map_err(|error| refused(&error))?;
        }
        rows += 1;
        if rows % every == 0 {
            told.extend(monitor.look(0).into_iter().map(|alert| (rows, alert)));
        }
        Ok(())
    })?;
    told.extend(monitor.look(0).into_iter().map(|alert| (rows, alert)));
    let tally = monitor.tally().clone();
    Ok(Watched { monitor, told, tally, rows, unit: "row", notes: done.notes.iter().map(ToString::to_string).collect() })
}

/// Sums reports, each once, with a look after each.
pub(super) fn reports(reference: Reference, settings: Settings, paths: &[PathBuf]) -> Result<Watched> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            for entry in std::fs::read_dir(path).map_err(|error| io(path, &error))? {
                files.push(entry.map_err(|error| io(path, &error))?.path());
            }
        } else {
            files.push(path.clone());
        }
    }
    files.sort();
    let mut monitor = Monitor::new(reference, settings).map_err(|error| refused(&error))?;
    let (mut ledger, mut repeats, mut taken, mut told) = (Ledger::new(MOST_SOURCES), 0_u64, 0_u64, Vec::new());
    let mut tally = Tally::new(monitor.reference());
    for path in &files {
        let with = |error: nearhand_monitor::Error| refused(&error).with("path", path.display());
        let report = Report::from_bytes(monitor.reference(), &read(path)?).map_err(with)?;
        if !ledger.admit(report.source, report.sequence).map_err(with)? {
            repeats += 1;
            continue;
        }
        monitor.absorb(&report.tally).map_err(with)?;
        tally.merge(&report.tally).map_err(with)?;
        taken += 1;
        told.extend(monitor.look(0).into_iter().map(|alert| (taken, alert)));
    }
    let notes = match repeats {
        0 => Vec::new(),
        repeats => vec![format!("note repeats: {repeats} reports had been added already")],
    };
    Ok(Watched { monitor, told, tally, rows: taken, unit: "report", notes })
}
