//! What there is to tell of two assessors.

use super::super::report::{Cell, Line, Section, Sides};
use super::Bundle;
use super::judge::{Judged, Row, decided, judge};
use nearhand::assess::fit::measured;
use nearhand::assess::{Assessment, By, Decision, Expected, Explain, Judged as Judgement};
use std::collections::BTreeMap;

/// Transactions that are told whole, and features of each.
const TOLD: usize = 10;
const FEATURES: usize = 6;
/// Bounds of the risks that are counted together.
const RISKS: [f64; 7] = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75];

/// What each decision about a row costs, as far as that is known.
pub(super) type Costs = fn(&Row) -> Option<Expected>;

pub(super) const BY_NEW_RISKS: &str = "cost_by_new_risks";
/// By the risks of either model, and by the labels.
pub(super) const COSTS: [(&str, Costs); 3] = [
    ("cost_by_old_risks", |row| row.old.model?.costs),
    (BY_NEW_RISKS, |row| row.new.model?.costs),
    ("cost_by_labels", |row| row.costs),
];

impl Judged {
    pub(super) fn sections(&self, old: &Bundle<'_>, new: &Bundle<'_>) -> Vec<Section> {
        vec![self.figures(old, new), self.matrix()]
    }

    fn figures(&self, old: &Bundle<'_>, new: &Bundle<'_>) -> Section {
        let about = "Costs are in minor units, of the decisions of each bundle: expected ones by the risks of the old and of the new one, and those that the labels tell.";
        let mut section = Section::new("figure", "Figures", about, &["figure", "old", "new"]);
        let mut row = |name: &str, old: Cell, new: Cell| section.rows.push(vec![Cell::from(name), old, new]);
        let (was, is) = (old.assessor.manifest(), new.assessor.manifest());
        row("version", was.version.as_str().into(), is.version.as_str().into());
        row("made", was.created_at.as_str().into(), is.created_at.as_str().into());
        row("bytes", Cell::Count(old.bytes.len() as u64), Cell::Count(new.bytes.len() as u64));
        row("goldens", Cell::Count(was.goldens.len() as u64), Cell::Count(is.goldens.len() as u64));
        let share = |which: &dyn Fn(&Row) -> bool| {
            Cell::Share(self.rows.iter().filter(|row| which(row)).count() as f64 / self.rows.len().max(1) as f64)
        };
        for decision in Decision::ALL {
            let name = decision.as_str();
            row(name, share(&|row| row.old.decision == decision), share(&|row| row.new.decision == decision));
        }
        let by_rule = |of: &Assessment| matches!(of.by, By::Rule(_));
        row("by_rule", share(&|row| by_rule(&row.old)), share(&|row| by_rule(&row.new)));
        row("model_failed", share(&|row| row.old.failure.is_some()), share(&|row| row.new.failure.is_some()));
        for (name, costs) in COSTS {
            let cell = |decision: fn(&Row) -> Decision| self.cost(costs, decision).map_or(Cell::None, Cell::Count);
            row(name, cell(|row| row.old.decision), cell(|row| row.new.decision));
        }
        row("rank_correlation", Cell::None, self.rank_correlation().into());
        if self.rows.iter().any(|row| row.label.is_some()) {
            let auc = |of: &dyn Fn(&Row) -> Option<Judgement>| {
                let all = self.rows.iter().filter_map(|row| Some((of(row)?, row.label?)));
                let (judged, labels): (Vec<Judgement>, Vec<bool>) = all.unzip();
                let (scores, risks): (Vec<f32>, Vec<f64>) = judged.iter().map(|model| (model.score, model.risk)).unzip();
                Cell::from((labels.contains(&true) && labels.contains(&false)).then(|| measured(&scores, &risks, &labels).auc))
            };
            row("auc", auc(&|row| row.old.model), auc(&|row| row.new.model));
            for (name, fraud, decision) in
                [("frauds_approved", true, Decision::Approve), ("honest_declined", false, Decision::Decline)]
            {
                let count = |of: &dyn Fn(&Row) -> Decision| {
                    let hit = |row: &&Row| row.label == Some(fraud) && of(row) == decision;
                    self.rows.iter().filter(hit).fold((0_u64, 0.0), |(n, sum), row| (n + 1, sum + row.amount.unwrap_or(0.0)))
                };
                let (was, is) = (count(&|row| row.old.decision), count(&|row| row.new.decision));
                row(name, Cell::Count(was.0), Cell::Count(is.0));
                row(&format!("{name}_amount"), Cell::Number(was.1), Cell::Number(is.1));
            }
        }
        section
    }

