//! Recommend: from a session to the slate of "you may also like" items.
//!
//! `context → evidence → rules → candidates → arrange → explain → Slate`. Each step is one file.

mod arrange;
mod candidates;
mod chance;
#[cfg(feature = "onnx")]
mod content;
mod context;
mod evidence;
mod explain;
mod likeness;
mod near;
mod placement;
mod promotion;
mod reasons;
mod remarks;
mod request;
mod rules;
mod score;
mod search;
mod slate;
#[cfg(test)]
mod tests;

pub use chance::{Explore, bucket};
pub use context::{GRACE_MS, joins, weigh};
pub use placement::{Placement, Relate, Relation};
pub use promotion::{Action, Rule, TestBucket};
pub use request::{Caps, Exclude, Relates, Request};
pub use score::{Blend, Scores};
pub use slate::{Applied, Effect, Part, Reason, ReasonKind, Slate, SlateItem, Source};

use crate::arena::{Arena, List};
use crate::bundle::{Limits, Manifest, OutputSpec, Parts, SignalSpec, StoredTable};
#[cfg(not(feature = "onnx"))]
use crate::catalog::by_words;
use crate::catalog::{Catalog, CatalogDelta, Column, Updated};
use crate::error::{Code, Error, Result};
use crate::features::{ContextEvent, Schema};
use crate::ids::ItemIdx;
use crate::model::Model;
use crate::rank::{ItemMap, ItemVectors, Scored, TransitionTable};
use crate::session::SessionState;
use arrange::{Arranged, Layout, WINDOW, arrange};
use candidates::{Candidate, Head, Pool, Prefer, Sets};
use evidence::{Evidence, trend};
use explain::Outcome;
use likeness::Likeness;
use nearhand_onnx::Tensor;
use remarks::Remarks;
use request::MAX_PLACE;
use rules::{Pin, Ruling};
use std::cell::Cell;

/// Most widgets of one page.
const MAX_WIDGETS: usize = 16;

/// Everything a slate is made from, but for the session.
pub struct Recommender {
    catalog: Catalog,
    vectors: Option<ItemVectors>,
    /// Values of the bundle's item vectors, which the lite tier does not keep.
    dim: Option<usize>,
    /// Lengths of the item vectors, as far as they were needed.
    lengths: Vec<f32>,
    table: Option<TransitionTable>,
    /// What was bought together.
    bought: Option<TransitionTable>,
    /// Training events an item, over the largest: 0 to 1.
    popularity: Vec<f32>,
    /// How much an item is on the rise, 0 to 1.
    trend: Option<Vec<f32>>,
    /// All base items in the order of the score's popularity part.
    by_popularity: Vec<ItemIdx>,
    blend: Blend,
    decays: Vec<f32>,
    signals: SignalSpec,
    model: Option<LoadedModel>,
    scores: Scores,
    /// What the session or a table says for items, 0 to 1, where a placement has evidence of its own.
    votes: ItemMap<f32>,
    /// Cosines of the page's item with all items, for the placement that asks for them.
    cosines: Vec<f32>,
    model_failures: u64,
    /// Memory of earlier calls, used again.
    best: Cell<Vec<Scored>>,
    sets: Sets,
}

struct LoadedModel {
    schema: Schema,
    inputs: Vec<Tensor>,
    output: OutputSpec,
    model: Box<dyn Model>,
}

impl LoadedModel {
    fn check(&self, answer: &[f32]) -> Result<()> {
        if let Some(at) = answer.iter().position(|v| !v.is_finite()) {
            return Err(Error::new(Code::ModelOutputNotFinite, "the model answered NaN or infinity").with("at", at));
        }
        if answer.len() != self.output.width {
            return Err(Error::new(Code::ModelMismatch, "the model answered another width").with("width", answer.len()));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Recommender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recommender")
            .field("items", &self.catalog.len())
            .field("model", &self.model.is_some())
            .finish_non_exhaustive()
    }
}

impl Recommender {
    /// From opened parts, without a model: the lite tier.
    ///
    /// # Errors
    /// `bundle-part-invalid` when vectors or table are not sound.
    pub fn new(parts: Parts) -> Result<(Self, Manifest)> {
        let items = parts.catalog.base_len();
        let largest = parts.popularity.iter().copied().max().unwrap_or(0).max(1) as f32;
        let popularity: Vec<f32> = parts.popularity.iter().map(|c| *c as f32 / largest).collect();
        let table = |stored: Option<StoredTable>| {
            stored.map(|t| TransitionTable::packed(items, t.successors, &t.counts, t.next, t.weights)).transpose()
        };
        let recommender = Self {
            catalog: parts.catalog,
            vectors: parts.vectors.map(|v| ItemVectors::new(v.dim, v.rows, v.scales)).transpose()?,
            dim: parts.manifest.items.as_ref().map(|items| items.dim),
            lengths: Vec::new(),
            table: table(parts.table)?,
            bought: table(parts.bought)?,
            trend: parts.recent.map(|recent| trend(&recent, &parts.popularity)),
            by_popularity: score::by_popularity(&popularity),
            popularity,
            blend: Blend(parts.manifest.blend),
            decays: score::decays(parts.manifest.blend.lambda),
            signals: parts.manifest.serving.signals,
            model: None,
            scores: Scores::default(),
            votes: ItemMap::default(),
            cosines: Vec::new(),
            model_failures: 0,
            best: Cell::default(),
            sets: Sets::default(),
        };
        Ok((recommender, parts.manifest))
    }

