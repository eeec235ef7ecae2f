//! Why a slate has other items: is it that the catalog was another one?

use super::again::{Difference, Held, Kind, compared};
use super::row::Row;
use nearhand::arena::Arena;
use nearhand::recommend::Recommender;
use nearhand::{SessionState, Tier};

/// How often the items that are too many are left out: behind them come others, some of which are gone as well.
const ROUNDS: usize = 4;

/// Tells by kind the slates that another catalog than this one has answered: those with an item that it does not have, and those that are
/// the same, scores included, once it lacks some.
pub(super) fn by_catalog(recommender: &mut Recommender, session: &SessionState, row: &Row, tolerance: f64, held: &mut [Held]) {
    let other = |held: &Held| held.difference.as_ref().is_some_and(|difference| difference.kind == Kind::Items);
    for (held, served) in held.iter_mut().zip(&row.slates).filter(|(held, _)| other(held)) {
        let foreign = (1..).zip(&served.items).find(|(_, item)| recommender.catalog().find(item).is_none());
        if let Some((place, item)) = foreign {
            let recomputed = "not in the catalog".to_owned();
            held.difference = Some(Difference { kind: Kind::Catalog, place, served: item.clone(), recomputed });
        }
    }
    if held.iter().any(other) && lacks(recommender, session, row, tolerance) {
        let differences = held.iter_mut().filter_map(|held| held.difference.as_mut());
        differences.for_each(|difference| difference.kind = Kind::Catalog);
    }
}

/// Whether all slates of a row are the same once items that were not served are left out.
fn lacks(recommender: &mut Recommender, session: &SessionState, row: &Row, tolerance: f64) -> bool {
    let model = row.tier == Some(Tier::Full);
    let (mut requests, mut gone) = (row.requests.clone(), Vec::<String>::new());
    for round in 0..=ROUNDS {
        let arena = Arena::default();
        let Ok(slates) = recommender.recommend_page(session, &requests, row.now_ms, &arena) else { return false };
        if round > 0
            && slates.iter().zip(&row.slates).all(|(now, served)| compared(now, served, tolerance, model).difference.is_none())
        {
            return true;
        }
        let served = |item: &str| row.slates.iter().any(|slate| slate.items.iter().any(|other| other == item));
        let before = gone.len();
        gone.extend(
            slates.iter().flat_map(|slate| slate.items).map(|item| item.row.item).filter(|item| !served(item)).map(str::to_owned),
        );
        if gone.len() == before {
            return false;
        }
        let more = gone.get(before..).unwrap_or_default();
        requests.iter_mut().for_each(|request| request.exclude_items.extend_from_slice(more));
    }
    false
}
