//! Slates computed once more, by the engine that serves, and held against those that were served.

use super::row::{Answer, Row};
use nearhand::arena::Arena;
use nearhand::recommend::Recommender;
use nearhand::session::Counts;
use nearhand::{Consent, Error, ItemKey, Request, Result, SessionState, Slate, Tier};

/// Items whose scores are so near, of the slate's best, may change places: models are computed a little otherwise elsewhere.
const TIE: f64 = 1e-6;

/// How a slate differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The session of the row does not count as it did there.
    Session,
    /// The engine refuses the request.
    Refused,
    /// Of another catalog.
    Catalog,
    /// Other items.
    Items,
    /// The same items, at other places.
    Order,
    /// Another source.
    Source,
    /// The same items, with other scores.
    Scores,
}

impl Kind {
    pub(super) const ALL: [Self; 7] =
        [Self::Session, Self::Refused, Self::Catalog, Self::Items, Self::Order, Self::Source, Self::Scores];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Refused => "refused",
            Self::Catalog => "catalog",
            Self::Items => "items",
            Self::Order => "order",
            Self::Source => "source",
            Self::Scores => "scores",
        }
    }
}

/// A difference: what was served, and what comes out now.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Difference {
    pub kind: Kind,
    /// The place, from 1; 0 where it is of no place.
    pub place: usize,
    pub served: String,
    pub recomputed: String,
}

/// What came of a slate.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Held {
    pub difference: Option<Difference>,
    /// The largest difference of two scores of one item, of the slate's best.
    pub largest: f64,
    /// Places that changed with one whose score is as good as the same.
    pub ties: u64,
}

/// The session of a row as the engine had it.
///
/// # Errors
/// `invalid-option` for lifetimes out of range.
pub(super) fn session(row: &Row) -> Result<std::result::Result<SessionState, Difference>> {
    let mut session = SessionState::with(Consent::Memory, row.lifetimes)?;
    session.resume(row.session.iter().map(|one| one.event).collect(), row.stated_ms, row.now_ms);
    let word = |counts: Counts| match counts {
        Counts::Interest => "interest",
        Counts::Shown => "shown",
        Counts::Cart => "cart",
        Counts::Recent => "recent",
        Counts::Dismissed => "dismissed",
        Counts::Undone => "undone",
    };
    // Items that the catalog does not hold speak for nothing, and which of them are the same is not told: as what they count is neither.
    let then: Vec<(usize, &str)> =
        (1..).zip(&row.session).filter(|(_, one)| one.known).map(|(place, one)| (place, one.counts.as_str())).collect();
    let known = |item: ItemKey| row.session.iter().any(|one| one.known && one.event.item == item);
    let now: Vec<&str> =
        session.events().iter().filter(|event| known(event.item)).filter_map(|event| session.counts(event)).map(word).collect();
    let at = then.iter().zip(&now).take_while(|((_, then), now)| then == *now).count();
    if (at, at) == (then.len(), now.len()) {
        return Ok(Ok(session));
    }
    let (place, served) = then.get(at).copied().unwrap_or((row.session.len() + 1, "none"));
    let recomputed = now.get(at).copied().unwrap_or("none");
    Ok(Err(Difference { kind: Kind::Session, place, served: served.to_owned(), recomputed: recomputed.to_owned() }))
}

/// Holds each slate of a row against the one that comes out now.
pub(super) fn held(recommender: &mut Recommender, session: &SessionState, row: &Row, tolerance: f64, arena: &Arena) -> Vec<Held> {
    match recommender.recommend_page(session, &row.requests, row.now_ms, arena) {
        Ok(slates) => {
            let model = row.tier == Some(Tier::Full);
            slates.iter().zip(&row.slates).map(|(slate, served)| compared(slate, served, tolerance, model)).collect()
        }
        Err(error) => row.slates.iter().map(|_| refused(&error, &row.requests)).collect(),
    }
}

fn refused(error: &Error, requests: &[Request]) -> Held {
    let served = format!("{} requests", requests.len());
    let recomputed = error.code().as_str().to_owned();
    Held { difference: Some(Difference { kind: Kind::Refused, place: 0, served, recomputed }), ..Held::default() }
}

/// Whether two scores differ by no more than a share of the slate's best.
fn near(a: f64, b: f64, share: f64, best: f64) -> bool {
    (a - b).abs() <= share * best
}

/// `model`: one may have spoken. Table and popularity are computed alike everywhere, so that their order is the same to the last digit.
pub(super) fn compared(slate: &Slate<'_>, served: &Answer, tolerance: f64, model: bool) -> Held {
    let now: Vec<(&str, f64)> = slate.items.iter().map(|item| (item.row.item, f64::from(item.score))).collect();
    // What a slate's scores are measured by: those of popularity alone are a millionth of others.
    let best = now.iter().map(|(_, score)| score.abs()).chain(served.scores.iter().map(|score| score.abs())).fold(0.0, f64::max);
    let mut held = Held::default();
    let mut first: Option<Difference> = None;
    let mut differs = |kind: Kind, place: usize, served: &str, recomputed: &str| {
        if first.as_ref().is_none_or(|first| kind < first.kind) {
            first = Some(Difference { kind, place, served: served.to_owned(), recomputed: recomputed.to_owned() });
        }
    };
    for place in 0..served.items.len().max(now.len()) {
        let then = served.items.get(place).map(String::as_str).zip(served.scores.get(place).copied());
        let (Some((item, score)), Some((other, other_score))) = (then, now.get(place).copied()) else {
            let name = |of: Option<(&str, f64)>| of.map_or("nothing", |(item, _)| item).to_owned();
            differs(Kind::Items, place + 1, &name(then), &name(now.get(place).copied()));
            continue;
        };
        let own = now.iter().find(|(id, _)| *id == item).map(|(_, score)| *score);
        if let Some(own) = own.filter(|_| best > 0.0) {
            held.largest = held.largest.max((score - own).abs() / best);
        }
        match own {
            None => differs(Kind::Items, place + 1, item, other),
            Some(own) if !near(score, own, tolerance, best) => {
                differs(if item == other { Kind::Scores } else { Kind::Order }, place + 1, item, other);
                if item == other {
                    continue;
                }
            }
            Some(_) if item == other => {}
            // What no model speaks for is at most a millionth of the best.
            Some(own) if model && own > TIE * best && near(own, other_score, TIE, best) => held.ties += 1,
            Some(_) => differs(Kind::Order, place + 1, item, other),
        }
    }
    if served.source != slate.source.as_str() {
        differs(Kind::Source, 0, &served.source, slate.source.as_str());
    }
    if let Some(difference) = first.as_mut().filter(|difference| difference.kind == Kind::Scores) {
        let at = difference.place.saturating_sub(1);
        let text = |score: Option<f64>| score.map_or_else(String::new, |score| score.to_string());
        difference.served = format!("{} {}", difference.served, text(served.scores.get(at).copied()));
        difference.recomputed = format!("{} {}", difference.recomputed, text(now.get(at).map(|(_, score)| *score)));
    }
    held.difference = first;
    held
}
