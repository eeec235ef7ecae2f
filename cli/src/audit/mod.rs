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
mod signed;
mod slates;
#[cfg(test)]
mod tests;
mod text;
mod texts;

use crate::assess::table::{ColumnArgs, FieldArgs};
use crate::completer::{self, Model, described};
use crate::files::{read, readable};
use crate::items::ItemArgs;
use crate::log::LogArgs;
use crate::output::{Output, distinct};
use crate::replay::From;
use crate::sign::Public;
use clap::Args as ClapArgs;
use clap::builder::TypedValueParser as _;
use limits::Limit;
use nearhand::{Code, Error, Result};
use report::{Note, Report};
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
    /// Of recommenders: another bundle that is as good as the old one, as the night before or another --seed; what changes no more than by it
    /// is no change. Several: the one that is farthest from the old bundle counts
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
    let baselines = args.baseline.iter().chain(&args.baseline_model);
    inputs.extend(baselines.map(|file| ("--baseline", file.clone())));
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
            Self::Slates => &[
                "changed",
                "top1_changed",
                "lost",
                "coverage_lost",
                "gini_rise",
                "category_shift",
                "unknown",
                "worst_segment",
                "found_lost",
                "beyond_usual",
                "short",
                "failed",
            ],
            Self::Decisions => &["changed", "money", "harder", "milder", "risk_difference", "refused", "failed"],
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
        (Kind::Slates, "--baseline", !args.baseline.is_empty()),
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
    let (old, new) = (given(&one.path)?, given(&two.path)?);
    if old.kind != new.kind || matches!(old.kind, Kind::Suggestions | Kind::Model) {
        let why = "audit takes two recommenders' bundles (of train or pack), two assessors' (of pack-assess) or two completers (a \
                   completer.json, or its folder)";
        return Err(Error::new(Code::OptionInvalid, why).with("old", old.kind.name()).with("new", new.kind.name()));
    }
    only(args, old.kind)?;
    limits::known(&args.fail_above, old.kind.measures())?;
    let second = |side: &Side| side.model.as_deref().map(read).transpose();
    let same = !old.bytes.is_empty() && old.bytes == new.bytes && second(one)? == second(two)?;
    let mut notes = Vec::new();
    let mut report = match old.kind {
        Kind::Decisions => {
            let sides = [&old, &new].map(|side| decisions::Bundle::open(side.path, &side.bytes));
            let [one, two] = sides;
            let (label, id) = (args.label_col.as_deref(), args.id_col.as_deref());
            let rows = args.rows.as_deref();
            rows.map(lasting).transpose()?;
            decisions::audit(
                one?,
                two?,
                &decisions::Asking { rows, columns: &args.columns, fields: &args.fields, read: &args.log.read, label, id },
            )
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
            let (one, two) = (open("--old-model", &old, &one.model)?, open("--new-model", &new, &two.model)?);
            let (baselines, more) = baselines(args, &old, &new)?;
            notes = more;
            let (sessions, pairs) = (args.sessions.as_deref(), args.pairs.as_deref());
            let said = args.log.events.is_some() || sessions.is_some() || pairs.is_some();
            let from = said.then_some(From { log: &args.log, sessions, pairs, items: &args.items });
            slates::audit(
                one,
                two,
                baselines,
                &slates::Asking { from, k: args.k.unwrap_or(20), limit: args.limit.unwrap_or(2000) },
            )
        }
    }?;
    if same {
        report.notes.insert(0, ("same-file", "both are the same file to the byte: was anything published?".to_owned()));
    } else {
        report.notes.extend(notes);
    }
    Ok(report)
}

/// The bundles that tell what is usual, and a note of each that cannot.
///
/// # Errors
/// As [`slates::Bundle::open`]; `invalid-option` for more second files than there are baselines in two.
fn baselines(args: &Args, old: &Given<'_>, new: &Given<'_>) -> Result<(Vec<slates::Bundle>, Vec<Note>)> {
    let mut models = args.baseline_model.iter();
    let (mut bundles, mut notes) = (Vec::new(), Vec::new());
    for path in &args.baseline {
        readable("--baseline", path)?;
        let bytes = read(path)?;
        let second = if slates::Bundle::in_two(&bytes) { models.next() } else { None };
        bundles.push(slates::Bundle::open("--baseline-model", path, &bytes, second.map(PathBuf::as_path))?);
        for (side, of, so) in [(old, "old", "whatever changes is beyond it"), (new, "new", "nothing is beyond it")] {
            if bytes == side.bytes {
                notes.push(("same-file", format!("a baseline is the {of} bundle to the byte: {so}")));
            }
        }
    }
    match models.next() {
        Some(path) => Err(Error::new(Code::OptionInvalid, "there are more second files than baselines in two files")
            .with("option", "--baseline-model")
            .with("path", path.display())),
        None => Ok((bundles, notes)),
    }
}
