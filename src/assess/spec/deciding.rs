//! By what is decided.

use crate::value::{Decode, Faults, Value};
use serde::Serialize;

/// By what the model's decision is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Deciding {
    /// The decision of least expected cost; of equal ones the mildest.
    Costs,
    /// So many a day: thresholds of the score are fitted at packing, on a table whose days are known. No more than these on the
    /// average day of that table.
    Capacity {
        /// Reviews a day.
        reviews: u32,
        /// Declined a day, the riskiest. Default 0: none by the model.
        declines: u32,
    },
    /// At a risk of this or more.
    Thresholds {
        /// Reviewed; `None`: nobody reviews.
        #[serde(skip_serializing_if = "Option::is_none")]
        review: Option<f64>,
        /// Declined; `None`: none by the model.
        #[serde(skip_serializing_if = "Option::is_none")]
        decline: Option<f64>,
    },
}

#[derive(Clone, Copy)]
enum By {
    Costs,
    Capacity,
    Thresholds,
}

impl Decode for By {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(&[("costs", Self::Costs), ("capacity", Self::Capacity), ("thresholds", Self::Thresholds)], faults)
    }
}

impl Decode for Deciding {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = match of.take("by") {
            By::Costs => Self::Costs,
            By::Capacity => Self::Capacity { reviews: of.take("reviews"), declines: of.take_or("declines", 0) },
            By::Thresholds => Self::Thresholds { review: of.take("review"), decline: of.take("decline") },
        };
        if let Self::Thresholds { review, decline } = read {
            let (low, high) = (review.or(decline), decline.or(review));
            if low.is_none() {
                of.fault("a threshold is needed: review, decline or both");
            } else if [low, high].iter().flatten().any(|t| !(0.0..=1.0).contains(t)) || low > high {
                of.fault("thresholds are risks from 0 to 1, review not above decline");
            }
        }
        of.end();
        read
    }
}
