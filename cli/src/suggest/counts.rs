//! Queries counted: by their normal form, who is many enough, and what is long ago counts less.

use super::queries::{By, Queries};
use nearhand::suggest::{COUNT_UNIT, Entry};
use nearhand::text::Folded;
use std::collections::BTreeMap;

/// Parts of one in a sum, before it is cut to [`COUNT_UNIT`].
const FINE: u64 = 1 << 20;
const DAY_MS: u64 = 86_400_000;

/// What is left of a count after a time, in [`FINE`] parts: a half for each half-life, and between them along a line, so that
/// every machine says the same.
pub(super) fn left(age_ms: u64, half_life_days: u32) -> u64 {
    let half = u64::from(half_life_days) * DAY_MS;
    if half == 0 {
        return FINE;
    }
    let at = FINE.checked_shr(u32::try_from(age_ms / half).unwrap_or(u32::MAX)).unwrap_or(0);
    at - (u128::from(at / 2) * u128::from(age_ms % half) / u128::from(half)) as u64
}

/// One query.
#[derive(Default)]
struct Tally {
    /// Each writing with its count.
    writings: BTreeMap<String, u64>,
    /// The first visitors, as many as are needed.
    visitors: Vec<u32>,
    asked: u64,
    fine: u128,
}

/// What a log comes to.
pub(super) struct Counted {
    pub entries: Vec<Entry>,
    /// Queries that too few asked.
    pub rare: usize,
}

/// Counts a log. A query counts when at least `least` visitors asked it; where the log knows no visitors, when it was asked in so
/// many sessions, or so often.
pub(super) fn counted(queries: &Queries, least: usize, half_life_days: u32) -> Counted {
    let latest = queries.rows.iter().filter_map(|row| row.at_ms).max().unwrap_or(0);
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut folded = Folded::default();
    for row in &queries.rows {
        folded.fold(&row.text);
        let tally = match tallies.get_mut(folded.normal()) {
            Some(tally) => tally,
            None => tallies.entry(folded.normal().to_owned()).or_default(),
        };
        if let Some(visitor) = row.visitor.filter(|visitor| tally.visitors.len() < least && !tally.visitors.contains(visitor)) {
            tally.visitors.push(visitor);
        }
        tally.asked = tally.asked.saturating_add(row.count);
        // What has no time is as old as can be told: it counts as new.
        let left = row.at_ms.map_or(FINE, |at| left(latest - at, half_life_days));
        tally.fine += u128::from(row.count) * u128::from(left);
        *tally.writings.entry(row.text.clone()).or_default() += row.count;
    }
    let before = tallies.len();
    tallies.retain(|_, tally| {
        let many = if queries.by == By::Times { tally.asked } else { tally.visitors.len() as u64 };
        many >= least as u64
    });
    let rare = before - tallies.len();
    let entries = tallies.into_values().filter_map(|tally| {
        // The writing that most have, of equals the first.
        let text = tally.writings.into_iter().rev().max_by_key(|(_, count)| *count)?.0;
        let count = u64::try_from(tally.fine / u128::from(FINE / COUNT_UNIT)).unwrap_or(u64::MAX);
        Some(Entry { text, count, ..Entry::default() })
    });
    Counted { entries: entries.collect(), rare }
}

#[cfg(test)]
mod tests {
    use super::super::queries::Query;
    use super::*;

    fn row(text: &str, visitor: Option<u32>, day: u64) -> Query {
        Query { text: text.into(), count: 1, visitor, at_ms: Some(1_700_000_000_000 + day * DAY_MS) }
    }

    #[test]
    fn few_visitors_are_no_query() {
        let rows = vec![
            row("mug", Some(1), 0),
            row("Mug", Some(2), 0),
            row("mug", Some(3), 0),
            row("a name", Some(1), 0),
            row("a name", Some(1), 0),
            row("a name", Some(1), 0),
        ];
        let mut queries = Queries { rows, by: By::Visitors, empty: 0 };
        let counted_by = |queries: &Queries| {
            let counted = counted(queries, 3, 0);
            (counted.entries.iter().map(|e| (e.text.clone(), e.count / COUNT_UNIT)).collect::<Vec<_>>(), counted.rare)
        };
        assert_eq!(counted_by(&queries), (vec![("mug".to_owned(), 3)], 1));
        queries.by = By::Times;
        assert_eq!(counted_by(&queries), (vec![("a name".to_owned(), 3), ("mug".to_owned(), 3)], 0));
    }

    #[test]
    fn counts_fade() {
        assert_eq!(
            [left(0, 14), left(14 * DAY_MS, 14), left(21 * DAY_MS, 14), left(u64::MAX, 14), left(DAY_MS, 0)],
            [FINE, FINE / 2, FINE / 8 * 3, 0, FINE]
        );
        let queries = Queries { rows: vec![row("old", None, 0), row("new", None, 28)], by: By::Times, empty: 0 };
        let counts: Vec<(String, u64)> = counted(&queries, 1, 14).entries.into_iter().map(|e| (e.text, e.count)).collect();
        assert_eq!(counts, [("new".to_owned(), COUNT_UNIT), ("old".to_owned(), COUNT_UNIT / 4)]);
    }
}
