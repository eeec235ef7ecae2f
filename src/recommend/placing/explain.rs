//! Explain: what came out, told: the items with their reasons, the notes, and what every rule did.

use super::arrange::Arranged;
use super::arrange::Placed;
use super::arrange::Way;
use super::candidate::Candidate;
use super::candidates::Head;
use super::candidates::Pool;
use super::candidates::Prefer;
use super::rules::Pin;
use super::rules::Ruling;
use crate::arena::{Arena, List};
use crate::catalog::Column;
use crate::recommend::asked::Request;
use crate::recommend::evidence::Evidence;
use crate::recommend::remarks::Remarks;
use crate::recommend::slate::Applied;
use crate::recommend::slate::Reason;
use crate::recommend::slate::ReasonKind;
use crate::recommend::slate::SlateItem;
use crate::recommend::slate::Source;
use crate::recommend::state::Recommender;

/// All that one slate came from.
pub(in crate::recommend) struct Outcome<'s> {
    pub recommender: &'s Recommender,
    pub request: &'s Request,
    pub evidence: Evidence<'s>,
    pub pool: Pool<'s>,
    pub head: Head<'s>,
    pub arranged: Arranged<'s>,
    pub pins: List<'s, Pin<'s>>,
    pub ruling: Ruling<'s>,
}

impl Outcome<'_> {
    /// The asked-for places with their numbers.
    pub(in crate::recommend) fn page(&self) -> impl Iterator<Item = (usize, &Placed)> {
        (1..).zip(&self.arranged.places).skip(self.request.offset)
    }

    /// The candidates of the asked-for places.
    fn ranked(&self) -> impl Iterator<Item = &Candidate> {
        self.page().filter_map(|(_, placed)| self.head.of(placed))
    }

    /// What rules did while the places were filled.
    pub(in crate::recommend) fn arranging(&self, remarks: &mut Remarks<'_>) {
        let request = self.request;
        for ((column, _), passed) in request.caps.set().zip(self.arranged.capped) {
            let rule = match column {
                Column::Brand => "cap-brand",
                Column::Group => "cap-group",
                _ => "cap-category",
            };
            remarks.effect(rule, "", passed);
        }
        if request.min_relevance > 0.0 {
            remarks.effect("min-relevance", "", self.head.dropped);
        }
        if request.diversity > 0.0 {
            let moved = self.page().filter(|(place, placed)| self.moved_from(*place, placed).is_some()).count();
            remarks.effect("diversity", "", moved);
        }
        if request.explore.is_some() {
            let moved = self.page().filter(|(_, placed)| placed.explored_from.is_some()).count();
            remarks.effect("explore", "", moved);
        }
    }

    /// Says why the slate is not what was asked for, and which evidence it goes by.
    pub(in crate::recommend) fn source(&self, remarks: &mut Remarks<'_>) -> Source {
        let request = self.request;
        if let Some(explore) = &request.explore
            && !self.page().any(|(place, placed)| place == explore.place && matches!(placed.way, Way::Ranked(_)))
        {
            remarks.note("explore-off-slate");
        }
        if self.page().count() < request.k {
            remarks.note("short");
            if self.arranged.capped.iter().any(|passed| *passed > 0) {
                remarks.note("capped");
            }
            if self.head.dropped > 0 {
                remarks.note("below-min-relevance");
            }
        }
        if self.pool.prefer == Prefer::All && self.ranked().any(|c| c.group == 1) {
            remarks.note("filled-beyond-category");
        }
        if let Prefer::Unless(floor) = self.pool.prefer
            && self.ranked().any(|c| c.raw < floor)
        {
            remarks.note("likeness-weak");
        }
        if self.ranked().any(|c| !c.is_fill()) {
            if self.ranked().any(Candidate::is_fill) {
                remarks.note("filled-with-popular");
            }
            return self.evidence.source;
        }
        let curated = self.ranked().next().is_some() && self.ranked().all(Candidate::is_curated);
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
    pub(in crate::recommend) fn item<'a>(&self, place: usize, placed: &Placed, arena: &'a Arena) -> SlateItem<'a> {
        let (recommender, explain) = (self.recommender, self.request.explain);
        let candidate = self.head.of(placed);
        let mut part = recommender.part_of(&self.evidence, placed.item);
        let raw = part.total();
        let score = candidate.map_or(raw, |c| c.score);
        part.rules = score - raw;
        let mut reasons = recommender.reasons(placed.item, &part, &self.evidence, explain, arena);
        if matches!(placed.way, Way::Pinned(_)) {
            reasons.insert(0, Reason::alone(ReasonKind::Rule, 0.0));
        }
        if candidate.is_some_and(Candidate::is_curated) {
            reasons = arena.collect([Reason::alone(ReasonKind::Curated, 0.0)]);
        }
        SlateItem {
            row: recommender.catalog.row(placed.item).map(|text| arena.text(text)),
            rank: place,
            score,
            propensity: placed.propensity,
            reasons: reasons.into_bump_slice(),
            parts: explain.then_some(part),
            rules: explain.then(|| self.applied(place, placed, arena).into_bump_slice()),
        }
    }

    /// The rules that moved an item.
    fn applied<'a>(&self, place: usize, placed: &Placed, arena: &'a Arena) -> List<'a, Applied<'a>> {
        let one = |rule, name, from| Applied { rule, name, factor: None, from };
        match placed.way {
            Way::Pinned(at) => arena.collect(self.pins.get(at).map(|pin| one("pin", arena.text(&pin.rule.name), None))),
            Way::Ranked(_) => {
                let mut applied = self.ruling.applied(placed.item, arena);
                applied.extend(placed.explored_from.map(|from| one("explore", "", Some(from))));
                applied.extend(self.moved_from(place, placed).map(|from| one("diversity", "", Some(from))));
                applied
            }
        }
    }
}
