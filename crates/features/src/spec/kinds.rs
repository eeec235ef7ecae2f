//! The kinds of features.

/// A window of a key: the events of the key's value with times in (t − delay − window, t − delay], where t is the event's own.
///
/// Events of the same time count where they came before. The event itself is within where the delay is 0, unless `current` is false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Which key, by its place in [`Spec::keys`](crate::Spec::keys).
    pub key: usize,
    /// Length, milliseconds, at least 1.
    pub window: i64,
    /// Delay, milliseconds.
    pub delay: i64,
    /// Whether the event itself counts.
    pub current: bool,
}

/// What a feature is. Places are those of [`Spec`](crate::Spec)'s lists; amounts are in ones, not in units.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// An amount of the event.
    Amount(usize),
    /// 1 where a flag of the event is set, else 0.
    Flag(usize),
    /// Hour of the event, 0 to 23, in the zone.
    Hour,
    /// Weekday, 0 Monday to 6 Sunday, in the zone.
    Weekday,
    /// 1 where the hour is at least the first number and less than the second, past midnight where that is the smaller one; else 0.
    Night(u8, u8),
    /// 1 on Saturday and Sunday in the zone, else 0.
    Weekend,
    /// Seconds since the last event of a key's value before this one.
    Since(usize),
    /// Events; with a flag those that have it.
    Count(At, Option<usize>),
    /// Sum of an amount.
    Sum(At, usize),
    /// Mean of an amount.
    Mean(At, usize),
    /// Smallest of an amount.
    Min(At, usize),
    /// Largest of an amount.
    Max(At, usize),
    /// The event's amount over the mean.
    ToMean(At, usize),
    /// The event's amount less the mean, over the standard deviation of a sample (n − 1).
    ZScore(At, usize),
    /// Entropy of an amount's distribution over bins, in bits. Edges are units, ascending: bin i holds what is at least edge i − 1 and less
    /// than edge i.
    Entropy(At, usize, Vec<i64>),
    /// Share of events that have a flag.
    Share(At, usize),
    /// Different values of another key.
    Distinct(At, usize),
    /// Events whose label is known to be true.
    Frauds(At),
    /// These over all events, or over those whose label is known.
    Risk(At, bool),
    /// One earlier feature over another.
    Ratio(usize, usize),
}

/// A feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its value where it is not defined: no event in the window, a deviation or divisor of 0, an event without the key.
    pub missing: f64,
}

impl Kind {
    /// The window of a kind that has one.
    #[must_use]
    pub const fn at(&self) -> Option<At> {
        match self {
            Self::Count(at, _)
            | Self::Sum(at, _)
            | Self::Mean(at, _)
            | Self::Min(at, _)
            | Self::Max(at, _)
            | Self::ToMean(at, _)
            | Self::ZScore(at, _)
            | Self::Entropy(at, ..)
            | Self::Share(at, _)
            | Self::Distinct(at, _)
            | Self::Frauds(at)
            | Self::Risk(at, _) => Some(*at),
            _ => None,
        }
    }

    /// The key that a kind looks at.
    #[must_use]
    pub const fn key(&self) -> Option<usize> {
        match (self, self.at()) {
            (Self::Since(key), _) => Some(*key),
            (_, Some(at)) => Some(at.key),
            _ => None,
        }
    }
}
