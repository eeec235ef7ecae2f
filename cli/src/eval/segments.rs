//! Kinds of pairs that are judged apart: a mean hides whom a way serves and whom it does not.
//!
//! ```text
//! length     events of the session so far: 1, 2, 3-5, 6-10, 11+
//! category   the target's, by the first bundle's catalog; the ten with most pairs, all others together
//! new        visitors that the log has not seen before and those it has; of plain pairs: the first page of a session and later ones
//! frequency  head, middle, tail: the target's training events, the most frequent items that make a third of all events and so on;
//!            never: the target is in no training session
//! repeat     the target is in the session already, or new to it
//! ```

use crate::sessions::{Named, Pair};
use nearhand::ItemIdx;
use nearhand::catalog::Catalog;
use std::collections::BTreeMap;

/// By what pairs are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum By {
    /// Events of the session so far
    Length,
    /// Category of the target
    Category,
    /// Visitors seen before or not
    New,
    /// Training events of the target
    Frequency,
    /// Target in the session already or not
    Repeat,
}

impl By {
    pub(super) const ALL: [Self; 5] = [Self::Length, Self::New, Self::Repeat, Self::Frequency, Self::Category];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Category => "category",
            Self::New => "new",
            Self::Frequency => "frequency",
            Self::Repeat => "repeat",
        }
    }
}

/// Some of the pairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub by: By,
    pub name: String,
    /// Whether it holds each pair.
    pub within: Vec<bool>,
}

/// What pairs are told apart by.
pub(super) struct Facts<'a> {
    /// Items as the first bundle knows them.
    pub pairs: &'a [Pair],
    pub catalog: &'a Catalog,
    /// Training events an item.
    pub counts: &'a [u64],
    pub returning: Option<&'a [bool]>,
}

/// Categories that are shown apart.
const CATEGORIES: usize = 10;

impl Facts<'_> {
    /// The segments of one kind that have a pair; none where all pairs are in one.
    pub(super) fn segments(&self, by: By) -> Vec<Segment> {
        let names: Vec<&str> = match by {
            By::Length => self.pairs.iter().map(|pair| length(pair.prefix.len())).collect(),
            By::Repeat => self.pairs.iter().map(|p| if p.prefix.contains(&p.next) { "repeat" } else { "new-item" }).collect(),
            By::New => self.visitors(),
            By::Frequency => self.frequencies(),
            By::Category => return self.categories(),
        };
        let order = ["1", "2", "3-5", "6-10", "11+", "new-item", "repeat", "head", "middle", "tail", "never"];
        let more = ["first-page", "later-page", "new-visitor", "returning-visitor"];
        gather(by, &names, order.iter().chain(&more).copied())
    }

    fn visitors(&self) -> Vec<&'static str> {
        match self.returning {
            Some(returning) if returning.contains(&true) => {
                returning.iter().map(|r| if *r { "returning-visitor" } else { "new-visitor" }).collect()
            }
            _ => self.pairs.iter().map(|p| if p.prefix.len() <= 1 { "first-page" } else { "later-page" }).collect(),
        }
    }

    fn frequencies(&self) -> Vec<&'static str> {
        let class = classes(self.counts);
        let of = |pair: &Pair| match pair.next {
            Named::Known(item) => class.get(item as usize).copied().unwrap_or("never"),
            Named::Unknown(_) => "never",
        };
        self.pairs.iter().map(of).collect()
    }

    fn categories(&self) -> Vec<Segment> {
        let of = |pair: &Pair| match pair.next {
            Named::Known(item) => self.catalog.category(ItemIdx(item)).filter(|c| !c.is_empty()).unwrap_or("(none)"),
            Named::Unknown(_) => "(unknown item)",
        };
        let names: Vec<&str> = self.pairs.iter().map(of).collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
        if !counts.keys().any(|name| !name.starts_with('(')) {
            return Vec::new();
        }
        let mut order: Vec<(&str, usize)> = counts.into_iter().collect();
        order.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        let kept: Vec<&str> = order.iter().take(CATEGORIES).map(|(name, _)| *name).collect();
        let names: Vec<&str> = names.iter().map(|name| if kept.contains(name) { name } else { "(others)" }).collect();
        gather(By::Category, &names, kept.iter().copied().chain(["(others)"]))
    }
}

