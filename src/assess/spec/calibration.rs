//! How a score becomes a risk.

use crate::value::{Decode, Faults, Value};
use serde::Serialize;

/// Which calibration is fitted at packing, on rows that the model has not learnt from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Calibration {
    /// The score is a probability already, and is the risk.
    #[default]
    None,
    /// Isotonic regression by pool-adjacent-violators.
    Isotonic {
        /// What is answered between two fitted points.
        between: Between,
    },
    /// Platt's sigmoid 1 / (1 + exp(a·f + b)).
    Platt {
        /// What f is.
        of: Of,
    },
}

/// What an isotonic calibration answers between two points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Between {
    /// The line between them.
    #[default]
    Linear,
    /// The value of the point before.
    Step,
}

/// What Platt's sigmoid is taken of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// The score as the model answers it.
    #[default]
    Score,
    /// ln(s / (1 − s)) of a score that is a probability.
    LogOdds,
}

#[derive(Clone, Copy)]
enum Kind {
    None,
    Isotonic,
    Platt,
}

impl Decode for Of {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(&[("score", Self::Score), ("log-odds", Self::LogOdds)], faults)
    }
}

impl Decode for Between {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(&[("linear", Self::Linear), ("step", Self::Step)], faults)
    }
}

impl Decode for Kind {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(&[("none", Self::None), ("isotonic", Self::Isotonic), ("platt", Self::Platt)], faults)
    }
}

impl Decode for Calibration {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = match of.take("kind") {
            Kind::None => Self::None,
            Kind::Isotonic => Self::Isotonic { between: of.take_or("between", Between::default()) },
            Kind::Platt => Self::Platt { of: of.take_or("of", Of::default()) },
        };
        of.end();
        read
    }
}
