//! From events to sessions: sorted, cut at gaps, rare items and short sessions left out.

use super::args::LogArgs;
use super::rows::{CANCELLED, NEGATIVE, RawEvent, Rows};
use crate::read::notes::Note;
use std::ops::Range;

/// The sessions of a log, as ranges of its events.
#[derive(Debug)]
pub(crate) struct Cut {
    pub(super) rows: Rows,
    /// By the time of the last event; among equals by first appearance.
    pub(super) sessions: Vec<Span>,
    /// Events left out by `--min-item-count`.
    pub(crate) rare: u64,
    /// Events left out by `--min-session-length`.
    pub short: u64,
    /// Events of sessions left out by `--since` and `--before`.
    pub outside: u64,
    /// Rows that repeat session, item, kind and time of another.
    pub duplicates: u64,
    /// Sessions with a gap of more than a day in them.
    pub long: u64,
    /// Rows before returns went, and those that look like returns, by reason.
    pub looks: Looks,
}

/// What looks like returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Looks {
    pub rows: u64,
    pub negative: u64,
    pub cancelled: u64,
}

/// One session.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub session: u32,
    /// 2 for the second part of a session that was cut.
    pub part: u32,
    pub events: Range<usize>,
}

/// The gap that no session of a page has.
const LONG_MS: u64 = 24 * 60 * 60 * 1000;

/// The sessions of a log.
///
/// Events are sorted by time within their session, stably. Gaps are cut first, then items with too few events go, then
/// sessions with too few events or outside the asked time: each once, so an item may end below its bound by the last step.
pub(super) fn cut(mut rows: Rows, args: &LogArgs, notes: &mut Vec<Note>) -> Cut {
    let looks = leave_returns_out(&mut rows, args.part, notes);
    let idle_ms = rows.columns.idle_ms(args).unwrap_or(u64::MAX);
    rows.events.sort_by_key(|e| (e.session, e.at_ms));
    let mut counts = vec![0_u32; rows.items.len()];
    for event in &rows.events {
        if let Some(count) = counts.get_mut(event.item as usize) {
            *count += 1;
        }
    }
    let frequent = |e: &RawEvent| counts.get(e.item as usize).is_some_and(|c| *c >= args.min_item_count);
    let all = std::mem::take(&mut rows.events);
    let mut cut = Cut { sessions: Vec::new(), rare: 0, short: 0, outside: 0, duplicates: 0, long: 0, looks, rows };
    let mut last_part = (u32::MAX, 0);
    let mut kept: Vec<RawEvent> = Vec::with_capacity(all.len());
    for part in all.chunk_by(|a, b| a.session == b.session && b.at_ms - a.at_ms <= idle_ms) {
        let Some(session) = part.first().map(|e| e.session) else { continue };
        last_part = (session, if last_part.0 == session { last_part.1 + 1 } else { 1 });
        let start = kept.len();
        kept.extend(part.iter().filter(|e| frequent(e)));
        let events = kept.get(start..).unwrap_or_default();
        cut.rare += (part.len() - events.len()) as u64;
        let end = events.last().map(|e| e.at_ms);
        let in_time = end.is_some_and(|end| args.since.is_none_or(|s| end >= s) && args.before.is_none_or(|b| end < b));
        if in_time && events.len() >= args.min_session_length {
            cut.long += u64::from(events.windows(2).any(|w| matches!(w, [a, b] if b.at_ms - a.at_ms > LONG_MS)));
            cut.sessions.push(Span { session, part: last_part.1, events: start..kept.len() });
        } else {
            let left = if in_time || end.is_none() { &mut cut.short } else { &mut cut.outside };
            *left += events.len() as u64;
            kept.truncate(start);
        }
    }
    cut.duplicates = duplicates(&kept);
    let end = |span: &Span| kept.get(span.events.clone()).and_then(<[RawEvent]>::last).map(|e| e.at_ms);
    cut.sessions.sort_by_key(end);
    cut.rows.events = kept;
    cut
}

/// Returns go, unless what looks like them is most of the log: a shop whose invoices all begin with C, a log of views whose
/// quantities are all zero. Of a part of a log they always go, as the whole decides.
fn leave_returns_out(rows: &mut Rows, part: bool, notes: &mut Vec<Note>) -> Looks {
    let mut reasons = 0;
    let count = |reason| rows.events.iter().filter(|e| e.is_return(reason)).count() as u64;
    let looks = Looks { rows: rows.events.len() as u64, negative: count(NEGATIVE), cancelled: count(CANCELLED) };
    for (reason, what) in
        [(NEGATIVE, "quantities of zero or less"), (CANCELLED, "invoices that begin with C, or orders that were called off")]
    {
        let some = rows.events.iter().filter(|e| e.is_return(reason)).count();
        if part || some * 2 <= rows.events.len() {
            reasons |= reason;
        } else {
            let why = format!("most rows have {what}: they are no returns and are kept");
            notes.push(Note::new("returns-kept", why).with("rows", some));
        }
    }
    for (of, vote) in std::mem::take(&mut rows.returned) {
        if of & reasons == 0 {
            rows.votes.count(vote);
        }
    }
    let before = rows.events.len();
    rows.events.retain(|e| !e.is_return(reasons));
    rows.dropped.returns = (before - rows.events.len()) as u64;
    looks
}

/// Sorted events that repeat another one.
fn duplicates(events: &[RawEvent]) -> u64 {
    let mut same = 0;
    let mut items: Vec<(u32, u8)> = Vec::new();
    for moment in events.chunk_by(|a, b| (a.session, a.at_ms) == (b.session, b.at_ms)).filter(|moment| moment.len() > 1) {
        items.clear();
        items.extend(moment.iter().map(|e| (e.item, e.kind as u8)));
        items.sort_unstable();
        same += items.windows(2).filter(|w| matches!(w, [a, b] if a == b)).count() as u64;
    }
    same
}
