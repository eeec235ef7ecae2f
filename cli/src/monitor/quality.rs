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

#[cfg(test)]
mod tests {
    use super::super::tests::{Cli, READ, file, reference, watch};
    use super::super::{html, metrics, text};
    use clap::Parser as _;
    use nearhand_monitor::{Kind, Level};
    use std::fmt::Write as _;

    /// Made-up decisions: probabilities that come true until the two thousandth row, and half as often from there; of every fourth nothing is known.
    #[test]
    fn labels_tell_how_far_off_probabilities_are_and_since_when() {
        let mut text = "price,kind,score,unknown,risk,fraud\n".to_owned();
        for at in 0..4000_u64 {
            let mixed = at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            let (risk, draw) = (0.1 + 0.8 * (mixed % 2) as f64, (mixed / 2 % 100) as f64 / 100.0);
            let happens = if at < 2000 { draw < risk } else { draw >= risk };
            let label = if at % 4 == 3 { String::new() } else { u8::from(happens).to_string() };
            let _ = writeln!(text, "{},view,0.5,0,{risk},{label}", mixed % 97);
        }
        let (reference, _) = reference("labels", &[]);
        let table = file("labels-served.csv", text.as_bytes());
        let words = ["--reference", &reference, "--table", &table, "--label-col", "fraud", "--score-col", "risk"];
        let watched = watch(&words).unwrap();
        let quality = watched.quality.as_ref().unwrap();
        let rows: Vec<u64> = quality.changes().filter(|(_, change)| change.by == "adwin").map(|(row, _)| row).collect();
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert!((2000..2200).contains(&rows[0]), "{rows:?}");
        let json = &text::json(&watched, None)["quality"];
        assert_eq!(
            (json["rows"].as_u64(), json["labelled"].as_u64(), json["without_score"].as_u64()),
            (Some(4000), Some(3000), Some(0))
        );
        // Right for half of the time, and wrong by 0.8 for the other.
        assert!(
            (json["calibration_error"].as_f64().unwrap() - 0.4).abs() < 0.03
                && (json["rate"].as_f64().unwrap() - 0.5).abs() < 0.03,
            "{json}"
        );
        let [low, high] = ["low", "high"].map(|end| json["estimate"][end].as_f64().unwrap());
        assert!(low < 0.5 && 0.5 < high && high - low < 0.06, "{json}");
        let told = text::report(&watched, None);
        assert!(
            told.contains("quality state=fallback rows=4000 labelled=3000 without_score=0 mean_score=")
                && told.contains("by=adwin of=squared-error"),
            "{told}"
        );

        let page = html::page(&watched, None, READ);
        for want in [
            "<h2>What came of it</h2>",
            "<b>3,000</b>with a label",
            "how often it happens",
            "The squared error has changed by row",
            "<b>calibration</b> of probabilities above their mean at row ",
            " would be right at this level",
            "<td>90.00 %",
        ] {
            assert!(page.contains(want), "{want}\n{page}");
        }

        // Both halves are wrong, and the alarm says so, as the metrics do.
        let alarms: Vec<_> = watched.told.iter().filter(|(_, alert)| alert.kind == Kind::Calibration).collect();
        assert!(
            alarms.iter().all(|(row, alert)| (2000..2500).contains(row) && ["high", "low"].contains(&alert.subject.as_str())),
            "{told}"
        );
        assert!(
            alarms.iter().any(|(_, alert)| alert.level == Level::Fallback) && watched.level() == Some(Level::Fallback),
            "{told}"
        );
        assert!(told.contains(" fallback calibration subject=high value=0.") && told.ends_with("standing=fallback\n"), "{told}");
        let metrics = metrics::text(&metrics::made(&watched, None, 1_796_000_000.0));
        for want in [
            "nearhand_monitor_labels 3000\n",
            "nearhand_monitor_calibration_level 3.0\n",
            "nearhand_monitor_calibration_error_ratio 0.",
            "nearhand_monitor_outcome_all_ratio{nearhand_estimate=\"low\"} 0.",
        ] {
            assert!(metrics.contains(want), "{want}\n{metrics}");
        }
        // As they are wanted: none of what is no probability, later ones of wider factors, and changes as notices.
        let with = |more: &[&str]| watch(&[&words[..], more].concat());
        let kinds = |more: &[&str]| with(more).unwrap().told.iter().map(|(_, alert)| alert.kind).collect::<Vec<_>>();
        assert!(!kinds(&["--no-calibration"]).contains(&Kind::Calibration));
        assert!(!kinds(&["--calibration-factors", "100,1000,1000"]).contains(&Kind::Calibration));
        assert!(kinds(&["--no-calibration", "--changes", "squared-error,price"]).contains(&Kind::Change));
        assert!(with(&["--tolerances", "0,0.1,0.2"]).is_ok());
        for wrong in [
            ["--tolerances", "0,0.1"],
            ["--calibration-factors", "1,2"],
            ["--calibration-factors", "0.5,1,2"],
            ["--changes", "kind"],
            ["--changes", "prize"],
        ] {
            let error = with(&wrong).err().unwrap().to_string();
            assert!(error.contains(&format!("option={}", wrong[0])), "{error}");
        }

        let refused = |table: &str, column: &str| {
            let table = file("labels-bad.csv", table.as_bytes());
            let words = ["--reference", &reference, "--table", &table, "--label-col", "fraud", "--score-col", column];
            watch(&words).err().unwrap().to_string()
        };
        let head = "price,kind,score,unknown,risk,fraud\n";
        assert!(refused(&format!("{head}1,view,0.5,0,0.5,2\n"), "risk").contains("a label is 0 or 1"));
        assert!(refused(&format!("{head}1,view,0.5,0,50,1\n"), "risk").contains("a probability is a plain number from 0 to 1"));
        assert!(refused(&format!("{head}1,view,0.5,0,0.5,1\n"), "chance").contains("chance"));
        assert!(Cli::try_parse_from(["monitor", "--reference", "x", "--table", "x", "--label-col", "fraud"]).is_err());
        // Nothing is known of nobody.
        let none = file("labels-none.csv", format!("{head}1,view,0.5,0,,\n").as_bytes());
        let words = ["--reference", &reference, "--table", &none, "--label-col", "fraud", "--score-col", "risk"];
        let told = text::report(&watch(&words).unwrap(), None);
        assert!(told.contains("labelled=0 without_score=1 mean_score=none") && told.contains("estimate none: "), "{told}");
    }
}
