//! `audit`: what would change for whoever is served if a new bundle took an old one's place, before it is signed.
//!
//! ```text
//! two bundles → one kind? → the same requests to both → answers side by side → report → words, JSON, a page, a limit
//! ```

mod decisions;
mod declared;
mod html;
mod kind;
mod limits;
mod noise;
mod report;
mod signed;
mod slates;
#[cfg(test)]
mod tests;
mod text;
mod texts;

use crate::assess::table::{ColumnArgs, FieldArgs};
use crate::completer::{self, Model, described};
use crate::files::read;
use crate::items::ItemArgs;
use crate::log::LogArgs;
use crate::output::{Output, distinct};
use crate::replay::From;
use crate::sign::Public;
use clap::Args as ClapArgs;
use clap::builder::TypedValueParser as _;
use kind::{Given, Kind};
use limits::Limit;
use nearhand::{Code, Error, Result};
use report::Report;
use signed::Side;
use std::path::{Path, PathBuf};

/// Arguments of `audit`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// What is served now: a bundle of train, pack or pack-assess, or a completer.json or its folder; or a signed statement that names it
    old: PathBuf,
    /// What would take its place, of the same kind
    new: PathBuf,
    /// A public key that is trusted, as `nearhand keygen` prints it, where a side is a signed statement; one of several must have signed
    #[arg(long, value_name = "KEY")]
    key: Vec<Public>,
    /// The old bundle's second file, where it is in two
    #[arg(long, value_name = "FILE")]
    old_model: Option<PathBuf>,
    /// The new bundle's second file
    #[arg(long, value_name = "FILE")]
    new_model: Option<PathBuf>,
    /// Another bundle of the same kind that is as good as the old one, as the night before or another --seed; what changes no more than by
    /// it is no change. Several: the one that is farthest from the old bundle counts
    #[arg(long, value_name = "FILE")]
    baseline: Vec<PathBuf>,
    /// The second files of those baselines that are in two, in their order
    #[arg(long, value_name = "FILE", requires = "baseline")]
    baseline_model: Vec<PathBuf>,
    #[command(flatten)]
    log: LogArgs,
    /// Plain sessions: one a line, item ids separated by blanks, oldest first
    #[arg(long, conflicts_with = "events")]
    sessions: Option<PathBuf>,
    /// Pairs: prefix, tab, next; slates are asked for after the prefix
    #[arg(long, conflicts_with_all = ["events", "sessions"])]
    pairs: Option<PathBuf>,
    #[command(flatten)]
    items: ItemArgs,
    /// Length of the slates [default: 20]
    #[arg(short, value_parser = clap::value_parser!(u16).range(1..=100).map(usize::from))]
    k: Option<usize>,
    /// Most sessions that are asked with, spread over the log [default: 2000], or prompts [default: 200]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000).map(|n| n as usize))]
    limit: Option<usize>,
    /// Of assessors: the transactions, with the features that the bundles declare; read twice, so no pipe
    #[arg(long = "in", value_name = "TABLE")]
    rows: Option<PathBuf>,
    #[command(flatten)]
    columns: ColumnArgs,
    #[command(flatten)]
    fields: FieldArgs,
    /// Of assessors: column with the label, 1 for a fraud
    #[arg(long, value_name = "NAME", requires = "rows")]
    label_col: Option<String>,
    /// Of assessors: column with an id
    #[arg(long, value_name = "NAME", requires = "rows")]
    id_col: Option<String>,
    /// Of completers: prompts, one a line
    #[arg(long, value_name = "FILE")]
    prompts: Option<PathBuf>,
    /// Of completers: tokens of a completion at most [default: 16]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024).map(usize::from))]
    tokens: Option<usize>,
    /// Fails where more changes: X for `changed`, or NAME=X; docs/audit.md has the names
    #[arg(long, value_name = "X|NAME=X,…", value_delimiter = ',', value_parser = limits::parse)]
    fail_above: Vec<Limit>,
    /// Write a page here
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print one JSON object, of an error too
    #[arg(long)]
    json: bool,
}

/// Runs `audit`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let told = sides(args).and_then(|sides| {
        let page = page(args, &sides)?;
        let report = look(args, &sides)?;
        if let Some(page) = page {
            page.write(html::page(&report).as_bytes())?;
        }
        if args.json {
            println!("{}", text::json(&report));
        } else {
            print!("{}", text::lines(&report));
        }
        Ok(report)
    });
    match told {
        Ok(report) => limits::held(&args.fail_above, &report),
        Err(error) => {
            if args.json {
                println!("{}", crate::refusal::json(&error));
            }
            Err(error)
        }
    }
}

