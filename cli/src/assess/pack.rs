//! `pack-assess`: from an ONNX file, a declaration and labelled rows to a bundle.

use super::table::{Beside, ColumnArgs, Rows};
use crate::assemble::{LONGEST_NAME, is_day};
use crate::files::{read, read_text, readable};
use crate::log::time;
use crate::output::{Output, distinct};
use crate::read::options::ReadArgs;
use crate::read::value::zone::table;
use clap::Args as ClapArgs;
use nearhand::assess::{About, Assessor, Decision, Labelled, Packed, Spec, pack};
use nearhand::{Code, Error, Result};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Arguments of `pack-assess`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// The model: trees, a linear model or a network whose output is a probability or a score of the fraud
    #[arg(long)]
    onnx: PathBuf,
    /// The declaration, JSON: features, calibration, costs or capacity, rules, reasons (docs/assess.md)
    #[arg(long)]
    spec: PathBuf,
    /// Rows with features and labels that the model has not learnt from: they fit the calibration and the capacity, and reasons take their
    /// expectations from them. Text with a header, JSON lines, Parquet or Arrow; a file, a folder or a pattern
    #[arg(long, value_name = "TABLE")]
    scored: PathBuf,
    /// Column with the label: 1 for a fraud
    #[arg(long, value_name = "NAME", default_value = "fraud")]
    label_col: String,
    #[command(flatten)]
    columns: ColumnArgs,
    /// Column with the time: of how many days the rows are, for a capacity
    #[arg(long, value_name = "NAME")]
    time_col: Option<String>,
    /// What times look like: auto, s, ms, us, ns, excel, or a pattern like %d.%m.%Y %H:%M
    #[arg(long, value_parser = time::Format::named, default_value = "auto", value_name = "FORMAT")]
    time_format: time::Format,
    /// Of how many days the rows are, instead of a column of times
    #[arg(long, value_name = "N", conflicts_with = "time_col", value_parser = clap::value_parser!(u64).range(1..))]
    days: Option<u64>,
    /// Column with what the model answered where it was trained: a bundle that answers otherwise is refused
    #[arg(long, value_name = "NAME")]
    score_col: Option<String>,
    /// What such answers may differ by
    #[arg(long, value_name = "X", default_value_t = 1e-5)]
    tolerance: f64,
    /// Rows that may differ by more: exports round thresholds, and a value that lies on one goes the other way
    #[arg(long, value_name = "N", default_value_t = 0)]
    max_mismatches: usize,
    /// The windows that make the features: kept in the bundle for whoever computes them
    #[arg(long, value_name = "FILE")]
    windows: Option<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
    /// Name of the bundle
    #[arg(long)]
    name: String,
    /// Version of the bundle
    #[arg(long, default_value = "1")]
    version: String,
    /// Day the bundle was made, YYYY-MM-DD
    #[arg(long)]
    created_at: String,
    /// Licence of model and data
    #[arg(long, default_value = "unstated")]
    licence: String,
    /// Who must be named
    #[arg(long, default_value = "")]
    attribution: String,
    /// Model card, Markdown
    #[arg(long)]
    card: Option<PathBuf>,
    /// Print one JSON object, of an error too
    #[arg(long)]
    json: bool,
    /// The bundle to write
    #[arg(long, short)]
    out: PathBuf,
}

/// Runs `pack-assess`.
pub(crate) fn run(args: &Args) -> Result<()> {
    match make(args) {
        Ok((packed, assessor)) if args.json => {
            println!("{}", report(args, &packed, &assessor));
            Ok(())
        }
        Ok((packed, assessor)) => {
            print(args, &packed, &assessor);
            Ok(())
        }
        Err(error) => {
            if args.json {
                println!("{}", crate::refusal::json(&error));
            }
            Err(error)
        }
    }
}

