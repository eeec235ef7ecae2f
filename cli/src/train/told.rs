//! What a training tells of itself: in the manifest for good, and as JSON at its end.

use crate::choosing::choose::Choice;
use crate::log::Learnt;
use crate::provenance::Provenance;
use crate::train::args::Args;
use crate::train::choosing::trials::Trial;
use crate::train::neural::config::TrainConfig;
use crate::train::report::Report;
use nearhand::Result;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// Bytes that [`chosen`] adds to a provenance, at most.
pub(super) const REST: usize = 1500;

/// The command and its inputs.
///
/// # Errors
/// `io`.
pub(super) fn inputs(args: &Args, files: &[(&'static str, PathBuf)], learnt: &Learnt) -> Result<Provenance> {
    let mut made = Provenance::begin(args.argv.iter().cloned());
    let files: Vec<(&'static str, &Path)> = files.iter().map(|(option, path)| (*option, path.as_path())).collect();
    made.inputs(&files)?;
    if let Some((from, until)) = learnt.range {
        made.range(from, until);
    }
    made.setting("seed", args.seed);
    Ok(made)
}

/// What was chosen, and what else was tried. Blend and weights of events stand in the manifest.
pub(super) fn chosen(
    made: &mut Provenance,
    config: &TrainConfig,
    (lone, both): (&Choice, &Choice),
    trials: &[Trial],
    heard: &str,
) {
    let &TrainConfig { bits, dim, blocks, residual, epochs, lr, half_life, .. } = config;
    for (name, value) in [
        ("bits", json!(bits)),
        ("dim", json!(dim)),
        ("blocks", json!(blocks)),
        ("residual", json!(residual)),
        ("epochs", json!(epochs)),
        ("lr", json!(lr)),
        ("half_life", decimal(half_life)),
    ] {
        made.setting(name, value);
    }
    let table = both.table;
    let words = format!(
        "width {} mean {:.2} ordered {} reach {} backward {} damp {} source {} half_life {}",
        table.width, table.mean, table.ordered, table.reach, table.backward, table.damp, table.source, table.half_life
    );
    made.setting("table", words);
    if !heard.starts_with("defaults") {
        made.setting("signals", heard);
    }
    made.trial("table", lone.tried, lone.quality.hr(), lone.quality.mrr());
    for trial in trials {
        made.trial(&name(&trial.config), 1, trial.quality.hr(), trial.quality.mrr());
    }
    made.trial("blend", both.tried, both.quality.hr(), both.quality.mrr());
}

/// A trial by what differs between trials.
fn name(config: &TrainConfig) -> String {
    let &TrainConfig { bits, dim, blocks, residual, half_life, .. } = config;
    let core = if residual { "" } else { " core" };
    format!("bits {bits} dim {dim} blocks {blocks}{core} half_life {half_life}")
}

/// A float as it is written, where JSON would widen it.
fn decimal(value: f32) -> Value {
    value.to_string().parse::<f64>().map_or(Value::Null, |value| json!(value))
}

/// All that the lines of a training say, in one object.
pub(super) fn json(report: &Report, provenance: &str, facts: &[(&str, Value)]) -> String {
    let mut all = Map::new();
    all.extend(facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    all.insert("settings".to_owned(), report.settings.iter().map(|(name, value)| (name.clone(), json!(value))).collect());
    let trial = |t: &crate::train::report::Attempt| json!({"settings": t.label, "bytes": t.bytes, "successors": t.successors, "hr@20": t.hr, "mrr@20": t.mrr, "chosen": t.chosen});
    all.insert("trials".to_owned(), report.trials.iter().map(trial).collect());
    let point = |p: &crate::train::report::Point| json!({"epoch": p.epoch, "loss": p.loss, "hr@20": p.hr, "mrr@20": p.mrr});
    all.insert("curve".to_owned(), report.curve.iter().map(point).collect());
    let groups = report.groups.iter().map(|(title, lines)| {
        let line = |l: &crate::choosing::parts::Line| json!({"label": l.label, "pairs": l.pairs, "hr@20": l.hr, "mrr@20": l.mrr});
        json!({"title": title, "lines": lines.iter().map(line).collect::<Vec<_>>()})
    });
    all.insert("measured".to_owned(), groups.collect());
    all.insert("provenance".to_owned(), serde_json::from_str(provenance).unwrap_or(Value::Null));
    Value::Object(all).to_string()
}