/// Both sides, as files.
fn sides(args: &Args) -> Result<[Side; 2]> {
    let side = |path: &Path, model: &Option<PathBuf>| Side::of(path, model.as_deref(), &args.key);
    let sides = [side(&args.old, &args.old_model)?, side(&args.new, &args.new_model)?];
    if !args.key.is_empty() && sides.iter().all(|side| side.signed.is_none()) {
        let why = "neither side is a signed statement: nothing was held against the key";
        return Err(Error::new(Code::OptionInvalid, why).with("option", "--key"));
    }
    Ok(sides)
}

/// The page, if it can be written and is no input.
fn page(args: &Args, sides: &[Side; 2]) -> Result<Option<Output>> {
    let Some(path) = &args.html else { return Ok(None) };
    let files = |side: &Path| described(side).map_or_else(|| vec![side.to_owned()], |path| completer::files(&path));
    let mut inputs: Vec<(&'static str, PathBuf)> = Vec::new();
    for (side, given, what) in [(&sides[0], &args.old, "the old bundle"), (&sides[1], &args.new, "the new bundle")] {
        let statement = side.signed.is_some().then(|| given.clone());
        let all = files(&side.path).into_iter().chain(side.model.clone()).chain(statement);
        inputs.extend(all.map(|file| (what, file)));
    }
    let others = [("--sessions", &args.sessions), ("--pairs", &args.pairs), ("--prompts", &args.prompts)];
    let baselines = args.baseline.iter().flat_map(|path| files(path)).chain(args.baseline_model.clone());
    inputs.extend(baselines.map(|file| ("--baseline", file)));
    inputs.extend(others.into_iter().filter_map(|(option, path)| Some((option, path.clone()?))));
    inputs.extend(crate::read::inputs(&[("--events", &args.log.events), ("--items", &args.items.items), ("--in", &args.rows)])?);
    let page = Output::check("--html", path)?;
    distinct(&[&page], &inputs.iter().map(|(option, file)| (*option, file.as_path())).collect::<Vec<_>>())?;
    Ok(Some(page))
}

/// Refuses what is asked of one kind alone, and was said of another.
///
/// # Errors
/// `invalid-option` with the option and both kinds.
fn only(args: &Args, kind: Kind) -> Result<()> {
    let said = [
        (Kind::Slates, "--baseline-model", !args.baseline_model.is_empty()),
        (Kind::Slates, "--events", args.log.events.is_some()),
        (Kind::Slates, "--sessions", args.sessions.is_some()),
        (Kind::Slates, "--pairs", args.pairs.is_some()),
        (Kind::Slates, "--items", args.items.items.is_some()),
        (Kind::Slates, "--old-model", args.old_model.is_some()),
        (Kind::Slates, "--new-model", args.new_model.is_some()),
        (Kind::Slates, "-k", args.k.is_some()),
        (Kind::Decisions, "--in", args.rows.is_some()),
        (Kind::Decisions, "--amount-col", args.columns.amount_col.is_some()),
        (Kind::Decisions, "--field-col", !args.fields.fields.is_empty()),
        (Kind::Decisions, "--currency-col", args.columns.currency_col.is_some()),
        (Kind::Decisions, "--minor-units", args.columns.minor_units),
        (Kind::Texts, "--prompts", args.prompts.is_some()),
        (Kind::Texts, "--tokens", args.tokens.is_some()),
        // Of all transactions each is judged.
        (if kind == Kind::Texts { kind } else { Kind::Slates }, "--limit", args.limit.is_some()),
    ];
    match said.into_iter().find(|(of, _, given)| *given && *of != kind) {
        Some((of, option, _)) => Err(Error::new(Code::OptionInvalid, "the option is for another kind of bundle")
            .with("option", option)
            .with("for", of.name())
            .with("given", kind.name())),
        None => Ok(()),
    }
}

/// Refuses what can be read once alone: each bundle reads the table by its own declaration.
fn lasting(path: &Path) -> Result<()> {
    let once = || std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
    if path == Path::new("-") || once() {
        let why = "the table is read once for each bundle: give a file, no pipe";
        return Err(Error::new(Code::OptionInvalid, why).with("option", "--in").with("path", path.display()));
    }
    Ok(())
}

fn look(args: &Args, sides: &[Side; 2]) -> Result<Report> {
    let mut report = compared(args, sides)?;
    let [old, new] = sides;
    signed::tell(&mut report, old, new);
    Ok(report)
}

fn compared(args: &Args, [one, two]: &[Side; 2]) -> Result<Report> {
    let (mut old, mut new) = (Given::read("audit", &one.path)?, Given::read("audit", &two.path)?);
    if old.kind != new.kind || matches!(old.kind, Kind::Suggestions | Kind::Model) {
        let why = "audit takes two recommenders' bundles (of train or pack), two assessors' (of pack-assess) or two completers (a \
                   completer.json, or its folder)";
        return Err(Error::new(Code::OptionInvalid, why).with("old", old.kind.name()).with("new", new.kind.name()));
    }
    only(args, old.kind)?;
    limits::known(&args.fail_above, old.kind.measures())?;
    let mut baselines = baselines(args, old.kind)?;
    let mut report = match old.kind {
        Kind::Decisions => {
            let all = baselines.iter().map(decisions::Bundle::open).collect::<Result<Vec<_>>>()?;
            let (label, id) = (args.label_col.as_deref(), args.id_col.as_deref());
            let rows = args.rows.as_deref();
            rows.map(lasting).transpose()?;
            let asking =
                decisions::Asking { rows, columns: &args.columns, fields: &args.fields, read: &args.log.read, label, id };
            decisions::audit(decisions::Bundle::open(&old)?, decisions::Bundle::open(&new)?, all, &asking)
        }
        Kind::Texts => {
            let open = |side: &mut Given<'_>| -> Result<Model> {
                let model = Model::open(&described(side.path).unwrap_or_else(|| side.path.to_owned()))?;
                side.bytes = model.digests.clone().into_bytes();
                Ok(model)
            };
            let all = baselines.iter_mut().map(open).collect::<Result<Vec<_>>>()?;
            let (prompts, limit) = (args.prompts.as_deref(), args.limit.unwrap_or(200));
            let asking = texts::Asking { prompts, tokens: args.tokens.unwrap_or(16), limit };
            texts::audit(open(&mut old)?, open(&mut new)?, all, &asking)
        }
        _ => {
            let open =
                |option, side: &Given<'_>, model: Option<&Path>| slates::Bundle::open(option, side.path, &side.bytes, model);
            let sides = (open("--old-model", &old, one.model.as_deref())?, open("--new-model", &new, two.model.as_deref())?);
            let seconds = seconds(args, &baselines)?;
            let open = |(side, model): (&Given<'_>, Option<&Path>)| open("--baseline-model", side, model);
            let all = baselines.iter().zip(seconds).map(open).collect::<Result<Vec<_>>>()?;
            let (sessions, pairs) = (args.sessions.as_deref(), args.pairs.as_deref());
            let said = args.log.events.is_some() || sessions.is_some() || pairs.is_some();
            let from = said.then_some(From { log: &args.log, sessions, pairs, items: &args.items });
            let asking = slates::Asking { from, k: args.k.unwrap_or(20), limit: args.limit.unwrap_or(2000) };
            slates::audit(sides.0, sides.1, all, &asking)
        }
    }?;
    let second = |side: &Side| side.model.as_deref().map(read).transpose();
    if old.bytes == new.bytes && second(one)? == second(two)? {
        report.notes.retain(|(name, _)| *name != report::SAME.0);
        report.notes.insert(0, ("same-file", "both are the same file to the byte: was anything published?".to_owned()));
        return Ok(report);
    }
    for baseline in &baselines {
        for (side, of, so) in [(&old, "old", "whatever changes is beyond it"), (&new, "new", "nothing is beyond it")] {
            if baseline.bytes == side.bytes {
                report.notes.push(("same-file", format!("a baseline is the {of} bundle to the byte: {so}")));
            }
        }
    }
    Ok(report)
}

/// The bundles that tell what is usual, not opened yet.
///
/// # Errors
/// As [`Given::read`]; `invalid-option` for one that is of another kind.
fn baselines(args: &Args, kind: Kind) -> Result<Vec<Given<'_>>> {
    let all = args.baseline.iter().map(|path| Given::read("--baseline", path)).collect::<Result<Vec<_>>>()?;
    match all.iter().find(|baseline| baseline.kind != kind) {
        Some(other) => Err(Error::new(Code::OptionInvalid, "a baseline is of another kind than the bundles that are audited")
            .with("option", "--baseline")
            .with("path", other.path.display())
            .with("given", other.kind.name())
            .with("for", kind.name())),
        None => Ok(all),
    }
}

/// The second file of each baseline, where it is in two.
///
/// # Errors
/// `invalid-option` for more second files than there are baselines in two.
fn seconds<'a>(args: &'a Args, baselines: &[Given<'_>]) -> Result<Vec<Option<&'a Path>>> {
    let mut models = args.baseline_model.iter().map(PathBuf::as_path);
    let of = |side: &Given<'_>| if slates::Bundle::in_two(&side.bytes) { models.next() } else { None };
    let seconds = baselines.iter().map(of).collect();
    match models.next() {
        Some(path) => Err(Error::new(Code::OptionInvalid, "there are more second files than baselines in two files")
            .with("option", "--baseline-model")
            .with("path", path.display())),
        None => Ok(seconds),
    }
}