/// A declaration of windows as a bundle has it: a zone by its name becomes its table, as whoever counts by it has no database of zones.
///
/// # Errors
/// `features-…` for one by which nobody could count.
fn windows(text: &str) -> Result<String> {
    use nearhand_features::{Code as Of, Spec};
    match Spec::from_json(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) if error.code() == Of::ZoneUnknown => Ok(Spec::from_json_with(text, &table)?.to_json().to_owned()),
        Err(error) => Err(error.into()),
    }
}

fn make(args: &Args) -> Result<(Packed, Assessor)> {
    let refuse = |option: &'static str, value: &str, why: String| {
        Err(Error::new(Code::OptionInvalid, why).with("option", option).with("value", value))
    };
    if args.name.trim().is_empty() || args.name.len() > LONGEST_NAME {
        return refuse("--name", &args.name, format!("a bundle's name has 1 to {LONGEST_NAME} bytes"));
    }
    if !is_day(&args.created_at) {
        return refuse("--created-at", &args.created_at, "a day is YYYY-MM-DD, as 2026-11-23".to_owned());
    }
    let out = Output::check("--out", &args.out)?;
    let mut inputs: Vec<(&'static str, PathBuf)> = vec![("--onnx", args.onnx.clone()), ("--spec", args.spec.clone())];
    inputs.extend([("--windows", &args.windows), ("--card", &args.card)].into_iter().filter_map(|(o, p)| Some((o, p.clone()?))));
    inputs.iter().try_for_each(|(option, path)| readable(option, path))?;
    inputs.extend(crate::read::inputs(&[("--scored", &Some(args.scored.clone()))])?);
    distinct(&[&out], &inputs.iter().map(|(option, path)| (*option, path.as_path())).collect::<Vec<_>>())?;
    let mut spec = Spec::parse(&read_text(&args.spec)?).map_err(|error| error.with("path", args.spec.display()))?;
    if let Some(path) = &args.windows {
        spec.windows = Some(windows(&read_text(path)?).map_err(|error| error.with("path", path.display()))?);
    }
    let onnx = read(&args.onnx)?;
    let beside = Beside {
        label: Some((args.label_col.clone(), true)),
        time: args.time_col.clone().map(|name| (name, args.time_format.clone())),
        score: args.score_col.clone(),
        id: None,
        rules: None,
    };
    let rows = Rows::read(&args.scored, &args.read, &spec, &args.columns, &beside)?;
    let days = args.days.or_else(|| Some(rows.days.len() as u64).filter(|days| *days > 0));
    let table =
        Labelled { rows: &rows.features, frauds: &rows.labels, amounts: &rows.amounts, currencies: &rows.currencies, days };
    let about = About {
        name: args.name.clone(),
        version: args.version.clone(),
        created_at: args.created_at.clone(),
        licence: args.licence.clone(),
        attribution: args.attribution.clone(),
        card: args.card.as_deref().map(read_text).transpose()?.unwrap_or_default(),
    };
    let packed = pack(&onnx, &spec, &table, &about)?;
    answers_as_trained(args, &packed, &rows.scores)?;
    let assessor = Assessor::open(&packed.bytes, None, usize::MAX)?;
    out.write(&packed.bytes)?;
    Ok((packed, assessor))
}

/// Refuses a bundle whose scores are not those that were told.
fn answers_as_trained(args: &Args, packed: &Packed, told: &[f64]) -> Result<()> {
    let off = packed.scores.iter().zip(told).map(|(got, told)| (f64::from(*got) - told).abs());
    let far = |off: f64| off.is_nan() || off > args.tolerance;
    let (mut count, mut worst) = (0_usize, (0_usize, 0.0));
    for (at, off) in off.enumerate().filter(|(_, off)| far(*off)) {
        count += 1;
        if off.is_nan() || off > worst.1 {
            worst = (at, off);
        }
    }
    if count <= args.max_mismatches {
        if count > 0 {
            eprintln!("note: {count} of {} rows are answered otherwise than told, by {} at most", told.len(), worst.1);
        }
        return Ok(());
    }
    let of = |scores: Option<f64>| scores.unwrap_or(f64::NAN);
    Err(Error::new(
        Code::ModelMismatch,
        "the bundle answers otherwise than the model did where it was trained: were features cast to 32 bits there, and is it this export? \
         Rows that lie on a rounded threshold are let through by --max-mismatches",
    )
    .with("rows", count)
    .with("of", told.len())
    .with("largest", worst.1)
    .with("row", worst.0 + 1)
    .with("answered", of(packed.scores.get(worst.0).map(|s| f64::from(*s))))
    .with("told", of(told.get(worst.0).copied())))
}

