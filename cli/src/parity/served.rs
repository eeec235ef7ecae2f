//! The table of served features, by id.

use crate::features::as_floats;
use crate::read::Table;
use crate::read::options::{BadRows, Options};
use crate::read::value::cell::{Cell, Place, listed, short};
use crate::read::value::id;
use crate::read::value::plain::number;
use nearhand::{Code, Error, Result};
use std::collections::HashMap;
use std::path::Path;

/// Served rows: values by feature, found by their ids.
#[derive(Debug, Default)]
pub(super) struct Served {
    /// By id the row of its values.
    pub by_id: HashMap<String, u32>,
    /// Some id has a fraction, so that `1.0` is not `1`.
    pub fractions: bool,
    /// By feature; no number where the table has nothing.
    pub values: Vec<Vec<f64>>,
    /// Rows whose id was there before: of each id the first counts. And those of them that have another value.
    pub repeated: u64,
    pub differ: u64,
    pub notes: Vec<String>,
}

/// Where an id and features are in a table.
#[derive(Clone, Debug)]
pub(super) struct Where {
    pub id: usize,
    /// By feature.
    pub features: Vec<usize>,
    /// What a row of a request log is of.
    pub kind: Option<usize>,
}

/// The place of a column by its name.
///
/// # Errors
/// As [`Table::column`].
pub(super) fn column(table: &Table, name: &str) -> Result<Option<usize>> {
    table.column(name, |column| column == name)
}

/// The place of the column of ids.
///
/// # Errors
/// `data-invalid` with the columns that are there, or the places of several of that name.
pub(super) fn id_column(table: &Table, name: &str) -> Result<usize> {
    column(table, name)?.ok_or_else(|| {
        let why = "the table has no column of that name: name that of the ids with --id";
        let error = Error::new(Code::DataInvalid, why).with("path", table.path().display()).with("column", short(name));
        listed(error, "columns", " ", table.header())
    })
}

/// Hands out the id and the values of each row of a table. Gives the notes of its reading.
///
/// # Errors
/// `io`; `data-invalid` with path, line or row, column and value, unless such rows are to be skipped.
pub(super) fn rows(table: Table, at: &Where, options: &Options, each: &mut dyn FnMut(&str, &[f64])) -> Result<Vec<String>> {
    let picked: Vec<usize> = [at.id].into_iter().chain(at.features.iter().copied()).chain(at.kind).collect();
    let names: Vec<String> = picked.iter().map(|at| table.header().get(*at).cloned().unwrap_or_default()).collect();
    let (mut values, mut skipped, mut slates) = (Vec::new(), 0_u64, 0_u64);
    let mut row = |cells: &[Cell<'_>], place: &Place<'_>| {
        let name = |at: usize| names.get(at).map_or("", String::as_str);
        let kind = at.kind.and_then(|_| cells.last()?.word());
        if kind.is_some_and(|kind| kind == "slates") {
            slates += 1;
            return Ok(());
        }
        let first = cells.first().copied().unwrap_or_default();
        let id = id::id(first).map_err(|why| place.error(why, name(0), first))?;
        let id = id.ok_or_else(|| place.error("a row has an id", name(0), first))?;
        values.clear();
        for (n, cell) in cells.iter().enumerate().skip(1).take(at.features.len()) {
            let why = "a feature is a plain number, like 1050.5 or 1e-05, or nothing";
            values.push(number(*cell).ok_or_else(|| place.error(why, name(n), *cell))?);
        }
        each(&id, &values);
        Ok(())
    };
    let done = table.rows(&picked, usize::MAX, &mut |cells, place| match row(cells, place) {
        Err(_) if options.bad_rows == BadRows::Skip => {
            skipped += 1;
            Ok(())
        }
        read => read,
    })?;
    let mut notes: Vec<String> = done.notes.iter().map(ToString::to_string).collect();
    if slates > 0 {
        notes.push(format!("note slates: {slates} rows are of slates: they are passed over, compare them by --bundle"));
    }
    if skipped > 0 {
        notes.push(format!("note bad-rows: {skipped} rows do not fit and were left out"));
    }
    Ok(notes)
}

impl Served {
    /// Reads the table.
    ///
    /// # Errors
    /// As [`rows`].
    pub(super) fn read(table: Table, at: &Where, options: &Options) -> Result<Self> {
        let mut served = Self { values: vec![Vec::new(); at.features.len()], ..Self::default() };
        let mut own = std::mem::take(&mut served.values);
        let name = table.header().get(at.id).cloned().unwrap_or_default();
        served.notes = rows(table, at, options, &mut |id, values| {
            if let Some(row) = served.by_id.get(id) {
                let first = own.iter().map(|column| column.get(*row as usize).copied().unwrap_or(f64::NAN));
                let same = first.zip(values).all(|(a, b)| a == *b || a.is_nan() && b.is_nan());
                served.repeated += 1;
                served.differ += u64::from(!same);
                return;
            }
            served.by_id.insert(id.to_owned(), served.by_id.len() as u32);
            own.iter_mut().zip(values).for_each(|(column, value)| column.push(*value));
        })?;
        served.values = own;
        let floats = served.settle_floats();
        if floats > 0 {
            served.notes.push(as_floats(&name, floats).to_string());
        }
        Ok(served)
    }

    /// Takes ids that are whole numbers written as floats for the whole numbers, unless some id has a fraction. Gives how many were such.
    fn settle_floats(&mut self) -> u64 {
        let pointed = || self.by_id.keys().filter(|id| id.contains('.'));
        self.fractions = pointed().any(|id| id::as_whole(id).is_none());
        let floats = if self.fractions { 0 } else { pointed().count() };
        if floats > 0 {
            let mut settled: HashMap<String, u32> = HashMap::with_capacity(self.by_id.len());
            for (id, row) in std::mem::take(&mut self.by_id) {
                let id = id::as_whole(&id).map_or_else(|| id.clone(), str::to_owned);
                // Of 1 and 1.0 the first counts.
                let first = settled.entry(id).or_insert(row);
                *first = row.min(*first);
            }
            let rows = self.values.first().map_or(0, Vec::len);
            self.repeated += rows.saturating_sub(settled.len()) as u64;
            self.by_id = settled;
        }
        floats as u64
    }

    /// The row of an id. One that the other side has as a float, `1.0`, is the whole number, unless served ids have fractions.
    pub(super) fn find(&self, id: &str) -> Option<usize> {
        self.by_id.get(self.whole(id).unwrap_or(id)).map(|row| *row as usize)
    }

    /// The whole number that an id of the other side is, written as a float.
    pub(super) fn whole<'a>(&self, id: &'a str) -> Option<&'a str> {
        if self.fractions { None } else { id::as_whole(id) }
    }

    /// Rows with an id of their own.
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Rows of values, those of an id that was there before as `1` and comes as `1.0` among them.
    pub(super) fn rows(&self) -> usize {
        self.values.first().map_or(0, Vec::len)
    }

    /// Opens a table.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub(super) fn open(path: &Path, options: &Options) -> Result<Table> {
        Table::open(path, options)?.look_further(path)
    }
}
