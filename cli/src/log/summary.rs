//! What a log is like: the line that goes before every training, the notes, and the figures of `nearhand check`.

use super::cut::Cut;
use super::meet::Events;
use super::role::{ROLES, Role};
use super::rows::{Dropped, Example, RawEvent, Word};
use super::{LogArgs, Read, time};
use crate::read::notes::Note;
use crate::read::value::cell::short;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The line that says what was read and what was left out.
pub(super) fn line(read: &Read, args: &LogArgs) -> String {
    let cut = &read.cut;
    let path = args.events.clone().unwrap_or_default();
    let iso = |ms: Option<u64>| ms.map(time::format).unwrap_or_default().replace(' ', "T");
    let span = span(&cut.rows.events);
    format!(
        "log {} sessions={} events={} items={} from={} to={} left_out: {}",
        path.display(),
        cut.sessions.len(),
        cut.rows.events.len(),
        items(cut),
        iso(span.map(|(from, _)| from)),
        iso(span.map(|(_, to)| to)),
        left_out(cut),
    )
}

/// What was left out, by reason.
pub(crate) fn left_out(cut: &Cut) -> String {
    let Dropped { returns, no_session, no_item, no_time, skipped, bad_rows } = cut.rows.dropped;
    let filters = cut.rare + cut.short + cut.outside;
    let mut line = format!("returns={returns} no_session={no_session} no_item={no_item} skipped={skipped} filters={filters}");
    for (name, count) in [("no_time", no_time), ("bad_rows", bad_rows)] {
        if count > 0 {
            line.push_str(&format!(" {name}={count}"));
        }
    }
    line
}

pub(super) fn span(events: &[RawEvent]) -> Option<(u64, u64)> {
    let times = || events.iter().map(|e| e.at_ms);
    times().min().zip(times().max())
}

/// Distinct items of the events.
fn items(cut: &Cut) -> usize {
    let mut seen = vec![false; cut.rows.items.len()];
    for event in &cut.rows.events {
        if let Some(seen) = seen.get_mut(event.item as usize) {
            *seen = true;
        }
    }
    seen.iter().filter(|seen| **seen).count()
}

/// Events that tell of an interest, and sessions of two and more of them.
fn learns(cut: &Cut) -> (u64, u64) {
    let of = |s: &super::cut::Span| {
        let events = cut.rows.events.get(s.events.clone()).unwrap_or_default();
        events.iter().filter(|e| e.kind.is_interest()).count() as u64
    };
    cut.sessions.iter().map(of).fold((0, 0), |(events, sessions), n| (events + n, sessions + u64::from(n > 1)))
}

/// Events from which on a session is hardly a person's.
const BOT: usize = 1000;

