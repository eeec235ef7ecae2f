//! The three scenarios of the Handbook's simulator (Le Borgne et al. 2022, chapter 3.2): large amounts, compromised terminals,
//! compromised customers.

use super::draw::{Purpose, stream};
use super::settings::Settings;
use super::transaction::{Scenario, Transaction};
use std::collections::{BTreeMap, BTreeSet};

/// What is above is fraud.
const LARGE_CENTS: i64 = 22_000;
/// Days for which a terminal and a customer are compromised.
const TERMINAL_DAYS: u64 = 28;
const CUSTOMER_DAYS: u64 = 14;
/// A compromised customer's share of fraud, and by how much its amounts are larger.
const STOLEN_SHARE: f64 = 1.0 / 3.0;
const STOLEN_TIMES: i64 = 5;

/// Who is compromised on a day: drawn on it or on one of the days before.
pub(super) struct Compromised {
    terminals: BTreeSet<u64>,
    customers: BTreeSet<u64>,
}

impl Compromised {
    /// Looks back over the days before, so that a day stands for itself.
    pub(super) fn on(settings: &Settings, day: u64) -> Self {
        let drawn = |purpose, days, many: u32, of: u32| {
            (day.saturating_sub(days - 1)..=day).flat_map(|day| distinct(settings.seed, purpose, day, many, of)).collect()
        };
        Self {
            terminals: drawn(Purpose::CompromisedTerminals, TERMINAL_DAYS, settings.compromised_terminals, settings.terminals),
            customers: drawn(Purpose::CompromisedCustomers, CUSTOMER_DAYS, settings.compromised_customers, settings.customers),
        }
    }

    /// Marks what is fraud; where several scenarios meet, the last is told. A stolen card's amounts grow.
    pub(super) fn mark(&self, settings: &Settings, day: u64, rows: &mut [Transaction]) {
        let mut thieves = BTreeMap::new();
        for row in rows {
            if row.cents > LARGE_CENTS {
                row.scenario = Scenario::Amount;
            }
            if self.terminals.contains(&u64::from(row.terminal)) {
                row.scenario = Scenario::Terminal;
            }
            if self.customers.contains(&row.card) {
                let thief = thieves.entry(row.card).or_insert_with(|| stream(settings.seed, Purpose::Thief, day, row.card));
                if thief.chance(STOLEN_SHARE) {
                    row.scenario = Scenario::Customer;
                    row.cents *= STOLEN_TIMES;
                }
            }
        }
    }
}

/// `many` different numbers below `of`.
fn distinct(seed: u64, purpose: Purpose, day: u64, many: u32, of: u32) -> BTreeSet<u64> {
    let mut draws = stream(seed, purpose, day, 0);
    let mut found = BTreeSet::new();
    // Floyd's: one draw a number, however many are wanted (Bentley, Floyd 1987).
    for last in of - many.min(of)..of {
        let number = draws.below(last as usize + 1) as u64;
        if !found.insert(number) {
            found.insert(u64::from(last));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_drawn_are_different_and_all_come() {
        let mut seen = [0; 7];
        for day in 0..7_000 {
            let drawn = distinct(3, Purpose::CompromisedTerminals, day, 3, 7);
            assert_eq!(drawn.len(), 3);
            drawn.iter().for_each(|n| seen[*n as usize] += 1);
        }
        assert!(seen.iter().all(|n| (2_850..3_150).contains(n)), "{seen:?}");
        assert_eq!(distinct(3, Purpose::CompromisedTerminals, 0, 7, 7).len(), 7);
        assert!(distinct(3, Purpose::CompromisedTerminals, 0, 0, 7).is_empty());
    }
}
