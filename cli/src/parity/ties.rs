//! Events of one time, whose order no log tells: the served counts do.

use super::served::Served;
use crate::features::Rows;
use nearhand_features::{Kind, Spec};

/// An order of rows in which those of one time and one value of a key stand as they were served: the first has the smallest count.
/// Of groups without a mismatch nothing is moved; nothing is given where no group moves.
///
/// `names` are the compared features, `wrong` says of a served row whether it has a mismatch.
pub(super) fn as_served(
    spec: &Spec,
    rows: &Rows,
    places: &[u32],
    served: &Served,
    names: &[String],
    wrong: &[bool],
) -> Option<(Vec<u32>, u64)> {
    let mut counts: Vec<Vec<usize>> = vec![Vec::new(); spec.keys().len()];
    for feature in spec.features() {
        if let (Kind::Count(at, None), Some(place)) = (&feature.kind, names.iter().position(|name| *name == feature.name))
            && at.current
            && at.delay == 0
            && let Some(of) = counts.get_mut(at.key)
        {
            of.push(place);
        }
    }
    let time = |row: &u32| rows.times.get(*row as usize);
    let of = |row: u32| served.find(rows.ids.get(row as usize));
    let (mut order, mut moved, mut start) = (places.to_vec(), 0, 0);
    for group in places.chunk_by(|a, b| time(a) == time(b)) {
        let range = start..start + group.len();
        start = range.end;
        let is_wrong = |row: &u32| of(*row).is_some_and(|at| wrong.get(at).copied().unwrap_or(false));
        if group.len() < 2 || !group.iter().any(is_wrong) {
            continue;
        }
        let Some(now) = order.get_mut(range) else { continue };
        for (key, counts) in counts.iter().enumerate().filter(|(_, counts)| !counts.is_empty()) {
            let value = |row: u32| rows.keys.get(key).map_or("", |column| column.get(row as usize));
            let rank = |row: u32| {
                let at = of(row)?;
                Some(counts.iter().filter_map(|count| served.values.get(*count)?.get(at)).sum::<f64>())
            };
            // By value of the key: places of its rows, and the rows by rank.
            let mut values: Vec<(&str, usize)> =
                now.iter().enumerate().map(|(at, row)| (value(*row), at)).filter(|(value, _)| !value.is_empty()).collect();
            values.sort_unstable();
            for same in values.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
                let at: Vec<usize> = same.iter().map(|(_, at)| *at).collect();
                let mut ranked: Vec<(f64, u32)> =
                    at.iter().filter_map(|at| now.get(*at)).filter_map(|row| Some((rank(*row)?, *row))).collect();
                if ranked.len() < at.len() {
                    continue;
                }
                ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
                for (at, (_, row)) in at.iter().zip(ranked) {
                    if let Some(place) = now.get_mut(*at).filter(|place| **place != row) {
                        *place = row;
                        moved += 1;
                    }
                }
            }
        }
    }
    (moved > 0).then_some((order, moved))
}
