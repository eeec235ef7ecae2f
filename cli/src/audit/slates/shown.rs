//! What is shown at all: how much of the catalog, how evenly, of which categories, and which items come and go.

use super::super::report::{Cell, Section};
use super::ask::Asked;
use super::moments::title;
use super::told::Both;
use super::{Bundle, ROWS};
use nearhand::ItemIdx;
use nearhand_monitor::Spread;
use std::collections::BTreeMap;

/// How often each item was shown by both, by their common numbers.
#[derive(Debug)]
pub(super) struct Shown {
    pub old: Vec<u64>,
    pub new: Vec<u64>,
}

/// What one bundle shows, over its own catalog.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spreading {
    pub coverage: f64,
    pub gini: f64,
    pub entropy: f64,
    pub bias: Option<f64>,
    /// Share of all places that the ten most shown items have.
    pub ten: f64,
}

fn spreading(bundle: &Bundle, asked: &Asked, own: impl Fn(u32) -> Option<ItemIdx>) -> Spreading {
    let items = bundle.engine.catalog().base_len();
    let mut spread = Spread::new(items);
    let mut counts = vec![0_u64; items];
    for (slate, _) in asked.slates() {
        let slate: Vec<u32> = slate.iter().filter_map(|item| Some(own(*item)?.0)).collect();
        spread.add(&slate);
        for item in slate {
            counts.get_mut(item as usize).into_iter().for_each(|count| *count += 1);
        }
    }
    let popularity: Vec<f64> = bundle.popularity.iter().map(|count| f64::from(*count)).collect();
    let places: u64 = counts.iter().sum();
    counts.sort_unstable_by_key(|count| std::cmp::Reverse(*count));
    let ten = counts.iter().take(10).sum::<u64>() as f64 / places.max(1) as f64;
    let bias = spread.popularity_bias(&popularity);
    Spreading { coverage: spread.coverage(), gini: spread.gini(), entropy: spread.entropy(), bias, ten }
}

