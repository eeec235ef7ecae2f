//! Slates of one bundle at all moments.

use super::Bundle;
use super::moments::Moments;
use crate::replay::{START_MS, observe};
use nearhand::recommend::Source;
use nearhand::{Engine, Request, Result};
use nearhand_monitor::Latency;
use std::time::Instant;

/// What a bundle answered.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Items of all slates, by their common numbers, and their scores.
    items: Vec<u32>,
    scores: Vec<f32>,
    /// Where each slate ends.
    ends: Vec<usize>,
    /// Slates by model, table and what is below.
    pub sources: [u64; 3],
    /// Slates of fewer items than were asked for.
    pub short: u64,
    /// Slates for which the model failed: those that the table made in its place, and those of what is popular.
    pub failed: [u64; 2],
    pub times: Latency,
    /// The slate of a first visit.
    pub first: Vec<u32>,
}

impl Asked {
    /// The slate of a moment, best first: items and scores.
    pub(super) fn slate(&self, moment: usize) -> (&[u32], &[f32]) {
        let from = moment.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let to = self.ends.get(moment).copied().unwrap_or(from);
        (self.items.get(from..to).unwrap_or_default(), self.scores.get(from..to).unwrap_or_default())
    }

    /// Slates for which the model failed.
    pub(super) fn failures(&self) -> u64 {
        self.failed.iter().sum()
    }

    pub(super) fn slates(&self) -> impl Iterator<Item = (&[u32], &[f32])> {
        (0..self.ends.len()).map(|moment| self.slate(moment))
    }
}

/// Asks a bundle for a slate of `k` items at all moments. `number` gives each of its items its common number.
///
/// # Errors
/// Whatever the engine says of an event.
pub(super) fn ask(bundle: &mut Bundle, moments: &Moments, k: usize, number: impl Fn(u32) -> u32) -> Result<Asked> {
    let engine = &mut bundle.engine;
    let (mut asked, request) = (Asked::default(), Request { k, ..Request::default() });
    engine.anew();
    slate(engine, &request, START_MS, &number, &mut asked)?;
    let Asked { items, .. } = asked;
    let mut asked = Asked { first: items, ..Asked::default() };
    let mut due = moments.all.iter().peekable();
    for (place, session) in moments.sessions.iter().enumerate() {
        engine.anew();
        for (at, event) in session.events.iter().enumerate() {
            if due.peek().is_none_or(|moment| moment.session != place) {
                break;
            }
            observe(engine, event)?;
            if due.next_if(|moment| moment.session == place && moment.after == at + 1).is_some() {
                slate(engine, &request, event.at_ms, &number, &mut asked)?;
            }
        }
    }
    Ok(asked)
}

fn slate(engine: &mut Engine, request: &Request, now_ms: u64, number: &impl Fn(u32) -> u32, asked: &mut Asked) -> Result<()> {
    let began = Instant::now();
    let slate = engine.recommend(request, now_ms)?;
    asked.times.add(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
    let source = match slate.source {
        Source::Model => 0,
        Source::Table => 1,
        _ => 2,
    };
    asked.sources.get_mut(source).into_iter().for_each(|count| *count += 1);
    asked.short += u64::from(slate.items.len() < request.k);
    if slate.notes.contains(&"model-failed") {
        let [table, popular] = &mut asked.failed;
        *(if source == 1 { table } else { popular }) += 1;
    }
    let found: Vec<(String, f32)> = slate.items.iter().map(|item| (item.row.item.to_owned(), item.score)).collect();
    for (id, score) in found {
        if let Some(at) = engine.catalog().find(&id) {
            asked.items.push(number(at.0));
            asked.scores.push(score);
        }
    }
    asked.ends.push(asked.items.len());
    Ok(())
}
