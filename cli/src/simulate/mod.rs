//! `simulate-transactions`: card transactions of a world that is made up, with frauds whose reasons are known. For trials, tests and
//! a model to begin with; docs/simulate.md says how it is made.

mod days;
mod draw;
mod fraud;
mod honest;
mod settings;
mod testing;
#[cfg(test)]
mod tests;
mod transaction;
mod world;
mod write;

use crate::files::progress;
use crate::output::Output;
use clap::Args as ClapArgs;
use days::Days;
use nearhand::Result;
use settings::Settings;
use std::io::{self, Write};
use std::path::PathBuf;
use transaction::Scenario;
use write::{Format, Writer, Written};

/// Arguments of `simulate-transactions`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    settings: Settings,
    /// The table: .csv, .jsonl or .parquet
    #[arg(long, short)]
    out: PathBuf,
}

/// Runs `simulate-transactions`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let start_ms = args.settings.check()?;
    let format = Format::of(&args.out)?;
    let out = Output::check("--out", &args.out)?;
    let mut done = None;
    out.fill(&mut |to| {
        done = Some(simulate(&args.settings, start_ms, format, to)?);
        Ok(())
    })?;
    let Some((written, counts)) = done else { return Ok(()) };
    let digest: String = written.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    let [_, amount, terminal, customer, testing] = counts.scenarios;
    println!(
        "simulate-transactions {} rows={} frauds={} amount={amount} terminal={terminal} customer={customer} testing={testing} \
         declined={} stranded={} bytes={} sha256={digest}",
        out.path().display(),
        written.rows,
        amount + terminal + customer + testing,
        counts.declined,
        counts.stranded,
        written.bytes,
    );
    Ok(())
}

/// What was made.
#[derive(Debug, Default)]
struct Counts {
    /// Transactions by scenario; the first are the honest ones.
    scenarios: [u64; Scenario::COUNT],
    declined: u64,
    stranded: usize,
}

fn simulate(settings: &Settings, start_ms: i64, format: Format, to: &mut dyn Write) -> io::Result<(Written, Counts)> {
    let mut days = Days::new(settings, start_ms);
    let mut counts = Counts { stranded: days.stranded(), ..Counts::default() };
    let mut writer = Writer::new(to, format)?;
    let bar = progress(u64::from(settings.days), "days");
    for day in 0..u64::from(settings.days) {
        for row in days.day(day) {
            if let Some(count) = counts.scenarios.get_mut(row.scenario as usize) {
                *count += 1;
            }
            counts.declined += u64::from(row.declined);
            writer.add(row)?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok((writer.finish()?, counts))
}
