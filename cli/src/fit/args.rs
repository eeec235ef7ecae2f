//! What the command line says of table and fit of a packed model.

use crate::log::LogArgs;
use clap::Args;
use nearhand::{Code, Error, Result};
use std::path::{Path, PathBuf};

/// Where the table comes from, and what chooses the weights.
#[derive(Args, Clone, Debug)]
pub(crate) struct FitArgs {
    /// Sessions, oldest first, in plain text or as an event log (with the options of --events): they make the table, the
    /// counts of what is on the rise, and of purchases the table of what is bought together
    #[arg(long, value_name = "FILE", conflicts_with = "events")]
    pub table_from: Option<PathBuf>,
    #[command(flatten)]
    pub log: LogArgs,
    /// Choose the table's settings, the blend and the weights of events on the newest sessions. The model must not have been
    /// trained on those: see --fit-on
    #[arg(long)]
    pub fit: bool,
    /// Sessions that choose, newer than those of the table and unknown to the model; plain text or an event log [default: the
    /// newest of --table-from]
    #[arg(long, value_name = "FILE", requires = "fit")]
    pub fit_on: Option<PathBuf>,
    /// Share of the sessions, the newest, that choose
    #[arg(long, default_value_t = 0.1)]
    pub held: f64,
    /// Most validation pairs measured
    #[arg(long, default_value_t = 5000)]
    pub pairs: usize,
    /// Successors an item in the table, on average; no item has more than 32
    #[arg(long, default_value_t = 12.0)]
    pub successors: f64,
    /// Choose for slates that never show the newest item, as on its own product page
    #[arg(long)]
    pub without_newest: bool,
    /// Put graph and vectors into this trained bundle: its catalog, tables and counts stay
    #[arg(long, value_name = "BUNDLE")]
    pub into: Option<PathBuf>,
}

impl FitArgs {
    /// The sessions' file with its option, where one is named.
    pub(crate) fn source(&self) -> Option<(&'static str, &Path)> {
        let named = [("--table-from", &self.table_from), ("--events", &self.log.events)];
        named.into_iter().find_map(|(option, path)| Some((option, path.as_deref()?)))
    }

    /// Refuses settings out of range, and a fit without sessions.
    ///
    /// # Errors
    /// `invalid-option` with option, value and range.
    pub(crate) fn check(&self) -> Result<()> {
        let within = |option: &'static str, value: f64, low: f64, high: f64| {
            if value >= low && value <= high {
                return Ok(());
            }
            Err(Error::new(Code::OptionInvalid, "a setting is out of range")
                .with("option", option)
                .with("value", value)
                .with("low", low)
                .with("high", high))
        };
        within("--held", self.held, 0.001, 0.9)?;
        within("--pairs", self.pairs as f64, 1.0, 1e9)?;
        within("--successors", self.successors, 0.01, 32.0)?;
        if self.fit && self.source().is_none() {
            let why = "name the sessions that the table is made of, too: --table-from FILE or --events LOG";
            return Err(Error::new(Code::OptionInvalid, why).with("option", "--fit"));
        }
        if let (Some(_), Some((option, path)), false) = (&self.into, self.source(), self.fit) {
            let why = "the bundle of --into has its table: sessions beside it are for --fit alone";
            return Err(Error::new(Code::OptionInvalid, why).with("option", option).with("path", path.display()));
        }
        Ok(())
    }

    /// The files that are read.
    ///
    /// # Errors
    /// `io` and `data-invalid` with the option and path.
    pub(crate) fn inputs(&self) -> Result<Vec<(&'static str, PathBuf)>> {
        crate::read::inputs(&[
            ("--table-from", &self.table_from),
            ("--events", &self.log.events),
            ("--fit-on", &self.fit_on),
            ("--into", &self.into),
        ])
    }
}
