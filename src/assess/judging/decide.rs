//! The model's decision: of least expected cost, by fitted thresholds of the score, or by fixed thresholds of the risk.

use crate::assess::manifest::Thresholds;
use crate::assess::spec::Costs;
use crate::assess::words::{Decision, MILLION};
use serde::Serialize;

/// Parts of a risk of 1: costs are compared as integers.
const BILLION: u64 = 1_000_000_000;
/// One minor unit in which costs are compared: parts of a share, of a risk, and of what a review catches.
const UNIT: u128 = MILLION as u128 * BILLION as u128 * MILLION as u128;

/// Expected costs of the three decisions, minor units rounded to the nearest, halves up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// Of approving.
    pub approve: u64,
    /// Of a review, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<u64>,
    /// Of declining.
    pub decline: u64,
}

/// The decision of least expected cost, of equal ones the mildest, and the costs. The risk counts in billionths; all else is exact:
/// with an amount up to [`crate::assess::MAX_AMOUNT`] nothing overflows.
#[must_use]
pub fn by_costs(costs: &Costs, amount: u64, risk: f64) -> (Decision, Expected) {
    let exact = exact(costs, amount, risk);
    let mut best = (Decision::Approve, exact.0);
    for (decision, cost) in [(Decision::Review, exact.1), (Decision::Decline, Some(exact.2))] {
        if let Some(cost) = cost.filter(|cost| *cost < best.1) {
            best = (decision, cost);
        }
    }
    let rounded = |cost: u128| u64::try_from((cost + UNIT / 2) / UNIT).unwrap_or(u64::MAX);
    (best.0, Expected { approve: rounded(exact.0), review: exact.1.map(rounded), decline: rounded(exact.2) })
}

/// Costs of approving, reviewing and declining in parts of a minor unit.
fn exact(costs: &Costs, amount: u64, risk: f64) -> (u128, Option<u128>, u128) {
    let of = |share: u64, fixed: u64| u128::from(share) * u128::from(amount) + u128::from(fixed) * u128::from(MILLION);
    let risk = u128::from((libm::round(risk.clamp(0.0, 1.0) * BILLION as f64) as u64).min(BILLION));
    let loss = of(costs.missed_share.millionths(), costs.missed_fee);
    let lost_sale = of(costs.margin.millionths(), costs.goodwill);
    let uncaught = u128::from(MILLION.saturating_sub(costs.caught.millionths()));
    (
        risk * loss * u128::from(MILLION),
        costs.review.map(|review| u128::from(review) * UNIT + risk * loss * uncaught),
        (u128::from(BILLION) - risk) * lost_sale * u128::from(MILLION),
    )
}

/// The decision by thresholds of the score: at the threshold the more severe.
#[must_use]
pub fn by_score(thresholds: &Thresholds, score: f32) -> Decision {
    at(thresholds.review.is_some_and(|t| score >= t), thresholds.decline.is_some_and(|t| score >= t))
}

/// The decision by thresholds of the risk: at the threshold the more severe.
#[must_use]
pub fn by_risk(review: Option<f64>, decline: Option<f64>, risk: f64) -> Decision {
    at(review.is_some_and(|t| risk >= t), decline.is_some_and(|t| risk >= t))
}

