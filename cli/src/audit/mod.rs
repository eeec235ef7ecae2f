//! `audit`: what would change for whoever is served if a new bundle took an old one's place, before it is signed.
//!
//! ```text
//! two bundles → one kind? → the same requests to both → answers side by side → report → words, JSON, a page, a limit
//! ```

mod decisions;
mod declared;
mod html;
mod limits;
mod report;
mod slates;
#[cfg(test)]
mod tests;
mod text;
mod texts;

use crate::assess::table::ColumnArgs;
use crate::completer::{self, Model, described};
use crate::files::{read, readable};
use crate::items::ItemArgs;
use crate::log::LogArgs;
use crate::output::{Output, distinct};
use crate::replay::From;
use clap::Args as ClapArgs;
use clap::builder::TypedValueParser as _;
use limits::Limit;
use nearhand::{Code, Error, Result};
use report::Report;
use std::path::{Path, PathBuf};

/// Arguments of `audit`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// What is served now: a bundle of train, pack or pack-assess, or a completer.json or its folder
    old: PathBuf,
    /// What would take its place, of the same kind
    new: PathBuf,
    /// The old bundle's second file, where it is in two
    #[arg(long, value_name = "FILE")]
    old_model: Option<PathBuf>,
    /// The new bundle's second file
    #[arg(long, value_name = "FILE")]
    new_model: Option<PathBuf>,
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
    let told = page(args).and_then(|page| {
        let report = look(args)?;
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

/// The page, if it can be written and is no input.
fn page(args: &Args) -> Result<Option<Output>> {
    let Some(path) = &args.html else { return Ok(None) };
    let files = |side: &Path| described(side).map_or_else(|| vec![side.to_owned()], |path| completer::files(&path));
    let (old, new) = (files(&args.old).into_iter(), files(&args.new).into_iter());
    let mut inputs: Vec<(&'static str, PathBuf)> =
        old.map(|file| ("the old bundle", file)).chain(new.map(|file| ("the new bundle", file))).collect();
    let others = [
        ("--old-model", &args.old_model),
        ("--new-model", &args.new_model),
        ("--sessions", &args.sessions),
        ("--pairs", &args.pairs),
        ("--prompts", &args.prompts),
    ];
    inputs.extend(others.into_iter().filter_map(|(option, path)| Some((option, path.clone()?))));
    inputs.extend(crate::read::inputs(&[("--events", &args.log.events), ("--items", &args.items.items), ("--in", &args.rows)])?);
    let page = Output::check("--html", path)?;
    distinct(&[&page], &inputs.iter().map(|(option, file)| (*option, file.as_path())).collect::<Vec<_>>())?;
    Ok(Some(page))
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Slates,
    Decisions,
    Texts,
    /// An index of suggestions.
    Suggestions,
    /// An ONNX file by its end.
    Model,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Slates => "a recommender's bundle",
            Self::Decisions => "an assessor's bundle",
            Self::Texts => "a completer",
            Self::Suggestions => "an index of suggestions",
            Self::Model => "a model without a bundle",
        }
    }

    /// What --fail-above may name: the measures of its reports.
    const fn measures(self) -> &'static [&'static str] {
        match self {
            Self::Slates => &["changed", "top1_changed", "lost", "coverage_lost", "gini_rise", "category_shift", "unknown"],
            Self::Decisions => &["changed", "money", "harder", "milder", "risk_difference", "refused"],
            Self::Texts => &["changed", "first_word_changed", "empty"],
            Self::Suggestions | Self::Model => &[],
        }
    }
}

/// One side, not opened yet.
struct Given<'a> {
    path: &'a Path,
    kind: Kind,
    bytes: Vec<u8>,
}

fn given(path: &Path) -> Result<Given<'_>> {
    if described(path).is_some() {
        return Ok(Given { path, kind: Kind::Texts, bytes: Vec::new() });
    }
    readable("audit", path)?;
    let bytes = read(path)?;
    let kind = match () {
        () if bytes.starts_with(b"nhsuggst") => Kind::Suggestions,
        () if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("onnx")) => Kind::Model,
        () if crate::assess::inspect::is_one(&bytes) => Kind::Decisions,
        () => Kind::Slates,
    };
    Ok(Given { path, kind, bytes })
}

/// What is asked of one kind alone, and was said of another.
fn only(args: &Args, kind: Kind) -> Result<()> {
    let said = [
        (Kind::Slates, "--events", args.log.events.is_some()),
        (Kind::Slates, "--sessions", args.sessions.is_some()),
        (Kind::Slates, "--pairs", args.pairs.is_some()),
        (Kind::Slates, "--items", args.items.items.is_some()),
        (Kind::Slates, "--old-model", args.old_model.is_some()),
        (Kind::Slates, "--new-model", args.new_model.is_some()),
        (Kind::Slates, "-k", args.k.is_some()),
        (Kind::Decisions, "--in", args.rows.is_some()),
        (Kind::Decisions, "--amount-col", args.columns.amount_col.is_some()),
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

fn look(args: &Args) -> Result<Report> {
    let (old, new) = (given(&args.old)?, given(&args.new)?);
    if old.kind != new.kind || matches!(old.kind, Kind::Suggestions | Kind::Model) {
        let why = "audit takes two recommenders' bundles (of train or pack), two assessors' (of pack-assess) or two completers (a \
                   completer.json, or its folder)";
        return Err(Error::new(Code::OptionInvalid, why).with("old", old.kind.name()).with("new", new.kind.name()));
    }
    only(args, old.kind)?;
    limits::known(&args.fail_above, old.kind.measures())?;
    match old.kind {
        Kind::Decisions => {
            let sides = [&old, &new].map(|side| decisions::Bundle::open(side.path, &side.bytes));
            let [one, two] = sides;
            let (label, id) = (args.label_col.as_deref(), args.id_col.as_deref());
            let rows = args.rows.as_deref();
            rows.map(lasting).transpose()?;
            decisions::audit(one?, two?, &decisions::Asking { rows, columns: &args.columns, read: &args.log.read, label, id })
        }
        Kind::Texts => {
            let open = |path: &Path| Model::open(&described(path).unwrap_or_else(|| path.to_owned()));
            let (prompts, limit) = (args.prompts.as_deref(), args.limit.unwrap_or(200));
            texts::audit(open(old.path)?, open(new.path)?, &texts::Asking { prompts, tokens: args.tokens.unwrap_or(16), limit })
        }
        _ => {
            let open = |option, side: &Given<'_>, model: &Option<PathBuf>| {
                slates::Bundle::open(option, side.path, &side.bytes, model.as_deref())
            };
            let (one, two) = (open("--old-model", &old, &args.old_model)?, open("--new-model", &new, &args.new_model)?);
            let (sessions, pairs) = (args.sessions.as_deref(), args.pairs.as_deref());
            let said = args.log.events.is_some() || sessions.is_some() || pairs.is_some();
            let from = said.then_some(From { log: &args.log, sessions, pairs, items: &args.items });
            slates::audit(one, two, &slates::Asking { from, k: args.k.unwrap_or(20), limit: args.limit.unwrap_or(2000) })
        }
    }
}
