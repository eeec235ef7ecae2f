//! When slates are asked for: after events of a log's sessions, or of sessions that are made of the old bundle's own items.

use super::items::Items;
use super::{Asking, Bundle};
use crate::log::LoggedSession;
use crate::replay::{START_MS, sessions};
use nearhand::{Code, Error, EventKind, ItemIdx, Result};
use nearhand_numerics::random::Random;

/// Events of a session after which slates are asked for: what a session keeps. Of a pair it is the prefix's end, however long.
const FIRST: usize = 50;
/// Most events of a session that is made.
const LONGEST: u64 = 8;
/// Between two events of one, in milliseconds.
const PAUSE_MS: u64 = 20_000;
/// Where the draws begin.
const SEED: u64 = 1;

/// When a slate is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// Place of the session.
    pub session: usize,
    /// Events of it that have been.
    pub after: usize,
    /// The first and the newest item of interest until then, where either bundle has it.
    pub first: Option<u32>,
    pub newest: Option<u32>,
    /// The other item of interest that came next, where the log tells.
    pub next: Option<u32>,
}

/// Sessions, and the moments in them.
#[derive(Debug)]
pub(super) struct Moments {
    pub sessions: Vec<LoggedSession>,
    pub all: Vec<Moment>,
    /// Whether no log was given.
    pub made: bool,
    /// Sessions of the log that were left out, so that those asked are no more than `--limit`.
    pub left_out: usize,
}

impl Moments {
    /// Of what the command line names.
    ///
    /// # Errors
    /// As the reader of the log; `data-invalid` where there is nothing to ask for; `item-unknown` where neither bundle has any of the items.
    pub(super) fn read(asking: &Asking<'_>, old: &Bundle, items: &Items) -> Result<Self> {
        let made = asking.from.is_none();
        let (mut sessions, ends) = match &asking.from {
            // The last item of a pair is what came next: it is not asked with.
            Some(from) => (sessions(from, &items.ids)?, from.pairs.is_some()),
            None => (walks(old, items, asking.limit), false),
        };
        let whole = sessions.len();
        if whole > asking.limit {
            // Spread over the log: its first days are not all of it.
            let mut at = 0;
            sessions.retain(|_| {
                let kept = at * asking.limit / whole != (at + 1) * asking.limit / whole;
                at += 1;
                kept
            });
        }
        let mut all: Vec<Moment> = Vec::new();
        for (place, session) in sessions.iter_mut().enumerate() {
            let last = if ends { session.events.pop().and_then(|event| items.find(&event.item)) } else { None };
            let (mut first, mut newest) = (None, None);
            let asked = if ends { usize::MAX } else { FIRST };
            for (at, event) in session.events.iter().enumerate().take(asked) {
                if event.kind.is_interest() {
                    newest = items.find(&event.item);
                    first = first.or(newest);
                }
                if if ends { at + 1 == session.events.len() } else { event.kind.is_interest() } {
                    let other = newest.filter(|_| !made);
                    if let Some(before) = all.last_mut().filter(|before| before.session == place) {
                        before.next = other.filter(|item| before.newest != Some(*item));
                    }
                    all.push(Moment { session: place, after: at + 1, first, newest, next: last });
                }
            }
        }
        if all.is_empty() {
            return Err(Error::new(
                Code::DataInvalid,
                "no session has a view, a click, a cart or a purchase: there is nothing to ask for",
            ));
        }
        if all.iter().all(|moment| moment.first.is_none()) {
            let stranger = sessions.iter().flat_map(|session| &session.events).next();
            return Err(Error::new(
                Code::ItemUnknown,
                "neither bundle has any of the items: a log of another shop, or in other ids",
            )
            .with("item", stranger.map_or("", |event| event.item.as_str()))
            .with("known", items.ids.first().map_or("", String::as_str)));
        }
        Ok(Self { left_out: whole - sessions.len(), sessions, all, made })
    }
}

/// Sessions of the bundle's own items: the first by its popularity, each next one by the transition table, now and then and without a
/// table by popularity again.
fn walks(bundle: &Bundle, items: &Items, count: usize) -> Vec<LoggedSession> {
    let mut sums: Vec<u64> = Vec::with_capacity(items.old);
    for at in 0..items.old {
        // Nothing is without a chance.
        let weight = u64::from(bundle.popularity.get(at).copied().unwrap_or(0)) + 1;
        sums.push(sums.last().copied().unwrap_or(0) + weight);
    }
    let rows: Vec<(&[u32], &[u8])> = bundle.table.as_ref().map(|table| table.rows().collect()).unwrap_or_default();
    let mut random = Random::new(SEED);
    let mut below = |n: u64| random.bits() % n.max(1);
    let mut out = Vec::with_capacity(count);
    for number in 0..count {
        let popular = |draw: u64| sums.partition_point(|sum| *sum <= draw) as u32;
        let whole = sums.last().copied().unwrap_or(0);
        let mut item = popular(below(whole));
        let mut session = LoggedSession { key: format!("made/{}", number + 1), events: Vec::new() };
        let events = 1 + below(LONGEST);
        for at in 0..events {
            let id = if (item as usize) < items.old { items.ids.get(item as usize) } else { None };
            session.events.push(crate::log::LoggedEvent {
                item: id.cloned().unwrap_or_default(),
                kind: EventKind::View,
                at_ms: START_MS + at * PAUSE_MS,
                quantity: None,
                dwell_ms: None,
            });
            let (next, weights) = rows.get(item as usize).copied().unwrap_or_default();
            let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
            let jump = below(8) == 0 || total == 0;
            item = if jump {
                popular(below(whole))
            } else {
                let mut left = below(total);
                let taken = weights.iter().position(|weight| {
                    let here = left < u64::from(*weight);
                    left = left.saturating_sub(u64::from(*weight));
                    here
                });
                taken.and_then(|at| next.get(at)).copied().unwrap_or_else(|| popular(0))
            };
        }
        out.push(session);
    }
    out
}

/// The title of an item, of whichever bundle has it, or its id.
pub(super) fn title(number: u32, items: &Items, old: &Bundle, new: &Bundle) -> String {
    let of = |bundle: &Bundle, at: ItemIdx| bundle.engine.catalog().title(at).to_owned();
    let told = items.in_old(number).map(|at| of(old, at)).or_else(|| items.in_new(number).map(|at| of(new, at)));
    told.filter(|title| !title.is_empty()).unwrap_or_else(|| items.ids.get(number as usize).cloned().unwrap_or_default())
}
