//! All ways of an evaluation, asked all pairs.

use super::answer::{Answer, Rule, ask_all};
use super::baselines::{self, Baseline};
use super::bundles::Opened;
use super::exposure::exposure;
use super::found::Kind;
pub(super) use super::found::Way;
use super::lists;
use super::measure::{Report, Variant, answers};
use super::scores::Scores;
use crate::sessions::{Named, Pair, Slates};
use nearhand::{Code, Error, ItemIdx, Result};
use std::collections::BTreeSet;

/// What is asked, and who.
pub(super) struct Asked<'a> {
    pub rule: Rule,
    pub bundles: &'a [Opened],
    baselines: Vec<Box<dyn Baseline>>,
    lists: &'a [(String, Slates)],
    /// Training events of the first bundle's items.
    pub counts: Vec<u64>,
}

/// What the ways answer, and the first bundle's slates as text.
pub(super) struct Answered {
    pub ways: Vec<Way>,
    pub slates: String,
}

impl<'a> Asked<'a> {
    /// `train` are the training sessions in the first bundle's indices.
    pub(super) fn new(rule: Rule, bundles: &'a [Opened], train: Option<&[Vec<u32>]>, lists: &'a [(String, Slates)]) -> Self {
        let items = bundles.first().map_or(0, Opened::items);
        let baselines = train.map(|train| baselines::all(train, items)).unwrap_or_default();
        let counts = match train {
            Some(train) => {
                let mut counts = vec![0; items];
                let add = |item: &u32| counts.get_mut(*item as usize).into_iter().for_each(|count| *count += 1);
                train.iter().flatten().for_each(add);
                counts
            }
            None => bundles.first().map(|first| first.counts.iter().map(|c| u64::from(*c)).collect()).unwrap_or_default(),
        };
        Self { rule, bundles, baselines, lists, counts }
    }

    /// As the printed lines call them, in their order.
    fn names(&self) -> Vec<String> {
        let parts = |b: &Opened| b.parts.iter().map(|part| format!("{}{}", b.name, part.suffix())).collect::<Vec<_>>();
        let run = self.run();
        let baselines = self.baselines.iter().map(|baseline| format!("{run}/{}", baseline.name()));
        let lists = self.lists.iter().map(|(name, _)| format!("{run}/{name}"));
        self.bundles.iter().flat_map(parts).chain(baselines).chain(lists).collect()
    }

    fn run(&self) -> &str {
        self.bundles.first().map_or("", |first| first.name.as_str())
    }

