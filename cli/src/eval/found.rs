//! What an evaluation has found: figures with intervals, differences with tests, segments.

use super::answer::Rule;
use super::exposure::Exposure;
use super::intervals::{Draws, Interval, Resampled, Sums, interval};
use super::measure::Report;
use super::segments::Segment;

/// A way that was asked all pairs.
pub(super) struct Way {
    /// In printed lines.
    pub name: String,
    pub kind: Kind,
    /// What it is, for people.
    pub about: String,
    /// The target's rank for each pair; nothing where it is not in the answer.
    pub ranks: Vec<Option<usize>>,
    /// The same among unseen items, for pairs whose target is new to its session.
    pub explore: Vec<Option<Option<usize>>>,
    pub report: Report,
    pub exposure: Exposure,
    /// Bytes of the bundle.
    pub bytes: Option<usize>,
    /// What else is counted, zeros left out.
    pub told: Vec<(&'static str, usize)>,
}

/// What answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bundle,
    Baseline,
    Lists,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bundle => "bundle",
            Self::Baseline => "baseline",
            Self::Lists => "lists",
        }
    }
}

/// The measures that have intervals.
pub(super) const MEASURES: [&str; 3] = ["hr", "mrr", "ndcg"];

/// A way's figures by the intervals' measures; those of unseen items are hit rate and reciprocal rank alone.
pub(super) struct Figures {
    pub all: [Interval; MEASURES.len()],
    pub explore: [Interval; 2],
}

/// How far a way is from the one that all are compared with.
pub(super) struct Difference {
    /// Numbers of the way and of the other.
    pub way: usize,
    pub of: [Interval; MEASURES.len()],
    pub p: [f64; MEASURES.len()],
}

impl Difference {
    /// In words, for a measure.
    pub(super) fn verdict(&self, measure: usize) -> &'static str {
        match self.of.get(measure) {
            Some(of) if of.holds_zero() => "no difference shown",
            Some(of) if of.value > 0.0 => "higher",
            Some(_) => "lower",
            None => "",
        }
    }
}

/// Figures of some of the pairs.
pub(super) struct Part {
    pub segment: Segment,
    pub pairs: usize,
    pub sessions: usize,
    /// Hit rate and reciprocal rank of each way.
    pub ways: Vec<[Interval; 2]>,
}

/// All of it.
pub(super) struct Found {
    /// Name of the run.
    pub name: String,
    pub rule: Rule,
    pub draws: Draws,
    pub pairs: usize,
    pub sessions: usize,
    pub ways: Vec<Way>,
    pub figures: Vec<Figures>,
    /// Number of the way that all others are compared with.
    pub against: usize,
    pub differences: Vec<Difference>,
    pub parts: Vec<Part>,
    pub notes: Vec<String>,
}

/// Fewer sessions than this say little, whatever their interval.
pub(super) const FEW: usize = 30;

/// What a rank is worth: hit, reciprocal rank, discounted gain.
fn worth(rank: Option<usize>, k: usize) -> [f64; MEASURES.len()] {
    match rank.filter(|rank| *rank <= k) {
        Some(rank) => [1.0, 1.0 / rank as f64, 1.0 / (rank as f64 + 1.0).log2()],
        None => [0.0; MEASURES.len()],
    }
}

/// The columns of some ranks, by measure.
fn columns(ranks: impl Iterator<Item = Option<usize>> + Clone, k: usize, measures: usize) -> Vec<Vec<f64>> {
    let one = |measure: usize| ranks.clone().map(|rank| worth(rank, k).get(measure).copied().unwrap_or(0.0)).collect();
    (0..measures).map(one).collect()
}

/// What is judged, and how.
pub(super) struct Judge<'a> {
    pub rule: Rule,
    pub draws: Draws,
    /// The session of each pair.
    pub sessions: &'a [u32],
    pub against: usize,
}

impl Judge<'_> {
    /// Figures, differences and segments of the ways.
    pub(super) fn judge(&self, ways: &[Way], segments: Vec<Segment>) -> (Vec<Figures>, Vec<Difference>, Vec<Part>) {
        let k = self.rule.k;
        let all: Vec<Vec<f64>> = ways.iter().flat_map(|way| columns(way.ranks.iter().copied(), k, MEASURES.len())).collect();
        let two: Vec<Vec<f64>> = ways.iter().flat_map(|way| columns(way.ranks.iter().copied(), k, 2)).collect();
        let unseen: Vec<Vec<f64>> =
            ways.iter().flat_map(|way| columns(way.explore.iter().map(|rank| rank.flatten()), k, 2)).collect();
        let new: Vec<bool> = ways.first().map(|way| way.explore.iter().map(Option::is_some).collect()).unwrap_or_default();
        let mut groups =
            vec![Sums::of(self.sessions, &vec![true; self.sessions.len()], &all), Sums::of(self.sessions, &new, &unseen)];
        groups.extend(segments.iter().map(|segment| Sums::of(self.sessions, &segment.within, &two)));
        let sessions = self.sessions.iter().max().map_or(0, |most| *most as usize + 1);
        let drawn = self.draws.resample(sessions, &groups);
        let figures = (0..ways.len())
            .map(|way| Figures {
                all: std::array::from_fn(|m| at(&groups, &drawn, 0, MEASURES.len() * way + m)),
                explore: std::array::from_fn(|m| at(&groups, &drawn, 1, 2 * way + m)),
            })
            .collect();
        // Without draws nothing is known of chance, and nothing is said of differences.
        let others = (0..ways.len()).filter(|way| *way != self.against && self.draws.resamples > 0);
        let differences = others.map(|way| self.difference(way, groups.first(), drawn.first())).collect();
        let parts = (2..).zip(segments).map(|(group, segment)| Part {
            pairs: segment.within.iter().filter(|within| **within).count(),
            sessions: groups.get(group).map_or(0, |sums| sums.sessions.len()),
            ways: (0..ways.len()).map(|way| std::array::from_fn(|m| at(&groups, &drawn, group, 2 * way + m))).collect(),
            segment,
        });
        (figures, differences, parts.collect())
    }

    fn difference(&self, way: usize, sums: Option<&Sums>, drawn: Option<&Vec<Vec<f64>>>) -> Difference {
        let column = |way: usize, measure: usize| MEASURES.len() * way + measure;
        let drawn_of = |way, m| drawn.and_then(|d| d.get(column(way, m))).map_or(&[][..], Vec::as_slice);
        let value = |way, m| sums.map_or(0.0, |sums| sums.mean(column(way, m)));
        let of = std::array::from_fn(|m| {
            let pairs = drawn_of(way, m).iter().zip(drawn_of(self.against, m));
            interval(value(way, m) - value(self.against, m), pairs.map(|(a, b)| a - b))
        });
        let sums_of = |way, m| sums.and_then(|s| s.columns.get(column(way, m))).map_or(&[][..], Vec::as_slice);
        let p = std::array::from_fn(|m| self.draws.test(sums_of(way, m), sums_of(self.against, m)));
        Difference { way, of, p }
    }
}

