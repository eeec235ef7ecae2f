//! Scores: the parts of the evidence, blended.
//!
//! For item i, with p_j the position of session event j (0 is the newest):
//!
//! ```text
//! T(i)       = Σ_p weight_p · exp(−p / lambda) · w(s_p → i)  the table's votes, last `last` events; weight: SignalSpec
//! table      = blend.table · T(i) / max T
//! repeat     = blend.repeat · exp(−p_i / repeat_lambda)      if i itself is in the session, p_i its newest position
//! model      = blend.model · exp((x_i − max x) / temperature)   x = dot(query, v_i), or the logit
//! popularity = 10⁻⁶ · count(i) / max count                    orders what nothing else tells apart
//! score      = table + repeat + model + popularity
//! ```
//! The same formula without the model part is the lite tier; without any session it is the popularity fallback.
//!
//! Table and repeat speak for a few hundred items, which are kept apart. Of all others only those are scored that can
//! be among the best: the search over the model's values is in `search.rs`.

#[cfg(feature = "onnx")]
use crate::bundle::OutputKind;
use crate::features::ContextEvent;
use crate::ids::ItemIdx;
use crate::rank::{Field, ItemMap};
use crate::recommend::slate::Part;
use crate::recommend::slate::Source;
use crate::recommend::state::{Few, POPULARITY_WEIGHT, Recommender};

impl Recommender {
    /// Gathers the evidence for a context, unless that is what was gathered last: the slates of a page, and the pages of
    /// a slate, go by one session. Returns whether the model failed (and the table answers instead).
    pub fn score(&mut self, context: &[ContextEvent]) -> bool {
        if !context.is_empty() && self.scores.context == context {
            return false;
        }
        self.scores.answer.clear();
        let failed = !context.is_empty() && self.run_model(context).is_err();
        self.model_failures += u64::from(failed);
        let mut scores = std::mem::take(&mut self.scores);
        scores.context.clear();
        let with_model = !scores.answer.is_empty();
        scores.source = match (with_model, context.is_empty() || self.table.is_none()) {
            (true, _) => Source::Model,
            (false, false) => Source::Table,
            (false, true) => Source::Popular,
        };
        self.table_part(context, &mut scores.few);
        self.repeat_part(context, with_model, &mut scores.few);
        if !failed {
            scores.context.extend_from_slice(context);
        }
        self.scores = scores;
        self.find_largest();
        failed
    }

    /// Gathers the evidence for a context as [`Recommender::score`], and lets it be read: as packed, so that items which deltas added
    /// count for nothing, and by the model or without it. `read` hears whether the model failed. What comes after is answered as if
    /// nobody had asked.
    pub fn as_packed<R>(
        &mut self,
        context: &[ContextEvent],
        #[cfg_attr(not(feature = "onnx"), expect(unused_variables))] with_model: bool,
        read: impl FnOnce(&Self, bool) -> R,
    ) -> R {
        #[cfg(feature = "onnx")]
        let model = if with_model { None } else { self.model.take() };
        let (asked, failures) = (self.scores.near.asked.get(), self.model_failures);
        self.scores.context.clear();
        self.scores.packed = true;
        let failed = self.score(context);
        let found = read(self, failed);
        self.scores.packed = false;
        self.scores.context.clear();
        self.scores.near.asked.set(asked);
        self.model_failures = failures;
        #[cfg(feature = "onnx")]
        if !with_model {
            self.model = model;
        }
        found
    }

    fn table_part(&self, context: &[ContextEvent], few: &mut ItemMap<Few>) {
        few.clear();
        let Some(table) = &self.table else { return };
        let blend = &self.blend.0;
        table.votes(self.voters(context), |item, vote| few.entry(item).table += vote);
        let largest = few.iter().map(|f| f.value.table).fold(0.0, f32::max);
        for (_, f) in few.iter_mut() {
            f.table = if largest > 0.0 { blend.table * f.table / largest } else { 0.0 };
        }
    }

