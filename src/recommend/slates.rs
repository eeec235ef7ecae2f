//! The slates of a page: all steps, one after the other.

use super::asked::{Placement, Request};
use super::evidence::Evidence;
use super::placing::arrange::{Arranged, Layout, WINDOW, arrange};
use super::placing::candidate::Candidate;
use super::placing::candidates::{Head, Pool, Prefer};
use super::placing::explain::Outcome;
use super::placing::likeness::Likeness;
use super::placing::rules::{Pin, Ruling};
use super::remarks::Remarks;
use super::slate::Slate;
use super::state::Recommender;
use crate::arena::{Arena, List};
use crate::catalog::Column;
use crate::error::{Code, Error, Result};
use crate::ids::ItemIdx;
use crate::session::SessionState;

/// Most widgets of one page.
const MAX_WIDGETS: usize = 16;

impl Recommender {
    /// The slate for a session, in an arena. Never fails for want of a model: a failing one is noted and the table
    /// answers.
    ///
    /// # Errors
    /// `invalid-option` for a bad request, `column-unknown` for a filter; `score-not-finite` never in practice, as every
    /// part is checked.
    pub fn recommend<'a>(
        &mut self,
        session: &SessionState,
        request: &Request,
        now_ms: u64,
        arena: &'a Arena,
    ) -> Result<Slate<'a>> {
        request.check()?;
        self.slate(session, request, &mut arena.list(), now_ms, arena)
    }

    /// The slates of one page, one a request, in order of their claim: no item is in two of them.
    ///
    /// # Errors
    /// As [`Recommender::recommend`]; `invalid-option` also for no request or more than 16.
    pub fn recommend_page<'a>(
        &mut self,
        session: &SessionState,
        requests: &[Request],
        now_ms: u64,
        arena: &'a Arena,
    ) -> Result<&'a [Slate<'a>]> {
        if !(1..=MAX_WIDGETS).contains(&requests.len()) {
            return Err(Error::new(Code::OptionInvalid, "a page has 1 to 16 slates").with("slates", requests.len()));
        }
        requests.iter().try_for_each(Request::check)?;
        let (mut shown, mut slates) = (arena.list(), arena.list());
        for request in requests {
            slates.push(self.slate(session, request, &mut shown, now_ms, arena)?);
        }
        Ok(slates.into_bump_slice())
    }

    fn slate<'a>(
        &mut self,
        session: &SessionState,
        request: &Request,
        shown: &mut List<'_, ItemIdx>,
        now_ms: u64,
        arena: &'a Arena,
    ) -> Result<Slate<'a>> {
        let mut remarks = Remarks::new(request, arena);
        let source = request.source.as_deref().and_then(|id| self.catalog.find(id));
        if request.source.is_some() && source.is_none() {
            remarks.note("source-unknown");
        }
        let mut evidence = self.evidence(session, request, source, now_ms, &mut remarks);
        evidence.page = source;
        let recommender = &*self;
        let ruling = Ruling::new(recommender, request, session, source, now_ms, &mut remarks)?;
        let set = ruling.allowed(shown, evidence.only, evidence.narrow, &mut remarks);
        if set.is_empty() {
            remarks.note("nothing-allowed");
        }
        let pins = ruling.pins(&set, &mut remarks);
        let mut pool = ruling.pool(set, &mut remarks);
        if request.placement == Some(Placement::Category) && !pool.has_inside() {
            remarks.note("category-unknown");
        }
        if let Some(floor) = evidence.floor
            && let Some(category) = source.and_then(|item| recommender.catalog.category(item))
        {
            ruling.prefer(&mut pool, category, Prefer::Unless(floor));
        }
        let (head, arranged) = recommender.fill(&ruling, &evidence, &mut pool, &pins, arena)?;
        let outcome = Outcome { recommender, request, evidence, pool, head, arranged, pins, ruling };
        outcome.arranging(&mut remarks);
        let source = outcome.source(&mut remarks);
        shown.extend(outcome.page().map(|(_, placed)| placed.item));
        let items = arena.collect(outcome.page().map(|(place, placed)| outcome.item(place, placed, arena)));
        Ok(Slate {
            items: items.into_bump_slice(),
            source,
            placement: request.placement,
            notes: remarks.notes.into_bump_slice(),
            events: evidence.context.len(),
            more: outcome.arranged.more,
            unknown: remarks.missing.into_bump_slice(),
            effects: remarks.effects.map(List::into_bump_slice),
        })
    }

    /// Fills the places from as many candidates as that needs.
    fn fill<'a>(
        &self,
        ruling: &Ruling<'_>,
        evidence: &Evidence<'_>,
        pool: &mut Pool<'_>,
        pins: &[Pin<'_>],
        arena: &'a Arena,
    ) -> Result<(Head<'a>, Arranged<'a>)> {
        let request = ruling.request;
        let places = arena.collect(pins.iter().map(|pin| (pin.place, pin.item)));
        let caps = arena.collect(request.caps.set());
        let want = request.offset + request.k;
        let layout = Layout { pins: &places, caps: &caps, diversity: request.diversity, explore: request.explore, want };
        let window = if request.diversity > 0.0 { WINDOW } else { 0 };
        let explored = request.explore.map_or(0, |e| e.place + e.among);
        let mut n = want.max(explored) + 1 + pins.len() + window;
        loop {
            let head = self.head(evidence, pool, n, arena)?;
            let look = Likeness::new(self, request.diversity > 0.0, &head.candidates, &places, arena);
            let arranged = arrange(&head.candidates, head.complete, &layout, &look, arena);
            if arranged.starved {
                n = n.saturating_mul(4);
                continue;
            }
            // Popular items are ordered by the page's category only once they are needed: it costs a pass.
            let filled = arranged.places.iter().filter_map(|placed| head.of(placed)).any(Candidate::is_fill);
            let category = request.category.as_deref().or_else(|| self.catalog.category(ruling.source?));
            match category.filter(|_| filled && pool.prefer == Prefer::Nothing && self.catalog.has(Column::Category)) {
                Some(category) => ruling.prefer(pool, category, Prefer::Popular),
                None => return Ok((head, arranged)),
            }
        }
    }
}