/// The interval of a column of a group.
fn at(groups: &[Sums], drawn: &Resampled, group: usize, column: usize) -> Interval {
    let value = groups.get(group).map_or(0.0, |sums| sums.mean(column));
    let drawn = drawn.get(group).and_then(|columns| columns.get(column)).map_or(&[][..], Vec::as_slice);
    interval(value, drawn.iter().copied())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::eval::answer::Answer;
    use crate::eval::segments::By;

    pub(in super::super) fn way(name: &str, kind: Kind, ranks: &[usize]) -> Way {
        let ranks: Vec<Option<usize>> = ranks.iter().map(|rank| Some(*rank).filter(|r| *r > 0)).collect();
        let answers: Vec<Answer> =
            ranks.iter().map(|rank| Answer { rank: *rank, best: vec![], explore: Some((*rank, vec![])) }).collect();
        let rule = Rule { k: 20, without_newest: false };
        Way {
            name: name.to_owned(),
            kind,
            about: String::new(),
            explore: ranks.iter().map(|rank| Some(*rank)).collect(),
            report: Report::of(&answers, rule, 10, |_| 0.1),
            exposure: Exposure::default(),
            bytes: (kind == Kind::Bundle).then_some(4711),
            told: vec![],
            ranks,
        }
    }

    /// Two ways of which the second never finds what the first finds, and a third that is the first.
    pub(in super::super) fn found() -> Found {
        let rule = Rule { k: 20, without_newest: false };
        let draws = Draws { resamples: 400, seed: 1 };
        let (good, bad): (Vec<usize>, Vec<usize>) = ((0..60).map(|i| 1 + i % 3).collect(), (0..60).map(|i| i % 2 * 30).collect());
        let ways =
            vec![way("shop", Kind::Bundle, &good), way("shop/<b>&", Kind::Lists, &bad), way("shop/x", Kind::Baseline, &good)];
        let segments = [("1", 0), ("2", 1)].map(|(name, rest)| Segment {
            by: By::Length,
            name: name.to_owned(),
            within: (0..60).map(|i| i % 2 == rest).collect(),
        });
        let sessions: Vec<u32> = (0..60).map(|i| i / 3).collect();
        let judge = Judge { rule, draws, sessions: &sessions, against: 0 };
        let (figures, differences, parts) = judge.judge(&ways, segments.to_vec());
        Found {
            name: "shop".to_owned(),
            rule,
            draws,
            pairs: 60,
            sessions: 20,
            ways,
            figures,
            against: 0,
            differences,
            parts,
            notes: vec!["a <note>".to_owned()],
        }
    }

    #[test]
    fn by_hand() {
        let found = found();
        let all = &found.figures[0].all;
        // Ranks 1, 2, 3 in turn.
        let third = (1.0 + 0.5 + 1.0 / 3.0) / 3.0;
        assert!((all[0].value - 1.0).abs() < 1e-12 && (all[1].value - third).abs() < 1e-12);
        assert!((all[2].value - (1.0 + 1.0 / 3.0_f64.log2() + 0.5) / 3.0).abs() < 1e-12);
        assert!((all[1].value - found.ways[0].report.all.mrr()).abs() < 1e-12, "as the report has it");
        assert!((all[2].value - found.ways[0].report.all.ndcg()).abs() < 1e-12);
        // Rank 30 is no hit.
        assert_eq!(found.figures[1].all[0], Interval { value: 0.0, low: 0.0, high: 0.0 });
        let [bad, same] = found.differences.as_slice() else { panic!() };
        assert_eq!((bad.way, bad.verdict(0), same.verdict(0)), (1, "lower", "no difference shown"));
        assert!(bad.p[1] < 0.01 && (same.p[1] - 1.0).abs() < 1e-12);
        let [one, two] = found.parts.as_slice() else { panic!() };
        assert_eq!((one.pairs, one.sessions, two.pairs, two.sessions), (30, 20, 30, 20));
        assert!((one.ways[0][0].value - 1.0).abs() < 1e-12);
    }
}
