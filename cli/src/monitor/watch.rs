//! A table or reports are watched.

use super::history::{History, Window};
use super::quality::{ERROR, Quality};
use super::{Args, refused};
use crate::files::io;
use crate::read::Table;
use crate::read::options::Options;
use crate::read::value::cell::{listed, short};
use crate::read::value::plain::number;
use nearhand::{Code, Error, Result};
use nearhand_monitor::{
    Alert, Bins, Kind, Level, MOST_REPORT_BYTES, Monitor, Reference, Report, Settings, State, Stream, Tally, Value,
};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// What came of it.
pub(super) struct Watched {
    pub monitor: Monitor,
    /// After how many rows or reports, and what was told.
    pub told: Vec<(u64, Alert)>,
    /// All that was counted.
    pub tally: Tally,
    /// The same by when it was.
    pub history: History,
    pub rows: u64,
    /// What was counted: rows or reports.
    pub unit: &'static str,
    /// What came of it, where labels were named.
    pub quality: Option<Quality>,
    pub notes: Vec<String>,
}

impl Watched {
    /// The stream of an alert, where it is of one.
    pub(super) fn stream_of(&self, alert: &Alert) -> Option<&Stream> {
        self.monitor.reference().streams().iter().find(|stream| stream.name() == alert.subject && alert.psi.is_some())
    }

    /// Whether an alert of its subject stands still; of the bundle as a whole that is not known.
    pub(super) fn stands(&self, alert: &Alert) -> bool {
        let reference = self.monitor.reference();
        let state = match alert.kind {
            Kind::InputDrift | Kind::ScoreDrift | Kind::SlateDrift | Kind::Schema | Kind::Units => {
                let at = reference.streams().iter().position(|stream| stream.name() == alert.subject);
                at.map(|at| self.monitor.stream(at))
            }
            Kind::RateHigh => {
                reference.rates().iter().position(|rate| rate.name == alert.subject).map(|at| self.monitor.rate(at))
            }
            Kind::Calibration => self.quality.as_ref().map(|quality| quality.outcomes().state()),
            _ => None,
        };
        state.is_none_or(|state| matches!(state, State::Raised(_)))
    }

    /// Whether nothing has been seen often enough for a verdict: that is not quiet.
    pub(super) fn waits(&self) -> bool {
        let reference = self.monitor.reference();
        let streams = (0..reference.streams().len()).map(|at| self.monitor.stream(at));
        let labels = self.quality.iter().map(|quality| quality.outcomes().state());
        let mut all = streams.chain((0..reference.rates().len()).map(|at| self.monitor.rate(at))).chain(labels);
        self.level().is_none() && all.all(|state| state == State::Waiting)
    }

    /// The highest level that stands.
    pub(super) fn level(&self) -> Option<Level> {
        self.monitor.standing().max(self.quality.as_ref().and_then(|quality| quality.outcomes().standing()))
    }

    /// What stands, in a word; `quiet` for nothing.
    pub(super) fn standing(&self, quiet: &'static str) -> &'static str {
        if self.waits() { "waiting" } else { self.level().map_or(quiet, Level::as_str) }
    }

    /// What stands below the first and the last window of a plot over time.
    pub(super) fn ends(&self) -> [String; 2] {
        let until = |window: Option<&Window>| format!("{} {}", self.unit, window.map_or(0, |window| window.until));
        [until(self.history.windows().first()), until(self.history.windows().last())]
    }
}

/// Watches a table row by row, with a look after every few.
pub(super) fn table(reference: Reference, settings: Settings, path: &Path, args: &Args) -> Result<Watched> {
    let every = args.every;
    let table = Table::open(path, &Options::from(&args.read))?.look_further(path)?;
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
    let mut quality = Quality::of(&args.quality, args.alpha, args.changes.iter().any(|name| name == ERROR), &table, &mut picked)?;
    let bins: Vec<Bins> = reference.streams().iter().map(|stream| stream.bins().clone()).collect();
    let mut monitor = Monitor::new(reference, settings).map_err(|error| refused(&error))?;
    for name in args.changes.iter().filter(|name| *name != ERROR || quality.is_none()) {
        let at = monitor.reference().streams().iter().position(|stream| stream.name() == name);
        if !at.is_some_and(|at| monitor.watch_changes(at)) {
            let error = Error::new(
                Code::OptionInvalid,
                "changes are looked for in columns of numbers that the reference has, and of squared-error where there are labels",
            );
            return Err(listed(error.with("option", "--changes").with("column", short(name)), "columns", " ", &names));
        }
    }
    let (mut rows, mut told) = (0, Vec::new());
    let (mut tally, mut history) = (Tally::new(monitor.reference()), History::default());
    let mut texts = vec![(0_u64, String::new()); bins.len()];
    let mut look = |monitor: &mut Monitor, told: &mut Vec<(u64, Alert)>, rows: u64| {
        told.extend(monitor.look(0).into_iter().map(|alert| (rows, alert)));
        let part = monitor.report(0).tally;
        history.add(rows, &part);
        tally.merge(&part).map_err(|error| refused(&error))
    };
    let done = table.rows(&picked, usize::MAX, &mut |cells, place| {
        let (cells, labelled) = cells.split_at_checked(names.len()).unwrap_or((cells, &[]));
        quality.as_mut().map_or(Ok(()), |quality| quality.row(labelled, place))?;
        for (at, cell) in cells.iter().enumerate() {
            let name = || names.get(at).map_or("", String::as_str);
            if let Some(Bins::Named(_)) = bins.get(at) {
                let word = cell.word();
                monitor.observe(at, word.as_deref().map_or(Value::Missing, Value::Name)).map_err(|error| refused(&error))?;
                continue;
            }
            let Some(value) = number(*cell) else {
                // A text where numbers were is what is looked for; of a rate nothing could be counted.
                let Some((count, first)) = texts.get_mut(at) else {
                    let why = "a number is plain, like 1050.5 or 1e-05, or nothing";
                    return Err(place.error(why, name(), *cell));
                };
                let word = cell.word().unwrap_or_default();
                if *count == 0 {
                    *first = short(&word);
                }
                *count += 1;
                monitor.observe(at, Value::Name(&word)).map_err(|error| refused(&error))?;
                continue;
            };
            let done = match (bins.get(at), at.checked_sub(bins.len())) {
                (Some(Bins::Indexed(_)), _) => monitor.observe(at, index(value)),
                (_, None) => monitor.observe(at, Value::Number(value)),
                // Nothing is known of this occasion.
                (_, Some(_)) if value.is_nan() => Ok(()),
                (_, Some(rate)) if value == 0.0 || value == 1.0 => monitor.occasion(rate, value == 1.0),
                (_, Some(_)) => {
                    let why = "a rate's column has 0 and 1, or false and true, or nothing";
                    return Err(place.error(why, name(), *cell));
                }
            };
            done.map_err(|error| refused(&error))?;
        }
        rows += 1;
        if rows % every == 0 {
            look(&mut monitor, &mut told, rows)?;
            told.extend(quality.iter_mut().flat_map(Quality::look).map(|alert| (rows, alert)));
        } else if monitor.urgent() {
            told.extend(monitor.look(0).into_iter().map(|alert| (rows, alert)));
        }
        Ok(())
    })?;
    if rows % every != 0 || rows == 0 {
        look(&mut monitor, &mut told, rows)?;
        told.extend(quality.iter_mut().flat_map(Quality::look).map(|alert| (rows, alert)));
    }
    let mut notes: Vec<String> = done.notes.iter().map(ToString::to_string).collect();
    for (name, (count, first)) in names.iter().zip(&texts).filter(|(_, (count, _))| *count > 0) {
        notes.push(format!(
            "note texts: column {} has {count} cells that are no plain numbers, the first is {first}",
            short(name)
        ));
    }
    Ok(Watched { monitor, told, tally, history, rows, unit: "row", quality, notes })
}

/// A whole number as a category by its number; another is an other one.
fn index(value: f64) -> Value<'static> {
    if value.is_nan() {
        return Value::Missing;
    }
    let whole = value as u32;
    if f64::from(whole) == value { Value::Index(whole) } else { Value::Index(u32::MAX) }
}

