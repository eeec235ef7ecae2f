//! What each decision costs when it is wrong, by currency.

use crate::assess::words::{MAX_AMOUNT, Share};
use crate::value::{Decode, Faults, Value};
use serde::Serialize;

/// A currency that transactions may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Currency {
    /// Its code, as transactions name it: ISO 4217, or the host's own.
    pub code: String,
    /// Decimals of its minor unit, for display: 2 for cents. 0 to 8, default 2.
    pub decimals: u32,
    /// What decisions cost; needed where costs decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub costs: Option<Costs>,
}

/// Costs of a decision about a transaction of amount a, in minor units.
///
/// ```text
/// loss     = missed_share · a + missed_fee              of a fraud that goes through
/// approve  = risk · loss
/// review   = review + risk · (1 − caught) · loss
/// decline  = (1 − risk) · (margin · a + goodwill)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Costs {
    /// Share of the amount that is lost with a fraud. 0 to 10, default 1.
    pub missed_share: Share,
    /// Lost beside it, as the scheme's fee for a chargeback. Default 0.
    pub missed_fee: u64,
    /// Share of the amount that an honest sale would have earned. 0 to 10.
    pub margin: Share,
    /// What an honest customer who was turned down is worth beside it. Default 0.
    pub goodwill: u64,
    /// What a review costs. `None`: nobody reviews.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<u64>,
    /// Share of the frauds that a review finds, 0 to 1. Default 1.
    pub caught: Share,
}

impl Decode for Currency {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self { code: of.take("code"), decimals: of.take_or("decimals", 2), costs: of.take("costs") };
        if read.decimals > 8 {
            of.fault("decimals are 0 to 8");
        }
        of.end();
        read
    }
}

impl Decode for Costs {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let whole = Share::of_millionths(1_000_000);
        let mut of = value.fields(faults);
        let read = Self {
            missed_share: of.take_or("missed_share", whole),
            missed_fee: of.take_or("missed_fee", 0),
            margin: of.take("margin"),
            goodwill: of.take_or("goodwill", 0),
            review: of.take("review"),
            caught: of.take_or("caught", whole),
        };
        if read.caught > whole {
            of.fault("a review catches a share from 0 to 1");
        }
        if [read.missed_fee, read.goodwill, read.review.unwrap_or(0)].iter().any(|cost| *cost > MAX_AMOUNT) {
            of.fault("a cost is above 10^15 minor units");
        }
        of.end();
        read
    }
}
