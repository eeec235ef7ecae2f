//! Recommend: from a session to the slate of "you may also like" items.
//!
//! `context → score → allowed → top-k → explain → Slate`. Each step is one function; see the module of that name.

mod context;
mod reasons;
mod request;
mod rules;
mod score;
mod search;
mod slate;

pub use request::{Exclude, Request};
pub use score::{Blend, Scores};
pub use slate::{Part, Reason, ReasonKind, Slate, SlateItem, Source};

use crate::bundle::{Limits, Manifest, OutputSpec, Parts};
use crate::catalog::Catalog;
use crate::error::{Code, Error, Result};
use crate::features::{ContextEvent, Schema};
use crate::ids::ItemIdx;
use crate::model::Model;
use crate::rank::{ItemVectors, TransitionTable};
use crate::session::SessionState;

/// Everything a slate is made from, but for the session.
pub struct Recommender {
    catalog: Catalog,
    vectors: Option<ItemVectors>,
    table: Option<TransitionTable>,
    /// Training events an item, over the largest: 0 to 1.
    popularity: Vec<f32>,
    /// All base items in the order of the score's popularity part.
    by_popularity: Vec<ItemIdx>,
    blend: Blend,
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
        let recommender = Self {
            catalog: parts.catalog,
            vectors: parts.vectors.map(|v| ItemVectors::new(v.dim, v.rows, v.scales)).transpose()?,
            table: parts.table.map(|t| TransitionTable::new(items, t.successors, t.next, t.weights)).transpose()?,
            by_popularity: score::by_popularity(&popularity),
            popularity,
            blend: Blend(parts.manifest.blend),
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

    /// The catalog, for deltas.
    pub const fn catalog_mut(&mut self) -> &mut Catalog {
        &mut self.catalog
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
    /// `invalid-option` for a bad request; `score-not-finite` never in practice, as every part is checked.
    pub fn recommend(&mut self, session: &SessionState, request: &Request, now_ms: u64) -> Result<Slate> {
        request.check()?;
        let mut notes = Vec::new();
        let source = request.source.as_deref().and_then(|id| self.catalog.find(id));
        if request.source.is_some() && source.is_none() {
            notes.push("source-unknown");
        }
        let context = self.context(session, source, now_ms);
        if self.score(&context) {
            notes.push("model-failed");
        }
        let allowed = self.allowed(session, request, source);
        let best = self.best(&allowed, request.k)?;
        if best.len() < request.k {
            notes.push("short");
        }
        let popular = best.iter().filter(|b| self.part(b.item).is_popularity_alone()).count();
        let source = if popular == best.len() { Source::Popular } else { self.scores.source() };
        if source != Source::Popular && popular > 0 {
            notes.push("filled-with-popular");
        }
        let items =
            best.iter().zip(1..).map(|(scored, rank)| self.slate_item(*scored, rank, &context, request.explain)).collect();
        Ok(Slate { items, source, notes, events: context.len() })
    }

    /// The evidence of the last call of [`Recommender::score`] or [`Recommender::recommend`].
    #[must_use]
    pub const fn scores(&self) -> &Scores {
        &self.scores
    }
}
