//! The model asked, and what its answers choose: table, blend, and whether it can be trusted to choose at all.

use super::args::FitArgs;
use super::chosen::Chosen;
use super::values::{Open, Values, ask, unit};
use crate::choosing::blend::{Blend, Case, measure};
use crate::choosing::choose::{self, Choice, Stages, choose};
use crate::choosing::counting::{Counts, count};
use crate::choosing::quality::{Floor, Quality};
use crate::choosing::signals;
use crate::choosing::split::{Pair, thin};
use crate::choosing::table::{Table, TableConfig, build};
use crate::items::ItemList;
use crate::log::Visits;
use nearhand::Result;
use nearhand::rank::ItemVectors;

/// Weights where nothing has been chosen, the temperature in units of cosines. Of a GRU and two SASRec exports over the Serenade
/// log, and weights of the model from 0.05 to 2, these did better than table and model alone with all: seen on that log's test
/// pairs, which are no proof of them any more.
pub(super) const USUAL: Blend =
    Blend { last: 12, lambda: 3.0, table: 1.0, repeat: 0.0, repeat_lambda: 0.0, model: 0.3, tau: 0.25 };
/// Weight and temperature of the model beside a table that was chosen without it: the table leads, and the model speaks where
/// it is silent or undecided. Found as [`USUAL`].
const FILLS: (f32, f32) = (0.1, 0.5);
/// Neighbours an item whose x is kept: a table has at most 32 of them, whichever settings are tried.
const NEIGHBOURS: usize = 512;
/// Where a search begins that leaves nearly all to the model.
const MODEL_LEADS: f32 = 64.0;
/// Pairs of the sessions before those that choose, by which a model is caught that knows both.
const BEFORE: usize = 2000;
/// Standard errors by which a model does better on what it has learnt from than on what it has not.
const SURE: f64 = 2.0;

/// Nothing is kept of a search: it takes no hour.
struct Unkept;

impl Stages for Unkept {
    fn stage(&mut self, _: &str, work: &mut dyn FnMut() -> Result<Choice>) -> Result<Choice> {
        work()
    }
}

/// What stands still while a model is asked.
pub(super) struct Asking<'a> {
    pub(super) open: Open<'a>,
    pub(super) items: &'a ItemList,
    pub(super) args: &'a FitArgs,
    /// Stands for the vectors of models whose answers are kept.
    pub(super) none: ItemVectors,
}

