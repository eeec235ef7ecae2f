//! From rows to events: every value checked, what has no place in a session left out and counted.

use super::args::LogArgs;
use super::columns::Columns;
use super::kinds::Words;
use super::names::calls_off;
use super::numbered::Names;
use super::role::{ROLES, Role};
use super::votes::{Vote, Votes};
use crate::read::options::BadRows;
use crate::read::value::cell::{Cell, Place, listed, short};
use crate::read::value::number::Marks;
use crate::read::value::{id, time};
use nearhand::event::{MAX_DWELL_MS, MAX_ID_BYTES};
use nearhand::{Code, Error, EventKind, Result};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// An event whose session and item are numbers, in order of first appearance. Of these a log has millions.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawEvent {
    pub at_ms: u64,
    pub session: u32,
    pub item: u32,
    /// [`NO_DWELL`] where none is told.
    dwell_ms: u32,
    /// 0 where none is told.
    pieces: u16,
    pub kind: EventKind,
    /// Of [`NEGATIVE`] and [`CANCELLED`].
    returned: u8,
}

const NO_DWELL: u32 = u32::MAX;
/// No pieces, or fewer.
pub(super) const NEGATIVE: u8 = 1;
/// An invoice that begins with `C`.
pub(super) const CANCELLED: u8 = 2;

impl RawEvent {
    /// Pieces, for cart and purchase events.
    pub(super) fn quantity(&self) -> Option<u16> {
        Some(self.pieces).filter(|pieces| *pieces > 0)
    }

    /// Visible time of a view.
    pub(super) fn dwell(&self) -> Option<u32> {
        Some(self.dwell_ms).filter(|ms| *ms != NO_DWELL)
    }

    /// Whether it is a return for one of the reasons.
    pub(super) const fn is_return(&self, reasons: u8) -> bool {
        self.returned & reasons != 0
    }
}

/// Rows left out, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dropped {
    /// No session or visitor.
    pub no_session: u64,
    /// No item.
    pub no_item: u64,
    /// No time.
    pub no_time: u64,
    /// A quantity of zero or less, or an invoice that begins with `C`: returns and cancellations.
    pub returns: u64,
    /// A kind that is none of interest, or that `--kind-word` skips.
    pub skipped: u64,
    /// Rows that `--bad-rows skip` leaves out.
    pub bad_rows: u64,
}

/// A word of the kind column.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub word: String,
    /// What it means; nothing for a word that nobody knows.
    pub meaning: Option<Option<EventKind>>,
    pub rows: u64,
}

/// A row that was left out, for people to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Example {
    /// As the counts name it.
    pub why: &'static str,
    pub path: std::path::PathBuf,
    /// `line` or `row`, and its number.
    pub at: String,
    /// Its values.
    pub values: String,
}

/// Rows of one reason that are shown.
const EXAMPLES: usize = 3;

/// All rows of a log.
#[derive(Debug)]
pub(super) struct Rows {
    pub columns: Columns,
    pub events: Vec<RawEvent>,
    pub sessions: Names,
    pub items: Names,
    pub votes: Votes,
    /// What possible returns say of their items, with the reasons: it counts if they are none.
    pub returned: Vec<(u8, Vote)>,
    pub dropped: Dropped,
    pub words: Vec<Word>,
    /// Rows whose time is that of their order's first line.
    pub carried: u64,
    pub examples: Vec<Example>,
    /// By session the visitor, and whether there were several.
    pub visitors: Vec<(u32, bool)>,
    ranges: [Range<usize>; ROLES.len()],
    known: Words,
    by_word: HashMap<String, usize>,
    people: Names,
    /// Of rows whose kind no column tells.
    pub kind: EventKind,
    invoices: bool,
    time: time::Format,
    /// Of prices and of quantities.
    marks: [Option<Marks>; 2],
    bad_rows: BadRows,
    /// Session and time of the row before, and whether its order was called off.
    before: (String, Option<u64>, bool),
}

/// Most words of a kind column that are told apart.
const WORDS: usize = 1000;
/// A row without visitor.
const NOBODY: u32 = u32::MAX;

