//! Probabilities and what came of them, where labels are there: how far off they are, how often it happens, and since when that is so.

use super::refused;
use crate::page::{few, percent, span, thousands};
use crate::read::Table;
use crate::read::value::cell::{Cell, Place, listed, short};
use crate::read::value::plain::number;
use clap::Args as ClapArgs;
use nearhand::{Code, Error, Result};
use nearhand_monitor::{Alert, Change, Estimate, LEVELS, OutcomeSettings, Outcomes};
use serde_json::{Value, json};
use std::fmt::Write;

/// How sure the interval is: 1 − alpha.
const ALPHA: f64 = 0.05;
/// The stream of `--changes` that labels have.
pub(super) const ERROR: &str = "squared-error";

/// Which columns have what was answered, and what came of it.
#[derive(ClapArgs, Clone, Debug, Default)]
pub(super) struct QualityArgs {
    /// Column of what came of a row, 0 or 1, false or true, empty while it is not known: with --score-col calibration, the rate with its
    /// interval, and when the error has changed
    #[arg(long, value_name = "NAME", requires = "score_col", requires = "table")]
    pub label_col: Option<String>,
    /// Column of the probability that was answered, 0 to 1
    #[arg(long, value_name = "NAME", requires = "label_col")]
    pub score_col: Option<String>,
    /// How many times the odds of what happens may be what its probability says, or what it says what they are: notice, warning, fallback
    #[arg(long, value_name = "X,X,X", value_delimiter = ',', requires = "label_col", conflicts_with = "no_calibration")]
    pub calibration_factors: Vec<f64>,
    /// What foretells is no probability, such as a click of a purchase: no alarms of calibration
    #[arg(long, requires = "label_col")]
    pub no_calibration: bool,
}

/// What came of probabilities.
#[derive(Clone, Debug)]
pub(super) struct Quality {
    names: [String; 2],
    outcomes: Outcomes,
    /// Of each change that was found its row.
    changed: Vec<u64>,
    rows: u64,
    /// Rows without a probability.
    passed: u64,
}

impl Quality {
    /// Of the columns that are named, which are picked as well; `None` where none are. `changes`: those of the squared error are told.
    ///
    /// # Errors
    /// `data-invalid` for a column that the table lacks, `option-invalid` for factors out of range.
    pub(super) fn of(
        args: &QualityArgs,
        alpha: f64,
        changes: bool,
        table: &Table,
        picked: &mut Vec<usize>,
    ) -> Result<Option<Self>> {
        let (Some(label), Some(score)) = (&args.label_col, &args.score_col) else { return Ok(None) };
        for (option, name) in [("--label-col", label), ("--score-col", score)] {
            let Some(at) = table.column(name, |column| column == name)? else {
                let error = Error::new(Code::DataInvalid, "the table lacks this column").with("path", table.path().display());
                let error = error.with("option", option).with("column", short(name));
                return Err(listed(error, "columns", " ", table.header()));
            };
            picked.push(at);
        }
        let usual = OutcomeSettings::default();
        let wrong = || {
            let told: Vec<String> = args.calibration_factors.iter().map(ToString::to_string).collect();
            let error = Error::new(Code::OptionInvalid, "there are three factors from 1 to 1000000, rising: 1.1,1.25,2");
            error.with("option", "--calibration-factors").with("value", short(&told.join(",")))
        };
        let factors = match args.calibration_factors.as_slice() {
            [] if args.no_calibration => None,
            [] => usual.factors,
            told => Some(<[f64; LEVELS]>::try_from(told).map_err(|_| wrong())?),
        };
        let outcomes = Outcomes::new(OutcomeSettings { alpha, factors, changes, ..usual }).map_err(|error| {
            if error.details().iter().any(|(_, setting)| setting == "factors") { wrong() } else { refused(&error) }
        })?;
        Ok(Some(Self { names: [label.clone(), score.clone()], outcomes, changed: Vec::new(), rows: 0, passed: 0 }))
    }