impl Both<'_> {
    pub(super) fn spreading(&self) -> (Spreading, Spreading) {
        let old = spreading(self.old, self.ours, |item| self.items.in_old(item));
        (old, spreading(self.new, self.theirs, |item| self.items.in_new(item)))
    }

    pub(super) fn shown(&self) -> Shown {
        let count = |asked: &Asked| {
            let mut counts = vec![0_u64; self.items.ids.len()];
            for item in asked.slates().flat_map(|(slate, _)| slate) {
                counts.get_mut(*item as usize).into_iter().for_each(|count| *count += 1);
            }
            counts
        };
        Shown { old: count(self.ours), new: count(self.theirs) }
    }

    /// The category of an item, of whichever bundle has it.
    pub(super) fn category(&self, item: u32) -> Option<&str> {
        let old = self.items.in_old(item).and_then(|at| self.old.engine.catalog().category(at));
        let new = || self.items.in_new(item).and_then(|at| self.new.engine.catalog().category(at));
        old.filter(|name| !name.is_empty()).or_else(new).filter(|name| !name.is_empty())
    }

    /// Shares of categories of what is shown, each by its own bundle, and the total variation between them; none without categories.
    pub(super) fn categories(&self) -> Option<(Section, f64)> {
        let mut counts: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
        let sides = [(self.old, self.ours), (self.new, self.theirs)];
        for (side, (bundle, asked)) in sides.into_iter().enumerate() {
            let catalog = bundle.engine.catalog();
            for item in asked.slates().flat_map(|(slate, _)| slate) {
                let own = if side == 0 { self.items.in_old(*item) } else { self.items.in_new(*item) };
                let name = own.and_then(|item| catalog.category(item)).filter(|name| !name.is_empty()).unwrap_or("(none)");
                counts.entry(name).or_default().get_mut(side).into_iter().for_each(|count| *count += 1);
            }
        }
        if !counts.keys().any(|name| *name != "(none)") {
            return None;
        }
        let totals = counts.values().fold([0; 2], |[a, b]: [u64; 2], [x, y]| [a + x, b + y]);
        let share = |count: u64, of: u64| count as f64 / of.max(1) as f64;
        let mut rows: Vec<(&str, f64, f64)> =
            counts.into_iter().map(|(name, [old, new])| (name, share(old, totals[0]), share(new, totals[1]))).collect();
        let apart = rows.iter().map(|(_, old, new)| (old - new).abs()).sum::<f64>() / 2.0;
        rows.sort_by(|(_, a, b), (_, c, d)| (c - d).abs().total_cmp(&(a - b).abs()));
        let mut section = Section::new(
            "category",
            "Categories of what is shown",
            "Shares of all places, those that move most first.",
            &["category", "old", "new", "change"],
        );
        section.bars = Some((1, Some(2)));
        let row = |(name, old, new): (&str, f64, f64)| {
            vec![Cell::from(name), Cell::Share(old), Cell::Share(new), Cell::Share(new - old)]
        };
        section.rows = rows.into_iter().map(row).collect();
        Some((section.cut(ROWS), apart))
    }

    /// Items whose share of the places changes most, and those of the catalog that come and go.
    pub(super) fn movements(&self, shown: &Shown) -> Vec<Section> {
        let id = |item: u32| Cell::Text(self.items.ids.get(item as usize).cloned().unwrap_or_default());
        let named = |item: u32| Cell::Text(title(item, self.items, self.old, self.new));
        let of = |counts: &[u64], item: u32| counts.get(item as usize).copied().unwrap_or(0);
        let total = |counts: &[u64]| counts.iter().sum::<u64>().max(1) as f64;
        let (all_old, all_new) = (total(&shown.old), total(&shown.new));
        let change = |item: u32| of(&shown.new, item) as f64 / all_new - of(&shown.old, item) as f64 / all_old;
        let mut moved: Vec<u32> = (0..self.items.ids.len() as u32).filter(|item| change(*item) != 0.0).collect();
        moved.sort_by(|a, b| change(*b).abs().total_cmp(&change(*a).abs()).then(a.cmp(b)));
        let about = "Items whose share of all places changes most.";
        let mut places = Section::new(
            "item",
            "Items that are shown more or less",
            about,
            &["item", "title", "old_shown", "new_shown", "change"],
        );
        let row = |item: &u32| {
            vec![
                id(*item),
                named(*item),
                Cell::Count(of(&shown.old, *item)),
                Cell::Count(of(&shown.new, *item)),
                Cell::Share(change(*item)),
            ]
        };
        places.left_out = moved.len().saturating_sub(ROWS);
        places.rows = moved.iter().take(ROWS).map(row).collect();
        let mut out = vec![places];
        let gone = (
            "lost",
            "Items that the new catalog lacks",
            "The most shown, then the best known. Visitors who look at one are strangers to the new bundle.",
        );
        let come = ("gained", "Items that are new", "");
        for ((name, headline, about), is_old) in [(gone, true), (come, false)] {
            let mut numbers: Vec<u32> = if is_old { self.items.lost().collect() } else { self.items.gained().collect() };
            let counts = if is_old { &shown.old } else { &shown.new };
            let known = |item: u32| {
                let (bundle, at) = if is_old { (self.old, self.items.in_old(item)) } else { (self.new, self.items.in_new(item)) };
                at.and_then(|at| bundle.popularity.get(at.at())).copied().unwrap_or(0)
            };
            numbers.sort_by_key(|item| (std::cmp::Reverse((of(counts, *item), known(*item))), *item));
            let mut section = Section::new(name, headline, about, &[name, "title", "training_events", "shown"]);
            section.left_out = numbers.len().saturating_sub(ROWS);
            section.rows = numbers
                .iter()
                .take(ROWS)
                .map(|item| vec![id(*item), named(*item), Cell::Count(known(*item).into()), Cell::Count(of(counts, *item))])
                .collect();
            out.push(section);
        }
        out
    }
}
