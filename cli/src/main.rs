//! `nearhand`: train, pack, inspect, evaluate and replay bundles.

#[macro_use]
mod say;

mod assemble;
mod assess;
mod bought;
mod check;
mod choosing;
mod cold;
mod compare;
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
mod simulate;
mod split;
mod suggest;
mod text;
mod train;
mod trained;
mod vectors;
mod write;

use clap::{Parser, Subcommand};
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
    /// Put graph and item vectors into a file of their own, for large catalogs
    Split(split::Args),
    /// Make the index of a search box: queries, titles and categories, by how often they are wanted
    SuggestIndex(Box<suggest::Args>),
    /// Judge suggestions: texts asked for on later days, typed letter by letter, with and without mistakes
    EvalSuggest(Box<suggest::eval::Args>),
    /// Train a language model of your own from your text: tokenizer, model in 4 bits, ONNX
    TrainText(Box<text::Args>),
    /// Judge a language model on a text: bits a byte, next words
    EvalText(text::EvalArgs),
    /// Make the bundle that judges transactions: an ONNX model, a declaration, rows with labels
    PackAssess(Box<assess::pack::Args>),
    /// Judge transactions by a bundle: approve, review or decline, and why
    Assess(Box<assess::judge::Args>),
    /// Make up card transactions with frauds of known reasons: for trials, tests and a model to begin with
    SimulateTransactions(Box<simulate::Args>),
    /// Explain a bundle: digest, parts, manifest, model card
    Inspect(inspect::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Check(args) => check::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Pack(args) => pack::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Cold(args) => cold::run(&args),
        Command::Features(args) => features::run(&args),
        Command::Parity(args) => parity::run(&args),
        Command::Split(args) => split::run(&args),
        Command::SuggestIndex(args) => suggest::run(&args),
        Command::EvalSuggest(args) => suggest::eval::run(&args),
        Command::TrainText(args) => text::run(&args),
        Command::EvalText(args) => text::eval(&args),
        Command::PackAssess(args) => assess::pack::run(&args),
        Command::Assess(args) => assess::judge::run(&args),
        Command::SimulateTransactions(args) => simulate::run(&args),
        Command::Inspect(args) => inspect::run(&args),
    };
    match result {
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
