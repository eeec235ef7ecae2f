//! `monitor-reference` and `monitor`: what is usual, and whether it still is.

mod feedback;
mod freeze;
mod history;
mod html;
mod metrics;
mod quality;
mod text;
mod visitors;
mod watch;

#[cfg(test)]
mod tests;

pub(crate) use freeze::{ReferenceArgs, freeze};

use crate::output::{Output, distinct};
use crate::read::options::{Options, ReadArgs};
use clap::Args as ClapArgs;
use jiff::Timestamp;
use nearhand::bundle::Limits;
use nearhand::{Code, Error, Result};
use nearhand_monitor::{Level, Reference, Settings};
use std::path::{Path, PathBuf};
use watch::Watched;

/// Arguments of `monitor`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// What `monitor-reference` wrote, or a bundle that has a reference
    #[arg(long, value_name = "FILE")]
    reference: PathBuf,
    /// Table that is watched row by row, with the reference's columns: text, JSON lines, Parquet or Arrow
    #[arg(long, value_name = "PATH", required_unless_present = "reports", conflicts_with = "reports")]
    table: Option<PathBuf>,
    /// Reports of many clients, each once, in the order of their sources and sequence numbers; of a folder all files
    #[arg(long, value_name = "PATH", num_args = 1..)]
    reports: Vec<PathBuf>,
    /// Probability of any false alarm at all
    #[arg(long, value_name = "P", default_value_t = 0.05)]
    alpha: f64,
    /// By how much the most important column may drift, in PSI: notice, warning, fallback
    #[arg(long, value_name = "X,X,X", value_delimiter = ',', default_values_t = [0.0, 0.05, 0.25])]
    tolerances: Vec<f64>,
    /// Looks after so many rows
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    /// Settled rows of what visitors did with what they were shown (docs/feedback.md), rows of a slate together: JSON lines or any other table
    #[arg(long, value_name = "PATH")]
    feedback: Option<PathBuf>,
    /// Write a page for the person on call here
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write OpenMetrics text here, for Prometheus
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
    /// Write OTLP/JSON here, for an OpenTelemetry collector
    #[arg(long, value_name = "FILE")]
    otlp: Option<PathBuf>,
    /// With --metrics or --otlp: what this monitor is called, where several write for one exporter or collector (1 to 64 bytes)
    #[arg(long, value_name = "NAME", value_parser = job)]
    job: Option<String>,
    /// Fails when an alert of this level is raised
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    fail_at: Option<Level>,
    /// Print one JSON object, of an error too
    #[arg(long)]
    json: bool,
    /// Tell changes of the level of these columns of numbers (ADWIN, Page–Hinkley) as notices, and of `squared-error` where there are labels;
    /// --alpha does not hold for them
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', conflicts_with = "reports")]
    changes: Vec<String>,
    #[command(flatten)]
    quality: quality::QualityArgs,
    #[command(flatten)]
    read: ReadArgs,
}

/// For clap.
fn level(text: &str) -> std::result::Result<Level, String> {
    let all = [Level::Notice, Level::Warn, Level::Fallback, Level::Stop];
    all.into_iter().find(|level| level.as_str() == text).ok_or_else(|| "a level is notice, warn, fallback or stop".to_owned())
}

/// Longest name of a monitor, in bytes.
const LONGEST_JOB: usize = 64;

/// For clap.
fn job(text: &str) -> std::result::Result<String, String> {
    let fits = !text.trim().is_empty() && text.len() <= LONGEST_JOB && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err(format!("a name has 1 to {LONGEST_JOB} bytes, and no control characters")) }
}

/// Runs `monitor`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let told = outputs(args).and_then(|outputs| {
        let now = Timestamp::now();
        let watched = look(args)?;
        let feedback = args.feedback.as_deref().map(|path| feedback::read(path, &Options::from(&args.read))).transpose()?;
        let feedback = feedback.as_ref();
        if let Some(out) = &outputs.html {
            out.write(html::page(&watched, feedback, &now.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()).as_bytes())?;
        }
        let now = u64::try_from(now.as_nanosecond()).unwrap_or(0);
        let job = args.job.as_deref();
        let made = metrics::labelled(metrics::made(&watched, feedback, (now / 1_000_000_000) as f64), job);
        if let Some(out) = &outputs.metrics {
            out.write(metrics::text(&made).as_bytes())?;
        }
        if let Some(out) = &outputs.otlp {
            out.write(metrics::json(&made, now, watched.monitor.reference().digest(), job).to_string().as_bytes())?;
        }
        if args.json {
            println!("{}", text::json(&watched, feedback));
        } else {
            print!("{}", text::report(&watched, feedback));
        }
        Ok(watched)
    });
    if let (Err(error), true) = (&told, args.json) {
        println!("{}", crate::refusal::json(error));
    }
    verdict(&told?, args.fail_at)
}

