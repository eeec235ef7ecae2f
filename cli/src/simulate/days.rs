//! Day by day, in the order of time.

use super::fraud::Compromised;
use super::settings::Settings;
use super::transaction::{DAY_MS, Transaction};
use super::world::{Customer, customers};
use super::{honest, testing};

/// A simulation that goes on day by day; in memory are the world and one day.
pub(super) struct Days<'a> {
    settings: &'a Settings,
    start_ms: i64,
    customers: Vec<Customer>,
    rows: Vec<Transaction>,
}

impl<'a> Days<'a> {
    /// The world on its first day, whose midnight is `start_ms`.
    pub(super) fn new(settings: &'a Settings, start_ms: i64) -> Self {
        Self { settings, start_ms, customers: customers(settings), rows: Vec::new() }
    }

    /// Customers without a terminal within reach, who buy nothing of their own.
    pub(super) fn stranded(&self) -> usize {
        self.customers.iter().filter(|customer| customer.reach.is_empty()).count()
    }

    /// All transactions of a day, from 0, in their order.
    pub(super) fn day(&mut self, day: u64) -> &[Transaction] {
        let (settings, rows) = (self.settings, &mut self.rows);
        let midnight = self.start_ms + day as i64 * DAY_MS;
        rows.clear();
        honest::spending(settings, &self.customers, day, midnight, rows);
        honest::strangers(settings, day, midnight, rows);
        honest::rushes(settings, day, midnight, rows);
        Compromised::on(settings, day).mark(settings, day, rows);
        honest::declines(settings, day, midnight, rows);
        testing::attacks(settings, day, midnight, rows);
        rows.sort_unstable();
        rows
    }
}
