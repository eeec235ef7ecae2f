//! One transaction.

/// Milliseconds of a day.
pub(super) const DAY_MS: i64 = 86_400_000;

/// Why a transaction is fraud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scenario {
    Honest,
    /// More than 220.
    Amount,
    /// At a compromised terminal.
    Terminal,
    /// With a compromised customer's card, five times the amount.
    Customer,
    /// A try of a card testing attack.
    Testing,
}

impl Scenario {
    /// How many there are.
    pub(super) const COUNT: usize = 5;
}

/// A transaction: ordered by time, and then by all the rest, so that there is one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Transaction {
    /// Since 1970 UTC.
    pub(super) time_ms: i64,
    /// Customers' numbers from 0; what is above them are cards of nobody known.
    pub(super) card: u64,
    pub(super) terminal: u32,
    pub(super) cents: i64,
    pub(super) declined: bool,
    pub(super) scenario: Scenario,
}
