//! What a person should know first.

use super::super::report::{Note, SAME};
use super::shown::{Shown, Spreading};
use super::told::Both;
use crate::read::value::cell::short;

/// A share of places beyond which everyone is told to be shown the same.
const CONCENTRATED: f64 = 0.5;
/// A share of pages beyond which a log is told to be a stranger's: as `replay` has it.
const STRANGERS: f64 = 0.5;
/// Items of a catalog in which ten are few.
const MANY: usize = 100;
/// A share of the items, or of the places that they had, beyond which those that are gone are told.
const GONE: f64 = 0.05;
/// Of what was shown of the catalog so much is shown at least, or the rest is told to be gone.
const COVERED: f64 = 0.75;
/// An overlap below which nothing stays.
const NOTHING: f64 = 0.1;

/// What answers half as often as it did, of slates by model, table and what is below. A table that makes room for a model is no fall.
fn falls(was: [u64; 3], is: [u64; 3], all: f64) -> Vec<String> {
    [("the model answers", was[0], is[0]), ("model and table answer", was[0] + was[1], is[0] + is[1])]
        .into_iter()
        .filter(|(_, was, is)| (*is as f64) < 0.5 * *was as f64 && *was as f64 > 0.1 * all)
        .map(|(words, was, is)| format!("{words} {is} of the slates, where it was {was}"))
        .collect()
}

