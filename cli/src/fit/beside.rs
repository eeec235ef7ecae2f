//! What sessions tell beside the table: what is on the rise, and what is bought together.

use crate::assemble::popularity;
use crate::bought;
use crate::log::Visits;
use nearhand::EventKind;
use nearhand::bundle::StoredTable;

/// Share of the sessions, the newest, that tell what is on the rise.
const NEWEST: f64 = 0.1;
/// Fewer orders of two items and more tell nothing.
const ORDERS: usize = 20;

/// Events an item in the newest tenth of the sessions. None where a tenth is no session.
pub(super) fn recent(sessions: &[Vec<u32>], items: usize) -> Option<Vec<u32>> {
    let newest = (sessions.len() as f64 * NEWEST).round() as usize;
    let from = sessions.len().saturating_sub(newest);
    Some(popularity(sessions.get(from..)?, items)).filter(|_| newest > 0)
}

/// What was bought together, by the purchases of each session. None of a log in which nothing or everything is a purchase: there
/// the main table says it all.
pub(super) fn bought(visits: &Visits, items: usize) -> Option<StoredTable> {
    let all = || visits.told.iter().flat_map(|told| &told.visits);
    if all().all(|visit| visit.kind == EventKind::Purchase) {
        return None;
    }
    let order = |told: &crate::log::Told| -> Vec<u32> {
        told.visits.iter().filter(|visit| visit.kind == EventKind::Purchase).map(|visit| visit.item.0).collect()
    };
    let orders: Vec<Vec<u32>> = visits.told.iter().map(order).filter(|order| order.len() > 1).collect();
    (orders.len() >= ORDERS).then(|| bought::table(&orders, items))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Told;
    use nearhand::ItemIdx;
    use nearhand::features::ContextEvent;

    fn told(events: &[(u32, EventKind)]) -> Told {
        let visit = |&(item, kind): &(u32, EventKind)| {
            let item = ItemIdx(item);
            ContextEvent { item, stand_in: item, kind, at_ms: 0, dwell_ms: 0, price: None, weight: 1.0 }
        };
        Told { visits: events.iter().map(visit).collect(), dismissed: Vec::new() }
    }

    fn visits(told: Vec<Told>) -> Visits {
        Visits { sessions: told.iter().map(|t| t.visits.iter().map(|v| v.item.0).collect()).collect(), told }
    }

    #[test]
    fn purchases_of_a_session_are_an_order() {
        use EventKind::{Purchase, View};
        let one = [(0, View), (1, Purchase), (2, View), (3, Purchase)];
        let table = bought(&visits(vec![told(&one); ORDERS]), 4).unwrap();
        let row = |item: usize| (table.next[item * table.successors], table.weights[item * table.successors]);
        assert_eq!((row(1), row(3), row(0)), ((3, 255), (1, 255), (0, 0)));
        assert!(bought(&visits(vec![told(&one); ORDERS - 1]), 4).is_none());
        assert!(bought(&visits(vec![told(&[(1, Purchase), (3, Purchase)]); ORDERS]), 4).is_none());
        assert!(bought(&visits(vec![told(&[(1, View), (3, Purchase)]); ORDERS]), 4).is_none());
        assert!(bought(&Visits { sessions: vec![vec![0, 1]], told: Vec::new() }, 4).is_none());
    }

    #[test]
    fn the_newest_tenth_is_on_the_rise() {
        let sessions: Vec<Vec<u32>> = (0..20).map(|i| vec![i % 3, i]).collect();
        let recent = recent(&sessions, 20).unwrap();
        assert_eq!((recent[18], recent[19], recent[0], recent[1], recent[2]), (1, 1, 1, 1, 0));
        assert!(super::recent(&sessions[..4], 20).is_none());
    }
}
