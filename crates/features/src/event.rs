//! What goes in and what comes out.

/// An event: one transaction, one view.
///
/// Texts have at most [`LONGEST_ID`](crate::LONGEST_ID) bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event<'a> {
    /// When it happened, Unix milliseconds, from 0 to [`LATEST_MS`](crate::LATEST_MS).
    pub time: i64,
    /// Its id, by which repeats and labels are known; empty where the specification declares none.
    pub id: &'a str,
    /// A value for each key of the specification; empty where the event has none: its features of that key are their `missing`.
    pub keys: &'a [&'a str],
    /// Units for each amount of the specification ([`Spec::units`](crate::Spec::units)).
    pub amounts: &'a [i64],
    /// A bit for each flag of the specification, the first the lowest.
    pub flags: u32,
    /// The currency of its amounts; empty where none is told.
    pub currency: &'a str,
    /// When the host received it, by the host's clock, Unix milliseconds: an event further ahead than
    /// [`Spec::skew`](crate::Spec::skew) is refused. `None`: not checked.
    pub received: Option<i64>,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Recorded.
    Observed,
    /// Its id was there within [`Spec::repeats`](crate::Spec::repeats): the answer of then, and nothing is recorded.
    Duplicate,
    /// Its id was there, but its answer is kept no longer: no features, and nothing is recorded.
    Repeated,
    /// Older than the greatest time seen less [`Spec::lateness`](crate::Spec::lateness): no features, and nothing is recorded.
    Late,
    /// Its time lies further ahead of `received` than [`Spec::skew`](crate::Spec::skew): no features, and nothing is recorded.
    Ahead,
    /// Looked at without being recorded.
    Peeked,
}

impl Outcome {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Duplicate => "duplicate",
            Self::Repeated => "repeated",
            Self::Late => "late",
            Self::Ahead => "ahead",
            Self::Peeked => "peeked",
        }
    }

    /// Whether there are features.
    #[must_use]
    pub const fn has_features(self) -> bool {
        matches!(self, Self::Observed | Self::Duplicate | Self::Peeked)
    }
}

/// What became of an event, and what to know of its features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What became of it.
    pub outcome: Outcome,
    /// A window of one of its keys would have needed events that the limits have made the crate forget of that value. A value that was
    /// forgotten whole (`limits.keys`, `limits.events`) begins anew and is not marked: [`Counts::keys_forgotten`] tells how many.
    pub capped: bool,
}

/// An answer: the values of the specification's features in order; none where the outcome has none.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What became of the event.
    pub seen: Seen,
    /// Values, in order of [`Spec::features`](crate::Spec::features).
    pub features: Vec<f64>,
}

/// What became of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Labelled {
    /// It counts from now on.
    Known,
    /// It will count for events at or after its time.
    Waiting,
    /// The event has this very label already.
    Same,
    /// It takes the place of another label.
    Changed,
    /// No event of that id is remembered: it never came, or is older than any window looks back.
    Unknown,
    /// More labels wait for their time than the limits allow. Nothing is recorded.
    Full,
}

impl Labelled {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Waiting => "waiting",
            Self::Same => "same",
            Self::Changed => "changed",
            Self::Unknown => "unknown",
            Self::Full => "full",
        }
    }
}

/// What became of flags that came out after their event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Amended {
    /// They count from now on.
    Changed,
    /// The event has them already.
    Same,
    /// No event of that id is remembered, or no window can reach it any more.
    Unknown,
}

impl Amended {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Same => "same",
            Self::Unknown => "unknown",
        }
    }
}

/// What has happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events recorded.
    pub observed: u64,
    /// Of these, events that came after one with a later time.
    pub out_of_order: u64,
    /// Events of a known id.
    pub duplicates: u64,
    /// Events that came too late.
    pub late: u64,
    /// Events ahead of the host's clock.
    pub ahead: u64,
    /// Labels taken.
    pub labels: u64,
    /// Labels of unknown ids, or beyond the limit of those that wait.
    pub labels_refused: u64,
    /// Values of keys that were forgotten for the limits.
    pub keys_forgotten: u64,
    /// Events of a value of a key that were forgotten for the limits.
    pub events_forgotten: u64,
    /// Ids that were forgotten for the limits.
    pub ids_forgotten: u64,
}

impl Counts {
    /// All, in order.
    pub(crate) const fn all(self) -> [u64; 10] {
        let Self { observed, out_of_order, duplicates, late, ahead, labels, labels_refused, .. } = self;
        let (keys, events, ids) = (self.keys_forgotten, self.events_forgotten, self.ids_forgotten);
        [observed, out_of_order, duplicates, late, ahead, labels, labels_refused, keys, events, ids]
    }

    /// Of all, in order.
    pub(crate) const fn of(all: [u64; 10]) -> Self {
        let [observed, out_of_order, duplicates, late, ahead, labels, labels_refused, keys, events, ids] = all;
        let (keys_forgotten, events_forgotten, ids_forgotten) = (keys, events, ids);
        Self {
            observed,
            out_of_order,
            duplicates,
            late,
            ahead,
            labels,
            labels_refused,
            keys_forgotten,
            events_forgotten,
            ids_forgotten,
        }
    }
}
