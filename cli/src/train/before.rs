//! All that can be refused, before anything takes its time.

use crate::counts;
use crate::files::readable;
use crate::items::ItemList;
use crate::log::{self, Learnt, Visits};
use crate::output::{Output, distinct};
use crate::sessions::{PairFile, SessionFile};
use crate::train::args::Args;
use crate::train::choosing::trials::BITS;
use crate::train::neural::config::{TrainConfig, within};
use nearhand::{Code, Error, Result};
use std::path::{Path, PathBuf};

/// What the flags name, checked.
pub(super) struct Checked {
    pub(super) out: Output,
    pub(super) report: Option<Output>,
    pub(super) test_pairs: Option<PairFile>,
    /// Files of counts.
    pub(super) counts: Vec<PathBuf>,
    /// Every input but the card, which the manifest holds whole.
    pub(super) inputs: Vec<(&'static str, PathBuf)>,
}

/// Checks every flag, every output and that every input is there; reads the test pairs.
///
/// # Errors
/// `invalid-option`, `io`, `data-invalid`, with the option and what is wrong.
pub(super) fn check(args: &Args) -> Result<Checked> {
    args.label.check()?;
    settings(args)?;
    let out = Output::check("--out", &args.label.out)?;
    let report = args.report.as_ref().map(|path| Output::check("--report", path)).transpose()?;
    let files = [("--sessions", &args.sessions), ("--departments", &args.items.departments), ("--test-pairs", &args.test_pairs)];
    let tables = crate::read::inputs(&[("--events", &args.log.events), ("--items", &args.items.items)])?;
    let files = files.into_iter().filter_map(|(option, path)| Some((option, path.as_deref()?)));
    let counts = counts::files("--counts", &args.counts)?;
    let files = files.chain(counts.iter().map(|path| ("--counts", path.as_path())));
    let files: Vec<(&'static str, &Path)> =
        files.chain(args.label.inputs()).chain(tables.iter().map(|(option, file)| (*option, file.as_path()))).collect();
    if args.sessions.is_none() && args.log.events.is_none() {
        return Err(Error::new(Code::OptionInvalid, "name what to train from: --events LOG or --sessions FILE"));
    }
    files.iter().try_for_each(|(option, path)| readable(option, path))?;
    let outputs: Vec<&Output> = std::iter::once(&out).chain(&report).collect();
    distinct(&outputs, &files)?;
    let test_pairs = args.test_pairs.as_ref().map(|path| PairFile::read("--test-pairs", path)).transpose()?;
    let kept = files.iter().filter(|(option, _)| *option != "--card");
    let mut inputs: Vec<(&'static str, PathBuf)> = kept.map(|(option, path)| (*option, path.to_path_buf())).collect();
    // Standard input is read once: its name is all that is known.
    let pipe = args.log.events.as_deref().filter(|path| *path == Path::new("-"));
    inputs.extend(pipe.map(|path| ("--events", path.to_path_buf())));
    Ok(Checked { out, report, test_pairs, counts, inputs })
}

/// Every setting, with each width of codes that will be tried.
fn settings(args: &Args) -> Result<()> {
    within("held", args.held, 0.001, 0.9)?;
    within("pairs", args.pairs as f64, 1.0, 1e9)?;
    within("threads", args.threads.unwrap_or(1) as f64, 1.0, 1024.0)?;
    within("successors", args.successors.unwrap_or(1.0), 0.01, 32.0)?;
    let config = args.config(1);
    config.check()?;
    let open = args.bits.is_none() && args.dim.is_some();
    BITS.into_iter().filter(|_| open).try_for_each(|bits| TrainConfig { bits, ..config.clone() }.check())
}

/// Reads the sessions and the item list.
///
/// # Errors
/// As the readers; `data-invalid` where nothing follows anything.
pub(super) fn read(args: &Args) -> Result<(ItemList, Learnt)> {
    let (items, learnt) = match &args.sessions {
        Some(path) => {
            let file = SessionFile::read("--sessions", path)?;
            let keys = if args.items.items.is_some() { Vec::new() } else { file.keys()? };
            let items = ItemList::load(&args.items, keys.into_iter())?;
            let sessions = file.indices(&items.by_key)?;
            (items, Learnt { visits: Visits { sessions, told: Vec::new() }, ..Learnt::default() })
        }
        None => {
            let (items, learnt) = log::learn(&args.log, &args.items, args.held)?;
            if learnt.visits.sessions.is_empty() && args.items.items.is_none() {
                let why = "all events are impressions or dismissals, and nothing is learnt from those: see --kind-word";
                return Err(Error::new(Code::DataInvalid, why));
            }
            if learnt.visits.sessions.is_empty() {
                let listed = items.rows.first().map(|row| row.item.as_str());
                return Err(Error::new(
                    Code::DataInvalid,
                    "no item of the log is in the item list: name its column with --key-col",
                )
                .with("logged", learnt.example)
                .with("listed", listed.unwrap_or_default()));
            }
            (items, learnt)
        }
    };
    let sessions = &learnt.visits.sessions;
    if items.rows.len() < 2 {
        let why = "there is one item alone, so nothing can be suggested beside it: see --event-item-col";
        return Err(Error::new(Code::DataInvalid, why).with("items", items.rows.len()));
    }
    if sessions.iter().all(|session| session.len() < 2) {
        let told = if args.sessions.is_some() {
            "every session has one item, so nothing follows anything: blanks stand between the keys of a session"
        } else {
            "every session has one item, so nothing follows anything: is --session-col the column of sessions?"
        };
        return Err(Error::new(Code::DataInvalid, told).with("sessions", sessions.len()).with("items", items.rows.len()));
    }
    Ok((items, learnt))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::temp;
    use clap::Parser;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        train: Args,
    }

    fn code(flags: &[&str]) -> (Code, String) {
        let sessions = temp("before.txt", b"a b c\n").display().to_string();
        let out = temp("before.safetensors", b"").display().to_string();
        let usual = ["--sessions", &sessions, "--out", &out, "--name", "n", "--created-at", "2026-01-01"];
        let usual = usual.chunks(2).filter(|two| two.first() != flags.first()).flatten();
        let args = Flags::try_parse_from(std::iter::once(&"train").chain(usual).chain(flags)).unwrap().train;
        let error = check(&args).err().unwrap();
        (error.code(), error.to_string())
    }

    #[test]
    fn settings_are_refused_by_name() {
        for (option, value) in [
            ("--threads", "0"),
            ("--held", "0"),
            ("--held", "1"),
            ("--held", "NaN"),
            ("--pairs", "0"),
            ("--successors", "0"),
            ("--dim", "7"),
            ("--dim", "12"),
            ("--bits", "3"),
            ("--epochs", "0"),
            ("--last", "1"),
            ("--half-life", "-1"),
            ("--temperature", "0"),
        ] {
            let (code, told) = code(&[&format!("{option}={value}")]);
            assert!(code == Code::OptionInvalid && told.contains(option.trim_start_matches("--")), "{option} {value}: {told}");
        }
    }

    #[test]
    fn files_are_looked_at_first() {
        let taken = temp("before-report.html", b"").display().to_string();
        let both = code(&["--out", &taken, "--report", &taken]);
        assert!(both.0 == Code::OptionInvalid && both.1.contains("--report"), "{both:?}");
        assert_eq!(code(&["--test-pairs", "/nowhere.tsv"]).0, Code::Io);
        let empty = temp("before-none.tsv", b"\n").display().to_string();
        assert_eq!(code(&["--test-pairs", &empty]).0, Code::DataInvalid);
        assert_eq!(code(&["--recent", "/nowhere.txt"]).0, Code::Io);
        let sessions = temp("before.txt", b"a b c\n").display().to_string();
        assert_eq!(code(&["--out", &sessions]).0, Code::OptionInvalid);
    }
}
