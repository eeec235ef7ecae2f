//! What a bundle's decisions cost on labelled rows.

use crate::assess::assessing::Assessor;
use crate::assess::spec::Costs;
use crate::assess::words::{Decision, MILLION};

/// What decisions cost on labelled rows, minor units of the one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Money {
    /// By the bundle's decisions; a review costs its price, and of a fraud what it does not catch.
    pub decided: u64,
    /// If all are approved.
    pub approved: u64,
    /// If one risk for all amounts parts approved and declined, the best one on these very rows.
    pub fixed: u64,
}

/// What decisions cost on these rows.
pub(super) fn money(judge: &Assessor, scores: &[f32], charged: &[Option<(u64, Costs)>], frauds: &[bool]) -> Option<Money> {
    let of = |share: u64, fixed: u64, amount: u64| {
        (u128::from(share) * u128::from(amount) + u128::from(fixed) * u128::from(MILLION)) / u128::from(MILLION)
    };
    let (mut decided, mut approved) = (0_u128, 0_u128);
    let mut rows: Vec<(f64, u128, u128)> = Vec::with_capacity(scores.len());
    for ((score, charged), fraud) in scores.iter().zip(charged).zip(frauds) {
        let (amount, costs) = (*charged)?;
        let judged = judge.judged(*score, Some((amount, costs)));
        let loss = if *fraud { of(costs.missed_share.millionths(), costs.missed_fee, amount) } else { 0 };
        let lost_sale = if *fraud { 0 } else { of(costs.margin.millionths(), costs.goodwill, amount) };
        approved += loss;
        decided += match judged.decision {
            Decision::Approve => loss,
            Decision::Review => {
                u128::from(costs.review.unwrap_or(0))
                    + loss * u128::from(MILLION.saturating_sub(costs.caught.millionths())) / u128::from(MILLION)
            }
            Decision::Decline => lost_sale,
        };
        rows.push((judged.risk, loss, lost_sale));
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut cost, mut fixed) = (approved, approved);
    for same in rows.chunk_by(|a, b| a.0 == b.0) {
        for (_, loss, lost_sale) in same {
            cost = cost + lost_sale - loss;
        }
        fixed = fixed.min(cost);
    }
    let fits = |cost: u128| u64::try_from(cost).unwrap_or(u64::MAX);
    Some(Money { decided: fits(decided), approved: fits(approved), fixed: fits(fixed) })
}
