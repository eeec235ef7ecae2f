//! What the command line says of a log of events and of its specification.

use crate::read::options::ReadArgs;
use crate::read::value::time;
use clap::{Args, ValueEnum};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// In which order events are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Order {
    /// By their times; those of one time as the log has them.
    #[default]
    Time,
    /// As the log has them, as a service would have met them: late ones have no features.
    Log,
}

/// A specification, a log, and how to read it.
#[derive(Args, Clone, Debug)]
pub(crate) struct SourceArgs {
    /// Specification of fields, windows and features (docs/features.md)
    #[arg(long, value_name = "FILE")]
    pub spec: Option<PathBuf>,
    /// Log of events: text with a header, JSON lines, Parquet or Arrow; a file, a folder, a pattern in quotes, or - for standard input
    #[arg(long = "log", visible_alias = "in", value_name = "PATH")]
    pub log: Option<PathBuf>,
    /// Column of a field of the specification, where it is not named like it
    #[arg(long = "col", value_name = "FIELD=COLUMN")]
    pub cols: Vec<String>,
    /// What times look like: auto, s, ms, us, ns, excel, or a pattern like '%d/%m/%Y %H:%M'
    #[arg(long, value_parser = time::Format::named, default_value = "auto", value_name = "FORMAT")]
    pub time_format: time::Format,
    /// Times are numbers after this moment: of seconds, or of what --time-format says (s, ms, us, ns)
    #[arg(long, value_parser = moment, value_name = "TIME")]
    pub time_origin: Option<u64>,
    /// Column with the time at which a label became known [default: the specification's delay after the event]
    #[arg(long, value_name = "NAME")]
    pub label_time_col: Option<String>,
    /// In which order events are taken
    #[arg(long, value_enum, default_value_t)]
    pub order: Order,
    /// Threads that the windows of the keys are shared among; their number changes no bit [default: the machine's, at most one a key]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    #[command(flatten)]
    pub read: ReadArgs,
}

impl SourceArgs {
    /// Threads for the windows.
    pub(crate) fn threads(&self) -> usize {
        let all = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.threads.unwrap_or_else(all).get()
    }
}

/// For clap.
pub(crate) fn moment(text: &str) -> Result<u64, String> {
    time::parse(text).ok_or_else(|| "a time is YYYY-MM-DD, YYYY-MM-DD HH:MM:SS or Unix time".to_owned())
}
