//! What is declared: the fields of an event, windows, features, lateness, limits.

mod duration;
mod fields;
mod kinds;
mod read;
mod zone;

pub use kinds::{At, Feature, Kind};
pub use zone::Zone;

use crate::error::{Error, Result};
use crate::number::{power, units, units_of};

/// Largest size of an amount, in units of its decimals: a hundred million millions.
///
/// With at most 65,536 events of a key, every sum of squares and its product with a count fit in 128 bits.
pub const MOST_UNITS: i64 = 100_000_000_000_000;
/// Last millisecond of an event's time: the end of the year 9999. The first is 0, 1970-01-01.
pub const LATEST_MS: i64 = 253_402_300_799_999;
/// Keys of a specification.
pub(crate) const MOST_KEYS: usize = 8;
/// Amounts of a specification.
pub(crate) const MOST_AMOUNTS: usize = 8;
/// Bytes of a key's or id's text.
pub const LONGEST_ID: usize = 256;

/// A declared amount: whole units of 10^-decimals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The field.
    pub name: String,
    /// 0 to 8.
    pub decimals: u8,
    /// Smallest units taken. Default 0.
    pub least: i64,
    /// Largest units taken. Default [`MOST_UNITS`].
    pub most: i64,
}

/// The currency in which all amounts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currency {
    /// The field.
    pub name: String,
    /// The one word that it may hold.
    pub is: String,
}

/// The label, fraud or not, that becomes known later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The field that a log has it in.
    pub name: String,
    /// How long after the event a log's label counts as known, milliseconds, where the log does not say when.
    pub delay: i64,
}

/// What memory may be taken. Defaults in parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Values of each key that are kept (1,000,000); beyond them the one seen least recently is forgotten.
    pub keys: u32,
    /// Events of each value of a key (4,096), at most 65,536; beyond them the oldest is forgotten, and answers that would need it say so.
    pub events_per_key: u32,
    /// Events of all values of a key together (8,000,000); beyond them the value seen least recently is forgotten.
    pub events: u32,
    /// Ids that are known again (4,000,000); beyond them the oldest is forgotten.
    pub ids: u32,
    /// Labels that wait for their time (1,000,000); beyond them one more is refused.
    pub labels: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { keys: 1_000_000, events_per_key: 4096, events: 8_000_000, ids: 4_000_000, labels: 1_000_000 }
    }
}

/// A specification, checked.
#[derive(Clone, Debug)]
pub struct Spec {
    name: String,
    time: String,
    id: Option<String>,
    keys: Vec<String>,
    amounts: Vec<Amount>,
    flags: Vec<String>,
    currency: Option<Currency>,
    label: Option<Label>,
    zone: Zone,
    lateness: i64,
    skew: i64,
    repeats: i64,
    limits: Limits,
    features: Vec<Feature>,
    canonical: String,
    digest: u64,
}

impl Spec {
    /// The specification as one line of JSON with sorted keys: what its digest is of.
    #[must_use]
    pub fn to_json(&self) -> &str {
        &self.canonical
    }

    /// 64 bits that tell specifications apart, whatever the order of their keys and the blanks between them.
    #[must_use]
    pub const fn digest(&self) -> u64 {
        self.digest
    }

    /// Its name; empty where it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The field of the time.
    #[must_use]
    pub fn time(&self) -> &str {
        &self.time
    }

    /// The field of the id, by which repeats and labels are known.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Fields of keys, in order of [`Event::keys`](crate::Event::keys).
    #[must_use]
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// Amounts, in order of [`Event::amounts`](crate::Event::amounts).
    #[must_use]
    pub fn amounts(&self) -> &[Amount] {
        &self.amounts
    }

    /// Fields of flags, in order of the bits of [`Event::flags`](crate::Event::flags).
    #[must_use]
    pub fn flags(&self) -> &[String] {
        &self.flags
    }

    /// The currency, where one is declared.
    #[must_use]
    pub const fn currency(&self) -> Option<&Currency> {
        self.currency.as_ref()
    }

    /// The label, where one is declared.
    #[must_use]
    pub const fn label(&self) -> Option<&Label> {
        self.label.as_ref()
    }

    /// The time zone of hours and weekdays.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// How long an event may come after the newest one, milliseconds. Default 0.
    #[must_use]
    pub const fn lateness(&self) -> i64 {
        self.lateness
    }

    /// How far an event's time may lie ahead of when it was received, milliseconds. Default one minute.
    #[must_use]
    pub const fn skew(&self) -> i64 {
        self.skew
    }

    /// How long the answer of an id is kept for its repeats, milliseconds of the events' time. Default one day.
    #[must_use]
    pub const fn repeats(&self) -> i64 {
        self.repeats
    }

    /// Limits.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Features, in order of an answer's values.
    #[must_use]
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// Units of an amount that is a float, by the amount's place.
    ///
    /// # Errors
    /// [`Code::EventInvalid`](crate::Code::EventInvalid) for what is not finite, is no such decimal (12.345 of two decimals) or is out of
    /// the amount's range.
    pub fn units(&self, amount: usize, value: f64) -> Result<i64> {
        let Some(declared) = self.amounts.get(amount) else { return Err(self.no_amount(amount)) };
        let Some(units) = units_of(value, declared.decimals, MOST_UNITS) else {
            let shown = if value.is_nan() {
                "NaN"
            } else if value.is_infinite() {
                "infinite"
            } else {
                "a float"
            };
            return Err(Error::event(NO_AMOUNT, &declared.name, shown).count("decimals", declared.decimals.into()));
        };
        declared.check(units)
    }

    /// Units of an amount that is a decimal text, by the amount's place.
    ///
    /// # Errors
    /// As [`Spec::units`].
    pub fn units_text(&self, amount: usize, text: &str) -> Result<i64> {
        let Some(declared) = self.amounts.get(amount) else { return Err(self.no_amount(amount)) };
        match units(text, declared.decimals) {
            Some(units) => declared.check(units),
            None => Err(Error::event(NO_AMOUNT, &declared.name, text).count("decimals", declared.decimals.into())),
        }
    }

    #[cold]
    fn no_amount(&self, amount: usize) -> Error {
        Error::event("the specification has fewer amounts", "amounts", "")
            .count("amount", amount as i64)
            .count("declared", self.amounts.len() as i64)
    }
}

const NO_AMOUNT: &str = "an amount is a finite number with no more decimals than declared";

impl Amount {
    /// The units, if they are within the range.
    pub(crate) fn check(&self, units: i64) -> Result<i64> {
        if units < self.least || units > self.most {
            return Err(Error::event("an amount is out of the range that the specification declares", &self.name, "")
                .count("units", units)
                .count("least", self.least)
                .count("most", self.most));
        }
        Ok(units)
    }

    /// Units of one.
    #[must_use]
    pub const fn one(&self) -> i64 {
        power(self.decimals)
    }
}
