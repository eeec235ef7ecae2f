//! Served and recomputed values, feature by feature.

use super::served::Served;

/// Differences are counted by powers of ten: none, up to 10^-12, …, up to 10^3, above.
pub(super) const DECADES: [i32; 16] = [-12, -11, -10, -9, -8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3];
/// Counts of differences: none, one for each power, above.
pub(super) const BARS: usize = DECADES.len() + 2;
/// Mismatches that are shown.
const SHOWN: usize = 20;

/// Two units in the last place: readers of JSON may lose one, and 17 digits of a large mean with it.
const LAST_PLACES: f64 = 2.0 * f64::EPSILON;

/// How near is equal: `absolute + relative · |recomputed|`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tolerance {
    pub absolute: f64,
    pub relative: f64,
}

/// A value that is not the same.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mismatch {
    pub id: String,
    pub feature: String,
    pub served: f64,
    pub recomputed: f64,
}

/// A feature's comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Feature {
    pub name: String,
    /// Beyond the tolerance, or there on one side alone.
    pub mismatches: u64,
    /// Of these, there on one side alone: values that were not served, and values that the recomputed side lacks.
    pub not_served: u64,
    pub not_recomputed: u64,
    /// The id of the first such value.
    pub first_one_sided: Option<String>,
    /// Medians and further percentiles of the differences: 50, 90, 99, 99.9.
    pub percentiles: [f64; 4],
    pub largest: f64,
    /// The id with the largest difference.
    pub worst: Option<Mismatch>,
    pub bars: [u64; BARS],
}

impl Feature {
    /// Values that are there on one side alone.
    pub(super) const fn one_sided(&self) -> u64 {
        self.not_served + self.not_recomputed
    }
}

/// What came of all rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Compared {
    /// Rows that both sides have.
    pub rows: u64,
    /// Of these, rows with a mismatch.
    pub mismatched_rows: u64,
    /// Values beyond the tolerance.
    pub mismatches: u64,
    pub largest: f64,
    /// Served rows that the recomputed side lacks, and some of their ids.
    pub missing_recomputed: u64,
    pub missing_ids: Vec<String>,
    /// Recomputed rows that were not served.
    pub missing_served: u64,
    /// Recomputed rows whose id was there before.
    pub repeated: u64,
    pub features: Vec<Feature>,
    /// The first mismatches.
    pub shown: Vec<Mismatch>,
}

/// A comparison that is under way.
pub(super) struct Comparison<'a> {
    served: &'a Served,
    tolerance: Tolerance,
    met: Vec<bool>,
    /// Whether a served row has a mismatch.
    wrong: Vec<bool>,
    differences: Vec<Vec<f64>>,
    found: Compared,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(served: &'a Served, names: &[String], tolerance: Tolerance) -> Self {
        let features = names.iter().map(|name| Feature { name: name.clone(), ..Feature::default() }).collect();
        let found = Compared { features, ..Compared::default() };
        Self {
            served,
            tolerance,
            met: vec![false; served.rows()],
            wrong: vec![false; served.rows()],
            differences: vec![Vec::new(); names.len()],
            found,
        }
    }

    /// Takes a recomputed row.
    pub(super) fn row(&mut self, id: &str, values: &[f64]) {
        let Some(row) = self.served.find(id) else {
            self.found.missing_served += 1;
            return;
        };
        if self.met.get_mut(row).is_none_or(|met| std::mem::replace(met, true)) {
            self.found.repeated += 1;
            return;
        }
        self.found.rows += 1;
        let mut same = true;
        let columns = self.found.features.iter_mut().zip(&self.served.values).zip(&mut self.differences);
        for (((feature, column), differences), &recomputed) in columns.zip(values) {
            let served = column.get(row).copied().unwrap_or(f64::NAN);
            let one_sided = served.is_nan() != recomputed.is_nan();
            // Equal infinities differ by no number.
            let difference = if served == recomputed || one_sided || served.is_nan() { 0.0 } else { (served - recomputed).abs() };
            // At infinity no tolerance is wide enough.
            let within = |difference: f64| {
                difference <= self.tolerance.absolute + (self.tolerance.relative + LAST_PLACES) * recomputed.abs()
            };
            let near = difference == 0.0 || difference.is_finite() && within(difference);
            if !one_sided {
                differences.push(difference);
            }
            let here = || Mismatch { id: id.to_owned(), feature: feature.name.clone(), served, recomputed };
            if difference > feature.largest {
                feature.worst = Some(here());
                feature.largest = difference;
            }
            if one_sided || !near {
                if self.found.shown.len() < SHOWN {
                    self.found.shown.push(here());
                }
                same = false;
                feature.mismatches += 1;
                if one_sided {
                    *(if served.is_nan() { &mut feature.not_served } else { &mut feature.not_recomputed }) += 1;
                    feature.first_one_sided.get_or_insert_with(|| id.to_owned());
                }
            }
        }
        self.found.mismatched_rows += u64::from(!same);
        self.wrong.get_mut(row).into_iter().for_each(|wrong| *wrong = !same);
    }

    /// By served row, whether it has a mismatch.
    pub(super) fn wrong(&self) -> &[bool] {
        &self.wrong
    }

    /// What came of it.
    pub(super) fn end(self) -> Compared {
        let Self { served, met, mut differences, mut found, .. } = self;
        for (feature, differences) in found.features.iter_mut().zip(&mut differences) {
            feature.percentiles = [0.5, 0.9, 0.99, 0.999].map(|share| percentile(differences, share));
            differences
                .iter()
                .for_each(|difference| feature.bars.get_mut(bar(*difference)).into_iter().for_each(|bar| *bar += 1));
        }
        found.mismatches = found.features.iter().map(|feature| feature.mismatches).sum();
        found.largest = found.features.iter().map(|feature| feature.largest).fold(0.0, f64::max);
        let missing = |row: u32| !met.get(row as usize).copied().unwrap_or(false);
        let mut ids: Vec<(u32, &String)> =
            served.by_id.iter().map(|(id, row)| (*row, id)).filter(|(row, _)| missing(*row)).collect();
        ids.sort_unstable();
        found.missing_recomputed = ids.len() as u64;
        found.missing_ids = ids.into_iter().take(SHOWN).map(|(_, id)| id.clone()).collect();
        found
    }
}

