//! Columns in, columns out.

use crate::error::{Error, Result};
use crate::event::{Event, Outcome, Seen};
use crate::spec::{MOST_AMOUNTS, MOST_KEYS};
use crate::windows::Windows;

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

impl Windows {
    /// Observes events one after the other, and takes the label of each: `out` has a row of features for each event, left alone where the
    /// outcome has none; `each` gets the row and what became of it.
    ///
    /// # Errors
    /// As [`Windows::observe`], with the `row`; rows before it are recorded.
    pub fn observe_all(&mut self, columns: &Columns<'_>, out: &mut [f64], each: &mut dyn FnMut(usize, Seen)) -> Result<()> {
        let (rows, features) = (columns.times.len(), self.spec.features().len());
        let (keys, amounts) = (columns.keys, columns.amounts);
        let lengths =
            [("ids", columns.ids.len(), true), ("flags", columns.flags.len(), true), ("labels", columns.labels.len(), true)];
        let lengths = lengths.into_iter().chain(keys.iter().map(|column| ("keys", column.len(), false)));
        let mut lengths = lengths.chain(amounts.iter().map(|column| ("amounts", column.len(), false)));
        if let Some((what, have, _)) = lengths.find(|(_, have, maybe)| *have != rows && !(*maybe && *have == 0)) {
            return Err(Error::event("columns are of one length", what, "")
                .count("have", have as i64)
                .count("rows", rows as i64));
        }
        if out.len() != rows.saturating_mul(features) || keys.len() > MOST_KEYS || amounts.len() > MOST_AMOUNTS {
            let why = "there is a column for each key and amount of the specification, and a place for each feature of each row";
            return Err(Error::event(why, "columns", "").count("places", out.len() as i64).count("rows", rows as i64));
        }
        let (mut names, mut units) = ([""; MOST_KEYS], [0; MOST_AMOUNTS]);
        for ((row, time), out) in columns.times.iter().enumerate().zip(out.chunks_exact_mut(features.max(1))) {
            if row.is_multiple_of(Self::AHEAD) {
                let next = row..row.saturating_add(Self::AHEAD).min(rows);
                self.look_ahead(
                    columns.ids.get(next.clone()).unwrap_or_default().iter().copied(),
                    keys.iter().map(|column| column.get(next.clone()).unwrap_or_default().iter().copied()),
                );
            }
            names.iter_mut().zip(keys).for_each(|(name, column)| *name = column.get(row).copied().unwrap_or(""));
            units.iter_mut().zip(amounts).for_each(|(units, column)| *units = column.get(row).copied().unwrap_or(0));
            let id = columns.ids.get(row).copied().unwrap_or("");
            let event = Event {
                time: *time,
                id,
                keys: names.get(..keys.len()).unwrap_or(&[]),
                amounts: units.get(..amounts.len()).unwrap_or(&[]),
                flags: columns.flags.get(row).copied().unwrap_or(0),
                currency: columns.currency,
                received: None,
            };
            let seen = self.observe_into(&event, out).map_err(|error| error.count("row", row as i64))?;
            if let Some((fraud, at)) =
                columns.labels.get(row).copied().flatten().filter(|_| seen.outcome == Outcome::Observed && !id.is_empty())
            {
                self.label_number(self.number - 1, fraud, at);
            }
            each(row, seen);
        }
        Ok(())
    }
}
