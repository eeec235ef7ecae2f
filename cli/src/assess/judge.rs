//! `assess`: rows in, decisions out.

use super::table::{Beside, ColumnArgs, FieldArgs, Rows};
use crate::files::{read, read_text, readable};
use crate::limit::LimitArgs;
use crate::output::{Output, distinct};
use crate::read::options::ReadArgs;
use clap::{Args as ClapArgs, ValueEnum};
use nearhand::assess::{Assessment, Assessor, By, Decision, Explain, Transaction};
use nearhand::{Code, Error, Result};
use serde_json::json;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Arguments of `assess`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// The bundle
    #[arg(long)]
    bundle: PathBuf,
    /// Rows with the features that the bundle declares, and the fields of its rules. Text with a header, JSON lines, Parquet or Arrow
    #[arg(long = "in", value_name = "TABLE")]
    rows: PathBuf,
    #[command(flatten)]
    columns: ColumnArgs,
    #[command(flatten)]
    fields: FieldArgs,
    /// Column with an id, which goes along
    #[arg(long, value_name = "NAME")]
    id_col: Option<String>,
    /// Keys of a list that the bundle declares, a line each: NAME=FILE
    #[arg(long = "list", value_name = "NAME=FILE")]
    lists: Vec<String>,
    /// Which rows get the reasons of the model
    #[arg(long, value_enum, default_value_t = Which::Severe)]
    explain: Which,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    limit: LimitArgs,
    /// The decisions: .csv for a table, else JSON lines, each an answer whole
    #[arg(long, short)]
    out: PathBuf,
}

/// Which rows get reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    /// None.
    Never,
    /// Those that are not approved.
    Severe,
    /// All.
    Always,
}

/// Runs `assess`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let out = Output::check("--out", &args.out)?;
    let mut inputs = vec![("--bundle", args.bundle.clone())];
    readable("--bundle", &args.bundle)?;
    let mut lists = Vec::new();
    for said in &args.lists {
        let Some((name, path)) = said.split_once('=') else {
            return Err(Error::new(Code::OptionInvalid, "a list is NAME=FILE").with("option", "--list").with("value", said));
        };
        readable("--list", Path::new(path))?;
        inputs.push(("--list", PathBuf::from(path)));
        lists.push((name, PathBuf::from(path)));
    }
    inputs.extend(crate::read::inputs(&[("--in", &Some(args.rows.clone()))])?);
    distinct(&[&out], &inputs.iter().map(|(option, path)| (*option, path.as_path())).collect::<Vec<_>>())?;
    let mut assessor = Assessor::open(&read(&args.bundle)?, None, args.limit.limit.unwrap_or(usize::MAX))?;
    for (name, path) in lists {
        let keys = read_text(&path)?.lines().map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect();
        assessor.set_list(name, keys).map_err(|error| error.with("path", path.display()))?;
    }
    let spec = assessor.manifest().spec.clone();
    let fields = args.fields.told(&[&spec])?;
    let beside = Beside { id: args.id_col.clone(), rules: Some(fields), ..Beside::default() };
    let rows = Rows::read(&args.rows, &args.read, &spec, &args.columns, &beside)?;
    let table = args.out.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("csv"));
    let mut text = String::new();
    if table {
        text.push_str("id,decision,by,score,risk,model,rules,reasons\n");
    }
    let explain = match args.explain {
        Which::Never => Explain::Never,
        Which::Severe => Explain::Severe,
        Which::Always => Explain::Always,
    };
    let (mut counts, mut by_rules, mut failures) = ([0_u64; 3], 0_u64, 0_u64);
    let width = spec.features.len();
    let mut spent = Duration::ZERO;
    for (at, features) in rows.features.chunks_exact(width).enumerate() {
        let fields: Vec<(&str, &str)> = rows
            .fields
            .iter()
            .filter_map(|(name, values)| Some((name.as_str(), values.get(at)?.as_str())))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let transaction = Transaction {
            amount: rows.amounts.get(at).copied().flatten(),
            currency: rows.currencies.get(at).and_then(Option::as_deref),
            fields: &fields,
        };
        let began = Instant::now();
        let answer = assessor.assess(&transaction, features, explain).map_err(|error| error.with("row", at + 1))?;
        spent += began.elapsed();
        counts.get_mut(answer.decision as usize).into_iter().for_each(|count| *count += 1);
        by_rules += u64::from(matches!(answer.by, By::Rule(_)));
        failures += u64::from(answer.failure.is_some());
        let id = rows.ids.get(at).cloned().unwrap_or_else(|| (at + 1).to_string());
        if table { line(&mut text, &id, &answer) } else { object(&mut text, &id, &answer)? }
    }
    out.write(text.as_bytes())?;
    let [approve, review, decline] = counts;
    println!(
        "assess {} rows={} approve={approve} review={review} decline={decline} by_rules={by_rules} failures={failures} us_a_row={:.2}",
        args.out.display(),
        rows.count,
        spent.as_secs_f64() * 1e6 / rows.count as f64
    );
    Ok(())
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

fn line(out: &mut String, id: &str, answer: &Assessment) {
    let by = match &answer.by {
        By::Model => "model",
        By::Fallback => "fallback",
        By::Rule(code) => code,
    };
    let codes = |codes: Vec<&str>| quoted(&codes.join(" "));
    let model = answer.model.map(|m| (m.score.to_string(), m.risk.to_string(), Decision::as_str(m.decision)));
    let (score, risk, model) = model.unwrap_or_default();
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "{},{},{},{score},{risk},{model},{},{}",
        quoted(id),
        answer.decision.as_str(),
        quoted(by),
        codes(answer.rules.iter().map(|hit| hit.code.as_str()).collect()),
        codes(answer.reasons.iter().map(|reason| reason.code.as_str()).collect()),
    );
}

fn object(out: &mut String, id: &str, answer: &Assessment) -> Result<()> {
    let failed = |e: serde_json::Error| Error::new(Code::DataInvalid, "an answer cannot be written as JSON").with("why", e);
    let mut value = json!({ "id": id });
    if let (Some(to), serde_json::Value::Object(from)) = (value.as_object_mut(), serde_json::to_value(answer).map_err(failed)?) {
        to.extend(from);
    }
    let _ = writeln!(out, "{value}");
    Ok(())
}
