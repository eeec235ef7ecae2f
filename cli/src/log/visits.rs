//! Sessions of a log as the recommender sees them: visits to items, each with what the log tells of it.

use super::Log;
use crate::items::ItemList;
use nearhand::features::ContextEvent;
use nearhand::recommend::joins;
use nearhand::session::DEFAULT_IDLE_TIMEOUT_MS;
use nearhand::{EventKind, ItemIdx};

/// The visits of a log, session by session.
#[derive(Debug, Default)]
pub(crate) struct Visits {
    /// Row numbers of the item list.
    pub sessions: Vec<Vec<u32>>,
    /// The same visits with kind, time and dwell, one entry a session; or those of the newest sessions alone.
    pub told: Vec<Told>,
}

/// What a log tells of a session beside the items.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Told {
    /// Oldest first.
    pub visits: Vec<ContextEvent>,
    /// Items that were waved away, with the time, Unix milliseconds.
    pub dismissed: Vec<(u64, u32)>,
}

/// An event on an item of the list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// Row of the item list.
    pub item: u32,
    pub kind: EventKind,
    pub at_ms: u64,
    pub dwell_ms: Option<u32>,
}

impl Told {
    /// What the events of one session tell; of a log without dwell times they are derived.
    pub(super) fn of(known: &[Seen], derives_dwell: bool) -> Self {
        let mut told = Self::default();
        told.dismissed.extend(known.iter().filter(|e| e.kind == EventKind::Dismiss).map(|e| (e.at_ms, e.item)));
        let of_interest: Vec<&Seen> = known.iter().filter(|e| e.kind.is_interest()).collect();
        for (at, &event) in of_interest.iter().enumerate() {
            let after = of_interest.get(at + 1..).unwrap_or_default();
            let dwell_ms = if derives_dwell { until_next(event, after) } else { event.dwell_ms };
            let (item, dwell_ms) = (ItemIdx(event.item), dwell_ms.unwrap_or(0));
            let (kind, at_ms) = (event.kind, event.at_ms);
            let event = ContextEvent { item, stand_in: item, kind, at_ms, dwell_ms, price: None, weight: 1.0 };
            if !joins(told.visits.last_mut(), &event) {
                told.visits.push(event);
            }
        }
        told
    }

    /// The items visited.
    pub(super) fn items(&self) -> Vec<u32> {
        self.visits.iter().map(|event| event.item.0).collect()
    }
}

impl Log {
    /// Row numbers by the list's key (the item id, unless `--key-col` says otherwise); events of interest alone, and what
    /// happens to the item of the event before (viewed, then put into the cart) as one visit, as the engine has it. Events
    /// on items that the list lacks are left out; their number goes to standard error.
    ///
    /// Where the log has no column of dwell times, a view's is the time until another item is visited or the same one is
    /// viewed anew, if that is within the session's idle timeout of half an hour. A page measures visible time
    /// (`www/lib/signals/dwell.ts`), which is at most that.
    #[cfg_attr(not(test), allow(dead_code, reason = "training has its own way"))]
    pub(crate) fn into_visits(self, list: &ItemList) -> Visits {
        let mut unknown = 0_u64;
        let mut all = Visits::default();
        for session in self.sessions {
            let known = session.events.iter().filter_map(|event| match list.by_key.get(&event.item) {
                Some(item) => Some(Seen { item: *item, kind: event.kind, at_ms: event.at_ms, dwell_ms: event.dwell_ms }),
                None => {
                    unknown += u64::from(event.kind.is_interest());
                    None
                }
            });
            let told = Told::of(&known.collect::<Vec<_>>(), self.derives_dwell);
            if !told.visits.is_empty() {
                all.sessions.push(told.items());
                all.told.push(told);
            }
        }
        tell_unknown(unknown);
        all
    }
}

pub(super) fn tell_unknown(unknown: u64) {
    if unknown > 0 {
        eprintln!("log: {unknown} events on items that the item list lacks were left out");
    }
}

/// The time from a view to the event that ends the look, milliseconds.
fn until_next(event: &Seen, after: &[&Seen]) -> Option<u32> {
    let ends = |e: &&&Seen| e.item != event.item || e.kind == EventKind::View;
    let next = after.iter().find(ends).filter(|_| event.kind == EventKind::View)?;
    let gap = next.at_ms.saturating_sub(event.at_ms);
    u32::try_from(gap).ok().filter(|gap| u64::from(*gap) <= DEFAULT_IDLE_TIMEOUT_MS)
}