    /// A row: its label and its probability.
    ///
    /// # Errors
    /// `data-invalid` for a label that is none and a number that is no probability, with their place.
    pub(super) fn row(&mut self, cells: &[Cell<'_>], place: &Place<'_>) -> Result<()> {
        let [label_name, score_name] = &self.names;
        let &[label, score] = cells else { return Ok(()) };
        self.rows += 1;
        let happened = match number(label) {
            Some(value) if value.is_nan() => None,
            Some(value) if value == 0.0 || value == 1.0 => Some(value == 1.0),
            _ => return Err(place.error("a label is 0 or 1, false or true, or nothing", label_name, label)),
        };
        let score = match number(score) {
            Some(value) if value.is_nan() => {
                self.passed += 1;
                return Ok(());
            }
            Some(value) if (0.0..=1.0).contains(&value) => value,
            _ => return Err(place.error("a probability is a plain number from 0 to 1, or nothing", score_name, score)),
        };
        self.outcomes.foretold(score);
        if let Some(happened) = happened {
            self.outcomes.labelled(score, happened);
            self.changed.resize(self.outcomes.changes().found().len(), self.rows);
        }
        Ok(())
    }

    /// What has begun or risen.
    pub(super) fn look(&mut self) -> Vec<Alert> {
        self.outcomes.look()
    }

    /// What was seen.
    pub(super) const fn outcomes(&self) -> &Outcomes {
        &self.outcomes
    }

    /// How often it happens, of all rows.
    pub(super) fn estimate(&self) -> Option<Estimate> {
        self.outcomes.powered().estimate(ALPHA)
    }

    /// Changes that were found, the first 64, by their rows.
    pub(super) fn changes(&self) -> impl Iterator<Item = (u64, &Change)> {
        self.changed.iter().copied().zip(self.outcomes.changes().found())
    }

    /// Lines for a person.
    pub(super) fn lines(&self, out: &mut String) {
        let figure = |x: Option<f64>| x.map_or_else(|| "none".to_owned(), |x| format!("{x:.5}"));
        let (calibration, means) = (self.outcomes.calibration(), self.outcomes.calibration().means());
        let _ = writeln!(
            out,
            "quality state={} rows={} labelled={} without_score={} mean_score={} rate={} calibration_error={} brier={}",
            self.outcomes.state().as_str(),
            self.rows,
            calibration.count(),
            self.passed,
            figure(means.map(|(score, _)| score)),
            figure(means.map(|(_, rate)| rate)),
            figure(calibration.expected_error()),
            figure(calibration.brier())
        );
        match self.estimate() {
            Some(Estimate { mean, low, high, trust }) => {
                let _ = writeln!(out, "estimate rate={mean:.5} low={low:.5} high={high:.5} trust={trust:.3}");
            }
            None => out.push_str(
                "estimate none: ten labelled rows that happened, ten that did not, and two without a label are needed\n",
            ),
        }
        for (row, Change { by, before, since, .. }) in self.changes() {
            let _ = writeln!(out, "change row={row} by={by} of={ERROR} before={before:.5} since={since:.5}");
        }
        if self.outcomes.changes().more() > 0 {
            let _ = writeln!(out, "note changes: {} more", self.outcomes.changes().more());
        }
    }

    /// A part of the page.
    pub(super) fn page(&self, page: &mut String) {
        let figure = |x: Option<f64>| x.map_or_else(|| "none".to_owned(), few);
        let calibration = self.outcomes.calibration();
        page.push_str("<h2>What came of it</h2>\n<div class=cards>");
        for (value, what) in [
            (thousands(self.rows), "rows"),
            (thousands(calibration.count()), "with a label"),
            (figure(calibration.expected_error()), "calibration error"),
            (figure(calibration.brier()), "Brier score"),
        ] {
            let _ = write!(page, "<div><b>{value}</b>{what}</div>");
        }
        page.push_str("</div>\n");
        if let Some(Estimate { mean, low, high, .. }) = self.estimate() {
            page.push_str("<div class=plots>\n<figure><figcaption>how often it happens, of all rows</figcaption>");
            span(page, "how often it happens", [low, mean, high], None, (1.1 * high).clamp(f64::MIN_POSITIVE, 1.0));
            let _ =
                writeln!(page, "<small>{} ({} to {}, 95 %)</small></figure>\n</div>", percent(mean), percent(low), percent(high));
        } else {
            page.push_str("<p>Too few labels for how often it happens.</p>\n");
        }
        for (row, Change { by, before, since, .. }) in self.changes() {
            let _ = writeln!(
                page,
                "<p class=note>The squared error has changed by row {} ({by}): {} before, {} since.</p>",
                thousands(row),
                few(*before),
                few(*since)
            );
        }
        page.push_str("<details><summary>Probability and what came of it</summary><table><tr><th>mean probability<th>happened<th>rows</tr>\n");
        for (score, rate, count) in calibration.reliability() {
            let _ = writeln!(page, "<tr><td>{}<td>{}<td>{}</tr>", percent(score), percent(rate), thousands(count));
        }
        page.push_str("</table></details>\n");
    }

    /// The same as an object.
    pub(super) fn json(&self) -> Value {
        let estimate = self.estimate();
        let calibration = self.outcomes.calibration();
        let means = calibration.means();
        let change = |(row, change): (u64, &Change)| json!({ "row": row, "by": change.by, "before": change.before, "since": change.since });
        let point = |(score, rate, count): (f64, f64, u64)| json!({ "mean_score": score, "rate": rate, "count": count });
        json!({
            "state": self.outcomes.state().as_str(), "rows": self.rows, "labelled": calibration.count(), "without_score": self.passed,
            "mean_score": means.map(|(score, _)| score), "rate": means.map(|(_, rate)| rate),
            "calibration_error": calibration.expected_error(), "brier": calibration.brier(),
            "reliability": calibration.reliability().map(point).collect::<Vec<Value>>(),
            "estimate": estimate.map(|e| json!({ "rate": e.mean, "low": e.low, "high": e.high, "trust": e.trust })),
            "changes": self.changes().map(change).collect::<Vec<Value>>(), "more_changes": self.outcomes.changes().more(),
        })
    }
}
