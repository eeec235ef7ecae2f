//! What is replayed: a log, plain sessions, or pairs.

use super::{Args, is_next};
use crate::files::bad_line;
use crate::items::{ItemArgs, ItemList};
use crate::log::{LogArgs, LoggedEvent, LoggedSession, load};
use crate::sessions::{Known, PairFile, SessionFile};
use nearhand::catalog::Catalog;
use nearhand::{Code, Error, EventKind, ItemIdx, Result};
use std::path::Path;

/// Files without times: the first event of each session, 2023-11-14 22:13:20 UTC, and then one a second.
pub(crate) const START_MS: u64 = 1_700_000_000_000;

/// What sessions are read of: a log, plain sessions, or pairs.
pub(crate) struct From<'a> {
    pub log: &'a LogArgs,
    pub sessions: Option<&'a Path>,
    pub pairs: Option<&'a Path>,
    pub items: &'a ItemArgs,
}

/// The sessions that the command line names, items by the ids of the bundle.
///
/// # Errors
/// As [`sessions`].
pub(super) fn read(args: &Args, catalog: &Catalog) -> Result<Vec<LoggedSession>> {
    let ids: Vec<&str> = (0..catalog.base_len() as u32).map(|at| catalog.id(ItemIdx(at))).collect();
    let (plain, pairs) = (args.sessions.as_deref(), args.pairs.as_deref());
    sessions(&From { log: &args.log, sessions: plain, pairs, items: &args.items }, &ids)
}

/// The sessions, items by these ids: those of a bundle, or of several.
///
/// Items are taken for ids as they stand; with `--items`, keys of the list become its ids. Unknown ones stay: a replay
/// shows what the engine does with them.
///
/// # Errors
/// `io`, `data-invalid` and whatever else the reader of the file says; `item-unknown` for half a key.
pub(crate) fn sessions(from: &From<'_>, ids: &[impl AsRef<str>]) -> Result<Vec<LoggedSession>> {
    let (mut sessions, plain) = match (from.sessions, from.pairs) {
        (Some(path), _) => (plain(path)?, Some(path)),
        (None, Some(path)) => (pairs(path)?, Some(path)),
        (None, None) => (load(from.log)?.sessions, None),
    };
    let list = from.items.items.is_some().then(|| ItemList::load(from.items, std::iter::empty())).transpose()?;
    let by_id = || ids.iter().map(|id| id.as_ref().to_owned()).zip(0..).collect();
    let by_key = list.as_ref().map_or_else(by_id, |list| list.by_key.clone());
    let known = Known::new(&by_key);
    for session in &mut sessions {
        for event in &mut session.events {
            match (known.find(&event.item), &list, plain) {
                (Some(at), None, _) => {
                    event.item = ids.get(at as usize).map_or_else(String::new, |id| id.as_ref().to_owned());
                }
                (Some(at), Some(list), _) => {
                    event.item = list.rows.get(at as usize).map_or_else(String::new, |row| row.item.clone())
                }
                (None, _, Some(path)) => known.refuse_halves(&event.item, path, session.key.parse().unwrap_or(0))?,
                (None, _, None) => {}
            }
        }
    }
    Ok(sessions)
}

/// Refuses sessions that tell nothing: a figure of 0 would say that the bundle is bad.
///
/// # Errors
/// `item-unknown` where the bundle has none of the items that are asked for, or more than `--max-unknown` of all events are on
/// items that it lacks; `data-invalid` where no event follows another.
pub(super) fn check(sessions: &[LoggedSession], catalog: &Catalog, args: &Args) -> Result<()> {
    if sessions.is_empty() {
        return Err(Error::new(Code::DataInvalid, "there is no session to replay"));
    }
    let before = |session: &LoggedSession| if args.pairs.is_some() { session.events.len().saturating_sub(1) } else { 0 };
    let mut items =
        sessions.iter().flat_map(|session| session.events.iter().skip(before(session))).map(|e| e.item.as_str()).peekable();
    let first = items.peek().copied().unwrap_or_default();
    if !items.any(|item| catalog.find(item).is_some()) {
        let known = if catalog.base_len() > 0 { catalog.id(ItemIdx(0)) } else { "" };
        return Err(Error::new(Code::ItemUnknown, "the bundle has none of the items: there is nothing to measure")
            .with("item", first)
            .with("known", known));
    }
    let known = if catalog.base_len() > 0 { catalog.id(ItemIdx(0)) } else { "" };
    let events = || sessions.iter().flat_map(|session| &session.events);
    let mut strangers = events().filter(|event| catalog.find(&event.item).is_none()).peekable();
    let stranger = strangers.peek().map_or("", |event| event.item.as_str());
    let (unknown, all) = (strangers.count(), events().count());
    if unknown as f64 > args.max_unknown * all as f64 {
        let why = "most events are on items that the bundle lacks: a log of another shop or time, or one in other ids, for which \
                   --items, --item-col and --key-col name the list. --max-unknown lets more pass";
        return Err(Error::new(Code::ItemUnknown, why)
            .with("unknown_events", unknown)
            .with("events", all)
            .with("max_unknown", args.max_unknown)
            .with("item", stranger)
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
