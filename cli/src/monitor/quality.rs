//! Probabilities and what came of them, where labels are there: how far off they are, how often it happens, and since when that is so.

use crate::page::{few, percent, span, thousands};
use crate::read::Table;
use crate::read::value::cell::{Cell, Place, listed, short};
use crate::read::value::plain::number;
use clap::Args as ClapArgs;
use nearhand::{Code, Error, Result};
use nearhand_monitor::{Adwin, AdwinSettings, Calibration, Estimate, PageHinkley, PageHinkleySettings, Powered};
use serde_json::{Value, json};
use std::fmt::Write;

/// Bins of the expected calibration error.
const BINS: usize = 10;
/// How sure the interval is: 1 − alpha.
const ALPHA: f64 = 0.05;
/// Changes that are kept; more are counted.
const MOST_CHANGES: usize = 64;

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
}

/// A change of the squared error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    /// At which row.
    pub row: u64,
    /// Whose test saw it.
    pub by: &'static str,
    /// The mean before.
    pub before: f64,
    /// The mean since, where the test knows it at once.
    pub since: Option<f64>,
}

/// What came of probabilities.
#[derive(Clone, Debug)]
pub(super) struct Quality {
    names: [String; 2],
    calibration: Calibration,
    powered: Powered,
    adwin: Adwin,
    hinkley: PageHinkley,
    changes: Vec<Change>,
    more: u64,
    rows: u64,
    /// Rows without a probability.
    passed: u64,
}

impl Quality {
    /// Of the columns that are named, which are picked as well; `None` where none are.
    ///
    /// # Errors
    /// `data-invalid` for a column that the table lacks.
    pub(super) fn of(args: &QualityArgs, table: &Table, picked: &mut Vec<usize>) -> Result<Option<Self>> {
        let (Some(label), Some(score)) = (&args.label_col, &args.score_col) else { return Ok(None) };
        for (option, name) in [("--label-col", label), ("--score-col", score)] {
            let Some(at) = table.column(name, |column| column == name)? else {
                let error = Error::new(Code::DataInvalid, "the table lacks this column").with("path", table.path().display());
                let error = error.with("option", option).with("column", short(name));
                return Err(listed(error, "columns", " ", table.header()));
            };
            picked.push(at);
        }
        Ok(Some(Self {
            names: [label.clone(), score.clone()],
            calibration: Calibration::new(BINS),
            powered: Powered::default(),
            adwin: Adwin::new(AdwinSettings::default()),
            hinkley: PageHinkley::new(PageHinkleySettings::default()),
            changes: Vec::new(),
            more: 0,
            rows: 0,
            passed: 0,
        }))
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
        let Some(happened) = happened else {
            self.powered.predicted(score);
            return Ok(());
        };
        let outcome = f64::from(happened);
        self.calibration.add(score, happened);
        self.powered.known(outcome, score);
        let error = (score - outcome) * (score - outcome);
        let before = [self.adwin.mean(), self.hinkley.mean()];
        let by_adwin = self.adwin.update(error).then(|| Some(self.adwin.mean()));
        let by_hinkley = self.hinkley.update(error).then_some(None);
        for (by, since, before) in [("adwin", by_adwin, before[0]), ("page-hinkley", by_hinkley, before[1])] {
            let Some(since) = since else { continue };
            if self.changes.len() < MOST_CHANGES {
                self.changes.push(Change { row: self.rows, by, before, since });
            } else {
                self.more += 1;
            }
        }
        Ok(())
    }

    /// Mean probability and share that happened, of the labelled.
    fn means(&self) -> Option<(f64, f64)> {
        let count = self.calibration.count();
        let sum = |of: fn((f64, f64, u64)) -> f64| self.calibration.reliability().map(of).sum::<f64>() / count as f64;
        (count > 0).then(|| (sum(|(score, _, n)| score * n as f64), sum(|(_, share, n)| share * n as f64)))
    }

    fn estimate(&self) -> Option<Estimate> {
        self.powered.estimate(ALPHA)
    }

    /// Changes that were seen, the first 64.
    #[cfg(test)]
    pub(super) fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Lines for a person.
    pub(super) fn lines(&self, out: &mut String) {
        let figure = |x: Option<f64>| x.map_or_else(|| "none".to_owned(), |x| format!("{x:.5}"));
        let means = self.means();
        let _ = writeln!(
            out,
            "quality rows={} labelled={} without_score={} mean_score={} rate={} calibration_error={} brier={}",
            self.rows,
            self.calibration.count(),
            self.passed,
            figure(means.map(|(score, _)| score)),
            figure(means.map(|(_, rate)| rate)),
            figure(self.calibration.expected_error()),
            figure(self.calibration.brier())
        );
        match self.estimate() {
            Some(Estimate { mean, low, high, trust }) => {
                let _ = writeln!(out, "estimate rate={mean:.5} low={low:.5} high={high:.5} trust={trust:.3}");
            }
            None => out.push_str(
                "estimate none: ten labelled rows that happened, ten that did not, and two without a label are needed\n",
            ),
        }
        for Change { row, by, before, since } in &self.changes {
            let since = since.map_or_else(String::new, |since| format!(" since={since:.5}"));
            let _ = writeln!(out, "change row={row} by={by} of=squared-error before={before:.5}{since}");
        }
        if self.more > 0 {
            let _ = writeln!(out, "note changes: {} more", self.more);
        }
    }

    /// A part of the page.
    pub(super) fn page(&self, page: &mut String) {
        let figure = |x: Option<f64>| x.map_or_else(|| "none".to_owned(), few);
        page.push_str("<h2>What came of it</h2>\n<div class=cards>");
        for (value, what) in [
            (thousands(self.rows), "rows"),
            (thousands(self.calibration.count()), "with a label"),
            (figure(self.calibration.expected_error()), "calibration error"),
            (figure(self.calibration.brier()), "Brier score"),
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
        for Change { row, by, before, .. } in &self.changes {
            let _ = writeln!(
                page,
                "<p class=note>The squared error has changed by row {} ({by}); before it was {}.</p>",
                thousands(*row),
                few(*before)
            );
        }
        page.push_str("<details><summary>Probability and what came of it</summary><table><tr><th>mean probability<th>happened<th>rows</tr>\n");
        for (score, rate, count) in self.calibration.reliability() {
            let _ = writeln!(page, "<tr><td>{}<td>{}<td>{}</tr>", percent(score), percent(rate), thousands(count));
        }
        page.push_str("</table></details>\n");
    }

    /// The same as an object.
    pub(super) fn json(&self) -> Value {
        let estimate = self.estimate();
        let change =
            |change: &Change| json!({ "row": change.row, "by": change.by, "before": change.before, "since": change.since });
        let point = |(score, rate, count): (f64, f64, u64)| json!({ "mean_score": score, "rate": rate, "count": count });
        json!({
            "rows": self.rows, "labelled": self.calibration.count(), "without_score": self.passed,
            "mean_score": self.means().map(|(score, _)| score), "rate": self.means().map(|(_, rate)| rate),
            "calibration_error": self.calibration.expected_error(), "brier": self.calibration.brier(),
            "reliability": self.calibration.reliability().map(point).collect::<Vec<Value>>(),
            "estimate": estimate.map(|e| json!({ "rate": e.mean, "low": e.low, "high": e.high, "trust": e.trust })),
            "changes": self.changes.iter().map(change).collect::<Vec<Value>>(), "more_changes": self.more,
        })
    }
}
