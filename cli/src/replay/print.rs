//! One session and its slate, for people.

use super::{Args, is_next, observe, slate, tally};
use crate::log::{LoggedEvent, LoggedSession, time};
use nearhand::recommend::{Reason, ReasonKind, SlateItem, Source};
use nearhand::{Code, Engine, Error, EventKind, Item, Result, Tier};
use std::fmt::Write as _;

/// Columns that a title gets.
const TITLE: usize = 40;

/// Shows a session's events, the slate after the first `--at` of them, and what came next.
///
/// # Errors
/// `invalid-option` when `--at` is beyond the session; whatever the engine answers.
pub(super) fn session(engine: &mut Engine, session: &LoggedSession, args: &Args) -> Result<String> {
    let len = session.events.len();
    let at = args.at.unwrap_or(len.saturating_sub(1).max(1));
    if !(1..=len).contains(&at) {
        return Err(Error::new(Code::OptionInvalid, "--at is 1 to the session's number of events")
            .with("at", at)
            .with("events", len));
    }
    let (shown, rest) = session.events.split_at_checked(at).unwrap_or_default();
    let currency = engine.manifest().catalog.currency.clone();
    let price = |row: &Item<&str>| price(row, currency.as_deref());
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "Session {}, {at} of {len} events", session.key);
    engine.anew();
    for (event, number) in shown.iter().zip(1..) {
        observe(engine, event)?;
        let row = row(engine, event);
        // Plain files have no times.
        let when = if args.log.events.is_some() { time::format(event.at_ms) + "  " } else { String::new() };
        let what = verb(event.kind);
        let _ = writeln!(out, "{number:>4}  {when}{what:<9}  {:<12}  {}  {}", event.item, fit(row.title), price(&row));
    }
    let now_ms = shown.last().map_or(0, |e| e.at_ms);
    let tier = if engine.tier() == Tier::Full { "full" } else { "lite" };
    let (slate, took) = slate(engine, args, args.k, now_ms)?;
    let by = match slate.source {
        Source::Model => "model",
        Source::Table => "table",
        Source::Bought => "purchases",
        Source::Vectors => "likeness",
        Source::Session => "history",
        Source::Trending => "rise",
        Source::Popular => "popularity",
        Source::Curated => "the shop's order",
    };
    let notes = if slate.notes.is_empty() { String::new() } else { format!("; {}", slate.notes.join(", ")) };
    let ms = 1e3 * took.as_secs_f64();
    let _ = writeln!(out, "\nYou may also like (by {by}, {tier} tier, {ms:.2} ms{notes})");
    for item in slate.items {
        let _ = writeln!(
            out,
            "{:>4}  {:<12}  {}  {}  {}",
            item.rank,
            item.row.item,
            fit(item.row.title),
            price(&item.row),
            why(item)
        );
    }
    if let Some(next) = shown.last().and_then(|last| rest.iter().find(|e| is_next(last, e))) {
        let (long, _) = self::slate(engine, args, tally::LONG.max(args.k), now_ms)?;
        let rank = long.items.iter().find(|s| s.row.item == next.item).map(|s| s.rank);
        let told = match rank {
            Some(rank) if rank <= args.k => format!("number {rank} of the slate"),
            Some(rank) => format!("number {rank} of a longer slate"),
            None if shown.iter().any(|e| e.item == next.item) => "in the session before".to_owned(),
            None => format!("not among the first {}", long.items.len()),
        };
        let _ = writeln!(out, "\nThen in the log: {}  {}: {told}", next.item, row(engine, next).title);
    }
    Ok(out.lines().map(|line| line.trim_end().to_owned() + "\n").collect())
}

fn row<'a>(engine: &'a Engine, event: &'a LoggedEvent) -> Item<&'a str> {
    match engine.catalog().find(&event.item) {
        Some(item) => engine.catalog().row(item),
        None => Item { item: &event.item, title: "(not in the catalog)", ..Item::default() },
    }
}

/// Cut or padded to the title's columns.
fn fit(title: &str) -> String {
    if title.chars().count() <= TITLE {
        format!("{title:<TITLE$}")
    } else {
        title.chars().take(TITLE - 1).chain(['…']).collect()
    }
}

fn price(row: &Item<&str>, currency: Option<&str>) -> String {
    let text = row.price.map(|p| format!("{p:.2} {}", currency.unwrap_or_default()).trim_end().to_owned());
    format!("{:>11}", text.unwrap_or_default())
}

fn why(item: &SlateItem<'_>) -> String {
    let one = |reason: &Reason<'_>| {
        let verb = match reason.kind {
            ReasonKind::ThisPage => "this page:",
            ReasonKind::Viewed => "viewed",
            ReasonKind::InCart => "in cart:",
            ReasonKind::Purchased => "bought",
            ReasonKind::Searched => "searched:",
            ReasonKind::Similar => "like",
            ReasonKind::Popular => "popular",
            ReasonKind::Trending => "on the rise",
            ReasonKind::Curated => "the shop's order",
            ReasonKind::Rule => "a rule",
        };
        format!("{verb} {}", reason.title.unwrap_or_default()).trim_end().to_owned()
    };
    item.reasons.iter().map(one).collect::<Vec<_>>().join("; ")
}

const fn verb(kind: EventKind) -> &'static str {
    match kind {
        EventKind::View => "viewed",
        EventKind::CartAdd => "to cart",
        EventKind::CartRemove => "off cart",
        EventKind::Purchase => "bought",
        EventKind::SearchClick => "searched",
        EventKind::Impression => "shown",
        EventKind::Dismiss => "dismissed",
    }
}