const fn at(review: bool, decline: bool) -> Decision {
    match (decline, review) {
        (true, _) => Decision::Decline,
        (false, true) => Decision::Review,
        (false, false) => Decision::Approve,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess::words::{MAX_AMOUNT, Share};

    const COSTS: Costs = Costs {
        missed_share: Share::of_millionths(1_000_000),
        missed_fee: 1_500,
        margin: Share::of_millionths(100_000),
        goodwill: 500,
        review: Some(300),
        caught: Share::of_millionths(800_000),
    };

    #[test]
    fn worked_by_hand() {
        // 100.00 at a risk of 2 %: approving loses 0.02 · 115.00 = 2.30, a review 3.00 + 0.2 of that, declining 0.98 · 15.00.
        let (decision, costs) = by_costs(&COSTS, 10_000, 0.02);
        assert_eq!((decision, costs), (Decision::Approve, Expected { approve: 230, review: Some(346), decline: 1_470 }));
        // At 10 %: 11.50, 3.00 + 2.30, 13.50.
        let (decision, costs) = by_costs(&COSTS, 10_000, 0.1);
        assert_eq!((decision, costs), (Decision::Review, Expected { approve: 1_150, review: Some(530), decline: 1_350 }));
        // At 90 %: 103.50, 3.00 + 20.70, 1.50.
        let (decision, costs) = by_costs(&COSTS, 10_000, 0.9);
        assert_eq!((decision, costs), (Decision::Decline, Expected { approve: 10_350, review: Some(2_370), decline: 150 }));
        // The same risk, another amount: what is small is not worth a look.
        assert_eq!(by_costs(&COSTS, 100, 0.1).0, Decision::Approve);
    }

    #[test]
    fn of_equal_costs_the_mildest() {
        let free = Costs { missed_fee: 0, goodwill: 0, review: Some(0), margin: Share::of_millionths(1_000_000), ..COSTS };
        assert_eq!(by_costs(&free, 0, 0.5).0, Decision::Approve, "all cost nothing");
        let even = Costs { review: None, ..free };
        assert_eq!(by_costs(&even, 1_000, 0.5), (Decision::Approve, Expected { approve: 500, review: None, decline: 500 }));
        assert_eq!(by_costs(&even, 1_000, 0.500_000_001).0, Decision::Decline);
        assert_eq!((by_risk(Some(0.5), Some(0.5), 0.5), by_risk(Some(0.2), None, 0.2)), (Decision::Decline, Decision::Review));
        assert_eq!(by_risk(Some(0.2), Some(0.5), 0.199), Decision::Approve);
        let thresholds = Thresholds { review: Some(0.25), decline: None };
        assert_eq!((by_score(&thresholds, 0.25), by_score(&thresholds, 0.249)), (Decision::Review, Decision::Approve));
    }

    /// The decision is the argmin over costs computed another way, in 64-bit floats, wherever these are clearly apart.
    #[test]
    fn is_the_argmin() {
        let mut seed = 1_u64;
        let mut next = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for _ in 0..20_000 {
            let costs = Costs {
                missed_share: Share::of_millionths(next(2_000_001) as u32),
                missed_fee: next(10_000),
                margin: Share::of_millionths(next(1_000_001) as u32),
                goodwill: next(10_000),
                review: (next(4) > 0).then(|| next(5_000)),
                caught: Share::of_millionths(next(1_000_001) as u32),
            };
            let (amount, risk) = (next(1_000_000), next(1_000_001) as f64 / 1e6);
            let share = |s: Share| s.millionths() as f64 / 1e6;
            let loss = share(costs.missed_share) * amount as f64 + costs.missed_fee as f64;
            let want = [
                risk * loss,
                costs.review.map_or(f64::INFINITY, |r| r as f64 + risk * (1.0 - share(costs.caught)) * loss),
                (1.0 - risk) * (share(costs.margin) * amount as f64 + costs.goodwill as f64),
            ];
            let (decision, expected) = by_costs(&costs, amount, risk);
            let least = want.iter().copied().fold(f64::INFINITY, f64::min);
            assert!(want[decision as usize] - least < 1e-6 * (1.0 + least), "{costs:?} {amount} {risk} {want:?} {decision:?}");
            for (got, want) in [(Some(expected.approve), want[0]), (expected.review, want[1]), (Some(expected.decline), want[2])]
            {
                assert!(got.is_none_or(|got| (got as f64 - want).abs() < 0.501));
            }
        }
    }

    #[test]
    fn the_largest_numbers_fit() {
        let most = Costs {
            missed_share: Share::of_millionths(10_000_000),
            missed_fee: MAX_AMOUNT,
            margin: Share::of_millionths(10_000_000),
            goodwill: MAX_AMOUNT,
            review: Some(MAX_AMOUNT),
            caught: Share::of_millionths(0),
        };
        for risk in [0.0, 0.5, 1.0, 2.0, f64::NAN] {
            let (_, costs) = by_costs(&most, MAX_AMOUNT, risk);
            assert!(costs.approve <= 11 * MAX_AMOUNT && costs.decline <= 11 * MAX_AMOUNT);
        }
    }
}