/// How reasons are made, in a word.
pub(super) fn method(assessor: &Assessor) -> &'static str {
    use nearhand::assess::Explained;
    match assessor.manifest().fitted.reasons {
        Explained::None { .. } => "none",
        Explained::Shap(_) => "shap",
        Explained::Path(_) => "path",
        Explained::Linear { .. } => "linear",
    }
}

fn print(args: &Args, packed: &Packed, assessor: &Assessor) {
    for note in &packed.notes {
        eprintln!("note: {note}");
    }
    let m = &packed.measured;
    let raw = packed.uncalibrated.map(|raw| format!(" uncalibrated_ece={:.5} uncalibrated_brier={:.6}", raw.ece, raw.brier));
    let decisions =
        Decision::ALL.iter().zip(packed.decisions).map(|(word, count)| format!(" {}={count}", word.as_str())).collect::<String>();
    let money = packed.money.map(|m| format!(" cost={} cost_approved={} cost_fixed={}", m.decided, m.approved, m.fixed));
    println!(
        "pack-assess {} bytes={} rows={} frauds={} auc={:.4} ap={:.4} brier={:.6} ece={:.5}{} reasons={}{decisions}{} goldens={} sha256={}",
        shown(&args.out),
        packed.bytes.len(),
        m.rows,
        m.frauds,
        m.auc,
        m.ap,
        m.brier,
        m.ece,
        raw.unwrap_or_default(),
        method(assessor),
        money.unwrap_or_default(),
        assessor.manifest().goldens.len(),
        assessor.digest(),
    );
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn report(args: &Args, packed: &Packed, assessor: &Assessor) -> serde_json::Value {
    let measured = |m: &nearhand::assess::fit::Measured| json!({ "rows": m.rows, "frauds": m.frauds, "auc": m.auc, "ap": m.ap, "brier": m.brier, "ece": m.ece });
    let [approve, review, decline] = packed.decisions;
    json!({
        "ok": true,
        "out": shown(&args.out),
        "bytes": packed.bytes.len(),
        "sha256": assessor.digest(),
        "measured": measured(&packed.measured),
        "uncalibrated": packed.uncalibrated.as_ref().map(measured),
        "decisions": { "approve": approve, "review": review, "decline": decline },
        "money": packed.money.map(|m| json!({ "decided": m.decided, "approved": m.approved, "fixed": m.fixed })),
        "fitted": assessor.manifest().fitted,
        "notes": packed.notes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_kept_so_that_anybody_can_count_by_them() {
        let of = |zone: &str| format!(r#"{{"time": "t", "zone": {zone}, "features": [{{"name": "hour", "kind": "hour"}}]}}"#);
        assert_eq!(windows(&of("\"UTC\"")).unwrap(), of("\"UTC\""), "as it was written");
        let named = windows(&of("\"Europe/Berlin\"")).unwrap();
        assert!(nearhand_features::Spec::from_json(&named).unwrap().zone().changes.len() > 100);
        assert_eq!(windows(&of("\"Mars/Olympus\"")).unwrap_err().code(), Code::FeaturesZoneUnknown);
        assert_eq!(windows("{}").unwrap_err().code(), Code::FeaturesSpecInvalid);
    }
}
