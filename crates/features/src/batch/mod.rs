//! Columns in, columns out.

#[cfg(not(target_arch = "wasm32"))]
mod front;
#[cfg(not(target_arch = "wasm32"))]
mod share;
#[cfg(not(target_arch = "wasm32"))]
mod threads;

use crate::error::{Error, Result};
use crate::event::{Event, Outcome, Seen};
use crate::spec::{MOST_AMOUNTS, MOST_KEYS, Spec};
use crate::windows::Windows;
use std::ops::Range;

/// Columns of events, all of one length, in order of arrival.
#[derive(Clone, Copy, Debug, Default)]
pub struct Columns<'a> {
    /// Unix milliseconds.
    pub times: &'a [i64],
    /// Ids; no entries where the specification declares none.
    pub ids: &'a [&'a str],
    /// A column for each key of the specification.
    pub keys: &'a [&'a [&'a str]],
    /// A column of units for each amount of the specification.
    pub amounts: &'a [&'a [i64]],
    /// Bits of flags; no entries where there are none.
    pub flags: &'a [u32],
    /// The currency of all amounts; empty where none is declared.
    pub currency: &'a str,
    /// Labels and when each was known, Unix milliseconds; no entries where there are none.
    pub labels: &'a [Option<(bool, i64)>],
}

/// Room for the values of an event of columns.
#[derive(Default)]
struct Room<'a> {
    keys: [&'a str; MOST_KEYS],
    amounts: [i64; MOST_AMOUNTS],
}

impl<'a> Columns<'a> {
    /// Whether there is a column for each field, all of one length, and a place for each feature of each row.
    fn check(&self, spec: &Spec, places: usize) -> Result<()> {
        let (rows, keys, amounts) = (self.times.len(), self.keys, self.amounts);
        let lengths = [("ids", self.ids.len(), true), ("flags", self.flags.len(), true), ("labels", self.labels.len(), true)];
        let lengths = lengths.into_iter().chain(keys.iter().map(|column| ("keys", column.len(), false)));
        let mut lengths = lengths.chain(amounts.iter().map(|column| ("amounts", column.len(), false)));
        if let Some((what, have, _)) = lengths.find(|(_, have, maybe)| *have != rows && !(*maybe && *have == 0)) {
            return Err(Error::event("columns are of one length", what, "")
                .count("have", have as i64)
                .count("rows", rows as i64));
        }
        if places != rows.saturating_mul(spec.features().len()) || keys.len() > MOST_KEYS || amounts.len() > MOST_AMOUNTS {
            let why = "there is a column for each key and amount of the specification, and a place for each feature of each row";
            return Err(Error::event(why, "columns", "").count("places", places as i64).count("rows", rows as i64));
        }
        Ok(())
    }

    fn id(&self, row: usize) -> &'a str {
        self.ids.get(row).copied().unwrap_or("")
    }

    fn ids(&self, rows: Range<usize>) -> impl Iterator<Item = &'a str> {
        self.ids.get(rows).unwrap_or_default().iter().copied()
    }

    fn label(&self, row: usize) -> Option<(bool, i64)> {
        self.labels.get(row).copied().flatten().filter(|_| !self.id(row).is_empty())
    }

    /// The event of a row.
    fn event<'e>(&'e self, row: usize, room: &'e mut Room<'a>) -> Event<'e> {
        let Room { keys, amounts } = room;
        keys.iter_mut().zip(self.keys).for_each(|(name, column)| *name = column.get(row).copied().unwrap_or(""));
        amounts.iter_mut().zip(self.amounts).for_each(|(units, column)| *units = column.get(row).copied().unwrap_or(0));
        Event {
            time: self.times.get(row).copied().unwrap_or(0),
            id: self.id(row),
            keys: keys.get(..self.keys.len()).unwrap_or(&[]),
            amounts: amounts.get(..self.amounts.len()).unwrap_or(&[]),
            flags: self.flags.get(row).copied().unwrap_or(0),
            currency: self.currency,
            received: None,
        }
    }
}

/// The rows that are looked at together from this one on.
const fn ahead(row: usize, rows: usize) -> Range<usize> {
    let end = row.saturating_add(Windows::AHEAD);
    row..if end < rows { end } else { rows }
}

impl Windows {
    /// Observes events one after the other, and takes the label of each: `out` has a row of features for each event, left alone where the
    /// outcome has none; `each` gets the row and what became of it.
    ///
    /// # Errors
    /// As [`Windows::observe`], with the `row`; rows before it are recorded.
    pub fn observe_all(&mut self, columns: &Columns<'_>, out: &mut [f64], each: &mut dyn FnMut(usize, Seen)) -> Result<()> {
        columns.check(&self.spec, out.len())?;
        let (rows, features) = (columns.times.len(), self.spec.features().len());
        let mut room = Room::default();
        for (row, out) in (0..rows).zip(out.chunks_exact_mut(features.max(1))) {
            if row.is_multiple_of(Self::AHEAD) {
                let next = ahead(row, rows);
                self.look_ahead(
                    columns.ids(next.clone()),
                    columns.keys.iter().map(|column| column.get(next.clone()).unwrap_or_default().iter().copied()),
                );
            }
            let event = columns.event(row, &mut room);
            let seen = self.observe_into(&event, out).map_err(|error| error.count("row", row as i64))?;
            if let Some((fraud, at)) = columns.label(row).filter(|_| seen.outcome == Outcome::Observed) {
                self.label_number(self.number - 1, fraud, at);
            }
            each(row, seen);
        }
        Ok(())
    }
}
