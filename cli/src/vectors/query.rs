//! What a session asks for, and how items are compared with it.
//!
//! With v_p the vector of the event at position p (0 is the newest) and the window's n events:
//!
//! ```text
//! q      = Σ_p w_p v_p / Σ_p w_p
//! mean     w_p = 1
//! decay:R  w_p = R^p          R above 0 and below 1: the share of the event after it that an event counts
//! last     w_0 = 1, others 0
//! dot      x_i = q · v_i
//! cosine   x_i = q · v_i / (|q| |v_i|), where q is made of rows of length 1
//! ```
//! The last line is what gensim's `most_similar` does with a list of keys.

use std::str::FromStr;

/// How a session's vectors become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Query {
    /// All events alike.
    Mean,
    /// An event counts this share of the one after it.
    Decay(f32),
    /// The newest alone.
    Last,
}

impl Query {
    /// Weights of a window of events whose newest stands last.
    pub(super) fn weights(self, window: usize) -> Vec<f32> {
        let weight = |p: usize| match self {
            Self::Mean => 1.0,
            Self::Decay(share) => share.powi(i32::try_from(p).unwrap_or(i32::MAX)),
            Self::Last => f32::from(u8::from(p == 0)),
        };
        (0..window).rev().map(weight).collect()
    }

    /// Events that it looks at, of a window.
    pub(crate) const fn window(self, window: usize) -> usize {
        if matches!(self, Self::Last) { 1 } else { window }
    }
}

impl FromStr for Query {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word.split_once(':') {
            None if word == "mean" => Ok(Self::Mean),
            None if word == "last" => Ok(Self::Last),
            Some(("decay", share)) => match share.parse::<f32>() {
                Ok(share) if share > 0.0 && share < 1.0 => Ok(Self::Decay(share)),
                _ => Err("the share of a decay is above 0 and below 1, as decay:0.6".to_owned()),
            },
            _ => Err("a query is mean, last or decay:SHARE, as decay:0.6".to_owned()),
        }
    }
}

impl std::fmt::Display for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Mean => f.write_str("mean"),
            Self::Decay(share) => write!(f, "decay:{share}"),
            Self::Last => f.write_str("last"),
        }
    }
}

/// How items are compared with a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Score {
    /// The product of the vectors: a long vector ranks high.
    Dot,
    /// The product of their directions.
    Cosine,
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if *self == Self::Dot { "dot" } else { "cosine" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert_eq!(["mean", "last", "decay:0.6"].map(|w| w.parse()), [Ok(Query::Mean), Ok(Query::Last), Ok(Query::Decay(0.6))]);
        for word in ["", "sum", "decay", "decay:0", "decay:1", "decay:-1", "decay:nan", "decay:x", "mean:1", "Last"] {
            assert!(word.parse::<Query>().is_err(), "{word}");
        }
        assert_eq!([Query::Mean, Query::Decay(0.6), Query::Last].map(|q| q.to_string()), ["mean", "decay:0.6", "last"]);
    }

    #[test]
    fn weights_by_hand() {
        assert_eq!(Query::Mean.weights(3), [1.0, 1.0, 1.0]);
        assert_eq!(Query::Decay(0.5).weights(3), [0.25, 0.5, 1.0]);
        assert_eq!(Query::Last.weights(3), [0.0, 0.0, 1.0]);
        assert_eq!([Query::Last.window(50), Query::Mean.window(50)], [1, 50]);
    }
}