/// What a person should know of the sessions.
pub(super) fn notes(cut: &Cut, args: &LogArgs, notes: &mut Vec<Note>) {
    let columns = &cut.rows.columns;
    let column = columns.name(Role::Session);
    if args.idle_minutes.is_none() && columns.has_visitors() {
        let why = "the session column holds visitors: their events are cut at gaps of 30 minutes; see --idle-minutes";
        notes.push(Note::new("visitors-cut", why).with("column", &column));
    } else if args.idle_minutes.is_none() && cut.long * 20 > cut.sessions.len() as u64 {
        let why = "sessions go on after more than a day: if these are visitors, cut them with --idle-minutes 30";
        notes.push(Note::new("sessions-long", why).with("column", &column).with("sessions", cut.long));
    }
    let is_shared = |session: u32| cut.rows.visitors.get(session as usize).is_some_and(|(_, several)| *several);
    let shared = (0..cut.rows.sessions.len() as u32).filter(|session| is_shared(*session)).count();
    let of_them = cut.rows.events.iter().filter(|e| is_shared(e.session)).count();
    if shared > 0 && of_them * 100 > cut.rows.events.len() {
        let visitor = columns.name(Role::Visitor);
        let why = format!(
            "session ids are shared by several visitors: if they count within a visitor, say --session-col {visitor},{column}"
        );
        notes.push(Note::new("sessions-shared", why).with("sessions", shared));
    }
    let sessions = || cut.sessions.iter().map(|s| cut.rows.events.get(s.events.clone()).unwrap_or_default());
    if !cut.sessions.is_empty() && sessions().all(|events| events.iter().all(|e| Some(e.item) == events.first().map(|f| f.item)))
    {
        let why = "every session has one item: nothing follows anything; name the column of sessions with --session-col";
        notes.push(Note::new("single-sessions", why).with("column", &column).with("sessions", cut.sessions.len()));
    }
    let on_days = |e: &RawEvent| e.at_ms.is_multiple_of(86_400_000);
    if cut.rows.events.len() > 1 && cut.rows.events.iter().all(on_days) {
        let why = "times are days alone: within a day events are in the order of the file";
        notes.push(Note::new("days-alone", why).with("column", columns.name(Role::Time)));
    }
    let bots = cut.sessions.iter().filter(|s| s.events.len() >= BOT);
    if let Some(largest) = bots.clone().max_by_key(|s| s.events.len()) {
        let why = "sessions of a thousand events and more are hardly people's";
        let name = cut.rows.sessions.name(largest.session);
        notes.push(
            Note::new("bots", why).with("sessions", bots.count()).with("largest", name).with("events", largest.events.len()),
        );
    }
    if !cut.sessions.is_empty() && learns(cut).0 == 0 {
        let why = "all events are impressions or dismissals, and nothing is learnt from those: see --kind-word";
        notes.push(Note::new("nothing-learnt", why).with("events", cut.rows.events.len()));
    }
    if cut.duplicates * 20 > cut.rows.events.len() as u64 {
        let why = "rows repeat session, item, kind and time of another: was the log put together twice?";
        notes.push(Note::new("duplicates", why).with("rows", cut.duplicates));
    }
}

