//! Scores: the parts of the evidence, blended.
//!
//! For item i, with p_j the position of session event j (0 is the newest):
//!
//! ```text
//! T(i)       = Σ_p weight_p · exp(−p / lambda) · w(s_p → i)  the table's votes, last `last` events; weight: SignalSpec
//! table      = blend.table · T(i) / max T
//! repeat     = blend.repeat · exp(−p_i / repeat_lambda)      if i is in the session, p_i its newest position
//! model      = blend.model · exp((x_i − max x) / temperature)   x = dot(query, v_i), or the logit
//! popularity = 10⁻⁶ · count(i) / max count                    orders what nothing else tells apart
//! score      = table + repeat + model + popularity
//! ```
//! The same formula without the model part is the lite tier; without any session it is the popularity fallback.

use super::{Part, Recommender, Source};
use crate::bundle::{BlendSpec, OutputKind};
use crate::features::ContextEvent;
use crate::ids::ItemIdx;

/// Weight of the popularity part: below every difference the other parts make.
pub(super) const POPULARITY_WEIGHT: f32 = 1e-6;

/// The blend's settings, as fitted at training.
#[derive(Clone, Copy, Debug)]
pub struct Blend(pub BlendSpec);

/// Scores of all items with their parts. Buffers are kept between calls.
#[derive(Debug, Default)]
pub struct Scores {
    total: Vec<f32>,
    table: Vec<f32>,
    repeat: Vec<f32>,
    model: Vec<f32>,
    popularity: Vec<f32>,
    source: Source,
}

impl Scores {
    /// One score an item.
    #[must_use]
    pub fn total(&self) -> &[f32] {
        &self.total
    }

    /// The parts of an item's score.
    #[must_use]
    pub fn part(&self, item: ItemIdx) -> Part {
        let at = |v: &[f32]| v.get(item.at()).copied().unwrap_or(0.0);
        Part {
            table: at(&self.table),
            repeat: at(&self.repeat),
            model: at(&self.model),
            popularity: at(&self.popularity),
            rules: 0.0,
        }
    }

    /// The best evidence that went in.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    fn clear(&mut self, len: usize) {
        for part in [&mut self.total, &mut self.table, &mut self.repeat, &mut self.model, &mut self.popularity] {
            part.clear();
            part.resize(len, 0.0);
        }
    }
}

impl Recommender {
    /// Scores every item for a context. Returns whether the model failed (and the table answered instead).
    pub fn score(&mut self, context: &[ContextEvent]) -> bool {
        let answer = if context.is_empty() { Ok(None) } else { self.run_model(context) };
        let failed = answer.is_err();
        self.model_failures += u64::from(failed);
        let mut scores = std::mem::take(&mut self.scores);
        scores.clear(self.catalog.base_len());
        let answer = answer.ok().flatten();
        scores.source = match (&answer, context.is_empty() || self.table.is_none()) {
            (Some(_), _) => Source::Model,
            (None, false) => Source::Table,
            (None, true) => Source::Popular,
        };
        self.table_part(context, &mut scores.table);
        self.repeat_part(context, answer.is_some(), &mut scores.repeat);
        if let Some(answer) = answer {
            self.model_part(&answer, &mut scores.model);
        }
        for (out, popularity) in scores.popularity.iter_mut().zip(&self.popularity) {
            *out = POPULARITY_WEIGHT * popularity;
        }
        let parts = scores.table.iter().zip(&scores.repeat).zip(&scores.model).zip(&scores.popularity);
        for (total, (((table, repeat), model), popularity)) in scores.total.iter_mut().zip(parts) {
            *total = table + repeat + model + popularity;
        }
        self.add_likes(&mut scores);
        self.scores = scores;
        failed
    }

    fn table_part(&self, context: &[ContextEvent], out: &mut [f32]) {
        let Some(table) = &self.table else { return };
        let blend = &self.blend.0;
        table.vote_weighted(context.iter().rev().take(blend.last).map(|e| (e.stand_in, e.weight)), blend.lambda, out);
        let largest = out.iter().copied().fold(0.0, f32::max);
        if largest > 0.0 {
            out.iter_mut().for_each(|vote| *vote = blend.table * *vote / largest);
        }
    }

    fn repeat_part(&self, context: &[ContextEvent], with_model: bool, out: &mut [f32]) {
        let b = &self.blend.0;
        let (weight, lambda) = if with_model { (b.repeat, b.repeat_lambda) } else { (b.lite_repeat, b.lite_repeat_lambda) };
        // Oldest first, so that the newest position is the one that stays.
        for (event, p) in context.iter().zip((0..context.len()).rev()) {
            if let Some(slot) = out.get_mut(event.stand_in.at()) {
                *slot = if lambda > 0.0 { weight * libm::expf(-(p as f32) / lambda) } else { weight };
            }
        }
    }

    fn model_part(&self, answer: &[f32], out: &mut Vec<f32>) {
        let Some(loaded) = &self.model else { return };
        match (loaded.output.kind, &self.vectors) {
            (OutputKind::Query, Some(vectors)) => vectors.scores(answer, out),
            (OutputKind::Query, None) => {}
            (OutputKind::Logits, _) => {
                out.clear();
                out.extend(answer.iter().skip(loaded.output.offset));
            }
        }
        let largest = out.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let blend = &self.blend.0;
        for x in out {
            *x = blend.model * libm::expf((*x - largest) / blend.temperature);
        }
    }

    /// Added items: those that are like a base item share its scores, the rest are reached last.
    fn add_likes(&self, scores: &mut Scores) {
        if self.catalog.len() == self.catalog.base_len() {
            return;
        }
        for part in [&mut scores.total, &mut scores.table, &mut scores.repeat, &mut scores.model, &mut scores.popularity] {
            part.resize(self.catalog.len(), 0.0);
            for (item, like) in self.catalog.likes() {
                let value = part.get(like.at()).copied().unwrap_or(0.0);
                if let Some(slot) = part.get_mut(item.at()) {
                    *slot = value;
                }
            }
        }
    }
}