    /// What the decisions of one bundle cost; none where that is not known of all of them.
    pub(super) fn cost(&self, costs: Costs, decision: fn(&Row) -> Decision) -> Option<u64> {
        added(self.rows.iter().map(|row| costs(row).and_then(|costs| of(costs, decision(row)))))
    }

    fn matrix(&self) -> Section {
        let about = "Transactions by what both decide, the sum of their amounts, and how many of them are frauds by the labels.";
        let mut section = Section::new("decision", "Decisions", about, &["decision", "rows", "share", "amount"]);
        let labelled = self.rows.iter().any(|row| row.label.is_some());
        section.columns.extend(labelled.then_some("frauds"));
        for old in Decision::ALL {
            for new in Decision::ALL {
                let (count, amount) = self.pairs.of(decided(old), decided(new));
                if count > 0 {
                    let fraud = |row: &&Row| row.label == Some(true) && (row.old.decision, row.new.decision) == (old, new);
                    let mut row = vec![
                        Cell::Text(format!("{}→{}", old.as_str(), new.as_str())),
                        Cell::Count(count),
                        Cell::Share(count as f64 / self.rows.len() as f64),
                        Cell::Number(amount),
                    ];
                    row.extend(labelled.then(|| Cell::Count(self.rows.iter().filter(fraud).count() as u64)));
                    section.rows.push(row);
                }
            }
        }
        section
    }

    pub(super) fn risks(&self) -> Section {
        let mut section =
            Section::new("risk", "Risks", "Shares of the transactions by the calibrated risk.", &["risk", "old", "new"]);
        section.bars = Some((1, Some(2)));
        let mut counts = [[0_u64; RISKS.len() + 1]; 2];
        for row in &self.rows {
            for (counts, model) in counts.iter_mut().zip([row.old.model, row.new.model]) {
                let place = model.map(|model| RISKS.partition_point(|bound| *bound <= model.risk));
                place.and_then(|place| counts.get_mut(place)).into_iter().for_each(|count| *count += 1);
            }
        }
        let all = self.rows.len().max(1) as f64;
        for (at, (old, new)) in counts[0].iter().zip(&counts[1]).enumerate() {
            let from = at.checked_sub(1).and_then(|at| RISKS.get(at)).copied().unwrap_or(0.0);
            let name = RISKS.get(at).map_or_else(|| format!("{from} and above"), |to| format!("{from} to {to}"));
            section.rows.push(vec![Cell::Text(name), Cell::Share(*old as f64 / all), Cell::Share(*new as f64 / all)]);
        }
        section
    }

    pub(super) fn rules(&self) -> Section {
        let mut section = Section::new("rule", "Rules that hold", "", &["rule", "old", "new"]);
        let mut counts: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
        for row in &self.rows {
            for (side, answer) in [&row.old, &row.new].into_iter().enumerate() {
                for hit in &answer.rules {
                    counts.entry(&hit.code).or_default().get_mut(side).into_iter().for_each(|count| *count += 1);
                }
            }
        }
        let row = |(code, [old, new]): (&str, [u64; 2])| vec![Cell::from(code), Cell::Count(old), Cell::Count(new)];
        section.rows = counts.into_iter().map(row).collect();
        section.cut(TOLD * 2)
    }

    /// Transactions that are decided otherwise, or else whose risks differ most, the largest differences first.
    pub(super) fn most_changed(&self, old: &mut Bundle<'_>, new: &mut Bundle<'_>) -> Vec<Sides> {
        let off = |row: &Row| apart(&row.old, &row.new);
        let flipped = |row: &Row| row.old.decision != row.new.decision;
        let mut rows: Vec<&Row> = self.rows.iter().filter(|row| flipped(row) || off(row) > 1e-9).collect();
        rows.sort_by(|a, b| flipped(b).cmp(&flipped(a)).then(off(b).total_cmp(&off(a))).then(a.at.cmp(&b.at)));
        rows.truncate(TOLD);
        rows.into_iter().map(|row| self.sides(row, old, new)).collect()
    }

