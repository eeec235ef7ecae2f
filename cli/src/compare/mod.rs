//! `compare`: why real time, or why not. Five ways to fill "you may also like" on the same held-out days.
//!
//! On every page of every held-out session each way gives its list for that moment; the next item that the session has not
//! held before is looked up in it. Items of the session so far are left out of every list, as any page can do.
//! ```text
//! words           items that share most words with the title of the page's item; ties: the more popular
//! best-sellers    the most popular of the training days
//! nightly-item    one list an item, made the night before by the same engine from that item alone
//! nightly-visitor one list a visitor, made the night before by the same engine from what the visitor did until then;
//!                 best sellers for who is new
//! live            the session as it stands, through the engine
//! ```

mod lists;
mod tally;

use crate::files::{progress, read};
use crate::log::{LogArgs, LoggedSession, load, time};
use crate::trained::refuse_trained;
use clap::Args as ClapArgs;
use lists::Lists;
use nearhand::{Code, Consent, Engine, Error, Result, Settings};
use std::path::PathBuf;
use tally::{Tally, WAYS};

/// Longest list looked into.
const K: usize = 20;
/// What a way gives at most, before items of the session are left out.
const LONG: usize = 100;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Arguments of `compare`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// The bundle, trained on what came before the held-out days
    bundle: PathBuf,
    #[command(flatten)]
    log: LogArgs,
    /// First held-out day: sessions that begin before it are the visitors' past
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    from: u64,
    /// Hold out days that the bundle was trained on all the same: the figures flatter it then
    #[arg(long)]
    trained_days: bool,
    /// Look at the first N events of a session alone
    #[arg(long, default_value_t = 11, value_name = "N")]
    first: usize,
    /// Name in the printed lines [default: the bundle's]
    #[arg(long)]
    name: Option<String>,
}

fn day(text: &str) -> std::result::Result<u64, String> {
    time::parse(text).ok_or_else(|| "a day is YYYY-MM-DD".to_owned())
}

/// Runs `compare`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bundle = read(&args.bundle)?;
    let open = || Engine::open(&bundle, &Settings { consent: Consent::Memory, ..Settings::unbounded() });
    let (mut engine, night) = (open()?, open()?);
    refuse_trained(engine.manifest(), args.from, args.trained_days)?;
    let sessions = load(&args.log)?.sessions;
    let name = args.name.clone().unwrap_or_else(|| engine.manifest().name.clone());
    let tally = compare(&mut engine, Lists::new(night, &sessions)?, &sessions, args.from, args.first)?;
    if tally.is_empty() {
        return Err(Error::new(Code::DataInvalid, "no session of the log begins on a held-out day and goes on to a new item")
            .with("from", time::format(args.from)));
    }
    print!("{}", tally.report(&name));
    Ok(())
}

fn compare(engine: &mut Engine, mut lists: Lists, sessions: &[LoggedSession], from: u64, first: usize) -> Result<Tally> {
    let mut tally = Tally::default();
    let bar = progress(sessions.len() as u64, "compare");
    for session in sessions {
        bar.inc(1);
        let Some(start) = session.events.first().map(|e| e.at_ms).filter(|t| *t >= from) else { continue };
        let past = lists.past(session, start - start % DAY_MS);
        let of_visitor = if past.is_empty() { lists.best_sellers().to_vec() } else { lists.after(&past)? };
        engine.anew();
        let mut seen: Vec<&str> = Vec::new();
        for (at, event) in session.events.iter().take(first).enumerate() {
            if let Some(page) = seen.last().copied().filter(|_| event.kind.is_interest() && !seen.contains(&event.item.as_str()))
            {
                lists.make_of_item(page)?;
                let live = Lists::live(engine, event.at_ms)?;
                let ways: [&[String]; WAYS.len()] =
                    [lists.words(page), lists.best_sellers(), lists.of_item(page), &of_visitor, &live];
                let place = |list: &[String]| {
                    let rest = list.iter().filter(|i| !seen.contains(&i.as_str())).take(K);
                    rest.zip(1..).find(|(i, _)| **i == event.item).map(|(_, rank)| rank)
                };
                tally.next(ways.map(place), at == 1, !past.is_empty());
            }
            lists::observe(engine, event)?;
            if event.kind.is_interest() {
                seen.push(&event.item);
            }
        }
    }
    bar.finish_and_clear();
    Ok(tally)
}

#[cfg(test)]
mod tests;
