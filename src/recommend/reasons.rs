//! Reasons: the session items that raised a shown one.

use super::{Part, Reason, ReasonKind, Recommender, SlateItem};
use crate::event::EventKind;
use crate::features::ContextEvent;
use crate::ids::ItemIdx;
use crate::rank::Scored;

/// Most reasons an item carries.
const MAX_REASONS: usize = 2;
/// A second reason has at least this share of the first one's evidence.
const MIN_SHARE: f32 = 0.5;

impl Recommender {
    pub(super) fn slate_item(&self, scored: Scored, rank: usize, context: &[ContextEvent], explain: bool) -> SlateItem {
        let part = self.part(scored.item);
        SlateItem {
            row: self.catalog.row(scored.item),
            rank,
            score: scored.score,
            propensity: 1.0,
            reasons: self.reasons(scored.item, &part, context),
            parts: explain.then_some(part),
        }
    }

    /// Each session item's evidence for `item`: its vote in the table plus, with a model, the likeness of the two
    /// vectors, both fading with position. The strongest one or two are the reasons.
    fn reasons(&self, item: ItemIdx, part: &Part, context: &[ContextEvent]) -> Vec<Reason> {
        let popular = || vec![Reason { kind: ReasonKind::Popular, item: None, title: None }];
        let Some(to) = self.catalog.stand_in(item).filter(|_| !part.is_popularity_alone()) else { return popular() };
        let blend = &self.blend.0;
        let mut evidence: Vec<(f32, &ContextEvent)> = Vec::new();
        for (p, event) in context.iter().rev().take(blend.last).enumerate() {
            let vote = self.table.as_ref().map_or(0.0, |t| t.weight(event.stand_in, to));
            let like = match (&self.vectors, part.model > 0.0) {
                (Some(vectors), true) => vectors.similarity(event.stand_in, to).max(0.0) * part.model,
                _ => 0.0,
            };
            let own = if event.item == item { part.repeat } else { 0.0 };
            let weight = libm::expf(-(p as f32) / blend.lambda) * (blend.table * vote + like) + own;
            match evidence.iter_mut().find(|(_, e)| e.item == event.item) {
                Some((sum, _)) => *sum += weight,
                None => evidence.push((weight, event)),
            }
        }
        // Stable: among equals the newest stays first.
        evidence.sort_by(|a, b| b.0.total_cmp(&a.0));
        let best = evidence.first().map_or(0.0, |e| e.0);
        // A logits model without vectors leaves no trace: its newest event stands for the whole session.
        let enough = |weight: f32| if best > 0.0 { weight >= MIN_SHARE * best } else { true };
        let count = if best > 0.0 { MAX_REASONS } else { 1 };
        let reasons: Vec<Reason> = evidence.iter().take(count).filter(|e| enough(e.0)).map(|(_, e)| self.reason(e)).collect();
        if reasons.is_empty() { popular() } else { reasons }
    }

    fn reason(&self, event: &ContextEvent) -> Reason {
        let kind = match event.kind {
            EventKind::CartAdd => ReasonKind::InCart,
            EventKind::Purchase => ReasonKind::Purchased,
            EventKind::SearchClick => ReasonKind::Searched,
            _ => ReasonKind::Viewed,
        };
        Reason {
            kind,
            item: Some(self.catalog.id(event.item).to_owned()),
            title: Some(self.catalog.title(event.item).to_owned()),
        }
    }
}
