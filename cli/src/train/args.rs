//! What can be said on the command line, and what is chosen where nothing is said.

use crate::assemble::Label;
use crate::items::ItemArgs;
use crate::log::LogArgs;
use crate::train::neural::config::{TrainConfig, epochs, rate};
use clap::Args as ClapArgs;
use std::ffi::OsString;
use std::path::PathBuf;

/// Arguments of `train`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// The command line as a whole.
    #[arg(skip)]
    pub(crate) argv: Vec<OsString>,
    /// Sessions in plain text: one a line, item keys separated by spaces, oldest first and oldest session first
    #[arg(long, conflicts_with = "events")]
    pub(super) sessions: Option<PathBuf>,
    #[command(flatten)]
    pub(super) log: LogArgs,
    /// Counts of a log of any size (nearhand count), which table and popularity are made of; --events or --sessions is then a
    /// sample of the log, for vectors and settings. Files, folders or patterns in quotes
    #[arg(long, value_name = "COUNTS", num_args = 1..)]
    pub(super) counts: Vec<PathBuf>,
    /// Take counts whose parts share visitors, as parts by day do
    #[arg(long, requires = "counts")]
    pub(super) split_visitors: bool,
    #[command(flatten)]
    pub(super) items: ItemArgs,
    /// Bytes that the bundle may take; item vectors and table are fitted into them [default: 4,000,000 or 100 an item, the
    /// larger]
    #[arg(long)]
    pub(super) max_bytes: Option<usize>,
    /// Length of an item vector, 4 to 256 [default: by --max-bytes and --bits, 8 to 256]
    #[arg(long)]
    pub(super) dim: Option<usize>,
    /// Bits of a value of an item vector: 1, 2, 4 or 8 [default: 1, 2 or 4, whichever does best on the newest sessions]
    #[arg(long)]
    pub(super) bits: Option<usize>,
    /// Attention blocks, 0 to 4 [default: 1 or 0, whichever does best on the newest sessions]
    #[arg(long)]
    pub(super) blocks: Option<usize>,
    /// Items of a session that the encoder reads, 2 to 128
    #[arg(long, default_value_t = TrainConfig::default().last)]
    pub(super) last: usize,
    /// Passes over the sessions [default: 6 to 20, more for a small log]
    #[arg(long)]
    pub(super) epochs: Option<usize>,
    /// Peak learning rate [default: 0.32 over the length of an item vector, at most 0.006]
    #[arg(long)]
    pub(super) lr: Option<f64>,
    /// Targets a batch
    #[arg(long, default_value_t = TrainConfig::default().batch)]
    pub(super) batch: usize,
    /// Sessions this share of the log old weigh half; 0 weighs all alike [default: 0.5 or 0, whichever does better]
    #[arg(long)]
    pub(super) half_life: Option<f32>,
    /// Successors an item in the transition table, on average; no item has more than 32 [default: by --max-bytes]
    #[arg(long)]
    pub(super) successors: Option<f64>,
    /// Share of the numbers of the input item vectors set to 0 in training
    #[arg(long, default_value_t = TrainConfig::default().dropout)]
    pub(super) dropout: f32,
    /// Share of the input items forgotten in training
    #[arg(long, default_value_t = TrainConfig::default().item_dropout)]
    pub(super) item_dropout: f32,
    /// Temperature of the cosines in the loss
    #[arg(long, default_value_t = TrainConfig::default().temperature)]
    pub(super) temperature: f32,
    /// Negatives a batch where the catalog is large
    #[arg(long, default_value_t = TrainConfig::default().negatives)]
    pub(super) negatives: usize,
    /// Let items of the session be negatives of its next item
    #[arg(long)]
    pub(super) seen_are_negatives: bool,
    /// Answer with the weighted mean of the session's vectors alone
    #[arg(long)]
    pub(super) mean_only: bool,
    /// Share of the sessions, the newest, that choose the settings
    #[arg(long, default_value_t = 0.1)]
    pub(super) held: f64,
    /// Most validation pairs measured
    #[arg(long, default_value_t = 5000)]
    pub(super) pairs: usize,
    /// Threads; their number changes no bit of the result [default: the machine's, at most 4]
    #[arg(long)]
    pub(super) threads: Option<usize>,
    /// Seed of every random choice
    #[arg(long, default_value_t = TrainConfig::default().seed)]
    pub(super) seed: u64,
    /// Begin anew where a training of the same input and settings was cut off, instead of going on
    #[arg(long)]
    pub(super) restart: bool,
    /// Held-out pairs for the report and the manifest's metrics; they choose nothing
    #[arg(long)]
    pub(super) test_pairs: Option<PathBuf>,
    /// Fit the weights for slates that never show the newest item, as on its own product page
    #[arg(long)]
    pub(super) without_newest: bool,
    /// Write a page with learning curve, ablation and breakdowns here
    #[arg(long)]
    pub(super) report: Option<PathBuf>,
    /// Name of the data
    #[arg(long, default_value = "unnamed")]
    pub(super) data: String,
    /// Make no table of what was bought together from the purchases of --events
    #[arg(long, conflicts_with = "orders")]
    pub(super) no_bought: bool,
    /// Do not count the newest tenth of the sessions of --events apart
    #[arg(long, conflicts_with = "recent")]
    pub(super) no_recent: bool,
    /// Print one JSON object at the end; what is told on the way goes to standard error
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) label: Label,
}

impl Args {
    /// The settings of the fit as far as they are known before it, for a log of so many targets.
    pub(super) fn config(&self, targets: usize) -> TrainConfig {
        let default = TrainConfig::default();
        TrainConfig {
            dim: self.dim.unwrap_or(default.dim),
            bits: self.bits.unwrap_or(default.bits),
            dropout: self.dropout,
            item_dropout: self.item_dropout,
            temperature: self.temperature,
            negatives: self.negatives,
            mask_seen: !self.seen_are_negatives,
            residual: !self.mean_only,
            blocks: self.blocks.unwrap_or(default.blocks),
            last: self.last,
            epochs: self.epochs.unwrap_or_else(|| epochs(targets)),
            lr: self.lr.unwrap_or_else(|| rate(self.dim.unwrap_or(default.dim))),
            batch: self.batch,
            half_life: self.half_life.unwrap_or(default.half_life),
            seed: self.seed,
            ..default
        }
    }
}

impl Args {
    /// Bytes that the bundle may take.
    pub(super) fn max_bytes(&self, items: usize) -> usize {
        self.max_bytes.unwrap_or_else(|| (100 * items).max(4_000_000))
    }
}
