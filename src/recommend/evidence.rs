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

use super::{Part, Placement, Recommender, Relate, Relation, Request, Source};
use crate::catalog::Column;
use crate::error::Result;
use crate::event::EventKind;
use crate::features::ContextEvent;
use crate::ids::ItemIdx;
use crate::rank::{BitSet, ItemVectors, Scored, TopK, TransitionTable};
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
    /// A placement's own parts; the blend's stand in the recommender.
    own: Own,
    /// The only items there are; all where it is none.
    pub only: Option<Vec<ItemIdx>>,
    /// A condition that stands in for evidence that the bundle lacks.
    pub narrow: Option<(Column, Relate)>,
}

/// A placement's own parts.
#[derive(Debug, Default)]
struct Own {
    /// Items that the session or a table speaks for, with what they say, in ascending order.
    few: Vec<(ItemIdx, f32)>,
    /// By base item: likeness, or rise.
    all: Vec<f32>,
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
            Some(few) => own(context, Kind::Bought, Source::Bought, few, Vec::new()),
            None => {
                notes.push("no-bought-table");
                self.blended(context, notes)
            }
        }
    }

    fn complementary(&self, page: &[ContextEvent], notes: &mut Vec<&'static str>) -> Option<Evidence> {
        if let Some(bought) = &self.bought {
            return Some(own(page.to_vec(), Kind::Bought, Source::Bought, self.votes(bought, page), Vec::new()));
        }
        notes.push("no-bought-table");
        self.by_table(page, Relate::Different)
    }

    fn similar(&mut self, page: &[ContextEvent], notes: &mut Vec<&'static str>) -> Option<Evidence> {
        let mut query = vec![0.0; self.vectors.as_ref().map_or(0, ItemVectors::dim)];
        if let Some(vectors) = &self.vectors {
            vectors.dequantize(page.first()?.stand_in, &mut query);
        }
        let Some(mut model) = self.cosines(&query) else {
            notes.push("no-vectors");
            return self.by_table(page, Relate::Same);
        };
        model.iter_mut().for_each(|x| *x = x.max(0.0));
        // Beside a table of purchases the main table is one of views, and "viewed next" is "viewed instead".
        let few = match (&self.table, &self.bought) {
            (Some(views), Some(_)) => self.votes(views, page),
            _ => Vec::new(),
        };
        Some(own(page.to_vec(), Kind::Likeness, Source::Vectors, few, model))
    }

    /// The main table speaks for the page's item, among items of the same or of other categories.
    fn by_table(&self, page: &[ContextEvent], relate: Relate) -> Option<Evidence> {
        let few = self.votes(self.table.as_ref()?, page);
        let narrow = page.first().and_then(|e| self.catalog.category(e.item)).map(|_| (Column::Category, relate));
        Some(Evidence { narrow, ..own(page.to_vec(), Kind::Table, Source::Table, few, Vec::new()) })
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
        let mut few: Vec<(ItemIdx, f32)> = Vec::with_capacity(only.len());
        for (p, item) in only.iter().enumerate() {
            few.insert(few.partition_point(|(i, _)| i < item), (*item, 1.0 / (1 + p) as f32));
        }
        let evidence = own(context, Kind::Recent, Source::Session, few, Vec::new());
        Evidence { only: Some(only), ..evidence }
    }

    fn trending(&mut self, notes: &mut Vec<&'static str>) -> Evidence {
        match self.trend.clone() {
            Some(rise) => own(Vec::new(), Kind::Trending, Source::Trending, Vec::new(), rise),
            None => {
                notes.push("no-recent-counts");
                self.blended(Vec::new(), notes)
            }
        }
    }

    /// The votes of a context in a table over the largest of them, so that the best has 1.
    fn votes(&self, table: &TransitionTable, context: &[ContextEvent]) -> Vec<(ItemIdx, f32)> {
        let blend = &self.blend.0;
        let recent = context.iter().rev().take(blend.last).map(|e| (e.stand_in, e.weight));
        let mut votes = Vec::new();
        table.votes(recent, blend.lambda, &mut votes);
        let largest = votes.iter().map(|v| v.sum).fold(0.0, f32::max);
        votes.iter().filter(|v| v.sum > 0.0).map(|v| (v.item, v.sum / largest)).collect()
    }

    /// The `n` best of a set by raw score, best first.
    pub(super) fn ranked(&self, evidence: &Evidence, set: &BitSet, n: usize) -> Result<Vec<Scored>> {
        let own = &evidence.own;
        if evidence.kind == Kind::Blend {
            return self.best(set, n);
        }
        let mut top = TopK::new(n, Vec::new());
        let mut offer = |item| top.offer(item, self.raw(evidence, item));
        if !own.all.is_empty() {
            for item in set.iter() {
                offer(item)?;
            }
            return Ok(top.into_sorted());
        }
        // Whom nothing speaks for comes in the order of popularity: the first n of them are enough.
        let popular = self.by_popularity.iter().copied();
        let added = (self.catalog.base_len() as u32..self.catalog.len() as u32).map(ItemIdx);
        let few = |item: ItemIdx| own.few.binary_search_by_key(&item, |(i, _)| *i).is_ok();
        for item in popular.filter(|item| set.contains(*item) && !few(*item)).take(n) {
            offer(item)?;
        }
        for item in own.few.iter().map(|(item, _)| *item).filter(|item| item.at() < self.catalog.base_len()).chain(added) {
            if set.contains(item) {
                offer(item)?;
            }
        }
        Ok(top.into_sorted())
    }

    /// An item's raw score.
    pub(super) fn raw(&self, evidence: &Evidence, item: ItemIdx) -> f32 {
        self.part_of(evidence, item).total()
    }

    /// The parts of an item's raw score. An added item shares those of the item it is like, or has none.
    pub(super) fn part_of(&self, evidence: &Evidence, item: ItemIdx) -> Part {
        let own = &evidence.own;
        let few = |item: ItemIdx| own.few.binary_search_by_key(&item, |(i, _)| *i).ok().and_then(|at| own.few.get(at));
        let said = |item: ItemIdx| few(item).map_or(0.0, |(_, said)| *said);
        let stand_in = self.catalog.stand_in(item);
        let all = stand_in.and_then(|i| own.all.get(i.at())).copied().unwrap_or(0.0);
        let mut part = Part { popularity: stand_in.map_or(0.0, |i| self.popularity_part(i)), ..Part::default() };
        match evidence.kind {
            Kind::Blend => return self.part(item),
            // One's own history is of the very item, not of one like it.
            Kind::Recent => part.repeat = said(item),
            Kind::Trending => part.popularity += all,
            Kind::Likeness => (part.table, part.model) = (stand_in.map_or(0.0, said), all),
            Kind::Bought | Kind::Table => part.table = stand_in.map_or(0.0, said),
        }
        part
    }
}

fn own(context: Vec<ContextEvent>, kind: Kind, source: Source, few: Vec<(ItemIdx, f32)>, all: Vec<f32>) -> Evidence {
    Evidence { context, kind, source, own: Own { few, all }, only: None, narrow: None }
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
    let largest = trend.iter().copied().fold(0.0, f32::max);
    if largest > 0.0 {
        trend.iter_mut().for_each(|z| *z /= largest);
    }
    trend
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
