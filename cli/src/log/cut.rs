//! From events to sessions: sorted, cut at gaps, rare items and short sessions left out.

use super::columns::{LogArgs, Role};
use super::rows::{RawEvent, Rows};
use super::{Log, LoggedEvent, LoggedSession};

/// The sessions of a log.
///
/// Events are sorted by time within their session, stably. Gaps are cut first, then items with too few events go, then
/// sessions with too few events or outside the asked time: each once, so an item may end below its bound by the last step.
pub(super) fn sessions(mut rows: Rows, args: &LogArgs) -> Log {
    let idle_ms = rows.columns.idle_ms(args).unwrap_or(u64::MAX);
    rows.events.sort_by_key(|e| (e.session, e.at_ms));
    let mut counts = vec![0_u32; rows.items.len()];
    for event in &rows.events {
        if let Some(count) = counts.get_mut(event.item as usize) {
            *count += 1;
        }
    }
    let frequent = |e: &RawEvent| counts.get(e.item as usize).is_some_and(|c| *c >= args.min_item_count);
    let mut kept: Vec<(String, Vec<RawEvent>)> = Vec::new();
    let mut last_part = (u32::MAX, 0);
    for part in rows.events.chunk_by(|a, b| a.session == b.session && b.at_ms - a.at_ms <= idle_ms) {
        let Some(session) = part.first().map(|e| e.session) else { continue };
        last_part = (session, if last_part.0 == session { last_part.1 + 1 } else { 1 });
        let events: Vec<RawEvent> = part.iter().filter(|e| frequent(e)).copied().collect();
        let end = events.last().map(|e| e.at_ms);
        let in_time = end.is_some_and(|end| args.since.is_none_or(|s| end >= s) && args.before.is_none_or(|b| end < b));
        if in_time && events.len() >= args.min_session_length {
            let key = rows.sessions.name(session);
            kept.push((if last_part.1 == 1 { key.to_owned() } else { format!("{key}/{}", last_part.1) }, events));
        }
    }
    kept.sort_by_key(|(_, events)| events.last().map(|e| e.at_ms));
    let mut items: Vec<u32> = kept.iter().flat_map(|(_, events)| events.iter().map(|e| e.item)).collect();
    items.sort_unstable();
    items.dedup();
    let event = |e: &RawEvent| LoggedEvent {
        item: rows.items.name(e.item).to_owned(),
        kind: e.kind,
        at_ms: e.at_ms,
        quantity: e.quantity,
        dwell_ms: e.dwell_ms,
    };
    let sessions =
        kept.iter().map(|(key, events)| LoggedSession { key: key.clone(), events: events.iter().map(event).collect() }).collect();
    let derives_dwell = rows.columns.name(Role::Dwell).is_empty() && args.dwell_col.is_none();
    Log { sessions, items: rows.votes.into_list(&rows.items, items), derives_dwell }
}