    /// The number of the way that all others are compared with.
    ///
    /// # Errors
    /// `invalid-option` for a name that no way has, and for one that two have.
    pub(super) fn against(&self, name: Option<&str>) -> Result<usize> {
        let names = self.names();
        let mut seen = BTreeSet::new();
        if let Some(twice) = names.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(
                Error::new(Code::OptionInvalid, "two ways have one name: give each its own with NAME=FILE").with("name", twice)
            );
        }
        let Some(asked) = name else { return Ok(0) };
        let run = self.run();
        let is = |name: &String| name == asked || name.strip_prefix(run).and_then(|rest| rest.strip_prefix('/')) == Some(asked);
        names.iter().position(is).ok_or_else(|| {
            Error::new(Code::OptionInvalid, "no way has this name")
                .with("option", "--against")
                .with("value", asked)
                .with("ways", names.join(" "))
        })
    }

    /// Whether the first bundle has a full tier.
    pub(super) fn has_model(&self) -> bool {
        self.bundles.first().is_some_and(|first| first.parts.contains(&Variant::Blend))
    }

    /// Asks every way every pair.
    pub(super) fn ask(&self) -> Result<Answered> {
        let mut names = self.names().into_iter();
        let mut name = || names.next().unwrap_or_default();
        let (mut ways, mut slates) = (Vec::new(), String::new());
        for (number, bundle) in self.bundles.iter().enumerate() {
            for part in &bundle.parts {
                let answers = answers(bundle.bytes(), &bundle.pairs.pairs, self.rule, *part)?;
                if number == 0 && *part == Variant::Blend {
                    answers.iter().for_each(|answer| slates.extend([bundle.slate(&answer.best).as_str(), "\n"]));
                }
                ways.push(self.of_bundle(name(), bundle, *part, &answers));
            }
        }
        let Some(first) = self.bundles.first() else { return Ok(Answered { ways, slates }) };
        for baseline in &self.baselines {
            let answers = self.of_baseline(&**baseline, first)?;
            ways.push(self.way(name(), Kind::Baseline, baseline.settings(), first, &answers));
        }
        for (_, listed) in self.lists {
            let pairs = first.pairs.pairs.iter().zip(&listed.lists);
            let answers: Vec<Answer> = pairs.map(|(pair, list)| lists::answer(pair, list.as_deref(), self.rule)).collect();
            let mut way = self.way(name(), Kind::Lists, String::new(), first, &answers);
            let counts = [
                ("without_list", listed.without),
                ("unknown_items", listed.unknown),
                ("repeating_lists", listed.repeating),
                ("longest_list", if listed.longest < self.rule.k { listed.longest } else { 0 }),
            ];
            way.told = counts.into_iter().filter(|(_, count)| *count > 0).collect();
            ways.push(way);
        }
        Ok(Answered { ways, slates })
    }

    fn of_baseline(&self, baseline: &dyn Baseline, first: &Opened) -> Result<Vec<Answer>> {
        // The engine itself stays in its thread.
        let (items, rule) = (first.items(), self.rule);
        let worker = || Ok(Scores::new(items));
        ask_all(&first.pairs.pairs, worker, |scores, pair: &Pair| {
            let known = |named: &Named| match named {
                Named::Known(item) => Some(*item),
                Named::Unknown(_) => None,
            };
            scores.clear();
            baseline.score(&pair.prefix.iter().filter_map(known).collect::<Vec<u32>>(), scores);
            let target = known(&pair.next);
            Answer::of(pair, items, rule, |allowed| {
                Ok((target.and_then(|target| scores.rank_of(target, allowed)), scores.best(rule.k, allowed)))
            })
        })
    }

    /// A bundle's part: popularity bias and coverage are over its own catalog, as `train` tells them.
    fn of_bundle(&self, name: String, bundle: &Opened, part: Variant, answers: &[Answer]) -> Way {
        let mut way = self.way(name, Kind::Bundle, about(part).to_owned(), bundle, answers);
        let counts = [("unknown_targets", bundle.pairs.unknown_targets), ("unknown_in_prefix", bundle.pairs.unknown_in_prefix)];
        way.told = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        way.bytes = Some(bundle.size());
        way
    }

    fn way(&self, name: String, kind: Kind, about: String, bundle: &Opened, answers: &[Answer]) -> Way {
        let total: f64 = bundle.counts.iter().map(|c| f64::from(*c)).sum();
        let share = |item: ItemIdx| f64::from(bundle.counts.get(item.at()).copied().unwrap_or(0)) / total.max(1.0);
        // Novelty goes by what the first bundle's shop knows: another bundle's item is looked up there.
        let first = self.bundles.first().filter(|first| !std::ptr::eq(*first, bundle));
        let in_first = |item: ItemIdx| match first {
            None => Some(item),
            Some(first) => first.engine.catalog().find(bundle.engine.catalog().id(item)),
        };
        let count = |item| in_first(item).and_then(|item| self.counts.get(item.at())).copied().unwrap_or(0);
        let slates = answers.iter().map(|answer| answer.best.as_slice());
        Way {
            name,
            kind,
            about,
            ranks: answers.iter().map(|answer| answer.rank).collect(),
            explore: answers.iter().map(|answer| answer.explore.as_ref().map(|(rank, _)| *rank)).collect(),
            report: Report::of(answers, self.rule, bundle.items(), share),
            exposure: exposure(slates, bundle.items(), count, self.counts.iter().sum()),
            bytes: None,
            told: Vec::new(),
        }
    }
}

const fn about(part: Variant) -> &'static str {
    match part {
        Variant::Blend => "all that the bundle holds",
        Variant::Vectors => "the model alone",
        Variant::Table => "the lite tier",
        Variant::Popularity => "no session",
    }
}
