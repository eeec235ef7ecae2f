//! Transactions, and what both bundles decide about them.

use super::super::report::{Note, SAME};
use super::{Asking, Bundle};
use crate::assess::table::{Beside, Rows};
use crate::page::{few, percent};
use crate::read::value::cell::short;
use nearhand::assess::spec::Currency;
use nearhand::assess::{Assessment, Decision, Expected, Explain, Transaction, by_costs};
use nearhand::bundle::Limits;
use nearhand::bundle::container::Container;
use nearhand::{Code, Error, Result};
use nearhand_monitor::{Decided, DecisionPairs};
use std::collections::BTreeSet;

/// A transaction that both have judged.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Where it stands in the table.
    pub at: usize,
    /// In units of its currency.
    pub amount: Option<f64>,
    /// What each decision costs by the label, in minor units, by the costs of the old bundle, else of the new one.
    pub costs: Option<Expected>,
    pub label: Option<bool>,
    pub old: Assessment,
    pub new: Assessment,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Judged {
    pub rows: Vec<Row>,
    pub pairs: DecisionPairs,
    /// The sum of all amounts, whatever their currency.
    pub money: f64,
    /// Rows that there were, and those that each bundle refused.
    pub asked: usize,
    pub refusals: [usize; 2],
    first_refusal: Option<String>,
    pub tables: [Rows; 2],
}

/// Decisions that come so many times as often, or as seldom, are told.
const MORE: f64 = 1.5;

