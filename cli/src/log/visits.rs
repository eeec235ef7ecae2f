//! Sessions of a log as the recommender sees them: visits to items, each with what the log tells of it.

use super::{Log, LoggedEvent};
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
    /// The same visits with kind, time and dwell, one entry a session.
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

impl Log {
    /// Row numbers by the list's key (the item id, unless `--key-col` says otherwise); events of interest alone, and what
    /// happens to the item of the event before (viewed, then put into the cart) as one visit, as the engine has it. Events
    /// on items that the list lacks are left out; their number goes to standard error.
    ///
    /// Where the log has no column of dwell times, a view's is the time until another item is visited or the same one is
    /// viewed anew, if that is within the session's idle timeout of half an hour. A page measures visible time
    /// (`www/lib/signals/dwell.ts`), which is at most that.
    pub(crate) fn into_visits(self, list: &ItemList) -> Visits {
        let mut unknown = 0_u64;
        let mut all = Visits::default();
        for session in self.sessions {
            let mut told = Told::default();
            let known = session.events.iter().filter_map(|event| match list.by_key.get(&event.item) {
                Some(item) => Some((event, *item)),
                None => {
                    unknown += u64::from(event.kind.is_interest());
                    None
                }
            });
            let known: Vec<(&LoggedEvent, u32)> = known.collect();
            told.dismissed.extend(known.iter().filter(|(e, _)| e.kind == EventKind::Dismiss).map(|(e, item)| (e.at_ms, *item)));
            let of_interest: Vec<_> = known.into_iter().filter(|(e, _)| e.kind.is_interest()).collect();
            for (at, &(event, item)) in of_interest.iter().enumerate() {
                let after = of_interest.get(at + 1..).unwrap_or_default();
                let dwell_ms = if self.derives_dwell { until_next(event, item, after) } else { event.dwell_ms };
                let (item, dwell_ms) = (ItemIdx(item), dwell_ms.unwrap_or(0));
                let (kind, at_ms) = (event.kind, event.at_ms);
                let event = ContextEvent { item, stand_in: item, kind, at_ms, dwell_ms, price: None, weight: 1.0 };
                if !joins(told.visits.last_mut(), &event) {
                    told.visits.push(event);
                }
            }
            if !told.visits.is_empty() {
                all.sessions.push(told.visits.iter().map(|event| event.item.0).collect());
                all.told.push(told);
            }
        }
        if unknown > 0 {
            eprintln!("log: {unknown} events on items that the item list lacks were left out");
        }
        all
    }
}

/// The time from a view to the event that ends the look, milliseconds.
fn until_next(event: &LoggedEvent, item: u32, after: &[(&LoggedEvent, u32)]) -> Option<u32> {
    let ends = |(e, other): &&(&LoggedEvent, u32)| *other != item || e.kind == EventKind::View;
    let next = after.iter().find(ends).filter(|_| event.kind == EventKind::View)?;
    let gap = next.0.at_ms.saturating_sub(event.at_ms);
    u32::try_from(gap).ok().filter(|gap| u64::from(*gap) <= DEFAULT_IDLE_TIMEOUT_MS)
}
