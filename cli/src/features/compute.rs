//! Features of a log, row by row.

use super::args::Order;
use super::rows::{Rows, event_error};
use crate::files::progress;
use nearhand::Result;
use nearhand_features::{Columns, Seen, Spec, Windows};

/// Takes a row: its place in the log, what became of it, its features.
pub(crate) type Each<'a> = dyn FnMut(usize, Seen, &[f64]) -> Result<()> + 'a;

/// Rows that are taken at once, and between two signs of progress.
const STEP: usize = 1 << 14;

/// Whether the log is in the order in which its rows are to be taken.
pub(super) fn is_sorted(rows: &Rows, by: Order) -> bool {
    by == Order::Log || rows.times.is_sorted()
}

/// The order in which rows are taken.
pub(crate) fn order(rows: &Rows, by: Order) -> Vec<u32> {
    let mut places: Vec<u32> = (0..rows.len() as u32).collect();
    if !is_sorted(rows, by) {
        places.sort_by_key(|row| rows.times.get(*row as usize));
    }
    places
}

/// Computes the features of all rows in an order, on up to so many threads. Gives the windows as they stand at the end.
///
/// # Errors
/// `data-invalid` with the row; what `each` says.
pub(crate) fn compute(spec: Spec, rows: &Rows, places: &[u32], threads: usize, each: &mut Each<'_>) -> Result<Windows> {
    let features = spec.features().len();
    let currency = spec.currency().map_or_else(String::new, |currency| currency.is.clone());
    let mut windows = Windows::new(spec);
    let (mut out, mut outcomes) = (vec![0.0; places.len().min(STEP) * features], Vec::new());
    let bar = progress(rows.len() as u64, "computing");
    for (step, places) in places.chunks(STEP).enumerate() {
        let part = Part::of(rows, places);
        let (keys, amounts) = (slices(&part.keys), slices(&part.amounts));
        let columns = Columns {
            times: &part.times,
            ids: if windows.spec().id().is_some() { &part.ids } else { &[] },
            keys: &keys,
            amounts: &amounts,
            flags: &part.flags,
            currency: &currency,
            labels: &part.labels,
        };
        outcomes.clear();
        let out = out.get_mut(..places.len() * features).unwrap_or_default();
        let done = windows.observe_all_on(threads, &columns, out, &mut |_, seen| outcomes.push(seen));
        let told = places.iter().zip(&outcomes).zip(out.chunks_exact(features.max(1)));
        for ((row, seen), features) in told {
            each(*row as usize, *seen, if seen.outcome.has_features() { features } else { &[] })?;
        }
        if let Err(error) = done {
            // The first that was not taken.
            return Err(event_error(&error, places.get(outcomes.len()).map_or(0, |row| *row as usize)));
        }
        bar.set_position(((step + 1) * STEP) as u64);
    }
    bar.finish_and_clear();
    Ok(windows)
}

/// Rows as columns, in the order in which they are taken.
struct Part<'a> {
    times: Vec<i64>,
    ids: Vec<&'a str>,
    keys: Vec<Vec<&'a str>>,
    amounts: Vec<Vec<i64>>,
    flags: Vec<u32>,
    labels: Vec<Option<(bool, i64)>>,
}

impl<'a> Part<'a> {
    fn of(rows: &'a Rows, places: &[u32]) -> Self {
        let places = || places.iter().map(|row| *row as usize);
        fn all<T: Copy + Default>(column: &[T], places: impl Iterator<Item = usize>) -> Vec<T> {
            places.map(|row| column.get(row).copied().unwrap_or_default()).collect()
        }
        Self {
            times: all(&rows.times, places()),
            ids: places().map(|row| rows.ids.get(row)).collect(),
            keys: rows.keys.iter().map(|key| places().map(|row| key.get(row)).collect()).collect(),
            amounts: rows.amounts.iter().map(|column| all(column, places())).collect(),
            flags: all(&rows.flags, places()),
            labels: all(&rows.labels, places()),
        }
    }
}

fn slices<T>(columns: &[Vec<T>]) -> Vec<&[T]> {
    columns.iter().map(Vec::as_slice).collect()
}