/// The figures of a log.
#[derive(Debug)]
pub(crate) struct Summary {
    pub path: PathBuf,
    pub layout: Option<&'static str>,
    /// Names of the columns by role.
    pub columns: Vec<(&'static str, Vec<String>)>,
    pub rows: u64,
    pub events: usize,
    pub sessions: usize,
    pub items: usize,
    /// First and last event, Unix milliseconds.
    pub span: Option<(u64, u64)>,
    pub kinds: Vec<(&'static str, u64)>,
    pub words: Vec<(String, Option<&'static str>, u64)>,
    pub left_out: Vec<(&'static str, u64)>,
    /// Events that training learns from, and sessions of two and more of them: impressions and dismissals are none.
    pub learns: (u64, u64),
    /// Columns that are not read.
    pub unread: Vec<String>,
    /// Some rows that were left out.
    pub examples: Vec<Example>,
    /// Events of the sessions, ascending.
    pub lengths: Vec<u32>,
    /// Gaps within sessions, ascending, milliseconds; evenly thinned where there are many.
    pub gaps: Vec<u64>,
    pub top_items: Vec<(String, String, u64)>,
    pub largest: Vec<(String, u64)>,
    pub duplicates: u64,
    /// Events by day.
    pub days: BTreeMap<u64, u64>,
    /// Events of each item.
    pub by_item: Vec<(String, u64)>,
}

/// Lines of a list of examples.
const SHOWN: usize = 10;
/// Most gaps kept.
const GAPS: usize = 1_000_000;

impl Summary {
    /// The figures of a log that was read.
    pub(crate) fn of(read: &Read, args: &LogArgs) -> Self {
        let cut = &read.cut;
        let rows = &cut.rows;
        let mut counts = vec![0_u64; rows.items.len()];
        let mut kinds: BTreeMap<_, u64> = BTreeMap::new();
        let mut days: BTreeMap<u64, u64> = BTreeMap::new();
        for event in &rows.events {
            if let Some(count) = counts.get_mut(event.item as usize) {
                *count += 1;
            }
            *kinds.entry(event.kind).or_default() += 1;
            *days.entry(event.at_ms / 86_400_000).or_default() += 1;
        }
        let mut lengths: Vec<u32> = cut.sessions.iter().map(|s| s.events.len() as u32).collect();
        lengths.sort_unstable();
        let step = rows.events.len().div_ceil(GAPS).max(1);
        let events = |s: &super::cut::Span| rows.events.get(s.events.clone()).unwrap_or_default();
        let gaps =
            cut.sessions.iter().flat_map(|s| events(s).windows(2).filter_map(|w| Some(w.last()?.at_ms - w.first()?.at_ms)));
        let mut gaps: Vec<u64> = gaps.step_by(step).collect();
        gaps.sort_unstable();
        let mut order: Vec<u32> = (0..counts.len() as u32).filter(|i| counts.get(*i as usize).is_some_and(|c| *c > 0)).collect();
        let count = |item: u32| counts.get(item as usize).copied().unwrap_or(0);
        order.sort_by_key(|item| std::cmp::Reverse(count(*item)));
        let top = order.iter().take(SHOWN).map(|item| {
            let title = rows.votes.title(*item).map(crate::read::value::title::clean).unwrap_or_default();
            (rows.items.name(*item).to_owned(), title, count(*item))
        });
        let mut largest: Vec<_> = cut.sessions.iter().map(|s| (s.events.len(), s.session)).collect();
        largest.sort_by_key(|(events, _)| std::cmp::Reverse(*events));
        let Dropped { returns, no_session, no_item, no_time, skipped, bad_rows } = rows.dropped;
        let bad_lines =
            read.notes.iter().filter(|n| n.code == "bad-rows").filter_map(|n| n.details.iter().find(|(k, _)| *k == "rows"));
        let bad_lines: u64 = bad_lines.filter_map(|(_, n)| n.parse::<u64>().ok()).sum();
        let role = |(role, ..): (Role, _, _)| (role.name(), rows.columns.of(role).iter().map(|f| f.name.clone()).collect());
        Self {
            path: args.events.clone().unwrap_or_default(),
            layout: rows.columns.layout,
            columns: ROLES.into_iter().map(role).collect(),
            rows: read.done.rows,
            events: rows.events.len(),
            sessions: cut.sessions.len(),
            items: order.len(),
            span: span(&rows.events),
            kinds: kinds.into_iter().map(|(kind, n)| (kind_name(kind), n)).collect(),
            words: rows
                .words
                .iter()
                .map(|Word { word, meaning, rows }| (short(word), meaning.flatten().map(kind_name), *rows))
                .collect(),
            left_out: vec![
                ("no_session", no_session),
                ("no_item", no_item),
                ("no_time", no_time),
                ("returns", returns),
                ("skipped", skipped),
                ("bad_rows", bad_rows + bad_lines),
                ("rare", cut.rare),
                ("short", cut.short),
                ("outside", cut.outside),
            ],
            learns: learns(cut),
            unread: read.unread.clone(),
            examples: rows.examples.iter().filter(|e| e.why != "returns" || returns > 0).cloned().collect(),
            lengths,
            gaps,
            top_items: top.collect(),
            largest: largest.iter().take(SHOWN).map(|(n, s)| (rows.sessions.name(*s).to_owned(), *n as u64)).collect(),
            duplicates: cut.duplicates,
            days,
            by_item: order.iter().map(|item| (rows.items.name(*item).to_owned(), count(*item))).collect(),
        }
    }

    /// Events by item, as the item list is held against them.
    pub(crate) fn events_by_item(&self) -> Events {
        self.by_item.iter().cloned().collect()
    }
}

/// A kind by its stable word.
pub(crate) fn kind_name(kind: nearhand::EventKind) -> &'static str {
    use nearhand::EventKind as Kind;
    match kind {
        Kind::View => "view",
        Kind::CartAdd => "cart-add",
        Kind::CartRemove => "cart-remove",
        Kind::Purchase => "purchase",
        Kind::SearchClick => "search-click",
        Kind::Impression => "impression",
        Kind::Dismiss => "dismiss",
    }
}

/// The value below which the given share of an ascending list lies.
pub(crate) fn quantile<T: Copy + Default>(ascending: &[T], share: f64) -> T {
    let at = (share * ascending.len().saturating_sub(1) as f64).round() as usize;
    ascending.get(at).copied().unwrap_or_default()
}
