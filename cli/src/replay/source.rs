//! What is replayed: a log, plain sessions, or pairs.

use super::{Args, is_next};
use crate::files::bad_line;
use crate::items::ItemList;
use crate::log::{LoggedEvent, LoggedSession, load};
use crate::sessions::{PairFile, SessionFile, whole};
use nearhand::catalog::Catalog;
use nearhand::{Code, Error, EventKind, Result};
use std::path::Path;

/// Files without times: the first event of each session, 2023-11-14 22:13:20 UTC, and then one a second.
const START_MS: u64 = 1_700_000_000_000;

/// The sessions, items by the ids of the bundle.
///
/// Items are taken for ids as they stand; with `--items`, keys of the list become its ids. Unknown ones stay: a replay
/// shows what the engine does with them.
pub(super) fn read(args: &Args, catalog: &Catalog) -> Result<Vec<LoggedSession>> {
    let mut sessions = match (&args.sessions, &args.pairs) {
        (Some(path), _) => plain(path)?,
        (None, Some(path)) => pairs(path)?,
        (None, None) => load(&args.log)?.sessions,
    };
    let list = args.items.items.is_some().then(|| ItemList::load(&args.items, std::iter::empty())).transpose()?;
    let id = |key: &str| match &list {
        Some(list) => list.by_key.get(key).and_then(|i| list.rows.get(*i as usize)).map(|row| row.item.clone()),
        None => catalog.find(key).map(|_| key.to_owned()),
    };
    for event in sessions.iter_mut().flat_map(|s| &mut s.events) {
        if let Some(id) = id(&event.item).or_else(|| id(whole(&event.item)?)) {
            event.item = id;
        }
    }
    Ok(sessions)
}

/// Refuses sessions that tell nothing: a figure of 0 would say that the bundle is bad.
///
/// # Errors
/// `item-unknown` where the bundle has none of the items that are asked for; `data-invalid` where no event follows another.
pub(super) fn check(sessions: &[LoggedSession], catalog: &Catalog, args: &Args) -> Result<()> {
    let before = |session: &LoggedSession| if args.pairs.is_some() { session.events.len().saturating_sub(1) } else { 0 };
    let mut items =
        sessions.iter().flat_map(|session| session.events.iter().skip(before(session))).map(|e| e.item.as_str()).peekable();
    let first = items.peek().copied().unwrap_or_default();
    if !items.any(|item| catalog.find(item).is_some()) {
        let known = if catalog.base_len() > 0 { catalog.id(nearhand::ItemIdx(0)) } else { "" };
        return Err(Error::new(Code::ItemUnknown, "the bundle has none of the items: there is nothing to measure")
            .with("item", first)
            .with("known", known));
    }
    let next =
        |session: &LoggedSession| session.events.windows(2).any(|two| matches!(two, [before, event] if is_next(before, event)));
    if !sessions.iter().any(next) {
        return Err(Error::new(Code::DataInvalid, "no event follows another of its session: there is nothing to measure")
            .with("sessions", sessions.len()));
    }
    Ok(())
}

/// One session a line.
fn plain(path: &Path) -> Result<Vec<LoggedSession>> {
    let file = SessionFile::read("--sessions", path)?;
    file.sessions().map(|session| session.map(|(number, keys)| logged(number, keys))).collect()
}

/// A pair is a session whose last event is the one to be foreseen.
fn pairs(path: &Path) -> Result<Vec<LoggedSession>> {
    let session = |(number, prefix, next): (usize, Vec<String>, String)| match prefix.is_empty() {
        true => Err(bad_line(path, number, "a pair is: prefix, tab, next")),
        false => Ok(logged(number, prefix.into_iter().chain([next]))),
    };
    PairFile::read("--pairs", path)?.pairs.into_iter().map(session).collect()
}

fn logged(number: usize, keys: impl IntoIterator<Item = impl Into<String>>) -> LoggedSession {
    let event = |(item, at_ms): (_, u64)| LoggedEvent { item, kind: EventKind::View, at_ms, quantity: None, dwell_ms: None };
    let events = keys.into_iter().map(Into::into).zip((START_MS..).step_by(1000)).map(event).collect();
    LoggedSession { key: number.to_string(), events }
}