    /// Adds the model: the full tier.
    ///
    /// # Errors
    /// `manifest-invalid` when the declared inputs do not fit.
    pub fn set_model(&mut self, manifest: &Manifest, limits: &Limits, model: Box<dyn Model>) -> Result<()> {
        let spec = manifest.model.as_ref().ok_or_else(|| Error::new(Code::ManifestInvalid, "the bundle declares no model"))?;
        let schema = Schema::new(spec, self.vectors.as_ref().map(ItemVectors::dim), limits)?;
        self.scores.context.clear();
        self.model = Some(LoadedModel { inputs: schema.tensors(), schema, output: spec.output.clone(), model });
        Ok(())
    }

    /// Takes the model out: what remains is the lite tier. For measuring the table alone.
    pub fn drop_model(&mut self) {
        self.scores.context.clear();
        self.model = None;
    }

    /// Whether a model is loaded.
    #[must_use]
    pub const fn has_model(&self) -> bool {
        self.model.is_some()
    }

    /// The catalog.
    #[must_use]
    pub const fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Changes the catalog in place, row by row. A new item that is `like` none gets a vector of its own, the one it brings
    /// or one by title and category, and stands beside the base item whose vector is nearest. The lite tier, which has no
    /// vectors, takes the same deltas: there new items stand beside the one whose title is most like theirs, whatever
    /// vector they bring.
    ///
    /// # Errors
    /// Why the first row was left out, if any was: `item-unknown`, `catalog-duplicate-id`, `catalog-invalid` (also for a
    /// vector of another length, and where the bundle has no item vectors). The other rows are in.
    pub fn update_catalog(&mut self, delta: &CatalogDelta) -> Result<Updated> {
        let (done, first) = self.feed(delta);
        first.map_or(Ok(done), Err)
    }

    /// [`Recommender::update_catalog`], which tells of every row that was left out.
    pub fn feed(&mut self, delta: &CatalogDelta) -> (Updated, Option<Error>) {
        let (done, first) = self.take_in(delta);
        if done.added > 0 {
            // The largest x may be theirs.
            self.scores.context.clear();
        }
        (done, first)
    }

    #[cfg(not(feature = "onnx"))]
    fn take_in(&mut self, delta: &CatalogDelta) -> (Updated, Option<Error>) {
        let done = self.catalog.feed(delta, self.dim, &mut |catalog, new| by_words(catalog, new));
        if let Some(vectors) = &mut self.vectors {
            let added = (self.catalog.len() - done.0.added..self.catalog.len()).map(|i| ItemIdx(i as u32));
            added.for_each(|item| vectors.repeat(self.catalog.stand_in(item)));
        }
        done
    }

    /// The item vectors; none where the bundle has none, or the lite tier dropped them.
    #[must_use]
    pub const fn vectors(&self) -> Option<&ItemVectors> {
        self.vectors.as_ref()
    }

    /// Popularity of an item, 0 to 1; that of its stand-in for an added item.
    #[must_use]
    pub fn popularity(&self, item: ItemIdx) -> f32 {
        self.catalog.stand_in(item).and_then(|i| self.popularity.get(i.at())).copied().unwrap_or(0.0)
    }

    /// All items that are not removed, most popular first, added ones last.
    pub fn by_popularity(&self) -> impl Iterator<Item = ItemIdx> + '_ {
        let added = (self.catalog.base_len()..self.catalog.len()).map(|i| ItemIdx(i as u32));
        self.by_popularity.iter().copied().chain(added).filter(|i| !self.catalog.is_removed(*i))
    }

    /// How often the model failed and the table answered.
    #[must_use]
    pub const fn model_failures(&self) -> u64 {
        self.model_failures
    }

    /// The model's raw answer for a context: the query vector or the logits. `None` without a model.
    ///
    /// # Errors
    /// `model-failed`, `model-output-not-finite`.
    pub fn run_model(&mut self, context: &[ContextEvent]) -> Result<Option<&[f32]>> {
        // The answer that the scores go by is written over.
        self.scores.context.clear();
        // Lite has no model: what feeds one is left out of the build.
        let Some(loaded) = self.model.as_mut().filter(|_| cfg!(feature = "onnx")) else { return Ok(None) };
        loaded.schema.encode(context, self.vectors.as_ref(), &mut loaded.inputs);
        let answer = &mut self.scores.answer;
        let run = loaded.model.run(&loaded.inputs, context.len(), answer).and_then(|()| loaded.check(answer));
        // What is no answer is none to score by.
        run.inspect_err(|_| answer.clear())?;
        Ok(Some(answer))
    }

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

    /// The evidence of the last call of [`Recommender::score`] or [`Recommender::recommend`].
    #[must_use]
    pub const fn scores(&self) -> &Scores {
        &self.scores
    }
}
