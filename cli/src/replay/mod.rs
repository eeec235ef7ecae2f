//! `replay`: a log run through the very engine.
//!
//! Each event is observed with its own time as the clock, and before each next one a slate is asked for, as a page would
//! that the visitor has just opened. `--print` shows one session and its slate instead, `--features` writes what the model is fed.

mod fed;
mod print;
mod source;
mod tally;

pub(crate) use source::{From, START_MS, sessions};

use crate::files::{progress, read};
use crate::items::ItemArgs;
use crate::log::{LogArgs, LoggedEvent, LoggedSession};
use clap::Args as ClapArgs;
use clap::builder::TypedValueParser as _;
use nearhand::{Code, Consent, Engine, Error, Event, Request, Result, Settings, Slate};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tally::Tally;

/// Arguments of `replay`.
#[derive(ClapArgs, Debug)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["events", "sessions", "pairs"]))]
pub(crate) struct Args {
    /// The bundle
    bundle: PathBuf,
    #[command(flatten)]
    log: LogArgs,
    /// Plain sessions: one a line, item ids of the bundle separated by blanks, oldest first
    #[arg(long)]
    sessions: Option<PathBuf>,
    /// Held-out pairs: prefix, tab, next
    #[arg(long)]
    pairs: Option<PathBuf>,
    #[command(flatten)]
    items: ItemArgs,
    /// Length of the slates
    #[arg(short, default_value_t = Request::default().k, value_parser = clap::value_parser!(u16).range(1..=100).map(usize::from))]
    k: usize,
    /// Replay the first N sessions alone
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Let items of the session into the slates
    #[arg(long)]
    repeats: bool,
    /// Share of events that may be on items which the bundle lacks: more is another shop's log, or one in other ids
    #[arg(long, default_value_t = 0.5, value_name = "SHARE", value_parser = share)]
    max_unknown: f64,
    /// Answer by table and popularity, as the lite tier does
    #[arg(long)]
    lite: bool,
    /// Show session N (1 is the first) and its slate, and replay nothing else
    #[arg(long, value_name = "N")]
    print: Option<usize>,
    /// Write what the model is fed after each event, as the engine makes it of the session: .parquet, .arrow or .csv; nothing else is
    /// replayed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["print", "lite"])]
    features: Option<PathBuf>,
    /// With --print: the slate after the first N events [default: after all but the last]
    #[arg(long, value_name = "N", requires = "print")]
    at: Option<usize>,
}

fn share(text: &str) -> std::result::Result<f64, String> {
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| "a share is 0 to 1".to_owned())
}

/// Runs `replay`.
pub(crate) fn run(args: &Args) -> Result<()> {
    // First, so that a refused bundle is told before a long log is read.
    let mut engine = Engine::open(&read(&args.bundle)?, &Settings { consent: Consent::Memory, ..Settings::unbounded() })?;
    if args.lite {
        engine.recommender().drop_model();
    }
    let out = args.features.as_deref().map(|path| fed::check(path, &mut engine)).transpose()?;
    let mut sessions = source::read(args, engine.catalog())?;
    if let Some(out) = out {
        sessions.truncate(args.limit.unwrap_or(usize::MAX));
        source::check(&sessions, engine.catalog(), args)?;
        println!("{}", fed::write(&mut engine, &sessions, args, out)?);
        return Ok(());
    }
    match args.print {
        Some(number) => {
            let session = sessions.get(number.wrapping_sub(1)).ok_or_else(|| {
                Error::new(Code::OptionInvalid, "the log has no such session")
                    .with("print", number)
                    .with("sessions", sessions.len())
            })?;
            print!("{}", print::session(&mut engine, session, args)?);
            Ok(())
        }
        None => {
            sessions.truncate(args.limit.unwrap_or(usize::MAX));
            source::check(&sessions, engine.catalog(), args)?;
            let tally = replay(&mut engine, &sessions, args)?;
            println!("{}", tally.report(&engine, &sessions, args.k));
            Ok(())
        }
    }
}

fn replay(engine: &mut Engine, sessions: &[LoggedSession], args: &Args) -> Result<Tally> {
    let mut tally = Tally::default();
    let bar = progress(sessions.len() as u64, "replay");
    for session in sessions {
        bar.inc(1);
        engine.anew();
        for (i, event) in session.events.iter().enumerate() {
            let due = args.pairs.is_none() || i + 1 == session.events.len();
            if let Some(before) = i.checked_sub(1).and_then(|b| session.events.get(b)).filter(|b| due && is_next(b, event)) {
                let seen = session.events.get(..i).unwrap_or_default().iter().any(|e| e.item == event.item);
                let tier = engine.tier();
                let (slate, time) = slate(engine, args, args.k, before.at_ms)?;
                tally.slate(&slate, time, tier);
                // The longer slate is asked for apart, so that the time is that of the slate a page shows.
                let (long, _) =
                    if args.k < tally::LONG { self::slate(engine, args, tally::LONG, before.at_ms)? } else { (slate, time) };
                tally.next(long.items.iter().find(|s| s.row.item == event.item).map(|s| s.rank), args.k, seen);
            }
            tally.event(observe(engine, event)?);
        }
    }
    bar.finish_and_clear();
    Ok(tally)
}

/// Whether an event is one to be foreseen: it speaks for an item, and not for the one just visited.
fn is_next(before: &LoggedEvent, event: &LoggedEvent) -> bool {
    event.kind.is_interest() && event.item != before.item
}

/// Observes an event at its own time. Returns whether the catalog knows the item.
pub(crate) fn observe(engine: &mut Engine, event: &LoggedEvent) -> Result<bool> {
    let observed =
        Event { kind: event.kind, item: event.item.clone(), at_ms: None, dwell_ms: event.dwell_ms, quantity: event.quantity };
    engine.observe(&observed, event.at_ms)
}

/// The slate for the session as it stands, and how long it took.
fn slate<'a>(engine: &'a mut Engine, args: &Args, k: usize, now_ms: u64) -> Result<(Slate<'a>, Duration)> {
    let mut request = Request { k, ..Request::default() };
    if args.repeats {
        request.exclude.clear();
    }
    let start = Instant::now();
    let slate = engine.recommend(&request, now_ms)?;
    Ok((slate, start.elapsed()))
}

#[cfg(test)]
pub(crate) mod tests;