impl Rows {
    pub(super) fn new(columns: Columns, args: &LogArgs, known: Words, marks: [Option<Marks>; 2]) -> Self {
        let (_, ranges, _) = columns.picked();
        Self {
            invoices: columns.has_invoices(),
            kind: args.kind.or(columns.kind).unwrap_or(EventKind::View),
            ranges,
            columns,
            events: Vec::new(),
            sessions: Names::default(),
            items: Names::default(),
            votes: Votes::default(),
            returned: Vec::new(),
            dropped: Dropped::default(),
            words: Vec::new(),
            carried: 0,
            examples: Vec::new(),
            visitors: Vec::new(),
            known,
            by_word: HashMap::new(),
            people: Names::default(),
            time: args.time_format.clone(),
            marks,
            bad_rows: args.read.bad_rows,
            before: (String::new(), None, false),
        }
    }

    /// Takes a row in.
    ///
    /// # Errors
    /// `data-invalid` with path, line or row, column and value, unless such rows are to be skipped.
    pub(super) fn push(&mut self, cells: &[Cell<'_>], place: &Place<'_>) -> Result<()> {
        let why = match self.take(cells, place) {
            Err(_) if self.bad_rows == BadRows::Skip => {
                self.dropped.bad_rows += 1;
                Some("bad_rows")
            }
            taken => taken?,
        };
        if let Some(why) = why.filter(|why| self.examples.iter().filter(|e| e.why == *why).count() < EXAMPLES) {
            let words: Vec<_> = cells.iter().map(|cell| cell.word().unwrap_or("-".into())).collect();
            let (path, at) = (place.path.to_owned(), format!("{} {}", place.unit, place.number));
            self.examples.push(Example { why, path, at, values: short(&words.join(" ")) });
        }
        Ok(())
    }

    /// Why the row is left out, or will be unless most are such; nothing where it is kept.
    fn take(&mut self, cells: &[Cell<'_>], place: &Place<'_>) -> Result<Option<&'static str>> {
        let of = |role: Role| self.ranges.get(role as usize).and_then(|range| cells.get(range.clone())).unwrap_or_default();
        let one = |role: Role| of(role).first().copied().unwrap_or_default();
        let bad = |role: Role, why: &'static str| place.error(why, &self.columns.name(role), one(role));
        let Some(session) = key(of(Role::Session)).map_err(|why| bad(Role::Session, why))? else {
            // Pages without an item are no loss.
            if one(Role::Item) == Cell::Empty {
                self.dropped.no_item += 1;
                return Ok(Some("no_item"));
            }
            self.dropped.no_session += 1;
            return Ok(Some("no_session"));
        };
        if session.len() > 4 * MAX_ID_BYTES {
            return Err(bad(Role::Session, "a session id has at most 1,024 bytes"));
        }
        let time = self.time(of(Role::Time));
        // Orders may tell their time in their first line alone, even if that line has no item.
        if self.before.0 != *session {
            self.before.0.clear();
            self.before.0.push_str(&session);
            (self.before.1, self.before.2) = (None, false);
        }
        self.before.2 |= one(Role::Status).word().is_some_and(|status| calls_off(&status));
        self.before.1 = time.as_ref().ok().copied().flatten().or(self.before.1);
        let Some(item) = id::id(one(Role::Item)).map_err(|why| bad(Role::Item, why))? else {
            self.dropped.no_item += 1;
            return Ok(Some("no_item"));
        };
        if item.len() > MAX_ID_BYTES || item.chars().any(|c| c.is_control() || c == '\u{fffd}') {
            return Err(bad(
                Role::Item,
                "an item id has at most 256 bytes, and no control characters or marks of a wrong encoding",
            ));
        }
        let kind_cell = one(Role::Kind);
        let number = |role: Role, why: &'static str| match one(role) {
            Cell::Empty => Ok(None),
            cell => cell.number(Marks::default()).map(Some).ok_or_else(|| bad(role, why)),
        };
        let doubt = "the number can be read in two ways: say what marks decimals with --decimal-mark . or ,";
        let mut marks = self.marks;
        let [price_mark, quantity_mark] = &mut marks;
        let marked = |role: Role, mark: &mut Option<Marks>, why: &'static str| match one(role) {
            Cell::Empty => Ok(None),
            cell => {
                let mark = Marks::settle(mark, cell.as_text()).map_err(|_| bad(role, doubt))?;
                // Beyond single floats there is no price in a catalog.
                let number = cell.number(mark).filter(|v| v.abs() < f64::from(f32::MAX));
                number.map(Some).ok_or_else(|| bad(role, why))
            }
        };
        let quantity =
            marked(Role::Quantity, quantity_mark, "a quantity is a number; --quantity-col '' where the column holds none")?;
        let dwell = number(Role::Dwell, "a dwell time is a number of milliseconds; --dwell-col '' where the column holds none")?;
        if dwell.is_some_and(|d| d < 0.0) {
            return Err(bad(Role::Dwell, "a dwell time is not negative; --dwell-col '' leaves the column out"));
        }
        let price = "a price is a number; see --decimal-mark, or leave the column out with --event-price-col ''";
        let price = marked(Role::Price, price_mark, price)?;
        self.marks = marks;
        let time = time.map_err(|value| place.error(self.time.wanted(), &self.columns.name(Role::Time), Cell::Text(&value)))?;
        let visitor = one(Role::Visitor).word();
        // Titles are cut at 4,096 bytes later on: twice that tells that they are longer.
        let title = one(Role::Title).word().map(|t| match t.get(..t.floor_char_boundary(8192)) {
            Some(start) if start.len() < t.len() => Cow::Owned(start.to_owned()),
            _ => t,
        });

