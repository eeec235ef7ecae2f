//! What is replayed: a log, plain sessions, or pairs.

use super::Args;
use crate::files::{bad_line, read_text};
use crate::items::ItemList;
use crate::log::{LoggedEvent, LoggedSession, load};
use nearhand::{EventKind, Result};
use std::path::Path;

/// Files without times: the first event of each session, 2023-11-14 22:13:20 UTC, and then one a second.
const START_MS: u64 = 1_700_000_000_000;

/// The sessions, items by the ids of the bundle.
///
/// Items are taken for ids as they stand; with `--items`, keys of the list become its ids. Unknown ones stay: a replay
/// shows what the engine does with them.
pub(super) fn read(args: &Args) -> Result<Vec<LoggedSession>> {
    let mut sessions = match (&args.sessions, &args.pairs) {
        (Some(path), _) => lines(path, false)?,
        (None, Some(path)) => lines(path, true)?,
        (None, None) => load(&args.log)?.sessions,
    };
    if args.items.items.is_some() {
        let list = ItemList::load(&args.items, std::iter::empty())?;
        for event in sessions.iter_mut().flat_map(|s| &mut s.events) {
            if let Some(row) = list.by_key.get(&event.item).and_then(|i| list.rows.get(*i as usize)) {
                event.item.clone_from(&row.item);
            }
        }
    }
    Ok(sessions)
}

/// One session a line. A pair is a session whose last event is the one to be foreseen.
fn lines(path: &Path, pairs: bool) -> Result<Vec<LoggedSession>> {
    let mut sessions = Vec::new();
    for (line, number) in read_text(path)?.lines().zip(1..) {
        let well_formed = |(prefix, next): (&str, &str)| !prefix.trim().is_empty() && next.split_whitespace().count() == 1;
        if pairs && !line.split_once('\t').is_some_and(well_formed) {
            return Err(bad_line(path, number, "a pair is: prefix, tab, next"));
        }
        let event = |(item, at_ms): (&str, u64)| {
            let kind = EventKind::View;
            LoggedEvent { item: item.to_owned(), kind, at_ms, quantity: None, dwell_ms: None }
        };
        let events: Vec<LoggedEvent> = line.split_whitespace().zip((START_MS..).step_by(1000)).map(event).collect();
        if !events.is_empty() {
            sessions.push(LoggedSession { key: number.to_string(), events });
        }
    }
    Ok(sessions)
}