    fn sides(&self, row: &Row, old: &mut Bundle<'_>, new: &mut Bundle<'_>) -> Sides {
        let id = self.tables[0].ids.get(row.at).cloned().unwrap_or_else(|| (row.at + 1).to_string());
        let spec = &old.assessor.manifest().spec;
        let width = spec.features.len();
        let values = self.tables[0].features.get(row.at * width..).unwrap_or_default();
        let mut asked: Vec<String> = row.amount.iter().map(|amount| format!("amount {amount}")).collect();
        asked.extend(spec.features.iter().zip(values).take(FEATURES).map(|(feature, value)| format!("{} {value}", feature.name)));
        // Reasons take their time: of these few alone.
        let explained = |bundle: &mut Bundle<'_>, at: usize| judge(bundle, &self.tables[at], row.at, Explain::Always).ok();
        let (one, two) = (explained(old, 0), explained(new, 1));
        let risk = |of: &Assessment| of.model.map_or_else(|| "none".to_owned(), |model| format!("{:.6}", model.risk));
        Sides {
            name: format!("transaction {id}"),
            asked,
            apart: format!(
                "{} → {}, risk {} → {}",
                row.old.decision.as_str(),
                row.new.decision.as_str(),
                risk(&row.old),
                risk(&row.new)
            ),
            old: lines(one.as_ref().unwrap_or(&row.old), two.as_ref()),
            new: lines(two.as_ref().unwrap_or(&row.new), one.as_ref()),
        }
    }
}

/// How far two risks are apart; of two models that fail alike not at all.
fn apart(old: &Assessment, new: &Assessment) -> f64 {
    match (old.model, new.model) {
        (Some(old), Some(new)) => (old.risk - new.risk).abs(),
        (None, None) => 0.0,
        _ => 1.0,
    }
}

/// A sum of costs; none where one is not known, nor beyond 64 bits: amounts are as large as a table says.
fn added(mut costs: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    costs.try_fold(0_u64, |sum, cost| sum.checked_add(cost?))
}

/// The cost of a decision.
const fn of(costs: Expected, decision: Decision) -> Option<u64> {
    match decision {
        Decision::Approve => Some(costs.approve),
        Decision::Review => costs.review,
        Decision::Decline => Some(costs.decline),
    }
}

/// An answer, rule by rule and reason by reason.
fn lines(answer: &Assessment, other: Option<&Assessment>) -> Vec<Line> {
    let by = match &answer.by {
        By::Model => "by the model".to_owned(),
        By::Rule(code) => format!("by the rule {code}"),
        By::Fallback => format!("by the fallback, as the model failed: {}", answer.failure.unwrap_or("")),
    };
    let mut lines = vec![Line {
        text: answer.decision.as_str().to_owned(),
        aside: by,
        common: other.is_some_and(|other| other.decision == answer.decision),
    }];
    for hit in &answer.rules {
        let common = other.is_some_and(|other| other.rules.contains(hit));
        lines.push(Line { text: format!("rule {}", hit.code), aside: hit.text.clone(), common });
    }
    for reason in &answer.reasons {
        let common = other.is_some_and(|other| other.reasons.iter().any(|own| own.code == reason.code));
        let aside = format!("{} {}, adds {:.4}", reason.feature, reason.value, reason.contribution);
        lines.push(Line { text: reason.code.clone(), aside, common });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_have_an_end_and_two_failures_are_alike() {
        assert_eq!(added([Some(2), Some(3)].into_iter()), Some(5));
        assert_eq!((added([Some(2), None].into_iter()), added([Some(u64::MAX), Some(1)].into_iter())), (None, None));
        let failed = Assessment {
            decision: Decision::Review,
            by: By::Fallback,
            model: None,
            failure: Some("model-failed"),
            rules: Vec::new(),
            reasons: Vec::new(),
            explained: None,
        };
        assert_eq!(apart(&failed, &failed), 0.0);
    }
}
