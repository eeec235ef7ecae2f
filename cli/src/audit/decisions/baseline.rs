//! What is usual: how many transactions another bundle that is as good as the old one decides otherwise.

use super::super::noise::More;
use super::super::report::{Cell, Note, Section};
use super::judge::{Judged, Row};
use super::told::{BY_NEW_RISKS, COSTS};
use crate::page::percent;
use crate::read::value::cell::short;
use nearhand::assess::Decision;
use std::collections::BTreeMap;

/// So many times as many decisions as by the baseline may be others: two nights are not equally far from each other.
const TIMES: f64 = 1.5;

/// One baseline, beside the old bundle.
#[derive(Debug)]
pub(super) struct Usual {
    pub name: String,
    pub judged: Judged,
}

impl Usual {
    /// Of several the one that decides the most otherwise.
    pub(super) fn farthest(all: &[Self]) -> Option<&Self> {
        all.iter().max_by(|a, b| a.judged.changed().total_cmp(&b.judged.changed()))
    }

    /// How many more of those that all three judge the new bundle decides otherwise, `times` the baseline's taken off.
    fn more(&self, new: &Judged, times: f64) -> More {
        let flipped = |row: &Row| f64::from(u8::from(row.old.decision != row.new.decision));
        let usual: BTreeMap<usize, f64> = self.judged.rows.iter().map(|row| (row.at, flipped(row))).collect();
        More::of(new.rows.iter().filter_map(|row| Some((row.at, flipped(row) - times * usual.get(&row.at)?))))
    }

    /// Share of the transactions that the new bundle decides otherwise and the baseline does not.
    pub(super) fn beyond(&self, new: &Judged) -> f64 {
        self.more(new, 1.0).mean
    }

    /// The figures of the baseline beside those of the new bundle, and the verdict in words.
    pub(super) fn told(&self, new: &Judged) -> (Section, Note) {
        let about = "The same transactions to another bundle that is as good as the old one: how much differs without anything being wrong.";
        let mut section = Section::new("usual", "What is usual", about, &["usual", "baseline", "new"]);
        let mut row = |name: &str, of: &dyn Fn(&Judged) -> Cell| {
            section.rows.push(vec![Cell::from(name), of(&self.judged), of(new)]);
        };
        row("agreement", &|of| Cell::Share(1.0 - of.changed()));
        row("harder", &|of| Cell::Count(of.harder()));
        row("milder", &|of| Cell::Count(of.flips(|old, new| (new as usize) < old as usize)));
        row("money_flipped", &|of| of.money_flipped().map_or(Cell::None, Cell::Share));
        row("risk_difference", &|of| of.risk_difference().into());
        for decision in [Decision::Review, Decision::Decline] {
            row(decision.as_str(), &|of| Cell::Share(of.shares(|answer| answer.decision == decision)[1]));
        }
        row("model_failed", &|of| Cell::Share(of.shares(|answer| answer.failure.is_some())[1]));
        // By its own risks each is the best: those of two models are not to be compared.
        for (name, costs) in COSTS.into_iter().filter(|(name, _)| *name != BY_NEW_RISKS) {
            row(name, &|of| of.cost(costs, |row| row.new.decision).map_or(Cell::None, Cell::Count));
        }
        let more = self.more(new, 1.0);
        let how = format!(
            "{} of the transactions are decided otherwise, by the baseline {} {} ({:+.2}{} of a hundred)",
            percent(new.changed()),
            short(&self.name),
            percent(self.judged.changed()),
            100.0 * more.mean,
            more.interval(2),
        );
        (section, self.more(new, TIMES).verdict(&how, 0.0))
    }
}