impl Asking<'_> {
    /// The pairs with what the model says, in units of cosines; and the unit. Kept is what tables of the older sessions may
    /// speak for.
    pub(super) fn cases(&self, pairs: &[Pair], older: &Visits) -> Result<(Vec<Case>, f32)> {
        let near = Near::of(&older.sessions, self.none.len());
        let asked = ask(self.open, self.items, pairs, &|pair: &Pair, Values { x, spread }| {
            (Case::answered(pair.clone(), self.args.without_newest, x, near.to(pair)), spread)
        })?;
        let unit = unit(asked.iter().map(|(_, spread)| *spread));
        let divided = |(mut case, _): (Case, f32)| {
            case.divide(unit);
            case
        };
        Ok((asked.into_iter().map(divided).collect(), unit))
    }

    /// The same in a known unit, with the items that are kept.
    pub(super) fn answered(&self, pairs: &[Pair], unit: f32, touched: &(dyn Fn(&Pair) -> Vec<u32> + Sync)) -> Result<Vec<Case>> {
        ask(self.open, self.items, pairs, &|pair: &Pair, Values { x, .. }| {
            let mut case = Case::answered(pair.clone(), self.args.without_newest, x, touched(pair));
            case.divide(unit);
            case
        })
    }

    /// The model alone.
    pub(super) fn alone(&self, cases: &[Case]) -> Result<Quality> {
        let blend = Blend { table: 0.0, repeat: 0.0, model: 1.0, ..Blend::default() };
        Ok(measure(cases, &self.none, &Table::empty()?, &blend))
    }

    /// The model alone on the newest of the sessions before those that choose.
    pub(super) fn before(&self, older: &Visits, unit: f32) -> Result<Quality> {
        // The newest fifth: the times are alike.
        let from = older.sessions.len() - older.sessions.len() / 5;
        let told = older.told.get(from..).unwrap_or_default();
        let before = signals::pairs(older.sessions.get(from..).unwrap_or_default(), told, 11);
        self.alone(&self.answered(&thin(before, BEFORE), unit, &|_| Vec::new())?)
    }

    /// As `train` chooses: the table alone, then table and model together, not below either where that can be.
    pub(super) fn together(&self, cases: &[Case], older: &Visits, model: Quality) -> Result<Chosen> {
        let lone = self.lone(cases, older)?;
        let floor = Floor::of(&[lone.quality, model]);
        let mut starts = choose::together(&lone).to_vec();
        starts.push((lone.table, Blend { model: MODEL_LEADS, repeat: 0.0, repeat_lambda: 0.0, ..lone.blend }));
        let both = choose(&older.sessions, self.none.len(), (cases, &self.none), &starts, floor, (&mut Unkept, "blend"))?;
        Ok(Chosen { lone, both })
    }

    /// The table alone is chosen; the model fills.
    pub(super) fn filled(&self, cases: &[Case], older: &Visits) -> Result<Chosen> {
        let lone = self.lone(cases, older)?;
        let (model, tau) = FILLS;
        let both = self.measured(cases, older, lone.table, Blend { model, tau, ..lone.blend })?;
        Ok(Chosen { lone, both })
    }

    /// Nothing is chosen.
    pub(super) fn usual(&self, cases: &[Case], older: &Visits) -> Result<Chosen> {
        let table = TableConfig { mean: self.args.successors, ..TableConfig::default() };
        let lone = self.measured(&self.plain(cases), older, table, Blend { model: 0.0, ..USUAL })?;
        let both = self.measured(cases, older, table, USUAL)?;
        Ok(Chosen { lone, both })
    }

    fn lone(&self, cases: &[Case], older: &Visits) -> Result<Choice> {
        let plain = self.plain(cases);
        let starts = choose::alone(self.args.successors);
        let asked = (&plain[..], &self.none);
        choose(&older.sessions, self.none.len(), asked, &starts, Floor::of(&[]), (&mut Unkept, "table"))
    }

    fn measured(&self, cases: &[Case], older: &Visits, table: TableConfig, blend: Blend) -> Result<Choice> {
        let built = build(&count(&older.sessions, self.none.len(), &table), &table)?;
        let quality = measure(cases, &self.none, &built, &blend);
        Ok(Choice { table, blend, quality, tried: 1 })
    }

    fn plain(&self, cases: &[Case]) -> Vec<Case> {
        cases.iter().map(|case| Case::plain(case.pair.clone(), self.args.without_newest)).collect()
    }
}

/// Whether a model has learnt from the sessions that choose, as far as figures tell: then it does as well on them as on those
/// before, which any model knows better that has learnt from those alone.
/// ```text
/// z = (HR before − HR newest) / √(variance before + variance newest)        variance = HR (1 − HR) / pairs
/// ```
pub(super) fn has_seen(before: Quality, newest: Quality) -> bool {
    z(before, newest) < SURE
}

/// The standard errors.
pub(super) fn z(before: Quality, newest: Quality) -> f64 {
    let variance = |q: &Quality| q.hr() * (1.0 - q.hr()) / q.pairs.max(1) as f64;
    (before.hr() - newest.hr()) / (variance(&before) + variance(&newest)).sqrt().max(1e-9)
}

/// Who a table may speak for.
struct Near(Counts);

impl Near {
    fn of(sessions: &[Vec<u32>], items: usize) -> Near {
        // Without an order, all items of a session are neighbours: those of tables with one are among them.
        Near(count(sessions, items, &TableConfig { ordered: false, ..TableConfig::default() }))
    }

    fn to(&self, pair: &Pair) -> Vec<u32> {
        pair.prefix.iter().chain(&pair.heard.dismissed).flat_map(|item| self.0.most_seen(*item, NEIGHBOURS)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_does_as_well_has_seen_both() {
        let of = |hits: usize, pairs: usize| Quality::of_sums(pairs, hits, 0.0);
        // 0.2 apart; √(0.25 / 100 + 0.21 / 100) = 0.0678: z = 2.95.
        assert!((z(of(50, 100), of(30, 100)) - 2.949).abs() < 1e-3);
        assert!(!has_seen(of(50, 100), of(30, 100)));
        assert!(has_seen(of(50, 100), of(45, 100)) && has_seen(of(50, 100), of(90, 100)));
        assert!(has_seen(of(0, 0), of(0, 0)));
    }
}
