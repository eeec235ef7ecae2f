//! `check`: what `train` would read of a log and an item list, without training.

mod html;
mod json;
mod text;

use crate::items::{ItemArgs, ItemList, read_list};
use crate::log::summary::{Summary, left_out};
use crate::log::{LogArgs, judge, read, share_of};
use crate::output::{Output, distinct};
use crate::read::FileInfo;
use crate::read::notes::Note;
use clap::Args as ClapArgs;
use nearhand::{Code, Error, Result};
use std::path::PathBuf;

/// Arguments of `check`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    items: ItemArgs,
    /// Print one JSON object, of an error too
    #[arg(long)]
    json: bool,
    /// Write a page with plots here
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    log: Option<(Summary, Vec<FileInfo>)>,
    list: Option<Listed>,
    notes: Vec<Note>,
}

/// An item list beside the log.
#[derive(Debug)]
struct Listed {
    path: PathBuf,
    list: ItemList,
    /// Its items that the log has, and the share of events on them; nothing without a log.
    met: Option<(usize, f64)>,
}

/// Runs `check`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let found = outputs(args).and_then(|page| {
        let found = look(args)?;
        if let Some(page) = page {
            page.write(html::page(&found).as_bytes())?;
        }
        Ok(found)
    });
    match found {
        Ok(found) if args.json => println!("{}", json::found(&found)),
        Ok(found) => println!("{}", text::report(&found)),
        Err(error) => {
            if args.json {
                println!("{}", crate::refusal::json(&error));
            }
            return Err(error);
        }
    }
    Ok(())
}

/// The page, if it can be written and is no input.
fn outputs(args: &Args) -> Result<Option<Output>> {
    let Some(path) = &args.html else { return Ok(None) };
    let page = Output::check("--html", path)?;
    let inputs = crate::read::inputs(&[("--events", &args.log.events), ("--items", &args.items.items)])?;
    distinct(&[&page], &inputs.iter().map(|(option, file)| (*option, file.as_path())).collect::<Vec<_>>())?;
    Ok(Some(page))
}

fn look(args: &Args) -> Result<Found> {
    let mut found = Found { log: None, list: None, notes: Vec::new() };
    if args.log.events.is_none() && args.items.items.is_none() {
        return Err(Error::new(Code::OptionInvalid, "name an event log with --events, an item list with --items, or both"));
    }
    if args.log.events.is_some() {
        let mut read = read(&args.log)?;
        found.notes.append(&mut read.notes.clone());
        let summary = Summary::of(&read, &args.log);
        if summary.sessions == 0 {
            let why = "no session of the log remains: see what was left out";
            return Err(Error::new(Code::DataInvalid, why)
                .with("path", summary.path.display())
                .with("left_out", left_out(&read.cut)));
        }
        found.log = Some((summary, std::mem::take(&mut read.done.files)));
    }
    if let Some(path) = &args.items.items {
        let mut list = read_list(path, &args.items)?.finish(&args.items)?;
        list.know_floats();
        found.notes.extend(list.notes.iter().cloned());
        let met = match &found.log {
            Some((summary, _)) => {
                let events = summary.events_by_item();
                found.notes.extend(judge(&events, &list, path)?);
                let known = events.keys().filter(|id| list.by_key.contains_key(*id)).count();
                Some((known, share_of(&events, &list)))
            }
            None => None,
        };
        found.list = Some(Listed { path: path.clone(), list, met });
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
