//! What training takes of a log. Events stay numbers from the file on: a session is a list of 32-bit rows, and what a log tells
//! beside the items is kept of the newest sessions alone, which choose.

use super::cut::Looks;
use super::rows::{RawEvent, Rows};
use super::visits::{Seen, Told, Visits, tell_unknown};
use super::{Cut, LogArgs, Read, derives_dwell, meet, read_aloud, summary, time};
use crate::items::{ItemArgs, ItemList};
use nearhand::{EventKind, Result};
use std::collections::BTreeMap;
use std::ops::Range;

/// What a log teaches.
#[derive(Debug, Default)]
pub(crate) struct Learnt {
    /// `told` of the newest sessions alone.
    pub visits: Visits,
    /// When each session ended, Unix milliseconds.
    pub ends: Vec<u64>,
    /// Items bought in one session of the log (which may be an order) or, where sessions are visitors, one visit.
    pub orders: Vec<Vec<u32>>,
    /// Time of the first and the last event, Unix milliseconds; nothing where times are an order alone.
    pub range: Option<(u64, u64)>,
    /// Some item, as the log has it.
    pub example: String,
    /// How the log was read, by name.
    pub reading: BTreeMap<String, String>,
    pub looks: Looks,
}

/// Reads a log and the item list of `items`, or the log's own. What was read goes to standard error. `newest` is the share of
/// the sessions of which all is told.
///
/// # Errors
/// As [`super::load`] and [`ItemList::load`]; `data-invalid` where log and list do not meet.
pub(crate) fn learn(args: &LogArgs, items: &ItemArgs, newest: f64) -> Result<(ItemList, Learnt)> {
    learn_part(args, items, newest, &mut |_| ())
}

/// As [`learn`], and tells the key of every session, or the visitor of every visit.
///
/// # Errors
/// As [`learn`].
pub(crate) fn learn_part(args: &LogArgs, items: &ItemArgs, newest: f64, key: &mut dyn FnMut(&str)) -> Result<(ItemList, Learnt)> {
    let Read { cut, reading, .. } = read_aloud(args)?;
    let Cut { mut rows, sessions: spans, looks, .. } = cut;
    spans.iter().for_each(|span| key(rows.sessions.name(span.session)));
    let derives_dwell = derives_dwell(&rows, args);
    let range = summary::span(&rows.events).filter(|_| args.time_format != time::Format::Order);
    let spans: Vec<Range<usize>> = spans.into_iter().map(|span| span.events).collect();
    let example = rows.events.first().map(|event| rows.items.name(event.item).to_owned()).unwrap_or_default();
    let list = list(&mut rows, items, args.part)?;
    let row = |item: u32| list.by_key.get(rows.items.name(item)).copied().unwrap_or(UNKNOWN);
    let by_number: Vec<u32> = (0..rows.items.len() as u32).map(row).collect();
    let log = Numbered { events: std::mem::take(&mut rows.events), by_number };
    // Names and titles have told what they can.
    drop(rows);
    let mut learnt = Learnt { range, example, reading, looks, ..Learnt::default() };
    let (mut unknown, mut from) = (0, Vec::new());
    for (at, span) in spans.iter().enumerate() {
        let known = log.known(span, &mut unknown);
        let bought = known.iter().filter(|e| e.kind == EventKind::Purchase).map(|e| e.item);
        let order: Vec<u32> = bought.collect();
        if !order.is_empty() {
            learnt.orders.push(order);
        }
        let items = Told::of(&known, derives_dwell).items();
        if !items.is_empty() {
            learnt.visits.sessions.push(items);
            learnt.ends.push(log.end(span));
            from.push(at as u32);
        }
    }
    tell_unknown(unknown);
    // One more, so that no rounding leaves one out.
    let newest = (from.len() as f64 * newest).ceil() as usize + 1;
    let newest = from.get(from.len().saturating_sub(newest)..).unwrap_or_default();
    let told = newest.iter().filter_map(|at| spans.get(*at as usize)).map(|span| {
        let known = log.known(span, &mut unknown);
        Told::of(&known, derives_dwell)
    });
    learnt.visits.told = told.collect();
    Ok((list, learnt))
}

/// An item that the list lacks.
const UNKNOWN: u32 = u32::MAX;

