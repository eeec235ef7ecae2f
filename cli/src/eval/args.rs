//! What the command line says of an evaluation.

use super::segments::By;
use crate::items::ItemArgs;
use crate::log::{LogArgs, time};
use clap::Args as ClapArgs;
use clap::builder::TypedValueParser as _;
use std::path::{Path, PathBuf};

/// Arguments of `eval`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// The bundle, or several to be compared: FILE or NAME=FILE
    #[arg(required = true, value_name = "BUNDLE")]
    pub bundles: Vec<PathBuf>,
    /// The second file of a bundle in two; once for each such bundle, in any order
    #[arg(long, value_name = "FILE")]
    pub model: Vec<PathBuf>,
    /// Held-out pairs: prefix, tab, next
    #[arg(long, required_unless_present = "from")]
    pub pairs: Option<PathBuf>,
    /// With --events: the first held-out day. Sessions that begin on it or later are the pairs, sessions that ended before it
    /// are what the baselines learn from
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, conflicts_with = "pairs", requires = "events")]
    pub from: Option<u64>,
    /// With --from: look at the first N events of a session alone, so that few long ones do not speak for all
    #[arg(long, requires = "from", value_name = "N", value_parser = clap::value_parser!(u32).range(2..).map(|n| n as usize))]
    pub first: Option<usize>,
    /// With --from: hold out days that a bundle was trained on all the same; the figures flatter it then
    #[arg(long, requires = "from")]
    pub trained_days: bool,
    /// Training sessions for the baselines session popularity, item-kNN and VMIS-kNN: one session a line, oldest first; or with
    /// --pairs a log by --events
    #[arg(long, value_name = "SESSIONS")]
    pub train: Option<PathBuf>,
    /// Lists that another recommender made: FILE or NAME=FILE; a line for each pair, or session, tab, items best first
    #[arg(long, value_name = "LISTS")]
    pub lists: Vec<PathBuf>,
    /// Judge all ways by the pairs alone for which every file of --lists has a list
    #[arg(long, requires = "lists")]
    pub only_listed: bool,
    /// What all others are compared with, as the printed lines call it [default: the first bundle]
    #[arg(long, value_name = "NAME")]
    pub against: Option<String>,
    /// Print the figures by segments as well
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT,WHAT")]
    pub by: Vec<By>,
    #[command(flatten)]
    pub items: ItemArgs,
    #[command(flatten)]
    pub log: LogArgs,
    /// Name in the printed lines [default: the first bundle's]
    #[arg(long)]
    pub name: Option<String>,
    /// Cutoff of the measures and length of the slates
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..).map(usize::from))]
    pub k: usize,
    /// Leave the newest item of the session out of every answer
    #[arg(long)]
    pub without_newest: bool,
    /// Share of targets that a bundle may lack: more are pairs of another shop, or in other ids
    #[arg(long, default_value_t = 0.5, value_name = "SHARE", value_parser = share)]
    pub max_unknown: f64,
    /// How often sessions are drawn anew for intervals and tests; 0 for none
    #[arg(long, default_value_t = 2000, value_name = "N", value_parser = clap::value_parser!(u32).range(..=100_000).map(|n| n as usize))]
    pub resamples: usize,
    /// Seed of the draws
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Write the first bundle's slates of the full tier here: one line a pair, item ids separated by spaces
    #[arg(long, value_name = "FILE")]
    pub slates: Option<PathBuf>,
    /// Write the rank of every pair's target here, a line a pair and way: pair, way, rank (0: not in the answer)
    #[arg(long, value_name = "FILE")]
    pub ranks: Option<PathBuf>,
    /// Print one JSON object with all figures, of an error too
    #[arg(long)]
    pub json: bool,
    /// Write a page with all figures here
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

fn day(text: &str) -> Result<u64, String> {
    time::parse(text).ok_or_else(|| "a day is YYYY-MM-DD".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| "a share is 0 to 1".to_owned())
}

/// `NAME=FILE` taken apart; a file of that very name is a file.
pub(super) fn named(said: &Path) -> (Option<String>, PathBuf) {
    match said.to_str().and_then(|text| text.split_once('=')) {
        Some((name, path)) if !name.is_empty() && !path.is_empty() && !said.exists() => (Some(name.to_owned()), path.into()),
        _ => (None, said.to_owned()),
    }
}

/// The bundle's file name without its end.
pub(super) fn stem(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.split('.').next().unwrap_or_default().to_owned()
}
