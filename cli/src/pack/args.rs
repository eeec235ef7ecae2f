//! What can be said to `pack`.

use crate::assemble::Label;
use crate::fit::FitArgs;
use crate::items::ItemArgs;
use crate::pack::meaning::fill;
use crate::vectors::VectorArgs;
use clap::Args as ClapArgs;
use nearhand::{Code, Error, Result};
use std::ffi::OsString;
use std::path::PathBuf;

/// Arguments of `pack`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// The command line as a whole.
    #[arg(skip)]
    pub(crate) argv: Vec<OsString>,
    /// The ONNX graph: ends in a query vector or in logits over the item list. Weights in other files of its folder are put
    /// inside [default: made of --vectors by --query]
    #[arg(long)]
    pub(super) onnx: Option<PathBuf>,
    #[command(flatten)]
    pub(super) items: ItemArgs,
    #[command(flatten)]
    pub(super) vectors: VectorArgs,
    /// Sessions in plain text, oldest first: popularity, goldens, and what tells one way to read the graph from another
    /// [default: those of --table-from or --events]
    #[arg(long, value_name = "FILE")]
    pub(super) sessions: Option<PathBuf>,
    #[command(flatten)]
    pub(super) fit: FitArgs,
    /// What fills an input: NAME=FEATURE. Features: item-vector, item-index[:OFFSET:PAD[:TOKEN]], mask, mask:padding,
    /// mask:additive, length, position[:FROM], position:oldest[:FROM], position:newest[:FROM], recency, dwell-log, gap-log,
    /// gap:SECONDS, kind, price-log, const:VALUE (docs/packing.md) [default: by the graph's weights, names and types, and by
    /// the sessions]
    #[arg(long = "input", value_name = "NAME=FEATURE")]
    pub(super) inputs: Vec<String>,
    /// The output to read [default: the one with a value an item, or a query]
    #[arg(long)]
    pub(super) output: Option<String>,
    /// Logits before the first item's [default: as many as numbers before the first item's]
    #[arg(long)]
    pub(super) offset: Option<usize>,
    /// Places of the window where the graph leaves it open [default: 20]
    #[arg(long)]
    pub(super) last: Option<usize>,
    /// Which end of the window the events stand at: left is padding behind them, right is padding before them [default:
    /// whichever finds what came next]
    #[arg(long, value_parser = ["left", "right"])]
    pub(super) align: Option<String>,
    /// Whether the window is the graph's first axis, the batch the second [default: by the names of the axes]
    #[arg(long)]
    pub(super) window_first: bool,
    /// Temperature of the model part [default: by the spread of the model's values]
    #[arg(long)]
    pub(super) temperature: Option<f32>,
    /// What the model answers in its own runtime: session, tab, its best items; one that differs is refused
    #[arg(long)]
    pub(super) expect: Option<PathBuf>,
    /// Print one JSON object: what was understood and found, or the error
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) label: Label,
}

/// Longest window of a graph, in events.
pub(crate) const LONGEST_WINDOW: usize = 4096;

/// Logits that are no items', at most.
const MOST_SPARE: usize = 1 << 20;

impl Args {
    /// Refuses what no graph could be filled by.
    ///
    /// # Errors
    /// `invalid-option`.
    pub(super) fn check(&self) -> Result<()> {
        self.vectors.check()?;
        if self.onnx.is_some() == self.vectors.query.is_some() {
            let why = "give a graph with --onnx, or vectors with --vectors and what a session asks of them with --query";
            return Err(Error::new(Code::OptionInvalid, why).with("option", "--onnx"));
        }
        self.fit.check()?;
        if self.sessions.is_none() && self.fit.source().is_none() {
            return Err(Error::new(Code::OptionInvalid, "name sessions: --sessions FILE, --table-from FILE or --events LOG"));
        }
        let into = [
            ("--temperature", self.temperature.is_some()),
            ("--orders", self.label.orders.is_some()),
            ("--recent", self.label.recent.is_some()),
        ];
        if let Some((option, _)) = into.into_iter().find(|(_, said)| *said && self.fit.into.is_some()) {
            let why = "a trained bundle keeps its own: say it when that is trained, or pack without --into";
            return Err(Error::new(Code::OptionInvalid, why).with("option", option));
        }
        let of_graphs = [
            ("--input", !self.inputs.is_empty()),
            ("--output", self.output.is_some()),
            ("--offset", self.offset.is_some()),
            ("--last", self.last.is_some()),
            ("--align", self.align.is_some()),
            ("--window-first", self.window_first),
        ];
        if let Some((option, _)) = of_graphs.into_iter().find(|(_, said)| *said && self.onnx.is_none()) {
            return Err(Error::new(Code::OptionInvalid, "the option is about a graph, and none is given: see --onnx")
                .with("option", option));
        }
        if let Some(offset) = self.offset.filter(|offset| *offset > MOST_SPARE) {
            return Err(Error::new(Code::OptionInvalid, "no graph has so many logits before the first item's")
                .with("option", "--offset")
                .with("value", offset)
                .with("high", MOST_SPARE));
        }
        if let Some(last) = self.last.filter(|last| !(1..=LONGEST_WINDOW).contains(last)) {
            return Err(Error::new(Code::OptionInvalid, "a window is out of range")
                .with("option", "--last")
                .with("value", last)
                .with("low", 1)
                .with("high", LONGEST_WINDOW));
        }
        if let Some(temperature) = self.temperature.filter(|t| !t.is_finite() || *t <= 0.0) {
            return Err(Error::new(Code::OptionInvalid, "a temperature is above 0")
                .with("option", "--temperature")
                .with("value", temperature));
        }
        self.asked()?.iter().try_for_each(|(_, word)| fill::parse(word).map(drop))
    }

    /// What is said of table and fit; `--table-from sessions` means the file of `--sessions`.
    pub(crate) fn fit(&self) -> FitArgs {
        let named = self.fit.table_from.as_deref().is_some_and(|path| path.as_os_str() == "sessions" && !path.exists());
        let table_from = self.sessions.clone().filter(|_| named).or_else(|| self.fit.table_from.clone());
        FitArgs { table_from, ..self.fit.clone() }
    }

    /// What `--input` says, input by input.
    ///
    /// # Errors
    /// `invalid-option` for what is no NAME=FEATURE, and for an input named twice.
    pub(super) fn asked(&self) -> Result<Vec<(String, String)>> {
        let mut asked: Vec<(String, String)> = Vec::new();
        for input in &self.inputs {
            // Names may hold the mark, features do not.
            let (name, word) = input.rsplit_once('=').ok_or_else(|| {
                Error::new(Code::OptionInvalid, "say what fills an input as NAME=FEATURE")
                    .with("option", "--input")
                    .with("value", input)
            })?;
            if asked.iter().any(|(other, _)| other == name) {
                return Err(Error::new(Code::OptionInvalid, "an input is filled twice")
                    .with("option", "--input")
                    .with("value", input));
            }
            asked.push((name.to_owned(), word.to_owned()));
        }
        Ok(asked)
    }
}
