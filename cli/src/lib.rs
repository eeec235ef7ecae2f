//! What the command line `nearhand` does: train, pack, inspect, evaluate and replay bundles.
//!
//! A library, so that other faces call the very code of the commands: [`main`] is the program, [`run`] one command with what it
//! says handed to a [`Sink`].

#[macro_use]
mod say;

mod assemble;
mod assess;
mod audit;
mod bought;
mod check;
mod choosing;
mod cold;
mod compare;
mod completer;
mod counts;
mod eval;
mod features;
mod files;
mod fit;
mod graph;
mod inspect;
mod items;
mod limit;
mod log;
mod math;
mod monitor;
mod onnx;
mod order;
mod output;
mod pack;
mod page;
mod parity;
mod provenance;
mod read;
mod refusal;
mod replay;
mod sessions;
mod sign;
mod simulate;
mod split;
mod suggest;
mod text;
mod train;
mod trained;
mod usual;
mod vectors;
mod write;

pub use say::Sink;

use clap::{Parser, Subcommand};
use nearhand::{Code, Error, Result};
use std::ffi::OsString;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "nearhand", version, about = "Train, pack, inspect, evaluate and replay nearhand bundles")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say what would be read of a log and an item list, and what is left out and why
    Check(Box<check::Args>),
    /// Count a part of an event log: what the table of a log that is too large for one machine is made of
    Count(Box<counts::Args>),
    /// Add up counts of parts of a log
    MergeCounts(counts::MergeArgs),
    /// Train a bundle from sessions or an event log
    Train(Box<train::Args>),
    /// Put an ONNX model (or none) and an item list into a bundle
    Pack(Box<pack::Args>),
    /// Judge bundles, baselines and lists from elsewhere on held-out pairs, with intervals and tests of differences
    Eval(Box<eval::Args>),
    /// Run an event log through the engine: hit rates, sources, latency; or show one session and its slate
    Replay(Box<replay::Args>),
    /// Compare the live session with hand-written rules and nightly lists on held-out days
    Compare(compare::Args),
    /// Measure what new items are worth that a bundle was trained without: by content, by the most alike title, by nothing
    Cold(cold::Args),
    /// Compute the features of a log: windows per card, terminal or visitor, by the code that computes them in production
    Features(Box<features::Args>),
    /// Compare a table of served features with recomputed ones
    Parity(Box<parity::Args>),
    /// Freeze what is usual in a table: bins and counts of its columns, which `monitor` watches against
    MonitorReference(Box<monitor::ReferenceArgs>),
    /// Watch a table, or reports of many, against a reference: what would have been told, and when
    Monitor(Box<monitor::Args>),
    /// Say what would change for visitors if a new bundle took an old one's place, before it is signed
    Audit(Box<audit::Args>),
    /// Put graph and item vectors into a file of their own, for large catalogs
    Split(split::Args),
    /// Make the key that bundles are signed with
    Keygen(sign::keygen::Args),
    /// Sign a bundle: what pages with `trust` ask for before they open it
    Sign(Box<sign::Args>),
    /// Verify a signed statement and its files, as a page does
    Verify(sign::verify::Args),
    /// Make the index of a search box: queries, titles and categories, by how often they are wanted
    SuggestIndex(Box<suggest::Args>),
    /// Judge suggestions: texts asked for on later days, typed letter by letter, with and without mistakes
    EvalSuggest(Box<suggest::eval::Args>),
    /// Train a language model of your own from your text: tokenizer, model in 4 bits, ONNX
    TrainText(Box<text::Args>),
    /// Judge a language model on a text: bits a byte, next words
    EvalText(text::EvalArgs),
    /// Record what a language model answers, and hold it against that
    CompleteGoldens(completer::Args),
    /// Make the bundle that judges transactions: an ONNX model, a declaration, rows with labels
    PackAssess(Box<assess::pack::Args>),
    /// Judge transactions by a bundle: approve, review or decline, and why
    Assess(Box<assess::judge::Args>),
    /// Make up card transactions with frauds of known reasons: for trials, tests and a model to begin with
    SimulateTransactions(Box<simulate::Args>),
    /// Explain a bundle: digest, parts, manifest, model card
    Inspect(inspect::Args),
}

