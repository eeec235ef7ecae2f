//! Explain: what came out, told: the items with their reasons, the notes, and what every rule did.

use super::arrange::{Arranged, Placed, Way};
use super::candidates::{Candidate, Head, Pool, Prefer};
use super::evidence::Evidence;
use super::rules::{Pin, Ruling};
use super::{Applied, Reason, ReasonKind, Recommender, Request, SlateItem, Source};
use crate::catalog::Column;
use crate::session::SessionState;

/// All that one slate came from.
pub(super) struct Outcome<'a> {
    pub recommender: &'a Recommender,
    pub request: &'a Request,
    pub session: &'a SessionState,
    pub evidence: &'a Evidence,
    pub pool: Pool,
    pub head: Head,
    pub arranged: Arranged,
    pub pins: Vec<Pin<'a>>,
    pub ruling: Ruling<'a>,
}

impl Outcome<'_> {
    /// The asked-for places with their numbers.
    pub(super) fn page(&self) -> impl Iterator<Item = (usize, &Placed)> {
        (1..).zip(&self.arranged.places).skip(self.request.offset)
    }

    /// What rules did while the places were filled.
    pub(super) fn arranging(&mut self) {
        let request = self.request;
        for ((column, _), passed) in request.caps.set().zip(self.arranged.capped.clone()) {
            let rule = match column {
                Column::Brand => "cap-brand",
                Column::Group => "cap-group",
                _ => "cap-category",
            };
            self.ruling.effect(rule, "", passed);
        }
        if request.min_relevance > 0.0 {
            self.ruling.effect("min-relevance", "", self.head.dropped);
        }
        if request.diversity > 0.0 {
            let moved = self.page().filter(|(place, placed)| self.moved_from(*place, placed).is_some()).count();
            self.ruling.effect("diversity", "", moved);
        }
        if request.explore.is_some() {
            let moved = self.page().filter(|(_, placed)| placed.explored_from.is_some()).count();
            self.ruling.effect("explore", "", moved);
        }
    }

    /// Says why the slate is not what was asked for, and which evidence it goes by.
    pub(super) fn source(&self, notes: &mut Vec<&'static str>) -> Source {
        let request = self.request;
        if let Some(explore) = &request.explore
            && !self.page().any(|(place, placed)| place == explore.place && matches!(placed.way, Way::Ranked(_)))
        {
            notes.push("explore-off-slate");
        }
        if self.page().count() < request.k {
            notes.push("short");
            if self.arranged.capped.iter().any(|passed| *passed > 0) {
                notes.push("capped");
            }
            if self.head.dropped > 0 {
                notes.push("below-min-relevance");
            }
        }
        let ranked: Vec<&Candidate> = self.page().filter_map(|(_, placed)| self.head.of(placed)).collect();
        if self.pool.prefer == Prefer::All && ranked.iter().any(|c| c.group == 1) {
            notes.push("filled-beyond-category");
        }
        let fill = ranked.iter().filter(|c| c.is_fill()).count();
        if fill < ranked.len() {
            if fill > 0 {
                notes.push("filled-with-popular");
            }
            return self.evidence.source;
        }
        let curated = !ranked.is_empty() && ranked.iter().all(|c| c.is_curated());
        if curated { Source::Curated } else { Source::Popular }
    }

    /// The place by score alone of an item that diversity moved. Other rules may have moved it as well.
    fn moved_from(&self, place: usize, placed: &Placed) -> Option<usize> {
        match placed.way {
            Way::Ranked(at) if self.request.diversity > 0.0 && at + 1 != place => Some(at + 1),
            _ => None,
        }
    }

    /// A filled place as the host sees it.
    pub(super) fn item(&self, place: usize, placed: &Placed) -> SlateItem {
        let (recommender, explain) = (self.recommender, self.request.explain);
        let candidate = self.head.of(placed);
        let raw = recommender.raw(self.evidence, placed.item);
        let score = candidate.map_or(raw, |c| c.score);
        let mut part = recommender.part_of(self.evidence, placed.item);
        part.rules = score - raw;
        let mut reasons = recommender.reasons(placed.item, &part, self.evidence, explain);
        let alone = |kind| Reason { kind, item: None, title: None, contribution: 0.0 };
        if matches!(placed.way, Way::Pinned(_)) {
            reasons.insert(0, alone(ReasonKind::Rule));
        }
        if candidate.is_some_and(|c| c.is_curated()) {
            reasons = vec![alone(ReasonKind::Curated)];
        }
        SlateItem {
            row: recommender.catalog.row(placed.item),
            rank: place,
            score,
            propensity: placed.propensity,
            reasons,
            parts: explain.then_some(part),
            rules: explain.then(|| self.applied(place, placed)),
        }
    }

    /// The rules that moved an item.
    fn applied(&self, place: usize, placed: &Placed) -> Vec<Applied> {
        let one = |rule, name: &str, from| Applied { rule, name: name.to_owned(), factor: None, from };
        match placed.way {
            Way::Pinned(at) => self.pins.get(at).map(|pin| one("pin", &pin.rule.name, None)).into_iter().collect(),
            Way::Ranked(_) => {
                let mut applied = self.ruling.applied(self.recommender, self.session, placed.item);
                applied.extend(placed.explored_from.map(|from| one("explore", "", Some(from))));
                applied.extend(self.moved_from(place, placed).map(|from| one("diversity", "", Some(from))));
                applied
            }
        }
    }
}
