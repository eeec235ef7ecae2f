//! What a log's purchases tell beside the table: what is bought together.

use crate::bought;
use crate::log::Visits;
use nearhand::EventKind;
use nearhand::bundle::StoredTable;

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
    let orders: Vec<Vec<u32>> = visits.told.iter().map(order).collect();
    bought::of_log(&orders, items, usize::MAX)
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
        let table = bought(&visits(vec![told(&one); 20]), 4).unwrap();
        let row = |item: usize| (table.next[item * table.successors], table.weights[item * table.successors]);
        assert_eq!((row(1), row(3), row(0)), ((3, 255), (1, 255), (0, 0)));
        assert!(bought(&visits(vec![told(&one); 19]), 4).is_none());
        assert!(bought(&visits(vec![told(&[(1, Purchase), (3, Purchase)]); 20]), 4).is_none());
        assert!(bought(&visits(vec![told(&[(1, View), (3, Purchase)]); 20]), 4).is_none());
        assert!(bought(&Visits { sessions: vec![vec![0, 1]], told: Vec::new() }, 4).is_none());
    }
}