/// The item list, once the events that are left are known.
fn list(rows: &mut Rows, args: &ItemArgs, part: bool) -> Result<ItemList> {
    let mut counts = vec![0_u64; rows.items.len()];
    for event in &rows.events {
        if let Some(count) = counts.get_mut(event.item as usize) {
            *count += 1;
        }
    }
    let there = (0_u32..).zip(&counts).filter(|(_, count)| **count > 0);
    match &args.items {
        Some(path) => {
            let mut list = ItemList::load(args, std::iter::empty())?;
            list.know_floats();
            let events = there.map(|(item, count)| (rows.items.name(item).to_owned(), *count)).collect();
            match meet::check(&events, &list, path) {
                // A part may well have none of them.
                Err(error) if part => eprintln!("{error}"),
                met => met?,
            }
            Ok(list)
        }
        None => {
            let items = there.map(|(item, _)| item).collect();
            std::mem::take(&mut rows.votes).into_list(&rows.items, items).finish(args)
        }
    }
}

/// Events by number, and the row of every number.
struct Numbered {
    events: Vec<RawEvent>,
    by_number: Vec<u32>,
}

impl Numbered {
    /// When a session ended.
    fn end(&self, span: &Range<usize>) -> u64 {
        self.events.get(span.clone()).and_then(<[RawEvent]>::last).map_or(0, |event| event.at_ms)
    }

    /// The events of a session on items of the list; others of interest are counted.
    fn known(&self, span: &Range<usize>, unknown: &mut u64) -> Vec<Seen> {
        let events = self.events.get(span.clone()).unwrap_or_default();
        let seen = |event: &RawEvent| match self.by_number.get(event.item as usize) {
            Some(&item) if item != UNKNOWN => Some(Seen { item, kind: event.kind, at_ms: event.at_ms, dwell_ms: event.dwell() }),
            _ => {
                *unknown += u64::from(event.kind.is_interest());
                None
            }
        };
        events.iter().filter_map(seen).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::load;
    use crate::log::tests::{log_args, temp};
    use clap::Parser;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        items: ItemArgs,
    }

    fn item_args(flags: &[&str]) -> ItemArgs {
        Flags::try_parse_from(std::iter::once(&"test").chain(flags)).unwrap().items
    }

    const TEXT: &str = "session,item,time,type\n\
        1,a,2026-01-01 10:00:00,view\n1,b,2026-01-01 10:00:20,addtocart\n1,b,2026-01-01 10:01:00,purchase\n\
        1,c,2026-01-01 10:01:00,purchase\n2,c,2026-01-02 09:00:00,view\n2,zz,2026-01-02 09:01:00,view\n\
        2,a,2026-01-02 09:02:00,view\n2,b,2026-01-02 09:02:30,dismiss\n3,b,2026-01-03 08:00:00,purchase\n\
        4,c,2026-01-04 08:00:00,impression\n5,a,2026-01-05 08:00:00,view\n5,c,2026-01-05 08:00:10,view\n";

    /// Numbers all the way, or texts: the same comes of it.
    #[test]
    fn it_is_what_the_events_in_full_say() {
        let path = temp("learn.csv", TEXT.as_bytes());
        let list = temp("learn-items.csv", b"id,title\na,A\nb,B\nc,C\n");
        for flags in [&[][..], &["--items", list.to_str().unwrap()]] {
            let args = log_args(&["--events", path.to_str().unwrap()]);
            let (items, learnt) = learn(&args, &item_args(flags), 1.0).unwrap();
            let mut log = load(&args).unwrap();
            let range = log.range;
            let listed = log.take_items(&item_args(flags)).unwrap();
            let whole = log.into_visits(&listed);
            assert_eq!((items.rows.len(), &items.by_key), (listed.rows.len(), &listed.by_key));
            assert_eq!((&learnt.visits.sessions, &learnt.visits.told, learnt.range), (&whole.sessions, &whole.told, range));
            // The newest half, and one for the rounding.
            let (_, few) = learn(&args, &item_args(flags), 0.5).unwrap();
            assert_eq!(few.visits.sessions, whole.sessions);
            assert_eq!(few.visits.told, whole.told[whole.told.len() - 3..]);
        }
    }

    #[test]
    fn purchases_of_a_session_are_an_order() {
        let path = temp("learn-orders.csv", TEXT.as_bytes());
        let (items, learnt) = learn(&log_args(&["--events", path.to_str().unwrap()]), &item_args(&[]), 0.1).unwrap();
        let row = |id: &str| items.by_key[id];
        assert_eq!(learnt.orders, [vec![row("b"), row("c")], vec![row("b")]]);
        assert_eq!(learnt.range, Some((1_767_261_600_000, 1_767_600_010_000)));
        let order = log_args(&["--events", path.to_str().unwrap(), "--time-format", "order"]);
        assert!(learn(&order, &item_args(&[]), 0.1).is_err_and(|e| e.to_string().contains("2026")));
    }
}
