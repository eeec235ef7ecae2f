//! Streams and rates.

use crate::bins::{Bins, Value};
use crate::error::{Code, Error, Result};

/// Most streams of a reference.
pub const MOST_STREAMS: usize = 128;
/// Most bins of a stream.
pub const MOST_BINS: usize = 64;
/// Most rates of a reference.
pub const MOST_RATES: usize = 32;
/// Longest name of a stream, a rate or a category, in bytes.
pub const LONGEST_NAME: usize = 64;
/// Most bytes of a written reference.
pub const MOST_BYTES: usize = 128 * 1024;
/// Largest count of a bin.
pub(crate) const MOST_COUNT: u64 = 1 << 48;

/// What a stream is of, which decides what an alert of it advises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An input of the model.
    Input,
    /// What the model answers.
    Score,
    /// A property of finished slates.
    Slate,
}

/// One stream: its bins and how often each was met in the reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) importance: f64,
    pub(crate) bins: Bins,
    pub(crate) counts: Vec<u64>,
}

impl Stream {
    /// A stream without counts yet. `importance` says how much the model cares for it, on any scale from 0 on: the streams of
    /// one role are held against the largest of theirs.
    ///
    /// # Errors
    /// `monitor-reference-invalid`: a name that is empty or too long, too many bins, edges that do not rise or are not finite,
    /// categories twice, an importance below 0 or none that 32 bits hold.
    pub fn new(name: &str, role: Role, importance: f64, bins: Bins) -> Result<Self> {
        let invalid = |why| Err(Error::new(Code::ReferenceInvalid, why).with("stream", name));
        if !is_name(name) {
            return invalid("a stream's name has 1 to 64 bytes");
        }
        // It is kept in 32 bits: neither may a large one become infinite, nor a small one nothing.
        let kept = importance as f32;
        if !kept.is_finite() || importance < 0.0 || importance > 0.0 && kept == 0.0 {
            return invalid("a stream's importance is 0, or a number above 0 that 32 bits hold: 1e-45 to 3e38");
        }
        if bins.count() > MOST_BINS {
            return invalid("a stream has at most 64 bins, those for others and missing values included");
        }
        let fits = match &bins {
            Bins::Numeric(edges) => edges.iter().all(|e| e.is_finite()) && edges.is_sorted_by(|a, b| a < b),
            Bins::Named(names) => {
                names.iter().enumerate().all(|(at, name)| name.len() <= LONGEST_NAME && !names[..at].contains(name))
            }
            Bins::Indexed(_) => true,
        };
        if !fits {
            return invalid("a stream's edges rise and are finite, its categories are there once and have at most 64 bytes");
        }
        let counts = vec![0; bins.count()];
        Ok(Self { name: name.to_owned(), role, importance: f64::from(kept), bins, counts })
    }

    /// Counts an observation of the reference.
    pub fn add(&mut self, value: Value<'_>) {
        let bin = self.bins.of(value);
        if let Some(count) = self.counts.get_mut(bin) {
            *count = (*count + 1).min(MOST_COUNT);
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is of.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// How much the model cares for it, as it was told, in 32 bits.
    #[must_use]
    pub const fn importance(&self) -> f64 {
        self.importance
    }

    /// Its bins.
    #[must_use]
    pub const fn bins(&self) -> &Bins {
        &self.bins
    }

    /// How often each bin was met.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How many observations there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// How often something happened in the reference: unknown items, missing fields, fallbacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Its name, of 1 to 64 bytes.
    pub name: String,
    /// How often it happened.
    pub events: u64,
    /// Of how many.
    pub of: u64,
}

/// Whether a text may be a name.
pub(super) fn is_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
}