/// The nearest-rank percentile: the smallest value that so large a share is not above.
fn percentile(values: &mut [f64], share: f64) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let rank = ((values.len() as f64 * share).ceil() as usize).clamp(1, values.len()) - 1;
    *values.select_nth_unstable_by(rank, f64::total_cmp).1
}

/// The bar of a difference.
fn bar(difference: f64) -> usize {
    if difference == 0.0 {
        return 0;
    }
    1 + DECADES.iter().position(|power| difference <= 10_f64.powi(*power)).unwrap_or(DECADES.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(rows: &[(&str, f64)]) -> Served {
        let by_id = rows.iter().enumerate().map(|(row, (id, _))| ((*id).to_owned(), row as u32)).collect();
        Served { by_id, values: vec![rows.iter().map(|(_, value)| *value).collect()], ..Served::default() }
    }

    #[test]
    fn what_differs_is_counted() {
        let served =
            served(&[("a", 1.0), ("b", 2.0), ("c", f64::NAN), ("d", f64::NAN), ("e", f64::INFINITY), ("f", 5.0), ("g", 1e6)]);
        let mut of = Comparison::new(&served, &["x".into()], Tolerance { absolute: 0.01, relative: 1e-6 });
        for (id, value) in
            [("a", 1.0), ("b", 2.02), ("b", 9.0), ("c", f64::NAN), ("d", 0.0), ("e", f64::INFINITY), ("g", 1e6 + 0.5), ("z", 0.0)]
        {
            of.row(id, &[value]);
        }
        let found = of.end();
        assert_eq!((found.rows, found.mismatched_rows, found.mismatches), (6, 2, 2));
        assert_eq!((found.missing_recomputed, found.missing_served, found.repeated), (1, 1, 1));
        assert_eq!((found.missing_ids, found.largest), (vec!["f".to_owned()], 0.5));
        let feature = &found.features[0];
        assert_eq!((feature.mismatches, feature.one_sided(), feature.worst.as_ref().unwrap().id.as_str()), (2, 1, "g"));
        assert_eq!((feature.not_served, feature.first_one_sided.as_deref()), (1, Some("d")));
        assert_eq!((feature.bars[0], feature.bars.iter().sum::<u64>()), (3, 5));
        assert!((feature.percentiles[1] - 0.5).abs() < 1e-12 && feature.percentiles[0] == 0.0);
    }

    #[test]
    fn bars_are_powers_of_ten() {
        assert_eq!([0.0, 1e-13, 1e-12, 2e-12, 1.0, 999.0, 1e9, f64::INFINITY].map(bar), [0, 1, 1, 2, 13, 16, 17, 17]);
    }
}
