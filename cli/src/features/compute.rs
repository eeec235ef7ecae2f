//! Features of a log, row by row.

use super::args::Order;
use super::rows::{Rows, event_error};
use crate::files::progress;
use nearhand::Result;
use nearhand_features::{Event, Outcome, Seen, Spec, Windows};

/// Takes a row: its place in the log, what became of it, its features.
pub(crate) type Each<'a> = dyn FnMut(usize, Seen, &[f64]) -> Result<()> + 'a;

/// Rows between two signs of progress.
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

/// Computes the features of all rows in an order. Gives the windows as they stand at the end.
///
/// # Errors
/// `data-invalid` with the row; what `each` says.
pub(crate) fn compute(spec: Spec, rows: &Rows, places: &[u32], each: &mut Each<'_>) -> Result<Windows> {
    let mut out = vec![0.0; spec.features().len()];
    let currency = spec.currency().map_or_else(String::new, |currency| currency.is.clone());
    let mut windows = Windows::new(spec);
    let (mut keys, mut amounts) = (Vec::new(), Vec::new());
    let bar = progress(rows.len() as u64, "computing");
    for (at, row) in places.iter().map(|row| *row as usize).enumerate() {
        if at.is_multiple_of(Windows::AHEAD) {
            let next = || places.iter().skip(at).take(Windows::AHEAD).map(|row| *row as usize);
            windows.look_ahead(next().map(|row| rows.ids.get(row)), rows.keys.iter().map(|key| next().map(|row| key.get(row))));
        }
        keys.clear();
        keys.extend(rows.keys.iter().map(|key| key.get(row)));
        amounts.clear();
        amounts.extend(rows.amounts.iter().map(|column| column.get(row).copied().unwrap_or(0)));
        let event = Event {
            time: rows.times.get(row).copied().unwrap_or(0),
            id: rows.ids.get(row),
            keys: &keys,
            amounts: &amounts,
            flags: rows.flags.get(row).copied().unwrap_or(0),
            currency: &currency,
            received: None,
        };
        let seen = windows.observe_into(&event, &mut out).map_err(|error| event_error(&error, row))?;
        if seen.outcome == Outcome::Observed
            && let Some((fraud, known)) = rows.labels.get(row).copied().flatten()
        {
            windows.label(event.id, fraud, known);
        }
        each(row, seen, if seen.outcome.has_features() { &out } else { &[] })?;
        if at.is_multiple_of(STEP) {
            bar.set_position(at as u64);
        }
    }
    bar.finish_and_clear();
    Ok(windows)
}