/// Each item's class by its training events.
pub(crate) fn classes(counts: &[impl Copy + Into<u64>]) -> Vec<&'static str> {
    let mut order: Vec<(u64, usize)> = counts.iter().map(|count| (*count).into()).zip(0..).collect();
    order.sort_by_key(|(count, at)| (std::cmp::Reverse(*count), *at));
    let total: u64 = order.iter().map(|(count, _)| count).sum();
    let mut class = vec!["never"; counts.len()];
    let mut before = 0;
    for (count, at) in order.into_iter().filter(|(count, _)| *count > 0) {
        if let Some(class) = class.get_mut(at) {
            *class = match 3 * before / total.max(1) {
                0 => "head",
                1 => "middle",
                _ => "tail",
            };
        }
        before += count;
    }
    class
}

/// The class of a session by its events so far.
pub(crate) const fn length(events: usize) -> &'static str {
    match events {
        0 | 1 => "1",
        2 => "2",
        3..=5 => "3-5",
        6..=10 => "6-10",
        _ => "11+",
    }
}

fn gather<'a>(by: By, names: &[&str], order: impl Iterator<Item = &'a str>) -> Vec<Segment> {
    let one = |name: &str| Segment { by, name: name.to_owned(), within: names.iter().map(|n| *n == name).collect() };
    let found: Vec<Segment> = order.map(one).filter(|segment| segment.within.contains(&true)).collect();
    if found.len() < 2 { Vec::new() } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand::catalog::{Columns, FacetColumn, TextColumn};

    fn catalog(categories: &[&str]) -> Catalog {
        let ids: Vec<String> = (0..categories.len()).map(|i| format!("i{i}")).collect();
        let texts = TextColumn::of(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        let category = FacetColumn::of(&categories.iter().map(|c| Some((*c).to_owned())).collect::<Vec<_>>()).unwrap();
        Catalog::new(Columns { ids: texts.clone(), titles: texts, category: Some(category), ..Columns::default() }).unwrap()
    }

    fn pair(prefix: &[u32], next: Option<u32>) -> Pair {
        let next = next.map_or(Named::Unknown("x".into()), Named::Known);
        Pair { prefix: prefix.iter().map(|i| Named::Known(*i)).collect(), next }
    }

    fn told(segments: &[Segment]) -> Vec<String> {
        let one = |s: &Segment| format!("{} {}", s.name, s.within.iter().map(|w| if *w { '1' } else { '0' }).collect::<String>());
        segments.iter().map(one).collect()
    }

    #[test]
    fn by_hand() {
        let catalog = catalog(&["Cups", "Cups", "Bowls", "Bowls"]);
        let pairs = [pair(&[0], Some(1)), pair(&[0, 1], Some(0)), pair(&[0, 1, 2], None), pair(&[2; 11], Some(3))];
        // Of 12 events item 0 makes the first third and more, 1 begins in the second, 2 in the third.
        let counts = [6, 3, 3, 0];
        let facts = Facts { pairs: &pairs, catalog: &catalog, counts: &counts, returning: None };
        assert_eq!(told(&facts.segments(By::Length)), ["1 1000", "2 0100", "3-5 0010", "11+ 0001"]);
        assert_eq!(told(&facts.segments(By::Repeat)), ["new-item 1011", "repeat 0100"]);
        assert_eq!(told(&facts.segments(By::New)), ["first-page 1000", "later-page 0111"]);
        assert_eq!(told(&facts.segments(By::Frequency)), ["head 0100", "middle 1000", "never 0011"]);
        assert_eq!(told(&facts.segments(By::Category)), ["Cups 1100", "(unknown item) 0010", "Bowls 0001"]);
        let facts = Facts { returning: Some(&[true, true, false, false]), ..facts };
        assert_eq!(told(&facts.segments(By::New)), ["new-visitor 0011", "returning-visitor 1100"]);
        let facts = Facts { pairs: &pairs[..1], ..facts };
        assert!(facts.segments(By::Length).is_empty(), "one segment tells nothing more");
    }

    #[test]
    fn every_pair_is_in_one_segment_of_a_kind() {
        let names: Vec<String> = (0..30).map(|i| format!("c{}", i % 14)).collect();
        let catalog = catalog(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let pairs: Vec<Pair> = (0..90).map(|i| pair(&vec![i % 30; 1 + i as usize % 13], Some((i * 7) % 30))).collect();
        let counts: Vec<u64> = (0..30).map(|i| i * i).collect();
        let facts = Facts { pairs: &pairs, catalog: &catalog, counts: &counts, returning: None };
        for by in By::ALL {
            let segments = facts.segments(by);
            assert!(segments.len() > 1 && segments.len() <= 11, "{by:?}");
            for at in 0..pairs.len() {
                assert_eq!(segments.iter().filter(|s| s.within[at]).count(), 1, "{by:?} {at}");
            }
        }
    }
}
