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
//! To each the popularity of `evidence::score` is added, which orders what nothing else tells apart.

use crate::arena::List;
use crate::catalog::Column;
use crate::error::Result;
use crate::event::EventKind;
use crate::features::ContextEvent;
use crate::ids::ItemIdx;
use crate::rank::{BitSet, ItemVectors, Scored, TopK};
use crate::recommend::asked::Placement;
use crate::recommend::asked::Relate;
use crate::recommend::asked::Relation;
use crate::recommend::asked::Request;
use crate::recommend::remarks::Remarks;
use crate::recommend::slate::Part;
use crate::recommend::slate::Source;
use crate::recommend::state::Recommender;
use crate::session::{SessionState, StoredEvent};

/// What evidence a slate goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::recommend) enum Kind {
    /// The blend of `evidence::score`.
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

/// The evidence of one slate. What it says of items stands in the recommender: the blend's parts, votes, likeness, rise.
#[derive(Clone, Copy, Debug)]
pub(in crate::recommend) struct Evidence<'a> {
    /// The events that speak, oldest first.
    pub context: &'a [ContextEvent],
    pub kind: Kind,
    pub source: Source,
    /// The only items there are; all where it is none.
    pub only: Option<&'a [ItemIdx]>,
    /// A condition that stands in for evidence that the bundle lacks.
    pub narrow: Option<(Column, Relate)>,
    /// The item of the page.
    pub page: Option<ItemIdx>,
    /// Likeness below this does not stand out.
    pub floor: Option<f32>,
}

impl<'a> Evidence<'a> {
    const fn new(context: &'a [ContextEvent], kind: Kind, source: Source) -> Self {
        Self { context, kind, source, only: None, narrow: None, page: None, floor: None }
    }
}

/// The tables that can vote.
#[derive(Clone, Copy)]
enum Voter {
    Main,
    Bought,
}

