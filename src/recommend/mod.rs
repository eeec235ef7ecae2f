//! Recommend: from a session to the slate of "you may also like" items.
//!
//! `context → evidence → rules → candidates → arrange → explain → Slate`. Each step is one file.

mod arrange;
mod candidates;
mod chance;
mod context;
mod evidence;
mod explain;
mod likeness;
mod placement;
mod promotion;
mod reasons;
mod request;
mod rules;
mod score;
mod search;
mod slate;
#[cfg(test)]
mod tests;

pub use chance::{Explore, bucket};
pub use placement::{Placement, Relate, Relation};
pub use promotion::{Action, Rule, TestBucket};
pub use request::{Caps, Exclude, Relates, Request};
pub use score::{Blend, Scores};
pub use slate::{Applied, Effect, Part, Reason, ReasonKind, Slate, SlateItem, Source};

use crate::bundle::{Limits, Manifest, OutputSpec, Parts, SignalSpec, StoredTable};
use crate::catalog::{Catalog, CatalogDelta, Column, NewItem};
use crate::error::{Code, Error, Result};
use crate::features::{ContextEvent, Schema};
use crate::ids::ItemIdx;
use crate::model::Model;
use crate::rank::{ItemVectors, TransitionTable};
use crate::session::SessionState;
use arrange::{Arranged, Layout, WINDOW, arrange};
use candidates::{Candidate, Head, Pool, Prefer};
use evidence::{Evidence, trend};
use explain::Outcome;
use likeness::Likeness;
use request::MAX_PLACE;
use rules::{Pin, Ruling};

/// Most widgets of one page.
const MAX_WIDGETS: usize = 16;

/// Everything a slate is made from, but for the session.
pub struct Recommender {
    catalog: Catalog,
    vectors: Option<ItemVectors>,
    /// Values of the bundle's item vectors, which the lite tier does not keep.
    dim: Option<usize>,
    /// Lengths of the item vectors; empty until they are needed.
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
    signals: SignalSpec,
    model: Option<LoadedModel>,
    scores: Scores,
    model_failures: u64,
}

