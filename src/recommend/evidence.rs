//! Evidence: what ranks the candidates of a placement, and what stands in where a bundle has none of it.
//!
//! ```text
//! complementary  table = B(i) / max B      B(i) = Σ_p weight_p · exp(−p / lambda) · bought(s_p → i), here of the page's item alone
//! cart           the same of the items in the cart; post-purchase: of the items bought in the session
//! similar        model = max(0, cos(v_source, v_i)); beside a table of purchases also table = w(source → i) / max w
//! recent         repeat = 1 / (1 + p)      p-th of the session's own items, the newest is 0
//! trending       popularity = max(0, z_i) / max z      z_i = (recent_i − s · count_i) / sqrt(s · count_i + 1)
//!                s = Σ recent / Σ count: how many of an item's events the newest tenth would hold without a trend
//! ```
//! To each the popularity of `super::score` is added, which orders what nothing else tells apart.

use super::likeness::cosines;
use super::score::POPULARITY_WEIGHT;
use super::{Part, Placement, Recommender, Relate, Relation, Request, Source};
use crate::catalog::Column;
use crate::error::Result;
use crate::event::EventKind;
use crate::features::ContextEvent;
use crate::ids::ItemIdx;
use crate::rank::{BitSet, Scored, TransitionTable, top_k};
use crate::session::SessionState;

/// What evidence a slate goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The blend of `super::score`.
    Blend,
    /// Votes in the table of purchases.
    Bought,
    /// Votes in the main table, of the page's item alone.
    Table,
    /// Likeness to the page's item.
    Likeness,
    /// The session's own items.
    Recent,
    /// Rising items.
    Trending,
}

/// The evidence of one slate.
#[derive(Debug)]
pub(super) struct Evidence {
    /// The events that speak, oldest first.
    pub context: Vec<ContextEvent>,
    pub kind: Kind,
    pub source: Source,
    /// Scores of a placement's own; the blend's stand in the recommender.
    own: Own,
    /// The only items there are; all where it is none.
    pub only: Option<Vec<ItemIdx>>,
    /// A condition that stands in for evidence that the bundle lacks.
    pub narrow: Option<(Column, Relate)>,
}

/// Parts and sums of a placement's own scores, by item; an empty part is 0.
#[derive(Debug, Default)]
struct Own {
    table: Vec<f32>,
    repeat: Vec<f32>,
    model: Vec<f32>,
    popularity: Vec<f32>,
    total: Vec<f32>,
}

impl Evidence {
    fn blend(context: Vec<ContextEvent>, source: Source) -> Self {
        Self { context, kind: Kind::Blend, source, own: Own::default(), only: None, narrow: None }
    }
}

impl Recommender {
    /// The evidence for a request. Where the bundle or the session has none, notes say what stands in.
    pub(super) fn evidence(
        &mut self,
        session: &SessionState,
        request: &Request,
        source: Option<ItemIdx>,
        now_ms: u64,
        notes: &mut Vec<&'static str>,
    ) -> Evidence {
        let of_kind = |kind: EventKind| session.events().iter().filter(move |e| e.kind == kind);
        match (request.placement, request.relation, source) {
            (Some(Placement::Product), Some(relation), Some(item)) => {
                let page = self.context_of(std::iter::empty(), Some(item), now_ms);
                let found = match relation {
                    Relation::Similar => self.similar(&page, notes),
                    Relation::Complementary => self.complementary(&page, notes),
                };
                if let Some(evidence) = found {
                    return evidence;
                }
            }
            (Some(Placement::Product), _, None) => notes.push("source-missing"),
            (Some(Placement::Cart), ..) => {
                let cart = session.cart();
                let held = self.context_of(of_kind(EventKind::CartAdd).filter(|e| cart.contains(&e.item)), None, now_ms);
                if !held.is_empty() {
                    return self.goes_with(held, notes);
                }
                notes.push("cart-empty");
            }
            (Some(Placement::PostPurchase), ..) => {
                let bought = self.context_of(of_kind(EventKind::Purchase), None, now_ms);
                if !bought.is_empty() {
                    return self.goes_with(bought, notes);
                }
                notes.push("nothing-bought");
            }
            (Some(Placement::RecentlyViewed), ..) => return self.recent(session, source, now_ms, notes),
            (Some(Placement::Trending), ..) => return self.trending(notes),
            _ => {}
        }
        let context = self.context(session, source, now_ms);
        self.blended(context, notes)
    }