impl Recommender {
    /// The evidence for a request. Where the bundle or the session has none, notes say what stands in.
    pub(in crate::recommend) fn evidence<'a>(
        &mut self,
        session: &SessionState,
        request: &Request,
        source: Option<ItemIdx>,
        now_ms: u64,
        remarks: &mut Remarks<'a>,
    ) -> Evidence<'a> {
        let (events, arena) = (session.events(), remarks.arena);
        match (request.placement, request.relation, source) {
            (Some(Placement::Product), Some(relation), Some(item)) => {
                let page = self.context_of(&[], &|_| false, Some(item), now_ms, arena);
                let found = match relation {
                    Relation::Similar => self.similar(page, remarks),
                    Relation::Complementary => self.complementary(page, remarks),
                };
                if let Some(evidence) = found {
                    return evidence;
                }
            }
            (Some(Placement::Product), _, None) => remarks.note("source-missing"),
            (Some(Placement::Cart), ..) => {
                let held = |e: &StoredEvent| e.kind == EventKind::CartAdd && session.in_cart(e.item);
                let cart = self.context_of(events, &held, None, now_ms, arena);
                if !cart.is_empty() {
                    return self.goes_with(cart, remarks);
                }
                remarks.note("cart-empty");
            }
            (Some(Placement::PostPurchase), ..) => {
                let bought =
                    self.context_of(events, &|e| e.kind == EventKind::Purchase && session.is_current(e), None, now_ms, arena);
                if !bought.is_empty() {
                    return self.goes_with(bought, remarks);
                }
                remarks.note("nothing-bought");
            }
            (Some(Placement::RecentlyViewed), ..) => return self.recent(session, source, now_ms, remarks),
            (Some(Placement::Trending), ..) => return self.trending(remarks),
            _ => {}
        }
        let context = self.context(session, source, now_ms, arena);
        self.blended(context, remarks)
    }

    fn blended<'a>(&mut self, context: &'a [ContextEvent], remarks: &mut Remarks<'a>) -> Evidence<'a> {
        if self.score(context) {
            remarks.note("model-failed");
        }
        Evidence::new(context, Kind::Blend, self.scores.source())
    }

    /// By what was bought together with the items of a context, else by the blend of that context.
    fn goes_with<'a>(&mut self, context: &'a [ContextEvent], remarks: &mut Remarks<'a>) -> Evidence<'a> {
        if self.vote(Voter::Bought, context) {
            return Evidence::new(context, Kind::Bought, Source::Bought);
        }
        remarks.note("no-bought-table");
        self.blended(context, remarks)
    }

    fn complementary<'a>(&mut self, page: &'a [ContextEvent], remarks: &mut Remarks<'a>) -> Option<Evidence<'a>> {
        if self.vote(Voter::Bought, page) {
            return Some(Evidence::new(page, Kind::Bought, Source::Bought));
        }
        remarks.note("no-bought-table");
        self.by_table(page, Relate::Different)
    }

    fn similar<'a>(&mut self, page: &'a [ContextEvent], remarks: &mut Remarks<'a>) -> Option<Evidence<'a>> {
        let query = remarks.arena.filled(self.vectors.as_ref().map_or(0, ItemVectors::dim), 0.0);
        if let Some(vectors) = &self.vectors {
            vectors.dequantize(page.first()?.item, query);
        }
        if !self.find_cosines(query) {
            remarks.note("no-vectors");
            return self.by_table(page, Relate::Same);
        }
        self.votes.clear();
        // Beside a table of purchases the main table is one of views, and "viewed next" is "viewed instead".
        if self.bought.is_some() {
            self.vote(Voter::Main, page);
        }
        let floor = Some(stands_out(&self.cosines));
        Some(Evidence { floor, ..Evidence::new(page, Kind::Likeness, Source::Vectors) })
    }

    /// The main table speaks for the page's item, among items of the same or of other categories.
    fn by_table<'a>(&mut self, page: &'a [ContextEvent], relate: Relate) -> Option<Evidence<'a>> {
        if !self.vote(Voter::Main, page) {
            return None;
        }
        let narrow = page.first().and_then(|e| self.catalog.category(e.item)).map(|_| (Column::Category, relate));
        Some(Evidence { narrow, ..Evidence::new(page, Kind::Table, Source::Table) })
    }

    fn recent<'a>(
        &mut self,
        session: &SessionState,
        source: Option<ItemIdx>,
        now_ms: u64,
        remarks: &mut Remarks<'a>,
    ) -> Evidence<'a> {
        let arena = remarks.arena;
        // Of earlier visits, too.
        let looked = |e: &StoredEvent| matches!(e.kind, EventKind::View | EventKind::SearchClick) && session.counts(e).is_some();
        let context = self.context_of(session.events(), &looked, None, now_ms, arena);
        let mut only: List<'a, ItemIdx> = arena.list();
        self.votes.clear();
        for event in context.iter().rev().filter(|e| Some(e.item) != source) {
            if !only.contains(&event.item) {
                only.push(event.item);
                *self.votes.entry(event.item) = 1.0 / only.len() as f32;
            }
        }
        if only.is_empty() {
            remarks.note("nothing-viewed");
        }
        Evidence { only: Some(only.into_bump_slice()), ..Evidence::new(context, Kind::Recent, Source::Session) }
    }

    fn trending<'a>(&mut self, remarks: &mut Remarks<'a>) -> Evidence<'a> {
        if self.trend.is_none() {
            remarks.note("no-recent-counts");
            return self.blended(&[], remarks);
        }
        Evidence::new(&[], Kind::Trending, Source::Trending)
    }

    /// Takes the votes of a context in a table over the largest of them, so that the best has 1. Whether the bundle has
    /// the table.
    fn vote(&mut self, voter: Voter, context: &[ContextEvent]) -> bool {
        let table = match voter {
            Voter::Main => &self.table,
            Voter::Bought => &self.bought,
        };
        let Some(table) = table else { return false };
        let mut votes = std::mem::take(&mut self.votes);
        votes.clear();
        table.votes(self.voters(context), |item, vote| *votes.entry(item) += vote);
        let largest = votes.iter().map(|v| v.value).fold(0.0, f32::max);
        if largest > 0.0 {
            votes.iter_mut().for_each(|(_, vote)| *vote /= largest);
        }
        self.votes = votes;
        true
    }

    /// What the evidence says for every item, or every base item; nothing where it speaks for few.
    fn all(&self, kind: Kind) -> &[f32] {
        match kind {
            Kind::Likeness => &self.cosines,
            Kind::Trending => self.trend.as_deref().unwrap_or_default(),
            _ => &[],
        }
    }

    /// The `n` best of a set by raw score, best first, in a buffer.
    pub(in crate::recommend) fn ranked(
        &self,
        evidence: &Evidence<'_>,
        set: &BitSet,
        n: usize,
        buffer: Vec<Scored>,
    ) -> Result<Vec<Scored>> {
        if evidence.kind == Kind::Blend {
            return self.best_in(set, n, buffer);
        }
        let mut top = TopK::new(n, buffer);
        let mut offer = |item| top.offer(item, self.raw(evidence, item));
        if !self.all(evidence.kind).is_empty() {
            for item in set.iter() {
                offer(item)?;
            }
            return Ok(top.into_sorted());
        }
        // Whom nothing speaks for comes in the order of popularity: the first n of them are enough.
        let popular = self.by_popularity.iter().copied();
        let added = (self.catalog.base_len() as u32..self.catalog.len() as u32).map(ItemIdx);
        for item in popular.filter(|item| set.contains(*item) && self.votes.get(*item).is_none()).take(n) {
            offer(item)?;
        }
        let few = self.votes.iter().map(|vote| vote.item);
        for item in few.filter(|item| item.at() < self.catalog.base_len()).chain(added) {
            if set.contains(item) {
                offer(item)?;
            }
        }
        Ok(top.into_sorted())
    }

    /// An item's raw score.
    pub(in crate::recommend) fn raw(&self, evidence: &Evidence<'_>, item: ItemIdx) -> f32 {
        self.part_of(evidence, item).total()
    }

    /// The parts of an item's raw score. An added item shares those of the item it is like, or has none.
    pub(in crate::recommend) fn part_of(&self, evidence: &Evidence<'_>, item: ItemIdx) -> Part {
        let said = |item: ItemIdx| self.votes.get(item).copied().unwrap_or(0.0);
        let stand_in = self.catalog.stand_in(item);
        // Likeness is told of added items too, the rise of base items alone.
        let all = self.all(evidence.kind);
        let all = all.get(item.at()).or_else(|| all.get(stand_in?.at())).copied().unwrap_or(0.0);
        let mut part = Part { popularity: stand_in.map_or(0.0, |i| self.popularity_part(i)), ..Part::default() };
        match evidence.kind {
            Kind::Blend => return self.part(item),
            // One's own history is of the very item, not of one like it.
            Kind::Recent => part.repeat = said(item),
            Kind::Trending => part.popularity += all,
            Kind::Likeness => (part.table, part.model) = (stand_in.map_or(0.0, said), all.max(0.0)),
            Kind::Bought | Kind::Table => part.table = stand_in.map_or(0.0, said),
        }
        part
    }
}

/// The likeness from which an item stands out among all: so many standard deviations above the mean.
const OUT: f32 = 3.0;

fn stands_out(cosines: &[f32]) -> f32 {
    let n = cosines.len().max(1) as f32;
    let mean = cosines.iter().sum::<f32>() / n;
    let square = cosines.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / n;
    mean + OUT * libm::sqrtf(square)
}