struct LoadedModel {
    schema: Schema,
    output: OutputSpec,
    model: Box<dyn Model>,
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
            stored.map(|t| TransitionTable::new(items, t.successors, t.next, t.weights)).transpose()
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
            signals: parts.manifest.serving.signals,
            model: None,
            scores: Scores::default(),
            model_failures: 0,
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
        self.model = Some(LoadedModel { schema, output: spec.output.clone(), model });
        Ok(())
    }

    /// Takes the model out: what remains is the lite tier. For measuring the table alone.
    pub fn drop_model(&mut self) {
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

    /// Changes the catalog in place: whole or, on an error, not at all. A new item with a vector stands beside the base
    /// item whose vector is nearest by cosine; one without, beside the one whose title is most like its own.
    ///
    /// # Errors
    /// `item-unknown`, `catalog-duplicate-id`, `catalog-invalid` (also for a vector of another length, and where the
    /// bundle has no item vectors).
    pub fn update_catalog(&mut self, delta: &CatalogDelta) -> Result<()> {
        if delta.add.iter().all(|new| new.vector.is_none()) {
            return self.catalog.apply(delta);
        }
        let add = delta.add.iter().map(|new| self.placed(new)).collect::<Result<_>>()?;
        self.catalog.apply(&CatalogDelta { add, ..delta.clone() })
    }

    /// A new item with its vector told as the item it is like. The lite tier takes it without: both tiers take the same
    /// deltas.
    fn placed(&mut self, new: &NewItem) -> Result<NewItem> {
        let (Some(vector), Some(dim)) = (&new.vector, self.dim) else { return Ok(new.clone()) };
        let bad = |why: &'static str| Err(Error::new(Code::CatalogInvalid, why).with("item", &new.row.item));
        if new.like.is_some() {
            return bad("a new item has a vector or an item it is like, not both");
        }
        if vector.len() != dim || vector.iter().any(|v| !v.is_finite()) {
            return bad("a new item's vector is as long as the bundle's, and finite");
        }
        let cosines = self.cosines(vector).unwrap_or_default();
        let likes = cosines.into_iter().zip((0..).map(ItemIdx)).filter(|(_, item)| !self.catalog.is_removed(*item));
        // The first of equals.
        let like = likes.reduce(|a, b| if b.0 > a.0 { b } else { a }).map(|(_, item)| item);
        Ok(NewItem { row: new.row.clone(), like: like.map(|item| self.catalog.id(item).to_owned()), vector: None })
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
    pub fn run_model(&mut self, context: &[ContextEvent]) -> Result<Option<Vec<f32>>> {
        let Some(loaded) = &mut self.model else { return Ok(None) };
        let inputs = loaded.schema.encode(context, self.vectors.as_ref());
        let answer = loaded.model.run(inputs, context.len())?;
        if let Some(at) = answer.iter().position(|v| !v.is_finite()) {
            return Err(Error::new(Code::ModelOutputNotFinite, "the model answered NaN or infinity").with("at", at));
        }
        if answer.len() != loaded.output.width {
            return Err(Error::new(Code::ModelMismatch, "the model answered another width").with("width", answer.len()));
        }
        Ok(Some(answer))
    }

    /// The slate for a session. Never fails for want of a model: a failing one is noted and the table answers.
    ///
    /// # Errors
    /// `invalid-option` for a bad request, `column-unknown` for a filter; `score-not-finite` never in practice, as every
    /// part is checked.
    pub fn recommend(&mut self, session: &SessionState, request: &Request, now_ms: u64) -> Result<Slate> {
        request.check()?;
        self.slate(session, request, &mut Vec::new(), now_ms)
    }

    /// The slates of one page, one a request, in order of their claim: no item is in two of them.
    ///
    /// # Errors
    /// As [`Recommender::recommend`]; `invalid-option` also for no request or more than 16.
    pub fn recommend_page(&mut self, session: &SessionState, requests: &[Request], now_ms: u64) -> Result<Vec<Slate>> {
        if !(1..=MAX_WIDGETS).contains(&requests.len()) {
            return Err(Error::new(Code::OptionInvalid, "a page has 1 to 16 slates").with("slates", requests.len()));
        }
        requests.iter().try_for_each(Request::check)?;
        let mut shown = Vec::new();
        requests.iter().map(|request| self.slate(session, request, &mut shown, now_ms)).collect()
    }

    fn slate(&mut self, session: &SessionState, request: &Request, shown: &mut Vec<ItemIdx>, now_ms: u64) -> Result<Slate> {
        let mut notes = Vec::new();
        let source = request.source.as_deref().and_then(|id| self.catalog.find(id));
        if request.source.is_some() && source.is_none() {
            notes.push("source-unknown");
        }
        let evidence = self.evidence(session, request, source, now_ms, &mut notes);
        let mut ruling = Ruling::new(self, request, source, now_ms, &mut notes)?;
        let set = ruling.allowed(self, session, shown, evidence.only.as_deref(), evidence.narrow, &mut notes);
        if set.is_empty() {
            notes.push("nothing-allowed");
        }
        let pins = ruling.pins(self, &set, &mut notes);
        let mut pool = ruling.pool(self, session, set);
        if request.placement == Some(Placement::Category) && !pool.has_inside() {
            notes.push("category-unknown");
        }
        let (head, arranged) = self.fill(request, source, &evidence, &mut pool, &pins)?;
        let (recommender, evidence) = (&*self, &evidence);
        let mut outcome = Outcome { recommender, request, session, evidence, pool, head, arranged, pins, ruling };
        outcome.arranging();
        let source = outcome.source(&mut notes);
        shown.extend(outcome.page().map(|(_, placed)| placed.item));
        Ok(Slate {
            items: outcome.page().map(|(place, placed)| outcome.item(place, placed)).collect(),
            source,
            placement: request.placement,
            notes: once_each(notes),
            events: evidence.context.len(),
            more: outcome.arranged.more,
            effects: request.explain.then_some(outcome.ruling.effects),
        })
    }

    /// Fills the places from as many candidates as that needs.
    fn fill(
        &self,
        request: &Request,
        source: Option<ItemIdx>,
        evidence: &Evidence,
        pool: &mut Pool,
        pins: &[Pin<'_>],
    ) -> Result<(Head, Arranged)> {
        let places: Vec<(usize, ItemIdx)> = pins.iter().map(|pin| (pin.place, pin.item)).collect();
        let caps: Vec<_> = request.caps.set().collect();
        let want = request.offset + request.k;
        let layout = Layout { pins: &places, caps: &caps, diversity: request.diversity, explore: request.explore, want };
        let window = if request.diversity > 0.0 { WINDOW } else { 0 };
        let explored = request.explore.map_or(0, |e| e.place + e.among);
        let mut n = want.max(explored) + 1 + pins.len() + window;
        loop {
            let head = self.head(evidence, pool, n)?;
            let look = Likeness::new(self, request.diversity > 0.0, &head.candidates, &places);
            let arranged = arrange(&head.candidates, head.complete, &layout, &look);
            if arranged.starved {
                n = n.saturating_mul(4);
                continue;
            }
            // Popular items are ordered by the page's category only once they are needed: it costs a pass.
            let filled = arranged.places.iter().filter_map(|placed| head.of(placed)).any(Candidate::is_fill);
            let category = request.category.as_deref().or_else(|| self.catalog.category(source?));
            match category.filter(|_| filled && pool.prefer == Prefer::Nothing && self.catalog.has(Column::Category)) {
                Some(category) => rules::prefer(pool, self, category, Prefer::Popular),
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

/// Notes in the order they came, each once.
fn once_each(notes: Vec<&'static str>) -> Vec<&'static str> {
    let mut once = Vec::with_capacity(notes.len());
    for note in notes {
        if !once.contains(&note) {
            once.push(note);
        }
    }
    once
}
