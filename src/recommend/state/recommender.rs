//! Everything a slate is made from, but for the session.

use super::scores::{Blend, Scores, by_popularity, decays, trend};
use super::sets::Sets;
use crate::bundle::{Limits, Manifest, OutputSpec, Parts, SignalSpec, StoredTable};
#[cfg(not(feature = "onnx"))]
use crate::catalog::by_words;
use crate::catalog::{Catalog, CatalogDelta, Updated};
use crate::error::{Code, Error, Result};
use crate::features::{ContextEvent, Schema};
use crate::ids::ItemIdx;
use crate::model::Model;
use crate::rank::{ItemMap, ItemVectors, Scored, TransitionTable};
use nearhand_onnx::Tensor;
use std::cell::Cell;

/// Everything a slate is made from, but for the session.
pub struct Recommender {
    pub(in crate::recommend) catalog: Catalog,
    pub(in crate::recommend) vectors: Option<ItemVectors>,
    /// Values of the bundle's item vectors, which the lite tier does not keep.
    pub(in crate::recommend) dim: Option<usize>,
    /// Lengths of the item vectors, as far as they were needed.
    pub(in crate::recommend) lengths: Vec<f32>,
    pub(in crate::recommend) table: Option<TransitionTable>,
    /// What was bought together.
    pub(in crate::recommend) bought: Option<TransitionTable>,
    /// Training events an item, over the largest: 0 to 1.
    pub(in crate::recommend) popularity: Vec<f32>,
    /// How much an item is on the rise, 0 to 1.
    pub(in crate::recommend) trend: Option<Vec<f32>>,
    /// All base items in the order of the score's popularity part.
    pub(in crate::recommend) by_popularity: Vec<ItemIdx>,
    pub(in crate::recommend) blend: Blend,
    pub(in crate::recommend) decays: Vec<f32>,
    pub(in crate::recommend) signals: SignalSpec,
    pub(in crate::recommend) model: Option<LoadedModel>,
    pub(in crate::recommend) scores: Scores,
    /// What the session or a table says for items, 0 to 1, where a placement has evidence of its own.
    pub(in crate::recommend) votes: ItemMap<f32>,
    /// Cosines of the page's item with all items, for the placement that asks for them.
    pub(in crate::recommend) cosines: Vec<f32>,
    pub(in crate::recommend) model_failures: u64,
    /// Memory of earlier calls, used again.
    pub(in crate::recommend) best: Cell<Vec<Scored>>,
    pub(in crate::recommend) sets: Sets,
}

pub(in crate::recommend) struct LoadedModel {
    schema: Schema,
    inputs: Vec<Tensor>,
    pub(in crate::recommend) output: OutputSpec,
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
            by_popularity: by_popularity(&popularity),
            popularity,
            blend: Blend(parts.manifest.blend),
            decays: decays(parts.manifest.blend.lambda),
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

    /// What the model is given for a context: a tensor for each input of the manifest, in its order. `None` without a model.
    pub fn encode(&mut self, context: &[ContextEvent]) -> Option<&[Tensor]> {
        let loaded = self.model.as_mut()?;
        loaded.schema.encode(context, self.vectors.as_ref(), &mut loaded.inputs);
        Some(&loaded.inputs)
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

    /// The evidence of the last call of [`Recommender::score`] or [`Recommender::recommend`].
    #[must_use]
    pub const fn scores(&self) -> &Scores {
        &self.scores
    }
}
