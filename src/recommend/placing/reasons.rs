//! Reasons: what each session item adds to a shown one's score. Contributions, not guesses: they add up to the score.
//!
//! For shown item i and the session's events j (p_j: how many are newer), each part of the score is shared out by itself:
//!
//! ```text
//! table       table(i) · t_j / Σ t      t_j = weight_j · exp(−p_j / lambda) · w(j → i)      as the table voted: exact
//! repeat      all of it to the newest event on i itself                                     exact
//! model       model(i) · m_j / Σ m      m_j = exp(−p_j / lambda) · max(0, v_j · v_i)         by likeness, normalised
//!             without vectors, or where none is alike: m_j = exp(−p_j / lambda)
//! popularity  a reason of its own, `popular`; likewise what rules added or took, `rule`
//! ```
//! Worked example: score 1.500001 = table 0.9 + model 0.6 + popularity 0.000001. Two events, mug (p 0) and lamp (p 1),
//! lambda 2, weights 1: exp(−p / 2) is 1 and 0.607. w(mug → i) = 0.5 and w(lamp → i) = 0.25 give t = 0.5 and 0.152, the
//! table's shares 0.691 and 0.209. v · v_i = 0.8 and −0.1 give m = 0.8 and 0: the model's 0.6 is the mug's. So the mug
//! contributes 1.291, the lamp 0.209, popularity 0.000001: 1.500001 together.

use crate::arena::{Arena, List};
use crate::event::EventKind;
use crate::features::ContextEvent;
use crate::ids::ItemIdx;
use crate::recommend::evidence::Evidence;
use crate::recommend::evidence::Kind;
use crate::recommend::slate::Part;
use crate::recommend::slate::Reason;
use crate::recommend::slate::ReasonKind;
use crate::recommend::state::Recommender;

/// Most reasons an item carries without `explain`.
const MAX_REASONS: usize = 2;
/// A second reason has at least this share of the first one's contribution.
const MIN_SHARE: f32 = 0.5;

/// What one session item adds.
struct Share<'a> {
    event: &'a ContextEvent,
    contribution: f32,
}

impl Recommender {
    /// The reasons of a shown item, strongest first: with `all`, contributions that add up to the sum of `part`.
    pub(in crate::recommend) fn reasons<'a>(
        &self,
        item: ItemIdx,
        part: &Part,
        evidence: &Evidence<'_>,
        all: bool,
        arena: &'a Arena,
    ) -> List<'a, Reason<'a>> {
        let mut shares: List<'_, Share<'_>> = arena.list();
        for share in self.shares(item, part, evidence, arena) {
            // Behind its equals: among them the newest stays first.
            shares.insert(shares.partition_point(|s| s.contribution >= share.contribution), share);
        }
        let best = shares.first().map_or(0.0, |s| s.contribution);
        if !all {
            shares.retain(|s| s.contribution > 0.0 && s.contribution >= MIN_SHARE * best);
            shares.truncate(MAX_REASONS);
        }
        let mut reasons = arena.collect(shares.iter().map(|s| self.reason(s, evidence, arena)));
        if reasons.is_empty() || all {
            let kind = match evidence.kind {
                Kind::Trending if part.popularity > crate::recommend::state::POPULARITY_WEIGHT => ReasonKind::Trending,
                _ => ReasonKind::Popular,
            };
            reasons.push(Reason::alone(kind, part.popularity));
        }
        if all && part.rules != 0.0 {
            reasons.push(Reason::alone(ReasonKind::Rule, part.rules));
        }
        reasons
    }

    /// Table, repeat and model parts shared out among the session's items.
    fn shares<'s>(&self, item: ItemIdx, part: &Part, evidence: &Evidence<'s>, arena: &'s Arena) -> List<'s, Share<'s>> {
        let mut shares: List<'s, Share<'s>> = arena.list();
        let Some(to) = self.catalog.stand_in(item) else { return shares };
        let table = match evidence.kind {
            Kind::Bought => self.bought.as_ref(),
            _ => self.table.as_ref(),
        };
        let mut add = |event: &'s ContextEvent, contribution: f32| match shares.iter_mut().find(|s| s.event.item == event.item) {
            Some(share) => share.contribution += contribution,
            None if contribution != 0.0 => shares.push(Share { event, contribution }),
            None => {}
        };
        let newest = || evidence.context.iter().rev();
        // `weights` are the newest events', newest first.
        let mut part_out = |whole: f32, weights: &[f32]| {
            let sum: f32 = weights.iter().sum();
            if whole != 0.0 && sum > 0.0 {
                newest().zip(weights).for_each(|(e, weight)| add(e, whole * weight / sum));
            }
        };
        if let Some(table) = table {
            let votes = self.voters(evidence.context).map(|(from, count)| count * table.weight(from, to));
            part_out(part.table, &arena.collect(votes));
        }
        if part.model != 0.0 {
            let alike = self.vectors.as_ref().map(|vectors| {
                let near = arena.filled(vectors.dim(), 0.0);
                vectors.dequantize(item, near);
                arena.collect(newest().zip(&self.decays).map(|(e, decay)| decay * vectors.score(e.item, near).max(0.0)))
            });
            let alike = alike.as_deref().filter(|alike| alike.iter().any(|l| *l > 0.0));
            part_out(part.model, alike.unwrap_or_else(|| self.decays.get(..evidence.context.len()).unwrap_or_default()));
        }
        if let Some(event) = newest().find(|e| e.item == item) {
            add(event, part.repeat);
        }
        shares
    }

    fn reason<'a>(&self, share: &Share<'_>, evidence: &Evidence<'_>, arena: &'a Arena) -> Reason<'a> {
        let kind = match (evidence.kind, share.event.kind) {
            (Kind::Likeness, _) => ReasonKind::Similar,
            _ if Some(share.event.item) == evidence.page => ReasonKind::ThisPage,
            (_, EventKind::CartAdd) => ReasonKind::InCart,
            (_, EventKind::Purchase) => ReasonKind::Purchased,
            (_, EventKind::SearchClick) => ReasonKind::Searched,
            _ => ReasonKind::Viewed,
        };
        let item = share.event.item;
        let (id, title) = (arena.text(self.catalog.id(item)), arena.text(self.catalog.title(item)));
        Reason { kind, item: Some(id), title: Some(title), contribution: share.contribution }
    }
}