    fn blended(&mut self, context: Vec<ContextEvent>, notes: &mut Vec<&'static str>) -> Evidence {
        if self.score(&context) {
            notes.push("model-failed");
        }
        Evidence::blend(context, self.scores.source())
    }

    /// By what was bought together with the items of a context, else by the blend of that context.
    fn goes_with(&mut self, context: Vec<ContextEvent>, notes: &mut Vec<&'static str>) -> Evidence {
        match self.bought.as_ref().map(|table| self.votes(table, &context)) {
            Some(table) => self.own(context, Kind::Bought, Source::Bought, Own { table, ..Own::default() }),
            None => {
                notes.push("no-bought-table");
                self.blended(context, notes)
            }
        }
    }

    fn complementary(&self, page: &[ContextEvent], notes: &mut Vec<&'static str>) -> Option<Evidence> {
        if let Some(bought) = &self.bought {
            let table = self.votes(bought, page);
            return Some(self.own(page.to_vec(), Kind::Bought, Source::Bought, Own { table, ..Own::default() }));
        }
        notes.push("no-bought-table");
        self.by_table(page, Relate::Different)
    }

    fn similar(&self, page: &[ContextEvent], notes: &mut Vec<&'static str>) -> Option<Evidence> {
        let Some(vectors) = &self.vectors else {
            notes.push("no-vectors");
            return self.by_table(page, Relate::Same);
        };
        let mut query = vec![0.0; vectors.dim()];
        vectors.dequantize(page.first()?.stand_in, &mut query);
        let mut model = cosines(vectors, &query);
        model.iter_mut().for_each(|x| *x = x.max(0.0));
        // Beside a table of purchases the main table is one of views, and "viewed next" is "viewed instead".
        let table = match (&self.table, &self.bought) {
            (Some(views), Some(_)) => self.votes(views, page),
            _ => Vec::new(),
        };
        Some(self.own(page.to_vec(), Kind::Likeness, Source::Vectors, Own { table, model, ..Own::default() }))
    }

    /// The main table speaks for the page's item, among items of the same or of other categories.
    fn by_table(&self, page: &[ContextEvent], relate: Relate) -> Option<Evidence> {
        let table = self.votes(self.table.as_ref()?, page);
        let own = Own { table, ..Own::default() };
        let narrow = page.first().and_then(|e| self.catalog.category(e.item)).map(|_| (Column::Category, relate));
        Some(Evidence { narrow, ..self.own(page.to_vec(), Kind::Table, Source::Table, own) })
    }

    fn recent(&self, session: &SessionState, source: Option<ItemIdx>, now_ms: u64, notes: &mut Vec<&'static str>) -> Evidence {
        let looked = |e: &&crate::session::StoredEvent| matches!(e.kind, EventKind::View | EventKind::SearchClick);
        let context = self.context_of(session.events().iter().filter(looked), None, now_ms);
        let mut only: Vec<ItemIdx> = Vec::new();
        for event in context.iter().rev().filter(|e| Some(e.item) != source) {
            if !only.contains(&event.item) {
                only.push(event.item);
            }
        }
        if only.is_empty() {
            notes.push("nothing-viewed");
        }
        let mut repeat = vec![0.0; self.catalog.len()];
        for (p, item) in only.iter().enumerate() {
            if let Some(slot) = repeat.get_mut(item.at()) {
                *slot = 1.0 / (1 + p) as f32;
            }
        }
        let evidence = self.own(context, Kind::Recent, Source::Session, Own { repeat, ..Own::default() });
        Evidence { only: Some(only), ..evidence }
    }

    fn trending(&mut self, notes: &mut Vec<&'static str>) -> Evidence {
        match self.trend.clone() {
            Some(popularity) => self.own(Vec::new(), Kind::Trending, Source::Trending, Own { popularity, ..Own::default() }),
            None => {
                notes.push("no-recent-counts");
                self.blended(Vec::new(), notes)
            }
        }
    }