    /// The events that vote in a table, newest first, each with what it counts: weight_p · exp(−p / lambda).
    pub(in crate::recommend) fn voters(&self, context: &[ContextEvent]) -> impl Iterator<Item = (ItemIdx, f32)> {
        let newest = context.iter().rev().take(self.blend.0.last).zip(&self.decays);
        newest.map(|(event, decay)| (event.stand_in, event.weight * decay))
    }

    fn repeat_part(&self, context: &[ContextEvent], with_model: bool, few: &mut ItemMap<Few>) {
        let b = &self.blend.0;
        let (weight, lambda) = if with_model { (b.repeat, b.repeat_lambda) } else { (b.lite_repeat, b.lite_repeat_lambda) };
        // Oldest first, so that the newest position is the one that stays.
        for (event, p) in context.iter().zip((0..context.len()).rev()) {
            let few = few.entry(event.item);
            few.seen = true;
            few.repeat = if lambda > 0.0 { weight * libm::expf(-(p as f32) / lambda) } else { weight };
        }
    }

    /// Frees the item vectors, which without a model only likeness reads: it goes by facets and the table then.
    pub fn drop_vectors(&mut self) {
        self.scores.context.clear();
        self.vectors = None;
    }

    /// Lite has no model: what searches its values is left out of the build.
    #[cfg(not(feature = "onnx"))]
    #[expect(clippy::unused_self, reason = "the full tier's signature")]
    pub(in crate::recommend) fn field(&self) -> Option<Field<'_>> {
        None
    }

    /// The model's values over the base items, when it answered.
    #[cfg(feature = "onnx")]
    pub(in crate::recommend) fn field(&self) -> Option<Field<'_>> {
        let answer = Some(&self.scores.answer).filter(|a| !a.is_empty())?;
        let output = &self.model.as_ref()?.output;
        match output.kind {
            OutputKind::Query => self.vectors.as_ref().map(|vectors| Field::Vectors(vectors, answer)),
            OutputKind::Logits => answer.get(output.offset..).map(Field::Values),
        }
    }

    /// The model part for a value x.
    pub(in crate::recommend) fn model_part(&self, x: f32) -> f32 {
        self.model_part_below(self.scores.largest, x)
    }

    /// The model part for a value x where `largest` is the largest.
    fn model_part_below(&self, largest: f32, x: f32) -> f32 {
        let blend = &self.blend.0;
        blend.model * libm::expf((x - largest) / blend.temperature)
    }

    /// The score of a base item that table or session speak for, were `largest` the largest x.
    pub(in crate::recommend) fn few_total(&self, item: ItemIdx, few: &Few, largest: f32) -> f32 {
        let model = self.field().map_or(0.0, |_| self.model_part_below(largest, few.x));
        Part { table: few.table, repeat: few.repeat, model, popularity: self.popularity_part(item), rules: 0.0 }.total()
    }

    /// The parts of an item's score after the last call of [`Recommender::score`] or [`Recommender::recommend`]. An
    /// added item shares table and popularity of the item that stands in for it; without one it has no parts.
    #[must_use]
    pub fn part(&self, item: ItemIdx) -> Part {
        let Some(stand_in) = self.catalog.stand_in(item) else { return Part::default() };
        // Added items have vectors, but no logits.
        let value = |field: Field<'_>| field.at(if matches!(field, Field::Vectors(..)) { item } else { stand_in });
        Part {
            table: self.scores.find(stand_in).map_or(0.0, |f| f.table),
            repeat: self.scores.find(item).map_or(0.0, |f| f.repeat),
            model: self.field().map_or(0.0, |field| self.model_part(value(field))),
            popularity: self.popularity_part(stand_in),
            rules: 0.0,
        }
    }

    /// That of a base item, which no other part is needed for.
    pub(in crate::recommend) fn popularity_part(&self, item: ItemIdx) -> f32 {
        POPULARITY_WEIGHT * self.popularity.get(item.at()).copied().unwrap_or(0.0)
    }

    /// The scores of all items by the formula, one by one: for measuring, and what the search is held against.
    #[must_use]
    pub fn totals(&self) -> Vec<f32> {
        (0..self.catalog.len() as u32).map(|i| self.part(ItemIdx(i)).total()).collect()
    }
}
