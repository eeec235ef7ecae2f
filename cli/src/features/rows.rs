//! A log as columns of events, every value checked.

use super::amount::{amount, number};
use super::args::SourceArgs;
use super::columns::Columns;
use super::spec::refused;
use super::texts::{Named, Texts};
use crate::read::notes::Note;
use crate::read::options::{BadRows, Options};
use crate::read::value::cell::{Cell, Place};
use crate::read::value::{id, time};
use crate::read::{Done, Table};
use nearhand::{Code, Error, Result};
use nearhand_features::{Kind, LONGEST_ID, Spec};
use std::path::Path;

/// Events of a log.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub times: Vec<i64>,
    pub ids: Texts,
    pub keys: Vec<Named>,
    /// By amount, units.
    pub amounts: Vec<Vec<i64>>,
    pub flags: Vec<u32>,
    /// Label, and when it became known.
    pub labels: Vec<Option<(bool, i64)>>,
    /// The column of labels that features ask for and the log does not have.
    pub without_labels: Option<String>,
    /// Whether features count labels as known at the very time of their events.
    pub labels_at_once: bool,
    /// Rows that `--bad-rows skip` left out.
    pub bad_rows: u64,
    pub done: Done,
}

impl Rows {
    /// Reads the log of the arguments.
    ///
    /// # Errors
    /// `io`; `data-invalid` with path, line or row, column and value.
    pub(crate) fn read(path: &Path, spec: &Spec, args: &SourceArgs) -> Result<Self> {
        let table = Table::open(path, &Options::from(&args.read))?;
        let columns = match Columns::find(&table, spec, args) {
            Ok(columns) => return Self::all(table, &columns, spec, args),
            Err(error) if table.looks_headless() => {
                Err(error.with("hint", "the first line has values: name its columns with --columns"))
            }
            Err(error) => Err(error),
        };
        let further = Table::open(path, &Options::from(&args.read))?.look_further(path)?;
        match Columns::find(&further, spec, args) {
            Ok(columns) => Self::all(further, &columns, spec, args),
            Err(_) => columns,
        }
    }

    fn all(table: Table, columns: &Columns, spec: &Spec, args: &SourceArgs) -> Result<Self> {
        let mut rows = Self {
            keys: spec.keys().iter().map(|_| Named::default()).collect(),
            amounts: vec![Vec::new(); spec.amounts().len()],
            without_labels: spec.label().filter(|_| columns.label.is_none() && asks_labels(spec)).map(|label| label.name.clone()),
            ..Self::default()
        };
        let dated = args.label_time_col.is_some() || spec.label().is_none_or(|label| label.delay > 0);
        rows.labels_at_once = columns.label.is_some() && !dated && asks_labels(spec);
        let reading = Reading { columns, spec, args };
        let done = table.rows(&columns.picked, usize::MAX, &mut |cells, place| {
            match reading.row(cells, place) {
                Ok(row) => rows.push(row),
                Err(_) if args.read.bad_rows == BadRows::Skip => rows.bad_rows += 1,
                Err(error) => return Err(error),
            }
            Ok(())
        })?;
        rows.done = done;
        rows.settle_floats(columns);
        Ok(rows)
    }

    /// Ids and values of keys that a program wrote as floats, as tables with gaps have them, are the whole numbers.
    fn settle_floats(&mut self, columns: &Columns) {
        let ids = columns.id.map(|at| (at, self.ids.settle_floats()));
        let keys = columns.keys.iter().zip(&mut self.keys).map(|(at, key)| (*at, key.settle_floats()));
        for (at, floats) in ids.into_iter().chain(keys).filter(|(_, floats)| *floats > 0) {
            self.done.notes.push(as_floats(columns.names.get(at).map_or("", String::as_str), floats));
        }
    }

    fn push(&mut self, row: Row<'_>) {
        self.times.push(row.time);
        self.ids.push(&row.id);
        self.keys.iter_mut().zip(&row.keys).for_each(|(column, key)| column.push(key));
        self.amounts.iter_mut().zip(&row.amounts).for_each(|(column, units)| column.push(*units));
        self.flags.push(row.flags);
        self.labels.push(row.label);
    }

    pub(crate) fn len(&self) -> usize {
        self.times.len()
    }
}

type Text<'a> = std::borrow::Cow<'a, str>;

/// A row whose values fit.
struct Row<'a> {
    time: i64,
    id: Text<'a>,
    keys: Vec<Text<'a>>,
    amounts: Vec<i64>,
    flags: u32,
    label: Option<(bool, i64)>,
}

struct Reading<'a> {
    columns: &'a Columns,
    spec: &'a Spec,
    args: &'a SourceArgs,
}

