//! Both bundles and their answers, and the report of them.

use super::super::declared;
use super::super::noise;
use super::super::report::{Cell, Report, Section};
use super::Bundle;
use super::ask::Asked;
use super::baseline::Usual;
use super::items::Items;
use super::moments::Moments;
use super::pairs::Pairs;
use nearhand::bundle::Manifest;
use nearhand_monitor::overlap_at;

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
    /// What is usual, where a baseline was given.
    pub usual: Option<&'a Usual>,
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
        let all = sums.count().max(1) as f64;
        let [found_old, found_new] = self.whole().found().map_or([Cell::None, Cell::None], |found| found.map(Cell::Share));
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
            ("found_old", found_old),
            ("found_new", found_new),
            ("k", Cell::Count(k as u64)),
            ("sessions_of", if self.moments.made { "the-old-bundle".into() } else { "the-log".into() }),
        ];
        let segments = self.segments();
        let (usual, more) = self.usual().unzip();
        let mut notes: Vec<(&'static str, String)> = more.into_iter().collect();
        notes.extend(self.notes(k, (strangers_old, strangers_new), (was, is), &shown));
        notes.extend(self.hidden(&segments));
        let (fields, more) = self.fields();
        notes.extend(more);
        let (declared, more) = declared::differences(self.old.engine.manifest(), self.new.engine.manifest());
        notes.extend(more);
        let categories = self.categories();
        let moved = categories.as_ref().map(|(_, apart)| *apart);
        let apart = [moved, self.out_of_stock(&shown)];
        let mut sections = vec![self.figures(k, (was, is), (strangers_old, strangers_new), apart, canary), self.histogram()];
        sections.extend(usual);
        sections.extend(self.who(&segments));
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
            ("worst_segment", self.worst_segment(&segments)),
            ("found_lost", self.found_lost()),
            ("beyond_usual", noise::measure(self.beyond().map(|more| more.mean))),
            ("short", self.theirs.short as f64 / all),
            ("failed", self.theirs.failures() as f64 / all),
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

    fn figures(
        &self,
        k: usize,
        (was, is): (super::shown::Spreading, super::shown::Spreading),
        strangers: (f64, f64),
        [moved, sold_out]: [Option<f64>; 2],
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
        row("model_failed", Cell::Count(self.ours.failures()), Cell::Count(self.theirs.failures()));
        let [(table_old, popular_old), (table_new, popular_new)] =
            [self.ours, self.theirs].map(|of| (of.failed[0], of.failed[1]));
        row("table_for_model", Cell::Count(table_old), Cell::Count(table_new));
        row("popularity_for_model", Cell::Count(popular_old), Cell::Count(popular_new));
        let found = |which: [bool; 2]| {
            let known = self.pairs.all.iter().filter_map(|pair| pair.found);
            let (all, alone) = known.fold((0_u64, 0_u64), |(all, alone), found| (all + 1, alone + u64::from(found == which)));
            if all == 0 { Cell::None } else { Cell::Share(alone as f64 / all as f64) }
        };
        row("found_alone", found([true, false]), found([false, true]));
        let mut apart = |name: &str, value: Option<f64>| section.rows.push(vec![Cell::from(name), Cell::None, both(value)]);
        apart("overlap_half_interval", self.pairs.half);
        apart("ties_alone", Some(self.pairs.all.iter().filter(|pair| pair.tied).count() as f64));
        let first = overlap_at(&self.ours.first, &self.theirs.first, k);
        apart("first_visit_overlap", Some(first));
        apart("score_difference_mean", self.pairs.sums.score_differences().map(|(mean, _)| mean));
        apart("score_difference_most", self.pairs.sums.score_differences().map(|(_, most)| most));
        apart("category_shift", moved);
        apart("out_of_stock", sold_out);
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