impl Both<'_> {
    pub(super) fn notes(
        &self,
        k: usize,
        (strangers, unknown): (f64, f64),
        (was, is): (Spreading, Spreading),
        shown: &Shown,
    ) -> Vec<(&'static str, String)> {
        let mut notes = Vec::new();
        let (old, new) = (self.old.engine.manifest(), self.new.engine.manifest());
        if self.moments.made {
            let what = "no log was given: the sessions are made of the old bundle's own items, by its popularity and its transition table. --events FILE asks with the visitors' own";
            notes.push(("made", what.to_owned()));
        }
        if self.moments.left_out > 0 {
            let what = format!(
                "{} sessions of the log were left out, evenly over it: --limit raises how many are asked",
                self.moments.left_out
            );
            notes.push(("limit", what));
        }
        if new.created_at < old.created_at {
            let what = format!(
                "the new bundle was made on {}, before the old one on {}",
                short(&new.created_at),
                short(&old.created_at)
            );
            notes.push(("older", what));
        }
        if old.name != new.name {
            notes.push((
                "other-name",
                format!("the bundles are called {} and {}: of one shop?", short(&old.name), short(&new.name)),
            ));
        }
        if self.items.common() * 2 < self.items.old {
            let what = format!(
                "of {} items of the old catalog {} are in the new one: are ids written as they were?",
                self.items.old,
                self.items.common()
            );
            notes.push(("few-in-common", what));
        }
        if strangers > STRANGERS {
            let what = format!(
                "{:.1} % of the pages are of items that the old bundle does not know: a log of another shop or time, or in other ids? \
                 There both answer what is popular, and little of this report is of visitors",
                100.0 * strangers
            );
            notes.push(("strangers", what));
        }
        if unknown - strangers > 0.05 {
            notes.push((
                "unknown",
                format!("{:.1} % more of the pages are of items that the bundle does not know", 100.0 * (unknown - strangers)),
            ));
        }
        let all = self.pairs.sums.count().max(1) as f64;
        notes.extend(falls(self.ours.sources, self.theirs.sources, all).into_iter().map(|what| ("falls-back", what)));
        if self.theirs.failures() > self.ours.failures() {
            let [table, popular] = self.theirs.failed;
            let what = format!(
                "the new model fails for {} of {} slates, the old one for {}: in its place the table made {table} and popularity {popular}",
                self.theirs.failures(),
                self.pairs.sums.count(),
                self.ours.failures(),
            );
            notes.push(("model-failed", what));
        }
        notes.extend(self.alike());
        if self.theirs.short > self.ours.short {
            notes.push((
                "short",
                format!("{} slates have fewer than {k} items, where {} had", self.theirs.short, self.ours.short),
            ));
        }
        if is.ten > CONCENTRATED && is.ten > was.ten && new.catalog.items >= MANY {
            notes.push(("same-for-all", format!("ten items have {:.0} % of all places", 100.0 * is.ten)));
        }
        if is.coverage < COVERED * was.coverage {
            let what = format!(
                "the new bundle shows {:.1} % of its catalog, the old one {:.1} %: {} items that were shown are shown no more",
                100.0 * is.coverage,
                100.0 * was.coverage,
                shown.old.iter().zip(&shown.new).filter(|(old, new)| **old > 0 && **new == 0).count()
            );
            notes.push(("coverage", what));
        }
        notes.extend(self.gone(shown));
        let overlap = self.pairs.sums.overlap().unwrap_or(1.0);
        if overlap < NOTHING && strangers < STRANGERS && unknown < STRANGERS {
            let what = format!(
                "{:.1} % of a slate stay: another recipe, or vectors, table or ids that are no longer of the same items",
                100.0 * overlap
            );
            notes.push(("nothing-stays", what));
        }
        if let Some(share) = self.out_of_stock(shown).filter(|share| *share > GONE) {
            let what = format!(
                "items that had {:.1} % of all places are sold out by the new catalog: pages leave them out",
                100.0 * share
            );
            notes.push(("out-of-stock", what));
        }
        notes
    }

    /// Answers that are the same, or differ in the order of what scores alike alone.
    fn alike(&self) -> Option<Note> {
        let sums = &self.pairs.sums;
        let off = sums.score_differences().map_or(0.0, |(_, most)| most);
        if sums.same() == Some(1.0) && off <= 0.0 {
            return Some((SAME.0, SAME.1.to_owned()));
        }
        let changed = self.pairs.all.len() as u64 - (sums.same().unwrap_or(1.0) * self.pairs.all.len() as f64).round() as u64;
        let tied = self.pairs.all.iter().filter(|pair| pair.tied).count() as u64;
        (tied > 0 && 2 * tied >= changed).then(|| {
            let what = format!(
                "of {changed} slates that change {tied} differ in nothing but which of items with one score stands first, or has the last \
                 place: that goes by the catalog's order, not by the model"
            );
            ("ties", what)
        })
    }

    /// Items that are gone, where they are many or were shown often. Fewer than half of a catalog in common is told by another note.
    fn gone(&self, shown: &Shown) -> Option<(&'static str, String)> {
        let lost: Vec<u32> = self.items.lost().collect();
        let places = |items: &[u32]| items.iter().filter_map(|item| shown.old.get(*item as usize)).sum::<u64>() as f64;
        let share = places(&lost) / shown.old.iter().sum::<u64>().max(1) as f64;
        let of = lost.len() as f64 / self.items.old.max(1) as f64;
        (lost.len() * 2 <= self.items.old && (of > GONE || share > GONE)).then(|| {
            let what = format!(
                "{} of {} items are gone, which had {:.1} % of all places: discontinued, or a feed that broke off?",
                lost.len(),
                self.items.old,
                100.0 * share
            );
            ("items-gone", what)
        })
    }

    /// Share of the old bundle's places whose item is sold out by the new catalog, which no slate has then; none where that tells no
    /// stock of any of them.
    pub(super) fn out_of_stock(&self, shown: &Shown) -> Option<f64> {
        let catalog = self.new.engine.catalog();
        let stocks = (0_u32..).zip(&shown.old).filter(|(_, places)| **places > 0);
        let mut told = stocks.filter_map(|(item, places)| Some((catalog.stock(self.items.in_new(item)?)?, *places))).peekable();
        told.peek()?;
        let none: u64 = told.filter(|(stock, _)| *stock == 0).map(|(_, places)| places).sum();
        Some(none as f64 / shown.old.iter().sum::<u64>().max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fall_is_to_what_is_below() {
        let of = |was, is| falls(was, is, 100.0);
        assert!(of([0, 100, 0], [100, 0, 0]).is_empty() && of([5, 95, 0], [0, 100, 0]).is_empty());
        assert_eq!(of([90, 10, 0], [0, 100, 0]), ["the model answers 0 of the slates, where it was 90"]);
        assert_eq!(of([0, 80, 20], [0, 30, 70]), ["model and table answer 30 of the slates, where it was 80"]);
    }
}
