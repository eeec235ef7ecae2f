//! Both bundles and their answers, and the report of them.

use super::super::declared;
use super::super::report::{Cell, Report, Section};
use super::Bundle;
use super::ask::Asked;
use super::items::Items;
use super::moments::Moments;
use super::pairs::Pairs;
use crate::read::value::cell::short;
use nearhand::bundle::Manifest;
use nearhand_monitor::overlap_at;

/// A share of places beyond which everyone is told to be shown the same.
const CONCENTRATED: f64 = 0.5;
/// A share of pages beyond which a log is told to be a stranger's: as `replay` has it.
const STRANGERS: f64 = 0.5;
/// Items of a catalog in which ten are few.
const MANY: usize = 100;

/// Nothing, quarters, all.
const STAYS: [&str; 6] = ["nothing", "up to a quarter", "up to a half", "up to three quarters", "more", "all"];

/// All that a report is made of.
pub(super) struct Both<'a> {
    pub old: &'a Bundle,
    pub new: &'a Bundle,
    pub ours: &'a Asked,
    pub theirs: &'a Asked,
    pub items: &'a Items,
    pub moments: &'a Moments,
    pub pairs: &'a Pairs,
}

/// What answers half as often as it did, of slates by model, table and what is below. A table that makes room for a model is no fall.
fn falls(was: [u64; 3], is: [u64; 3], all: f64) -> Vec<String> {
    [("the model answers", was[0], is[0]), ("model and table answer", was[0] + was[1], is[0] + is[1])]
        .into_iter()
        .filter(|(_, was, is)| (*is as f64) < 0.5 * *was as f64 && *was as f64 > 0.1 * all)
        .map(|(words, was, is)| format!("{words} {is} of the slates, where it was {was}"))
        .collect()
}