/// Sums reports, each once, in the order of their sources and sequence numbers, with a look after each. What is no report of this
/// reference is passed over and counted; it is an error where nothing else is there.
pub(super) fn reports(reference: Reference, settings: Settings, paths: &[PathBuf]) -> Result<Watched> {
    let files = files(paths)?;
    // Which there are, before any is added: names say nothing of the order. They are read twice, so that memory holds one.
    let (mut all, mut repeats, mut wrong) = (BTreeMap::new(), 0_u64, Wrong::default());
    for path in &files {
        match report(&reference, path) {
            Ok(report) => match all.entry((report.source, report.sequence)) {
                Entry::Vacant(new) => {
                    new.insert(path);
                }
                Entry::Occupied(_) => repeats += 1,
            },
            Err(error) => wrong.add(error),
        }
    }
    let mut monitor = Monitor::new(reference, settings).map_err(|error| refused(&error))?;
    let mut tally = Tally::new(monitor.reference());
    let (mut taken, mut told, mut history) = (0_u64, Vec::new(), History::default());
    for (key, path) in all {
        let report = match report(monitor.reference(), path) {
            Ok(report) if (report.source, report.sequence) == key => report,
            Ok(_) => {
                wrong.add(
                    Error::new(Code::DataInvalid, "a report became another one while it was read").with("path", path.display()),
                );
                continue;
            }
            Err(error) => {
                wrong.add(error);
                continue;
            }
        };
        let with = |error: nearhand_monitor::Error| refused(&error).with("path", path.display());
        monitor.absorb(&report.tally).map_err(with)?;
        tally.merge(&report.tally).map_err(with)?;
        taken += 1;
        history.add(taken, &report.tally);
        told.extend(monitor.look(0).into_iter().map(|alert| (taken, alert)));
    }
    let mut notes = Vec::new();
    if repeats > 0 {
        notes.push(format!("note repeats: {repeats} reports had been added already"));
    }
    if let Some(first) = wrong.first {
        if taken == 0 {
            return Err(first.with("files", wrong.count));
        }
        notes.push(format!("note passed-over: {} files are no reports of this reference; the first: {first}", wrong.count));
    }
    Ok(Watched { monitor, told, tally, history, rows: taken, unit: "report", quality: None, notes })
}

/// Files that are no reports.
#[derive(Default)]
struct Wrong {
    count: u64,
    first: Option<Error>,
}

impl Wrong {
    fn add(&mut self, error: Error) {
        self.count += 1;
        self.first.get_or_insert(error);
    }
}

/// The files of folders and files, in the order of their names.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
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
    Ok(files)
}

/// One report; of a larger file no more than says so.
fn report(reference: &Reference, path: &Path) -> Result<Report> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| io(path, &error))?;
    file.take(MOST_REPORT_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| io(path, &error))?;
    Report::from_bytes(reference, &bytes).map_err(|error| refused(&error).with("path", path.display()))
}
