//! The commands: `count` counts a part of a log, `merge-counts` adds parts up.

use super::file::Writer;
use super::header::{Header, catalogue};
use super::merge::Merge;
use super::part::Part;
use super::sketch::Sketch;
use crate::choosing::counting::Timed;
use crate::items::ItemArgs;
use crate::log::{self, LogArgs};
use crate::output::{Output, distinct};
use crate::say;
use clap::Args as ClapArgs;
use nearhand::{Code, Error, Result};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Arguments of `count`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    items: ItemArgs,
    /// Where the counts go
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object; what is told on the way goes to standard error
    #[arg(long)]
    json: bool,
}

/// Arguments of `merge-counts`.
#[derive(ClapArgs, Debug)]
pub(crate) struct MergeArgs {
    /// Files of counts, folders of them, or patterns in quotes
    #[arg(required = true, value_name = "COUNTS")]
    parts: Vec<PathBuf>,
    /// Where the sums go
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    /// Take parts that share visitors, as parts by day do: a session ends where its part ends
    #[arg(long)]
    split_visitors: bool,
    /// Print one JSON object; what is told on the way goes to standard error
    #[arg(long)]
    json: bool,
}

/// Runs `count`.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.json {
        say::aside();
    }
    if args.log.events.is_none() {
        return Err(Error::new(Code::OptionInvalid, "name the part of the log to count: --events LOG"));
    }
    if args.log.min_item_count > 1 {
        let why = "how often an item was seen only the whole log tells: give the items that are wanted as --items";
        return Err(Error::new(Code::OptionInvalid, why).with("option", "--min-item-count"));
    }
    let out = Output::check("--out", &args.out)?;
    let inputs = crate::read::inputs(&[("--events", &args.log.events), ("--items", &args.items.items)])?;
    distinct(&[&out], &inputs.iter().map(|(option, file)| (*option, file.as_path())).collect::<Vec<_>>())?;
    let log = LogArgs { part: true, ..args.log.clone() };
    let mut visitors = Sketch::default();
    let (items, learnt) = log::learn_part(&log, &args.items, 0.0, &mut |key| visitors.take(key))?;
    let mut reading = learnt.reading;
    reading.insert("items".to_owned(), catalogue(&items, args.items.items.is_some()));
    let sessions = &learnt.visits.sessions;
    let header = Header {
        sessions: sessions.len() as u64,
        events: sessions.iter().map(|session| session.len() as u64).sum(),
        first: learnt.ends.iter().copied().min().unwrap_or(0),
        last: learnt.ends.iter().copied().max().unwrap_or(0),
        ..Header::of(reading, learnt.looks)
    };
    let ids = items.rows.iter().map(|row| row.item.as_str()).collect();
    let part = Part { header, visitors: &visitors, ids, timed: Timed::new(sessions, &learnt.ends) };
    out.fill(&mut |to| part.write(to))?;
    tell("count", args.json, &out, &part.header)
}

/// Runs `merge-counts`.
pub(crate) fn merge(args: &MergeArgs) -> Result<()> {
    if args.json {
        say::aside();
    }
    let out = Output::check("--out", &args.out)?;
    let parts = files("COUNTS", &args.parts)?;
    distinct(&[&out], &parts.iter().map(|file| ("COUNTS", file.as_path())).collect::<Vec<_>>())?;
    let mut merge = Merge::open(&parts, args.split_visitors)?;
    if merge.header.split_visitors {
        eprintln!("merge-counts: parts may share visitors: their sessions end with a part");
    }
    let mut fault = None;
    let written = out.fill(&mut |to| {
        add_up(&mut merge, to).map_err(|error| {
            let told = std::io::Error::other(error.to_string());
            fault = Some(error);
            told
        })
    });
    if let Some(fault) = fault {
        return Err(fault);
    }
    written?;
    tell("merge-counts", args.json, &out, &merge.header)
}

/// The files that paths name, in order.
///
/// # Errors
/// `io` and `data-invalid` with the option and path.
pub(crate) fn files(option: &'static str, paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        files.extend(crate::read::inputs(&[(option, &Some(path.clone()))])?.into_iter().map(|(_, file)| file));
    }
    Ok(files)
}

fn add_up(merge: &mut Merge, to: &mut dyn Write) -> Result<()> {
    let failed = |e: std::io::Error| crate::files::io(Path::new("the sums"), &e);
    let sessions: Vec<(u64, u64)> = merge.sessions.iter().map(|(slice, count)| (*slice, *count)).collect();
    let mut writer = Writer::begin(to, &merge.header, &merge.visitors, &sessions).map_err(failed)?;
    merge.items(&mut |id, seen| writer.item(id, seen).map_err(failed))?;
    writer.end_of_items().map_err(failed)?;
    merge.rows(&mut |_, row| writer.row(row).map_err(failed))?;
    writer.end().map_err(failed)
}

fn tell(command: &str, json: bool, out: &Output, header: &Header) -> Result<()> {
    let Header { sessions, events, parts, .. } = header;
    let path = out.path();
    let bytes = std::fs::metadata(path).map_err(|e| crate::files::io(path, &e))?.len();
    let parts = parts.len().max(1);
    println!("{command} {} bytes={bytes} sessions={sessions} events={events} parts={parts}", path.display());
    if json {
        let told = json!({
            "out": path.to_string_lossy(), "bytes": bytes, "sessions": sessions, "events": events, "parts": parts,
        });
        say::result(&told.to_string());
    }
    Ok(())
}
