//! What is to be done with a transaction.

use crate::value::{Decode, Faults, Value};
use serde::Serialize;

/// What is to be done, from the mildest to the most severe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It goes through.
    #[default]
    Approve,
    /// Somebody looks at it.
    Review,
    /// It is turned down.
    Decline,
}

const WORDS: [(&str, Decision); 3] =
    [("approve", Decision::Approve), ("review", Decision::Review), ("decline", Decision::Decline)];

impl Decision {
    /// All three, mildest first.
    pub const ALL: [Self; 3] = [Self::Approve, Self::Review, Self::Decline];

    /// `approve`, `review`, `decline`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Review => "review",
            Self::Decline => "decline",
        }
    }
}

impl Decode for Decision {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(&WORDS, faults)
    }
}