    /// The votes of a context in a table over the largest of them, so that the best has 1.
    fn votes(&self, table: &TransitionTable, context: &[ContextEvent]) -> Vec<f32> {
        let blend = &self.blend.0;
        let mut votes = vec![0.0; self.catalog.base_len()];
        let recent = context.iter().rev().take(blend.last).map(|e| (e.stand_in, e.weight));
        table.vote_weighted(recent, blend.lambda, &mut votes);
        over_largest(&mut votes);
        votes
    }

    fn own(&self, context: Vec<ContextEvent>, kind: Kind, source: Source, mut own: Own) -> Evidence {
        for part in [&mut own.table, &mut own.model, &mut own.popularity] {
            if !part.is_empty() {
                part.resize(self.catalog.len(), 0.0);
                for (item, like) in self.catalog.likes() {
                    let value = part.get(like.at()).copied().unwrap_or(0.0);
                    if let Some(slot) = part.get_mut(item.at()) {
                        *slot = value;
                    }
                }
            }
        }
        own.popularity.resize(self.catalog.len(), 0.0);
        own.total = Vec::with_capacity(self.catalog.len());
        for i in 0..self.catalog.len() {
            let at = |part: &[f32]| part.get(i).copied().unwrap_or(0.0);
            let popular = POPULARITY_WEIGHT * self.popularity(ItemIdx(i as u32));
            if let Some(slot) = own.popularity.get_mut(i) {
                *slot += popular;
            }
            own.total.push(at(&own.table) + at(&own.repeat) + at(&own.model) + at(&own.popularity));
        }
        Evidence { context, kind, source, own, only: None, narrow: None }
    }

    /// The `n` best of a set by raw score, best first.
    pub(super) fn ranked(&self, evidence: &Evidence, set: &BitSet, n: usize) -> Result<Vec<Scored>> {
        top_k(self.totals(evidence), set, n)
    }

    /// An item's raw score.
    pub(super) fn raw(&self, evidence: &Evidence, item: ItemIdx) -> f32 {
        self.totals(evidence).get(item.at()).copied().unwrap_or(0.0)
    }

    fn totals<'a>(&'a self, evidence: &'a Evidence) -> &'a [f32] {
        match evidence.kind {
            Kind::Blend => self.scores.total(),
            _ => &evidence.own.total,
        }
    }

    /// The parts of an item's raw score.
    pub(super) fn part_of(&self, evidence: &Evidence, item: ItemIdx) -> Part {
        if evidence.kind == Kind::Blend {
            return self.scores.part(item);
        }
        let at = |part: &[f32]| part.get(item.at()).copied().unwrap_or(0.0);
        let own = &evidence.own;
        Part {
            table: at(&own.table),
            repeat: at(&own.repeat),
            model: at(&own.model),
            popularity: at(&own.popularity),
            rules: 0.0,
        }
    }
}

/// How much an item's newest events exceed what all of them let expect, over the largest excess; 0 where they do not.
pub(super) fn trend(recent: &[u32], counts: &[u32]) -> Vec<f32> {
    let sum = |all: &[u32]| all.iter().map(|c| f64::from(*c)).sum::<f64>();
    let share = sum(recent) / sum(counts).max(1.0);
    let mut trend: Vec<f32> = recent
        .iter()
        .zip(counts)
        .map(|(r, c)| {
            let expected = share * f64::from(*c);
            ((f64::from(*r) - expected) / libm::sqrt(expected + 1.0)).max(0.0) as f32
        })
        .collect();
    over_largest(&mut trend);
    trend
}

fn over_largest(values: &mut [f32]) {
    let largest = values.iter().copied().fold(0.0, f32::max);
    if largest > 0.0 {
        values.iter_mut().for_each(|v| *v /= largest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_by_hand() {
        // s = 30 / 300 = 0.1; expected 20, 10, 0: z = (10 − 20)/√21 < 0, (16 − 10)/√11 = 1.809, (4 − 0)/√1 = 4.
        let trend = trend(&[10, 16, 4], &[200, 100, 0]);
        assert_eq!((trend[0], trend[2]), (0.0, 1.0));
        assert!((trend[1] - 6.0 / 11_f32.sqrt() / 4.0).abs() < 1e-6);
        assert_eq!(super::trend(&[0, 0], &[0, 0]), [0.0, 0.0]);
    }
}
