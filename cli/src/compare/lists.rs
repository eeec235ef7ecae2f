//! The lists of each way.

use super::LONG;
use crate::log::{LoggedEvent, LoggedSession};
use nearhand::{Engine, Event, ItemIdx, Request, Result};
use std::collections::{BTreeMap, BTreeSet};

/// Newest events of a visitor's past that count.
const PAST: usize = 50;
/// Shorter words join nothing.
const WORD: usize = 3;

/// What is known before the held-out days begin, and lists made once.
pub(super) struct Lists {
    /// The engine that works at night, so that the live one's session is left alone.
    night: Engine,
    /// All items by popularity.
    best_sellers: Vec<String>,
    by_words: BTreeMap<String, Vec<String>>,
    by_item: BTreeMap<String, Vec<String>>,
    /// Events of each visitor, oldest first.
    pasts: BTreeMap<String, Vec<LoggedEvent>>,
}

/// The visitor of a session: `visitor/2` is a visitor's second.
fn visitor(session: &LoggedSession) -> &str {
    session.key.split('/').next().unwrap_or_default()
}

/// Observes an event at its own time.
pub(super) fn observe(engine: &mut Engine, event: &LoggedEvent) -> Result<bool> {
    let observed =
        Event { kind: event.kind, item: event.item.clone(), at_ms: None, dwell_ms: event.dwell_ms, quantity: event.quantity };
    engine.observe(&observed, event.at_ms)
}

impl Lists {
    pub(super) fn new(mut night: Engine, sessions: &[LoggedSession]) -> Result<Self> {
        let items: Vec<ItemIdx> = night.recommender().by_popularity().collect();
        let catalog = night.catalog();
        let titles: Vec<(String, BTreeSet<String>)> =
            items.iter().map(|i| (catalog.id(*i).to_owned(), words(catalog.title(*i)))).collect();
        let best_sellers = titles.iter().take(LONG).map(|(item, _)| item.clone()).collect();
        let by_words = titles.iter().map(|(item, own)| (item.clone(), alike(item, own, &titles))).collect();
        let mut pasts: BTreeMap<String, Vec<LoggedEvent>> = BTreeMap::new();
        for session in sessions {
            let events = session.events.iter().filter(|e| e.kind.is_interest()).cloned();
            pasts.entry(visitor(session).to_owned()).or_default().extend(events);
        }
        pasts.values_mut().for_each(|events| events.sort_by_key(|e| e.at_ms));
        Ok(Self { night, best_sellers, by_words, by_item: BTreeMap::new(), pasts })
    }

    pub(super) fn best_sellers(&self) -> &[String] {
        &self.best_sellers
    }

    /// Items alike by title.
    pub(super) fn words(&self, page: &str) -> &[String] {
        self.by_words.get(page).map_or(&[], Vec::as_slice)
    }

    /// What the visitor of a session did before `until`.
    pub(super) fn past(&self, session: &LoggedSession, until: u64) -> Vec<LoggedEvent> {
        let events = self.pasts.get(visitor(session)).map_or(&[][..], Vec::as_slice);
        let known = |e: &&LoggedEvent| self.by_words.contains_key(&e.item);
        let before: Vec<LoggedEvent> = events.iter().filter(|e| e.at_ms < until).filter(known).cloned().collect();
        before.get(before.len().saturating_sub(PAST)..).unwrap_or_default().to_vec()
    }

    /// The engine's list after one item alone: made once, the same all day.
    pub(super) fn make_of_item(&mut self, page: &str) -> Result<()> {
        if !self.by_item.contains_key(page) {
            self.night.anew();
            self.night.observe(&Event::view(page), NIGHT_MS)?;
            let list = recommend(&mut self.night, NIGHT_MS, true)?;
            self.by_item.insert(page.to_owned(), list);
        }
        Ok(())
    }

    pub(super) fn of_item(&self, page: &str) -> &[String] {
        self.by_item.get(page).map_or(&[], Vec::as_slice)
    }

    /// The engine's list after events, one second apart: their own times would end the session in between.
    pub(super) fn after(&mut self, events: &[LoggedEvent]) -> Result<Vec<String>> {
        self.night.anew();
        let mut now = NIGHT_MS;
        for event in events {
            now += 1000;
            observe(&mut self.night, &LoggedEvent { at_ms: now, ..event.clone() })?;
        }
        recommend(&mut self.night, now, true)
    }

    /// The engine's list for the session as it stands.
    pub(super) fn live(engine: &mut Engine, now_ms: u64) -> Result<Vec<String>> {
        recommend(engine, now_ms, false)
    }
}

/// A clock for lists that are made at night: any will do.
const NIGHT_MS: u64 = 1_600_000_000_000;

fn recommend(engine: &mut Engine, now_ms: u64, repeats: bool) -> Result<Vec<String>> {
    let mut request = Request { k: LONG, ..Request::default() };
    if repeats {
        request.exclude.clear();
    }
    Ok(engine.recommend(&request, now_ms)?.items.iter().map(|i| i.row.item.to_owned()).collect())
}

pub(super) fn words(title: &str) -> BTreeSet<String> {
    let split = title.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() >= WORD);
    split.map(str::to_lowercase).collect()
}

/// Items that share words with `own`, most first; `all` is by popularity, and so are ties.
pub(super) fn alike(item: &str, own: &BTreeSet<String>, all: &[(String, BTreeSet<String>)]) -> Vec<String> {
    let others = all.iter().filter(|(other, _)| other != item);
    let mut found: Vec<(usize, &String)> = others.map(|(other, words)| (own.intersection(words).count(), other)).collect();
    found.retain(|(count, _)| *count > 0);
    found.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    found.into_iter().take(LONG).map(|(_, other)| other.clone()).collect()
}