        let kind = match kind_cell.word() {
            None => self.kind,
            Some(word) => match meaning(&mut self.words, &mut self.by_word, &self.known, &word) {
                Some(Some(kind)) => kind,
                Some(None) => {
                    self.dropped.skipped += 1;
                    return Ok(Some("skipped"));
                }
                // All unknown words are told at once, at the end.
                None => return Ok(None),
            },
        };
        let number = self.sessions.number(&session);
        let Some(at_ms) = self.before.1 else {
            self.dropped.no_time += 1;
            return Ok(Some("no_time"));
        };
        self.carried += u64::from(time.is_none());
        self.note_visitor(number, visitor);
        let item = self.items.number(&item);
        let vote = self.votes.vote(item, title.as_deref(), price);
        let counts = matches!(kind, EventKind::CartAdd | EventKind::CartRemove | EventKind::Purchase);
        let negative = quantity.is_some_and(|q| q <= 0.0);
        let cancelled = self.before.2
            || self.invoices && session.strip_prefix('C').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let returned = if negative { NEGATIVE } else { 0 } | if cancelled { CANCELLED } else { 0 };
        match returned {
            0 => self.votes.count(vote),
            reasons => self.returned.push((reasons, vote)),
        }
        self.events.push(RawEvent {
            session: number,
            item,
            at_ms,
            kind,
            // Weights and lengths count as begun pieces.
            pieces: quantity.filter(|q| counts && *q > 0.0).map_or(0, |q| q.ceil().min(f64::from(u16::MAX)) as u16),
            dwell_ms: dwell.filter(|_| kind == EventKind::View).map_or(NO_DWELL, |d| d.min(f64::from(MAX_DWELL_MS)) as u32),
            returned,
        });
        Ok((negative || cancelled).then_some("returns"))
    }

    /// The time of a row, nothing where there is none, or the value that is none.
    fn time(&self, cells: &[Cell<'_>]) -> std::result::Result<Option<u64>, String> {
        let said = |cell: &Cell<'_>| cell.word().unwrap_or_default().into_owned();
        match cells {
            [] | [Cell::Empty, ..] => Ok(None),
            [cell] => cell.time_ms(&self.time).map(Some).ok_or_else(|| said(cell)),
            [day, clock, ..] => {
                let as_day = |ms: u64| time::format(ms).get(..10).unwrap_or_default().to_owned();
                let day_text = match day {
                    Cell::Int(_) | Cell::Uint(_) | Cell::Float(_) if self.time == time::Format::Auto => {
                        Cow::Owned(as_day(day.time_ms(&self.time).ok_or_else(|| said(day))?))
                    }
                    Cell::TimeMs(ms) => Cow::Owned(as_day((*ms).max(0).cast_unsigned())),
                    day => day.word().unwrap_or_default(),
                };
                let joined = match clock.word() {
                    Some(clock) => format!("{day_text} {clock}"),
                    None => day_text.into_owned(),
                };
                self.time.text(&joined).or_else(|| by_parts(&self.time, &joined)).map(Some).ok_or(joined)
            }
        }
    }

    fn note_visitor(&mut self, session: u32, visitor: Option<Cow<'_, str>>) {
        let Some(visitor) = visitor else { return };
        let visitor = self.people.number(&visitor);
        if self.visitors.len() <= session as usize {
            self.visitors.resize(session as usize + 1, (NOBODY, false));
        }
        if let Some(known) = self.visitors.get_mut(session as usize) {
            known.1 |= known.0 != NOBODY && known.0 != visitor;
            known.0 = visitor;
        }
    }

    /// What a log of a kind column must not hold.
    ///
    /// # Errors
    /// `data-invalid` with all words that nobody knows, and how often they stand there.
    pub(super) fn check_words(&self, path: &std::path::Path) -> Result<()> {
        let mut unknown: Vec<&Word> = self.words.iter().filter(|word| word.meaning.is_none()).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        unknown.sort_by_key(|word| std::cmp::Reverse(word.rows));
        let words: Vec<String> = unknown.iter().map(|word| format!("{} ({})", short(&word.word), word.rows)).collect();
        let some_known = self.words.iter().any(|word| word.meaning.is_some());
        let why = if some_known {
            "words that are no known kind of event: say what each is with --kind-word WORD=KIND or WORD=skip"
        } else {
            "no word of the column is a known kind of event: leave it out with --kind-col '' where it is none, name another, or \
             say what its words are with --kind-word WORD=KIND or WORD=skip"
        };
        let first = unknown.first().map(|word| word.word.as_str()).unwrap_or_default();
        let error = Error::new(Code::DataInvalid, why)
            .with("path", path.display())
            .with("column", self.columns.name(Role::Kind))
            .with("value", first);
        Err(listed(error, "words", ", ", &words))
    }

    /// Ids that were whole numbers before a program wrote them as floats are those numbers: how many were.
    pub(super) fn settle_floats(&mut self) -> usize {
        let items = self.items.settle_floats();
        let sessions = self.sessions.settle_floats();
        if let Some((new, _)) = &items {
            self.votes.renumber(new);
        }
        let new = |by: &Option<(Vec<u32>, usize)>, old: u32| match by {
            Some((new, _)) => new.get(old as usize).copied().unwrap_or(old),
            None => old,
        };
        if items.is_some() || sessions.is_some() {
            for (_, vote) in &mut self.returned {
                vote.item = new(&items, vote.item);
            }
            for event in &mut self.events {
                event.item = new(&items, event.item);
                event.session = new(&sessions, event.session);
            }
        }
        items.map_or(0, |(_, floats)| floats)
    }
}