/// The files that are written.
#[derive(Default)]
struct Outputs {
    html: Option<Output>,
    metrics: Option<Output>,
    otlp: Option<Output>,
}

/// Those that are asked for, if they can be written and are no inputs.
fn outputs(args: &Args) -> Result<Outputs> {
    if let (Some(job), None, None) = (&args.job, &args.metrics, &args.otlp) {
        return Err(Error::new(Code::OptionInvalid, "the name is one of metrics: give --metrics or --otlp")
            .with("option", "--job")
            .with("value", job));
    }
    let check = |option, path: &Option<PathBuf>| path.as_deref().map(|path| Output::check(option, path)).transpose();
    let outputs = Outputs {
        html: check("--html", &args.html)?,
        metrics: check("--metrics", &args.metrics)?,
        otlp: check("--otlp", &args.otlp)?,
    };
    let mut inputs = vec![("--reference", args.reference.clone())];
    inputs.extend(crate::read::inputs(&[("--table", &args.table), ("--feedback", &args.feedback)])?);
    inputs.extend(args.reports.iter().map(|path| ("--reports", path.clone())));
    let all: Vec<&Output> = [&outputs.html, &outputs.metrics, &outputs.otlp].into_iter().flatten().collect();
    distinct(&all, &inputs.iter().map(|(option, file)| (*option, file.as_path())).collect::<Vec<_>>())?;
    // In a folder of reports a file might take the place of one, and would be taken for one.
    let folder = |path: &Path| path.canonicalize().ok().filter(|path| path.is_dir());
    let inboxes: Vec<PathBuf> = args.reports.iter().filter_map(|path| folder(path)).collect();
    let within = |out: &&&Output| {
        let above = out.end().parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        folder(above).is_some_and(|above| inboxes.contains(&above))
    };
    if let Some(out) = all.iter().find(within) {
        return Err(Error::new(Code::OptionInvalid, "an output cannot lie among the reports: name another folder")
            .with("option", "--reports")
            .with("path", out.path().display()));
    }
    Ok(outputs)
}

/// Whether the command fails.
fn verdict(watched: &Watched, fail_at: Option<Level>) -> Result<()> {
    let highest = watched.told.iter().map(|(_, alert)| alert.level).max();
    match (highest, fail_at) {
        (Some(highest), Some(least)) if highest >= least => {
            let why = "an alert was raised of the level that --fail-at names, or a higher one";
            Err(Error::new(Code::DataInvalid, why).with("level", highest.as_str()))
        }
        _ => Ok(()),
    }
}

fn look(args: &Args) -> Result<Watched> {
    let bytes = of_file(&args.reference)?;
    let reference = Reference::from_bytes(&bytes).map_err(|e| refused(&e).with("path", args.reference.display()))?;
    let [notice, warn, fallback] = args.tolerances.as_slice() else {
        return Err(Error::new(Code::OptionInvalid, "there are three tolerances: 0,0.05,0.25").with("option", "--tolerances"));
    };
    let settings = Settings { alpha: args.alpha, tolerances: [*notice, *warn, *fallback], ..Settings::default() };
    match &args.table {
        Some(path) => watch::table(reference, settings, path, args),
        None => watch::reports(reference, settings, &args.reports),
    }
}

/// The bytes of a reference: a file's, or those in a bundle.
fn of_file(path: &Path) -> Result<Vec<u8>> {
    let bytes = crate::files::read(path)?;
    // As safetensors begins: what else it could be, the reader of references says.
    if !bytes.get(8..).is_some_and(|header| header.starts_with(br#"{"__metadata__":"#)) {
        return Ok(bytes);
    }
    let refused = |error: Error| error.with("path", path.display());
    nearhand::bundle::open(&bytes, None, &Limits::none()).map_err(refused)?.reference.ok_or_else(|| {
        let why = "the bundle has no reference: make one with monitor-reference, and put it in with --bundle";
        refused(Error::new(Code::DataInvalid, why))
    })
}

/// The monitor's error as the command line's own.
fn refused(error: &nearhand_monitor::Error) -> Error {
    let code = match error.code() {
        nearhand_monitor::Code::SettingInvalid => Code::OptionInvalid,
        _ => Code::DataInvalid,
    };
    let mut out = Error::new(code, error.message()).with("reason", error.code().as_str());
    for (name, value) in error.details() {
        out = out.with(name, value);
    }
    out
}