impl Both<'_> {
    pub(super) fn report(&self, k: usize, canary: Option<(usize, f64)>) -> Report {
        let shown = self.shown();
        let (was, is) = self.spreading();
        let count = |test: &dyn Fn(u64, u64) -> bool| {
            shown.old.iter().zip(&shown.new).filter(|(old, new)| test(**old, **new)).count() as u64
        };
        let (come, gone) = (count(&|old, new| old == 0 && new > 0), count(&|old, new| old > 0 && new == 0));
        let (lost, gained) = (self.items.lost().count(), self.items.gained().count());
        let sums = &self.pairs.sums;
        let share = |value: Option<f64>| value.map_or(Cell::None, Cell::Share);
        let (overlap, first) = (sums.overlap().unwrap_or(1.0), sums.first_changed().unwrap_or(0.0));
        let (strangers_old, strangers_new) = self.strangers();
        let verdict = vec![
            ("sessions", Cell::Count(self.moments.sessions.len() as u64)),
            ("overlap", Cell::Share(overlap)),
            ("rbo", share(sums.biased_overlap())),
            ("top1_changed", Cell::Share(first)),
            ("gained", Cell::Count(gained as u64)),
            ("lost", Cell::Count(lost as u64)),
            ("coverage_old", Cell::Share(was.coverage)),
            ("coverage_new", Cell::Share(is.coverage)),
            ("shown_gained", Cell::Count(come)),
            ("shown_lost", Cell::Count(gone)),
            ("slates", Cell::Count(sums.count())),
            ("same", share(sums.same())),
            ("k", Cell::Count(k as u64)),
            ("sessions_of", if self.moments.made { "the-old-bundle".into() } else { "the-log".into() }),
        ];
        let mut notes = self.notes(k, (strangers_old, strangers_new), (was.ten, is.ten));
        let (fields, more) = self.fields();
        notes.extend(more);
        let (declared, more) = declared::differences(self.old.engine.manifest(), self.new.engine.manifest());
        notes.extend(more);
        let categories = self.categories();
        let moved = categories.as_ref().map(|(_, apart)| *apart);
        let mut sections = vec![self.figures(k, (was, is), (strangers_old, strangers_new), moved, canary), self.histogram()];
        sections.extend(self.who());
        sections.extend(categories.map(|(section, _)| section));
        sections.extend(self.movements(&shown));
        sections.extend([fields, declared]);
        let measures = vec![
            ("changed", 1.0 - overlap),
            ("top1_changed", first),
            ("lost", lost as f64 / self.items.old.max(1) as f64),
            ("coverage_lost", (was.coverage - is.coverage).max(0.0)),
            ("gini_rise", (is.gini - was.gini).max(0.0)),
            ("category_shift", moved.unwrap_or(0.0)),
            ("unknown", strangers_new),
        ];
        let title = format!("{} and {}", self.old.name(), self.new.name());
        Report { kind: "slates", title, verdict, notes, sections, sides: self.most_changed(), measures }
    }

    /// Share of the moments whose page is an item that a bundle does not know.
    fn strangers(&self) -> (f64, f64) {
        let all = self.moments.all.len().max(1) as f64;
        let share = |known: &dyn Fn(u32) -> bool| {
            self.moments.all.iter().filter(|moment| !moment.newest.is_some_and(known)).count() as f64 / all
        };
        (share(&|item| self.items.in_old(item).is_some()), share(&|item| self.items.in_new(item).is_some()))
    }

    fn notes(&self, k: usize, (strangers, unknown): (f64, f64), (before, ten): (f64, f64)) -> Vec<(&'static str, String)> {
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
        if self.theirs.failed > self.ours.failed {
            notes.push(("model-failed", format!("the new model fails for {} slates", self.theirs.failed)));
        }
        if self.theirs.short > self.ours.short {
            notes.push((
                "short",
                format!("{} slates have fewer than {k} items, where {} had", self.theirs.short, self.ours.short),
            ));
        }
        if ten > CONCENTRATED && ten > before && new.catalog.items >= MANY {
            notes.push(("same-for-all", format!("ten items have {:.0} % of all places", 100.0 * ten)));
        }
        notes
    }

    fn figures(
        &self,
        k: usize,
        (was, is): (super::shown::Spreading, super::shown::Spreading),
        strangers: (f64, f64),
        moved: Option<f64>,
        canary: Option<(usize, f64)>,
    ) -> Section {
        let mut section = Section::new("figure", "Figures", "", &["figure", "old", "new"]);
        let mut row = |name: &str, old: Cell, new: Cell| section.rows.push(vec![Cell::from(name), old, new]);
        let manifest = |of: &super::Bundle| of.engine.manifest().clone();
        let (old, new): (Manifest, Manifest) = (manifest(self.old), manifest(self.new));
        row("version", old.version.as_str().into(), new.version.as_str().into());
        row("made", old.created_at.as_str().into(), new.created_at.as_str().into());
        row("bytes", Cell::Count(self.old.bytes as u64), Cell::Count(self.new.bytes as u64));
        let items = |of: &super::Bundle| Cell::Count(of.engine.catalog().base_len() as u64);
        row("items", items(self.old), items(self.new));
        row("coverage", Cell::Share(was.coverage), Cell::Share(is.coverage));
        row("gini", Cell::Number(was.gini), Cell::Number(is.gini));
        row("entropy", Cell::Number(was.entropy), Cell::Number(is.entropy));
        row("ten_most_shown", Cell::Share(was.ten), Cell::Share(is.ten));
        row("popularity_bias", was.bias.into(), is.bias.into());
        let all = self.pairs.sums.count().max(1) as f64;
        for (name, at) in [("by_model", 0), ("by_table", 1), ("by_popularity", 2)] {
            let share = |of: &Asked| Cell::Share(of.sources.get(at).copied().unwrap_or(0) as f64 / all);
            row(name, share(self.ours), share(self.theirs));
        }
        row("short_slates", Cell::Count(self.ours.short), Cell::Count(self.theirs.short));
        row("pages_unknown", Cell::Share(strangers.0), Cell::Share(strangers.1));
        for (name, q) in [("p50_us", 0.5), ("p99_us", 0.99)] {
            row(name, self.ours.times.quantile(q).into(), self.theirs.times.quantile(q).into());
        }
        let both = |value: Option<f64>| value.map_or(Cell::None, Cell::Number);
        let mut apart = |name: &str, value: Option<f64>| section.rows.push(vec![Cell::from(name), Cell::None, both(value)]);
        apart("overlap_half_interval", self.pairs.half);
        let first = overlap_at(&self.ours.first, &self.theirs.first, k);
        apart("first_visit_overlap", Some(first));
        apart("score_difference_mean", self.pairs.sums.score_differences().map(|(mean, _)| mean));
        apart("score_difference_most", self.pairs.sums.score_differences().map(|(_, most)| most));
        apart("category_shift", moved);
        apart("goldens_of_old", canary.map(|(count, _)| count as f64));
        apart("goldens_overlap", canary.map(|(_, overlap)| overlap));
        section
    }

    /// Slates by how much of them stays.
    fn histogram(&self) -> Section {
        let about = "Slates by the share of their items that both bundles have: how many visitors would notice.";
        let mut section = Section::new("stays", "How much of a slate stays", about, &["stays", "slates", "share"]);
        section.bars = Some((2, None));
        let mut counts = [0_u64; STAYS.len()];
        for pair in &self.pairs.all {
            let place = match pair.overlap {
                none if none <= 0.0 => 0,
                all if all >= 1.0 => STAYS.len() - 1,
                some => 1 + ((some * 4.0).ceil() as usize - 1).min(3),
            };
            counts.get_mut(place).into_iter().for_each(|count| *count += 1);
        }
        let all = self.pairs.all.len().max(1) as f64;
        let row = |(name, count): (&&str, u64)| vec![Cell::from(*name), Cell::Count(count), Cell::Share(count as f64 / all)];
        section.rows = STAYS.iter().zip(counts).map(row).collect();
        section
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