/// A mean in words.
fn mean(values: impl Iterator<Item = f64>) -> String {
    let (sum, count) = values.fold((0.0, 0_u64), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { "none".to_owned() } else { few(sum / count as f64) }
}

/// As the monitor's pairs name decisions.
pub(super) const fn decided(decision: Decision) -> Decided {
    match decision {
        Decision::Approve => Decided::Approve,
        Decision::Review => Decided::Review,
        Decision::Decline => Decided::Decline,
    }
}

impl Judged {
    pub(super) fn of(old: &mut Bundle<'_>, new: &mut Bundle<'_>, asking: &Asking<'_>) -> Result<Self> {
        let tables = match asking.rows {
            Some(path) => {
                let told = asking.fields.told(&[&old.assessor.manifest().spec, &new.assessor.manifest().spec])?;
                let read = |bundle: &Bundle<'_>| {
                    let beside = Beside {
                        label: asking.label.map(|name| (name.to_owned(), true)),
                        id: asking.id.map(str::to_owned),
                        rules: Some(told.clone()),
                        ..Beside::default()
                    };
                    Rows::read(path, asking.read, &bundle.assessor.manifest().spec, asking.columns, &beside)
                };
                [read(old)?, read(new)?]
            }
            None => goldens(old, new)?,
        };
        let asked = tables[0].count;
        let (mut rows, mut refusals, mut first_refusal) = (Vec::new(), [0, 0], None);
        let (mut pairs, mut money) = (DecisionPairs::default(), 0.0);
        for at in 0..asked {
            let one = judge(old, &tables[0], at, Explain::Never);
            let two = judge(new, &tables[1], at, Explain::Never);
            for (count, answer) in refusals.iter_mut().zip([&one, &two]) {
                if let Err(error) = answer {
                    *count += 1;
                    first_refusal.get_or_insert_with(|| short(&error.to_string()));
                }
            }
            let (Ok(one), Ok(two)) = (one, two) else { continue };
            let amount = units(old, &tables[0], at).or_else(|| units(new, &tables[1], at));
            pairs.add(decided(one.decision), decided(two.decision), amount.unwrap_or(0.0));
            money += amount.unwrap_or(0.0);
            let label = tables[0].labels.get(at).copied();
            let costs =
                label.and_then(|fraud| charged(old, &tables[0], at, fraud).or_else(|| charged(new, &tables[1], at, fraud)));
            rows.push(Row { at, amount, costs, label, old: one, new: two });
        }
        if rows.is_empty() {
            return Err(Error::new(
                Code::DataInvalid,
                "no transaction is judged by both bundles: do they declare the same features?",
            )
            .with("rows", asked)
            .with("first", first_refusal.unwrap_or_default()));
        }
        Ok(Self { rows, pairs, money, asked, refusals, first_refusal, tables })
    }

    /// How many are decided otherwise in such a way.
    pub(super) fn flips(&self, which: impl Fn(Decided, Decided) -> bool) -> u64 {
        let all = [Decided::Approve, Decided::Review, Decided::Decline];
        let of = |old: Decided| all.into_iter().filter(|new| which(old, *new)).map(|new| self.pairs.of(old, new).0).sum::<u64>();
        all.into_iter().map(of).sum()
    }

    /// Share of the rows that are decided otherwise.
    pub(super) fn changed(&self) -> f64 {
        let (all, flipped, _) = self.pairs.flips();
        flipped as f64 / all.max(1) as f64
    }

    /// Rows that are decided harder.
    pub(super) fn harder(&self) -> u64 {
        self.flips(|old, new| new as usize > old as usize)
    }

    /// Share of all amounts that is decided otherwise; none where no amount is known.
    pub(super) fn money_flipped(&self) -> Option<f64> {
        (self.money > 0.0).then(|| self.pairs.flips().2 / self.money)
    }

    /// The mean difference of the risks, without sign; none where no two are known.
    pub(super) fn risk_difference(&self) -> Option<f64> {
        let off = self.rows.iter().filter_map(|row| Some((row.old.model?.risk - row.new.model?.risk).abs()));
        let (sum, count) = off.fold((0.0, 0_u64), |(sum, count), off| (sum + off, count + 1));
        (count > 0).then(|| sum / count as f64)
    }

    /// Answers that are the same to the last digit.
    pub(super) fn alike(&self) -> Option<Note> {
        let same = |row: &Row| row.old.decision == row.new.decision && row.old.model == row.new.model && row.old.by == row.new.by;
        self.rows.iter().all(same).then(|| (SAME.0, SAME.1.to_owned()))
    }

    /// Several currencies: amounts and costs are sums of unlike things then.
    pub(super) fn mixed(&self) -> Option<Note> {
        let of = |table: &Rows| {
            let codes = self.rows.iter().filter_map(|row| table.currencies.get(row.at)?.as_deref());
            codes.collect::<BTreeSet<_>>().len()
        };
        let count = self.tables.iter().map(of).max().filter(|count| *count > 1)?;
        Some((
            "currencies",
            format!("the transactions are of {count} currencies: amounts and costs are added up as if they were one"),
        ))
    }

    /// Share of the rows of which an answer is so, of each bundle.
    pub(super) fn shares(&self, which: impl Fn(&Assessment) -> bool) -> [f64; 2] {
        let count =
            |of: &dyn Fn(&Row) -> bool| self.rows.iter().filter(|row| of(row)).count() as f64 / self.rows.len().max(1) as f64;
        [count(&|row| which(&row.old)), count(&|row| which(&row.new))]
    }

    /// The new model fails where the old one did not.
    pub(super) fn failing(&self) -> Option<Note> {
        let count = |of: &dyn Fn(&Row) -> bool| self.rows.iter().filter(|row| of(row)).count();
        let (old, new) = (count(&|row| row.old.failure.is_some()), count(&|row| row.new.failure.is_some()));
        let why = self.rows.iter().find_map(|row| row.new.failure)?;
        (new > old).then(|| {
            let all = self.rows.len();
            ("model-failed", format!("the new model fails for {new} of {all} transactions, the old one for {old}: {why}"))
        })
    }

    /// Decisions that are far more or far fewer than before: a model that was trained anew has other scores, and thresholds stay where they were.
    pub(super) fn rates(&self) -> Vec<Note> {
        let mut out = Vec::new();
        let rows = self.rows.len() as f64;
        let was = mean(self.rows.iter().filter_map(|row| Some(row.old.model?.risk)));
        let is = mean(self.rows.iter().filter_map(|row| Some(row.new.model?.risk)));
        for decision in [Decision::Review, Decision::Decline] {
            let [old, new] = self.shares(|answer| answer.decision == decision);
            // Three standard errors of the difference of two shares of the same rows, at most.
            let noise = 3.0 * ((old + new) / rows.max(1.0)).sqrt();
            if (new - old).abs() > noise && (new > MORE * old || MORE * new < old) {
                let what = format!(
                    "{} for {} of the transactions, where it was {}; the mean risk is {is} and was {was}: do thresholds and costs still fit the scores?",
                    decision.as_str(),
                    percent(new),
                    percent(old)
                );
                out.push(("decision-rate", what));
            }
        }
        out
    }

    pub(super) fn refused(&self) -> Option<Note> {
        let [old, new] = self.refusals;
        let first = self.first_refusal.as_deref()?;
        Some((
            "refused",
            format!("{old} transactions are refused by the old bundle and {new} by the new one, the first: {first}"),
        ))
    }
}

/// Judges a row of a table.
pub(super) fn judge(bundle: &mut Bundle<'_>, rows: &Rows, at: usize, explain: Explain) -> Result<Assessment> {
    let width = bundle.assessor.manifest().spec.features.len();
    let features = rows.features.get(at * width..(at + 1) * width).unwrap_or_default();
    let field = |(name, values): &'_ (String, Vec<String>)| Some((name.clone(), values.get(at)?.clone()));
    let fields: Vec<(String, String)> = rows.fields.iter().filter_map(field).filter(|(_, value)| !value.is_empty()).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let transaction = Transaction {
        amount: rows.amounts.get(at).copied().flatten(),
        currency: rows.currencies.get(at).and_then(Option::as_deref),
        fields: &fields,
    };
    bundle.assessor.assess(&transaction, features, explain)
}

