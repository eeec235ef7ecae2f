//! From rows to events: every value checked, what has no place in a session left out and counted.

use super::cell::{Cell, Place};
use super::columns::{Columns, LogArgs, Role, Row};
use super::kinds::Words;
use super::votes::Votes;
use nearhand::event::{MAX_DWELL_MS, MAX_ID_BYTES};
use nearhand::{EventKind, Result};
use std::collections::HashMap;

/// An event whose session and item are numbers, in order of first appearance.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawEvent {
    pub session: u32,
    pub item: u32,
    pub at_ms: u64,
    pub kind: EventKind,
    pub quantity: Option<u16>,
    pub dwell_ms: Option<u32>,
}

/// Rows left out, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dropped {
    /// No session or visitor.
    pub no_session: u64,
    /// No item.
    pub no_item: u64,
    /// A quantity of zero or less, or an invoice that begins with `C`: returns and cancellations.
    pub returns: u64,
    /// A kind that `--kind-word` skips.
    pub skipped: u64,
}

/// Distinct words, numbered in order of first appearance.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_name: HashMap<String, u32>,
    names: Vec<String>,
}

impl Names {
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.by_name.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.by_name.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        number
    }

    pub(super) fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("", String::as_str)
    }

    pub(super) const fn len(&self) -> usize {
        self.names.len()
    }
}

/// All rows of a log.
#[derive(Debug)]
pub(super) struct Rows {
    pub columns: Columns,
    pub events: Vec<RawEvent>,
    pub sessions: Names,
    pub items: Names,
    pub votes: Votes,
    pub dropped: Dropped,
    kind: EventKind,
    words: Words,
    invoices: bool,
}

impl Rows {
    pub(super) fn new(columns: Columns, args: &LogArgs) -> Result<Self> {
        Ok(Self {
            invoices: columns.has_invoices(),
            columns,
            events: Vec::new(),
            sessions: Names::default(),
            items: Names::default(),
            votes: Votes::default(),
            dropped: Dropped::default(),
            kind: args.kind,
            words: Words::of(&args.kind_words)?,
        })
    }

    /// Takes a row in.
    ///
    /// # Errors
    /// `data-invalid` with path, line or row, column and value.
    pub(super) fn push(&mut self, row: &Row<'_>, place: &Place<'_>) -> Result<()> {
        let bad = |role: Role, why: &str| place.error(why, self.columns.name(role), row.get(role));
        let Some(session) = row.get(Role::Session).word() else {
            self.dropped.no_session += 1;
            return Ok(());
        };
        let Some(item) = row.get(Role::Item).word() else {
            self.dropped.no_item += 1;
            return Ok(());
        };
        if item.len() > MAX_ID_BYTES || item.chars().any(char::is_control) {
            return Err(bad(Role::Item, "an item id has at most 256 bytes and no control characters"));
        }
        let kind = match row.get(Role::Kind) {
            Cell::Empty => self.kind,
            cell => match cell.word().and_then(|word| self.words.find(&word)) {
                Some(Some(kind)) => kind,
                Some(None) => {
                    self.dropped.skipped += 1;
                    return Ok(());
                }
                None => {
                    return Err(bad(
                        Role::Kind,
                        "no known kind of event: say what it is with --kind-word WORD=KIND or WORD=skip",
                    ));
                }
            },
        };
        let number = |role: Role, why: &str| match row.get(role) {
            Cell::Empty => Ok(None),
            cell => cell.number().map(Some).ok_or_else(|| bad(role, why)),
        };
        let quantity = number(Role::Quantity, "a quantity is a number")?;
        if quantity.is_some_and(|q| q <= 0.0) || (self.invoices && session.starts_with('C')) {
            self.dropped.returns += 1;
            return Ok(());
        }
        let dwell = number(Role::Dwell, "a dwell time is a number of milliseconds")?;
        if dwell.is_some_and(|d| d < 0.0) {
            return Err(bad(Role::Dwell, "a dwell time is not negative"));
        }
        let price = number(Role::Price, "a price is a number")?;
        let time = "a time is Unix time, YYYY-MM-DD or YYYY-MM-DD HH:MM:SS, optionally with a zone";
        let at_ms = row.get(Role::Time).time_ms().ok_or_else(|| bad(Role::Time, time))?;
        let item = self.items.number(&item);
        self.votes.add(item, row.get(Role::Title).word().as_deref(), price);
        let pieces = matches!(kind, EventKind::CartAdd | EventKind::CartRemove | EventKind::Purchase);
        self.events.push(RawEvent {
            session: self.sessions.number(&session),
            item,
            at_ms,
            kind,
            // Weights and lengths count as begun pieces.
            quantity: quantity.filter(|_| pieces).map(|q| q.ceil().min(f64::from(u16::MAX)) as u16),
            dwell_ms: dwell.filter(|_| kind == EventKind::View).map(|d| d.min(f64::from(MAX_DWELL_MS)) as u32),
        });
        Ok(())
    }
}