impl Command {
    /// Runs it. `argv` is the command line, which the bundles that are made by it keep.
    fn run(self, argv: Vec<OsString>) -> Result<()> {
        match self {
            Self::Check(args) => check::run(&args),
            Self::Count(args) => counts::run(&args),
            Self::MergeCounts(args) => counts::merge(&args),
            Self::Train(mut args) => {
                args.argv = argv;
                train::run(&args)
            }
            Self::Pack(mut args) => {
                args.argv = argv;
                pack::run(&args)
            }
            Self::Eval(args) => eval::run(&args),
            Self::Replay(args) => replay::run(&args),
            Self::Compare(args) => compare::run(&args),
            Self::Cold(args) => cold::run(&args),
            Self::Features(args) => features::run(&args),
            Self::Parity(args) => parity::run(&args),
            Self::MonitorReference(args) => monitor::freeze(&args),
            Self::Monitor(args) => monitor::run(&args),
            Self::Audit(args) => audit::run(&args),
            Self::Split(args) => split::run(&args),
            Self::Keygen(args) => sign::keygen::run(&args),
            Self::Sign(args) => sign::run(&args),
            Self::Verify(args) => sign::verify::run(&args),
            Self::SuggestIndex(args) => suggest::run(&args),
            Self::EvalSuggest(args) => suggest::eval::run(&args),
            Self::TrainText(args) => text::run(&args),
            Self::EvalText(args) => text::eval(&args),
            Self::CompleteGoldens(args) => completer::run(&args),
            Self::PackAssess(args) => assess::pack::run(&args),
            Self::Assess(args) => assess::judge::run(&args),
            Self::SimulateTransactions(args) => simulate::run(&args),
            Self::Inspect(args) => inspect::run(&args),
        }
    }
}

/// The program: runs the command line `argv`, program first, and says what went wrong on standard error. A command line that
/// is none ends the process, as does `--help`.
#[must_use]
pub fn main(argv: impl IntoIterator<Item = OsString>) -> ExitCode {
    let argv: Vec<OsString> = argv.into_iter().collect();
    match Cli::parse_from(&argv).command.run(argv) {
        Ok(()) => match say::lost() {
            None => ExitCode::SUCCESS,
            Some(why) => {
                eprintln!("{}", files::io(std::path::Path::new("standard output"), &why));
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command line `argv`, program first, within a process of somebody else's. What it says goes to the sink. Commands run
/// one at a time: who comes while another one runs waits for its end. A sink must not wait for a thread that runs a command. A
/// forked child runs commands of its own, whatever its parent was at.
///
/// # Errors
/// Those of the command; `invalid-option` for a command line that is none, with what the program says of it, and for a command
/// that is run from within another one on the same thread: by its sink, or a signal's handler that runs there.
pub fn run(argv: impl IntoIterator<Item = OsString>, sink: Box<dyn Sink>) -> Result<()> {
    let argv: Vec<OsString> = argv.into_iter().collect();
    let cli = Cli::try_parse_from(&argv).map_err(|error| {
        // In one line, as errors are.
        let told = error.render().to_string();
        Error::new(Code::OptionInvalid, told.split_whitespace().collect::<Vec<_>>().join(" "))
    })?;
    let turn = say::hand_to(sink)?;
    let done = cli.command.run(argv);
    drop(turn);
    done
}

/// Reads a specification of windows (docs/features.md), as `nearhand features` does: an IANA name of its zone becomes the table
/// of that zone's offsets.
///
/// # Errors
/// `features-spec-invalid`, `features-zone-unknown`, `features-too-large`.
pub fn specification(text: &str) -> nearhand_features::Result<nearhand_features::Spec> {
    features::parse(text)
}