/// A day and a time of day of numbers: 20260131 and 82600.
fn by_parts(format: &time::Format, joined: &str) -> Option<u64> {
    let (day, clock) = joined.split_once(' ')?;
    // 1230 may be half past twelve or half a minute past twelve: say which with --time-format.
    if !(5..=6).contains(&clock.len()) || !clock.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let clock = format!("{clock:0>6}");
    let pair = |at: usize| clock.get(at..at + 2);
    let day = format.text(day)?;
    let text = time::format(day);
    format.text(&format!("{} {}:{}:{}", text.get(..10)?, pair(0)?, pair(2)?, pair(4)?))
}

/// A session's key; of several columns all must be there.
fn key<'c>(cells: &[Cell<'c>]) -> std::result::Result<Option<Cow<'c, str>>, &'static str> {
    match cells {
        [] => Ok(None),
        [cell] => id::id(*cell),
        cells => {
            let mut key = String::new();
            for cell in cells {
                let Some(part) = id::id(*cell)? else { return Ok(None) };
                if !key.is_empty() {
                    key.push('/');
                }
                // So that a/b and c are not a and b/c.
                if part.contains(['/', '%']) {
                    key.push_str(&part.replace('%', "%25").replace('/', "%2F"));
                } else {
                    key.push_str(&part);
                }
            }
            Ok(Some(Cow::Owned(key)))
        }
    }
}

/// What a word means, which is then counted.
fn meaning(words: &mut Vec<Word>, by_word: &mut HashMap<String, usize>, known: &Words, word: &str) -> Option<Option<EventKind>> {
    let at = match by_word.get(word) {
        Some(at) => *at,
        None => {
            let at = words.len().min(WORDS);
            if at < WORDS {
                words.push(Word { word: word.to_owned(), meaning: known.find(word), rows: 0 });
                by_word.insert(word.to_owned(), at);
            } else {
                return known.find(word);
            }
            at
        }
    };
    let word = words.get_mut(at)?;
    word.rows += 1;
    word.meaning
}
