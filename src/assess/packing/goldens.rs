//! Recorded transactions of a bundle: which rows, and what it answers to them.

use super::table::Labelled;
use crate::assess::assessing::{Assessor, Parts};
use crate::assess::manifest::Golden;
use crate::assess::spec::Costs;
use crate::assess::words::Decision;
use crate::error::Result;
use nearhand_onnx::ModelLimits;

/// Goldens of a bundle.
const GOLDENS: usize = 8;

/// Places of rows over all scores whose decision stays when the score moves by ten times what goldens may be off by.
pub(super) fn goldens(judge: &Assessor, scores: &[f32], charged: &[Option<(u64, Costs)>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores.get(*a).copied().unwrap_or(0.0).total_cmp(&scores.get(*b).copied().unwrap_or(0.0)));
    let stays = |at: usize| {
        let (Some(score), Some(charged)) = (scores.get(at).copied(), charged.get(at).copied()) else { return false };
        let by = (10.0 * judge.tolerance(f64::from(score))) as f32;
        let decision = |score: f32| judge.judged(score, charged).decision;
        decision(score - by) == decision(score + by)
    };
    let mut chosen: Vec<usize> = Vec::new();
    for nth in 0..GOLDENS {
        let from = nth * order.len() / GOLDENS;
        let until = ((nth + 1) * order.len() / GOLDENS).max(from);
        // The last of the highest slice is the highest score of all.
        let found = order.get(from..until).unwrap_or_default().iter().rev().copied().find(|at| stays(*at));
        chosen.extend(found);
    }
    chosen
}

/// The bundle with its goldens.
pub(super) fn recorded(mut parts: Parts, chosen: &[usize], table: &Labelled<'_>, limits: &ModelLimits) -> Result<Vec<u8>> {
    let width = parts.manifest.spec.features.len();
    let golden = |at: &usize| Golden {
        amount: table.amounts.get(*at).copied().flatten(),
        currency: table.currencies.get(*at).cloned().flatten(),
        decision: Decision::Approve,
    };
    parts.manifest.goldens = chosen.iter().map(golden).collect();
    let mut assessor = Assessor::of(parts.clone(), limits)?;
    for (nth, at) in chosen.iter().enumerate() {
        let features = table.rows.get(at * width..(at + 1) * width).unwrap_or_default();
        let (decision, score, risk, contributions) = assessor.record(nth, features)?;
        parts.golden.rows.extend_from_slice(features);
        parts.golden.scores.push(score);
        parts.golden.risks.push(risk);
        parts.golden.parts.extend(contributions);
        parts.manifest.goldens.get_mut(nth).into_iter().for_each(|golden| golden.decision = decision);
    }
    parts.write()
}
