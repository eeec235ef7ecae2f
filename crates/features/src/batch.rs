//! Columns in, columns out.

use crate::error::Result;
use crate::event::Seen;
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
    /// Labels and when each was known, Unix milliseconds; no entries where there are none.
    pub labels: &'a [Option<(bool, i64)>],
}

impl Windows {
    /// Observes events one after the other, and takes their labels: `out` has a row of features for each event, left alone where the
    /// outcome has none; `seen` gets what became of each.
    ///
    /// # Errors
    /// As [`Windows::observe`], with the `row`; rows before it are recorded.
    pub fn observe_all(&mut self, _columns: &Columns<'_>, _out: &mut [f64], _seen: &mut Vec<Seen>) -> Result<()> {
        Ok(())
    }
}