impl Reading<'_> {
    fn row<'c>(&self, cells: &[Cell<'c>], place: &Place<'_>) -> Result<Row<'c>> {
        let (columns, spec) = (self.columns, self.spec);
        let of = |at: usize| cells.get(at).copied().unwrap_or_default();
        let bad = |at: usize, why: &'static str| place.error(why, columns.names.get(at).map_or("", String::as_str), of(at));
        let time = self.time(of(columns.time)).map_err(|why| bad(columns.time, why))?;
        let text = |at: usize| {
            let text = id::id(of(at)).map_err(|why| bad(at, why))?.unwrap_or_default();
            if text.len() > LONGEST_ID { Err(bad(at, "an id or key has at most 256 bytes")) } else { Ok(text) }
        };
        let id = columns.id.map(text).transpose()?.unwrap_or_default();
        if let Some(at) = columns.id.filter(|_| id.is_empty()) {
            return Err(bad(at, "an event has an id"));
        }
        let keys = columns.keys.iter().map(|at| text(*at)).collect::<Result<Vec<_>>>()?;
        let mut amounts = Vec::with_capacity(columns.amounts.len());
        for (n, at) in columns.amounts.iter().enumerate() {
            amounts.push(amount(spec, n, of(*at)).map_err(|(why, code)| {
                let told = bad(*at, why).with("reason", code.as_str());
                spec.amounts().get(n).map_or(told.clone(), |declared| told.with("decimals", declared.decimals))
            })?);
        }
        let mut flags = 0;
        for (bit, at) in columns.flags.iter().enumerate() {
            let flag = truth(of(*at)).ok_or_else(|| bad(*at, NO_FLAG))?;
            flags |= u32::from(flag) << bit;
        }
        if let (Some(at), Some(currency)) = (columns.currency, spec.currency())
            && of(at).word().as_deref() != Some(&currency.is)
        {
            let why = "the amounts are in another currency than the specification declares: convert them first";
            return Err(bad(at, why).with("declared", &currency.is));
        }
        let label = match columns.label.map(|at| (at, of(at))) {
            None | Some((_, Cell::Empty)) => None,
            Some((at, cell)) => {
                let fraud = truth(cell).ok_or_else(|| bad(at, NO_FLAG))?;
                let delay = spec.label().map_or(0, |label| label.delay);
                match columns.label_time.map(|at| (at, of(at))) {
                    None => Some((fraud, time + delay)),
                    // Not known yet.
                    Some((_, Cell::Empty)) => None,
                    Some((at, cell)) => Some((fraud, self.time(cell).map_err(|why| bad(at, why))?)),
                }
            }
        };
        Ok(Row { time, id, keys, amounts, flags, label })
    }

    /// Unix milliseconds.
    fn time(&self, cell: Cell<'_>) -> std::result::Result<i64, &'static str> {
        let format = &self.args.time_format;
        let Some(origin) = self.args.time_origin else {
            return cell.time_ms(format).and_then(|ms| i64::try_from(ms).ok()).ok_or(format.wanted());
        };
        let unit = match format {
            time::Format::Unix(ns) => *ns,
            _ => 1_000_000_000,
        };
        let ms = number(cell).map(|number| (number * (unit as f64 / 1e6)).round());
        let ms = ms.filter(|ms| ms.abs() < 1e14).map(|ms| ms as i64 + origin.cast_signed());
        ms.filter(|ms| (0..=nearhand_features::LATEST_MS).contains(ms)).ok_or("no number after --time-origin")
    }
}

const NO_FLAG: &str = "a flag is 1 or 0, true or false, yes or no";

fn truth(cell: Cell<'_>) -> Option<bool> {
    match cell {
        Cell::Int(1) => Some(true),
        Cell::Int(0) => Some(false),
        Cell::Float(v) if v == 1.0 || v == 0.0 => Some(v == 1.0),
        Cell::Single(v) if v == 1.0 || v == 0.0 => Some(v == 1.0),
        Cell::Text(text) => match text.to_ascii_lowercase().as_str() {
            "1" | "1.0" | "true" | "yes" | "t" | "y" => Some(true),
            "0" | "0.0" | "false" | "no" | "f" | "n" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The note of values that were whole numbers before a program wrote them as floats.
pub(crate) fn as_floats(column: &str, rows: u64) -> Note {
    let why = "ids are whole numbers that a program wrote as floats (5863.0): they are read as the whole numbers";
    Note::new("ids-as-floats", why).with("column", column).with("rows", rows)
}

/// Refuses arguments without a log or a specification.
///
/// # Errors
/// `invalid-option`.
pub(crate) fn source(args: &SourceArgs) -> Result<(Spec, &Path)> {
    let lacks =
        |option: &'static str| Error::new(Code::OptionInvalid, "a specification and a log are needed").with("option", option);
    let spec = args.spec.as_deref().ok_or_else(|| lacks("--spec"))?;
    let log = args.log.as_deref().ok_or_else(|| lacks("--log"))?;
    Ok((super::spec::read(spec)?, log))
}

/// Notes of what is left out and how it was read.
pub(crate) fn told(rows: &Rows) -> Vec<String> {
    let mut notes: Vec<String> = rows.done.notes.iter().map(ToString::to_string).collect();
    if rows.bad_rows > 0 {
        notes.push(format!("note bad-rows: {} rows do not fit and were left out", rows.bad_rows));
    }
    if rows.labels_at_once {
        let why = "a label counts as known at the time of its own event: state label.delay, or --label-time-col";
        notes.push(format!("note labels-at-once: {why}"));
    }
    if let Some(name) = &rows.without_labels {
        notes.push(format!(
            "note no-labels: the log has no column {name}: no fraud is known in any window; name it with --col {name}=COLUMN"
        ));
    }
    notes
}

/// Whether a feature counts labels.
fn asks_labels(spec: &Spec) -> bool {
    spec.features().iter().any(|feature| matches!(feature.kind, Kind::Frauds(..) | Kind::Risk(..)))
}

/// An error of the crate at a row of the log.
pub(super) fn event_error(error: &nearhand_features::Error, row: usize) -> Error {
    refused(error).with("row", row + 1)
}
