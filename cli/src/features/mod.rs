//! `features`: the windows of a specification over a log, by the code that makes them in production.

mod amount;
mod args;
mod columns;
mod compute;
mod rows;
mod spec;
mod texts;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use args::SourceArgs;
pub(crate) use compute::{compute, order};
pub(crate) use rows::{Rows, as_floats, source, told};
pub(crate) use spec::parse;

use crate::files::io;
use crate::output::{Output, distinct};
use crate::write::{Chunk, Format, Names, ROWS, Writer};
use args::moment;
use clap::Args as ClapArgs;
use nearhand::{Code, Error, Result};
use nearhand_features::{Counts, Seen, Windows};
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Arguments of `features`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    source: SourceArgs,
    /// Where the table goes: .parquet, .arrow or .csv
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write rows at or after this time; those before it are taken into the windows all the same
    #[arg(long, value_parser = moment, value_name = "TIME")]
    since: Option<u64>,
    /// Write rows before this time
    #[arg(long, value_parser = moment, value_name = "TIME")]
    before: Option<u64>,
    /// Print one JSON object, of an error too
    #[arg(long)]
    json: bool,
}

/// What came of it.
#[derive(Debug)]
struct Made {
    rows: usize,
    written: u64,
    /// Rows whose windows the limits have cut.
    capped: u64,
    counts: Counts,
    sorted: bool,
    notes: Vec<String>,
    seconds: f64,
    features: usize,
}

/// Runs `features`.
pub(crate) fn run(args: &Args) -> Result<()> {
    match make(args) {
        Ok(made) if args.json => println!("{}", made.json()),
        Ok(made) => print!("{}", made.text(&args.out)),
        Err(error) => {
            if args.json {
                println!("{}", crate::refusal::json(&error));
            }
            return Err(error);
        }
    }
    Ok(())
}

fn make(args: &Args) -> Result<Made> {
    let format = Format::of("--out", &args.out)?;
    let (spec, log) = source(&args.source)?;
    let out = Output::check("--out", &args.out)?;
    let mut inputs = crate::read::inputs(&[("--log", &args.source.log)])?;
    inputs.extend(args.source.spec.iter().map(|path| ("--spec", path.clone())));
    distinct(&[&out], &inputs.iter().map(|(option, file)| (*option, file.as_path())).collect::<Vec<_>>())?;
    let id = spec.id().unwrap_or("row").to_owned();
    let names = Names { id, time: "time_ms", features: spec.features().iter().map(|feature| feature.name.clone()).collect() };
    if let Some(name) = names.features.iter().find(|name| **name == names.id || *name == names.time) {
        let why = "a feature has the name of the table's column of ids or times: call it otherwise";
        return Err(Error::new(Code::OptionInvalid, why).with("option", "--spec").with("feature", name));
    }
    let rows = Rows::read(log, &spec, &args.source)?;
    let mut made = Made {
        rows: rows.len(),
        written: 0,
        capped: 0,
        counts: Counts::default(),
        sorted: !compute::is_sorted(&rows, args.source.order),
        notes: told(&rows),
        seconds: 0.0,
        features: names.features.len(),
    };
    let mut fault = None;
    let written = out.fill(&mut |to| match write(&spec, &rows, args, format, &names, &mut made, to) {
        Ok(()) => Ok(()),
        Err(error) => {
            fault = Some(error);
            Err(std::io::Error::other("the table could not be made"))
        }
    });
    match fault {
        Some(error) => Err(error),
        None => written.map(|()| made),
    }
}

fn write(
    spec: &nearhand_features::Spec,
    rows: &Rows,
    args: &Args,
    format: Format,
    names: &Names,
    made: &mut Made,
    to: &mut dyn Write,
) -> Result<()> {
    let failed = |error: std::io::Error| io(&args.out, &error).with("option", "--out");
    let mut writer = Writer::begin(format, names).map_err(failed)?;
    let mut chunk = Chunk { values: vec![Vec::new(); names.features.len()], ..Chunk::default() };
    let wanted = |time: i64| {
        args.since.is_none_or(|since| time >= since.cast_signed()) && args.before.is_none_or(|before| time < before.cast_signed())
    };
    let has_id = spec.id().is_some();
    let begun = Instant::now();
    let (places, threads) = (order(rows, args.source.order), args.source.threads());
    let windows: Windows = compute(spec.clone(), rows, &places, threads, &mut |row, seen: Seen, features| {
        let time = rows.times.get(row).copied().unwrap_or(0);
        if features.is_empty() || !wanted(time) {
            return Ok(());
        }
        chunk.ids.push(if has_id { rows.ids.get(row).to_owned() } else { (row + 1).to_string() });
        chunk.times.push(time);
        chunk.values.iter_mut().zip(features).for_each(|(column, value)| column.push(*value));
        made.written += 1;
        made.capped += u64::from(seen.capped);
        if chunk.ids.len() == ROWS {
            writer.write(&chunk, to).map_err(failed)?;
            chunk.clear();
        }
        Ok(())
    })?;
    writer.write(&chunk, to).map_err(failed)?;
    writer.end(to).map_err(failed)?;
    made.seconds = begun.elapsed().as_secs_f64();
    made.counts = windows.counts();
    Ok(())
}

impl Made {
    /// What a person should know, counted.
    fn remarks(&self) -> Vec<String> {
        let counts = &self.counts;
        let some = [
            (counts.duplicates, "rows repeat an id: each has the features of the first, once its answer is forgotten none"),
            (counts.late, "rows came too late for the windows and have no features"),
            (self.capped, "rows have windows that reach beyond what the limits keep"),
            (counts.keys_forgotten, "values of keys were forgotten for the limits"),
            (
                counts.ids_forgotten,
                "ids were forgotten for the limits: their labels are lost, and repeats of them count anew (limits.ids)",
            ),
            (counts.labels_refused, "labels were of ids that are not remembered, or too many waited"),
        ];
        let sorted =
            self.sorted.then(|| "note sorted: the log is not in order of time: rows were taken in that order".to_owned());
        let counted = some.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("note: {count} {what}"));
        self.notes.iter().cloned().chain(sorted).chain(counted).collect()
    }

    fn text(&self, out: &Path) -> String {
        let remarks = self.remarks().iter().map(|line| format!("{line}\n")).collect::<String>();
        let speed = self.rows as f64 / self.seconds.max(1e-9);
        format!(
            "{remarks}features rows={} written={} features={} seconds={:.2} rows_a_second={speed:.0} out={}\n",
            self.rows,
            self.written,
            self.features,
            self.seconds,
            out.display()
        )
    }

    fn json(&self) -> Value {
        let Counts {
            observed,
            out_of_order,
            duplicates,
            late,
            labels,
            labels_refused,
            keys_forgotten,
            events_forgotten,
            ids_forgotten,
            ..
        } = self.counts;
        json!({
            "ok": true, "rows": self.rows, "written": self.written, "features": self.features, "seconds": self.seconds,
            "capped": self.capped, "observed": observed, "out_of_order": out_of_order, "duplicates": duplicates, "late": late,
            "labels": labels, "labels_refused": labels_refused, "keys_forgotten": keys_forgotten,
            "events_forgotten": events_forgotten, "ids_forgotten": ids_forgotten, "notes": self.remarks(),
        })
    }
}