/// The currency of a row, or the first one that is declared.
fn currency<'a>(bundle: &'a Bundle<'_>, rows: &Rows, at: usize) -> Option<&'a Currency> {
    let spec = &bundle.assessor.manifest().spec;
    let code = rows.currencies.get(at).and_then(Option::as_deref);
    let of = |code: &str| spec.currencies.iter().find(|currency| currency.code == code);
    code.and_then(of).or_else(|| spec.currencies.first())
}

/// What each decision about a row costs, now that it is known to be a fraud or none: expected costs of a risk of 1 or 0.
fn charged(bundle: &Bundle<'_>, rows: &Rows, at: usize, fraud: bool) -> Option<Expected> {
    let costs = currency(bundle, rows, at)?.costs?;
    let amount = u64::try_from(rows.amounts.get(at).copied().flatten()?).ok()?;
    Some(by_costs(&costs, amount, f64::from(u8::from(fraud))).1)
}

/// The amount of a row, in units of its currency.
fn units(bundle: &Bundle<'_>, rows: &Rows, at: usize) -> Option<f64> {
    let scale = currency(bundle, rows, at).map_or(0, |currency| currency.decimals);
    Some(rows.amounts.get(at).copied().flatten()? as f64 / 10_f64.powi(i32::try_from(scale).unwrap_or(0)))
}

/// The recorded transactions of the old bundle as the rows of both, features by their names.
fn goldens(old: &Bundle<'_>, new: &Bundle<'_>) -> Result<[Rows; 2]> {
    let (manifest, other) = (old.assessor.manifest(), new.assessor.manifest());
    let (count, width) = (manifest.goldens.len(), manifest.spec.features.len());
    let file = Container::open(old.bytes, None, &Limits::within(old.bytes.len()))?;
    let features = file.f64s("golden.rows", &[count, width])?;
    let amounts: Vec<Option<i64>> = manifest.goldens.iter().map(|golden| golden.amount).collect();
    let currencies: Vec<Option<String>> = manifest.goldens.iter().map(|golden| golden.currency.clone()).collect();
    let places: Vec<Option<usize>> = other.spec.features.iter().map(|feature| manifest.spec.feature(&feature.name)).collect();
    let theirs = features.chunks_exact(width.max(1)).flat_map(|row| {
        places.iter().map(|place| place.and_then(|at| row.get(at)).copied().unwrap_or(f64::NAN)).collect::<Vec<f64>>()
    });
    let rows = |features: Vec<f64>| Rows {
        features,
        amounts: amounts.clone(),
        currencies: currencies.clone(),
        count,
        ..Rows::default()
    };
    let theirs = rows(theirs.collect());
    Ok([rows(features), theirs])
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand::assess::By;

    /// A hundred transactions, of which the new bundle's model fails for 40; and the other way round.
    #[test]
    fn a_model_that_fails_is_told_and_what_is_decided_more_often() {
        let answer = |failed: bool| Assessment {
            decision: if failed { Decision::Review } else { Decision::Approve },
            by: By::Fallback,
            model: None,
            failure: failed.then_some("model-failed"),
            rules: Vec::new(),
            reasons: Vec::new(),
            explained: None,
        };
        let judged = |old: usize, new: usize| Judged {
            rows: (0..100)
                .map(|at| Row { at, amount: None, costs: None, label: None, old: answer(at < old), new: answer(at < new) })
                .collect(),
            pairs: DecisionPairs::default(),
            money: 0.0,
            asked: 100,
            refusals: [0, 0],
            first_refusal: None,
            tables: [Rows::default(), Rows::default()],
        };
        let worse = judged(2, 40);
        let what = "the new model fails for 40 of 100 transactions, the old one for 2: model-failed";
        assert_eq!(worse.failing(), Some(("model-failed", what.to_owned())));
        let rates = worse.rates();
        let [(name, what)] = &rates[..] else { panic!("{rates:?}") };
        let told = "review for 40.00 % of the transactions, where it was 2.00 %; the mean risk is none and was none: ";
        assert!(*name == "decision-rate" && what.starts_with(told), "{what}");
        assert!(judged(40, 2).failing().is_none() && judged(40, 2).rates().len() == 1);
        assert!(judged(2, 2).failing().is_none() && judged(2, 4).rates().is_empty());
    }
}
