//! Who pays where: customers and terminals on a grid of 100 × 100, as the Fraud Detection Handbook's simulator describes them
//! (Le Borgne et al. 2022, chapter 3.2).

use super::draw::{Draws, Purpose, stream};
use super::settings::Settings;

/// The sides of the grid.
const SIDE: f64 = 100.0;
/// Customers spend between these on average.
pub(super) const MEAN_AMOUNT: (f64, f64) = (5.0, 100.0);
/// Customers pay at most so often a day, on average.
const MOST_A_DAY: f64 = 4.0;

/// Numbers of cards of nobody known.
const UNKNOWN_CARDS: usize = 1_000_000_000;

/// The card of some customer.
pub(super) fn some_card(settings: &Settings, draws: &mut Draws) -> u64 {
    draws.below(settings.customers as usize) as u64
}

/// A card of nobody known; as good as never the same twice.
pub(super) fn unknown_card(settings: &Settings, draws: &mut Draws) -> u64 {
    u64::from(settings.customers) + draws.below(UNKNOWN_CARDS) as u64
}

/// One customer, who has one card.
pub(super) struct Customer {
    pub(super) mean: f64,
    pub(super) deviation: f64,
    /// Transactions a day, on average.
    pub(super) daily: f64,
    /// Terminals within reach.
    pub(super) reach: Vec<u32>,
}

/// All customers, by number.
pub(super) fn customers(settings: &Settings) -> Vec<Customer> {
    let terminals = Grid::of(settings);
    (0..settings.customers)
        .map(|number| {
            let mut draws = stream(settings.seed, Purpose::Customer, 0, u64::from(number));
            let place = (draws.between(0.0, SIDE), draws.between(0.0, SIDE));
            let mean = draws.between(MEAN_AMOUNT.0, MEAN_AMOUNT.1);
            let daily = draws.between(0.0, MOST_A_DAY);
            Customer { mean, deviation: mean / 2.0, daily, reach: terminals.within(place, settings.radius) }
        })
        .collect()
}

/// Terminals by cells as wide as customers go, so that nine cells hold all within reach.
struct Grid {
    cells: Vec<Vec<(u32, f64, f64)>>,
    /// Cells a side.
    across: usize,
}

impl Grid {
    fn of(settings: &Settings) -> Self {
        let across = (SIDE / settings.radius.max(1.0)).max(1.0) as usize;
        let mut grid = Self { cells: vec![Vec::new(); across * across], across };
        for number in 0..settings.terminals {
            let mut draws = stream(settings.seed, Purpose::Terminal, 0, u64::from(number));
            let (x, y) = (draws.between(0.0, SIDE), draws.between(0.0, SIDE));
            let cell = grid.cell(x) + across * grid.cell(y);
            if let Some(cell) = grid.cells.get_mut(cell) {
                cell.push((number, x, y));
            }
        }
        grid
    }

    fn cell(&self, at: f64) -> usize {
        ((at / SIDE * self.across as f64) as usize).min(self.across - 1)
    }

    /// Terminals less than `radius` away, by number.
    fn within(&self, (x, y): (f64, f64), radius: f64) -> Vec<u32> {
        let around = |at: f64| self.cell(at).saturating_sub(1)..(self.cell(at) + 2).min(self.across);
        let cells = around(y).flat_map(|row| around(x).map(move |column| row * self.across + column));
        let near = |(_, tx, ty): &&(u32, f64, f64)| (tx - x) * (tx - x) + (ty - y) * (ty - y) < radius * radius;
        let mut found: Vec<u32> =
            cells.filter_map(|cell| self.cells.get(cell)).flat_map(|cell| cell.iter().filter(near)).map(|(n, ..)| *n).collect();
        found.sort_unstable();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::tests::settings;

    #[test]
    fn terminals_within_reach_are_those_of_every_distance() {
        for radius in [0.0, 0.5, 5.0, 37.0, 120.0] {
            let settings = Settings { customers: 20, terminals: 500, radius, ..settings() };
            let place = |purpose, number| {
                let mut draws = stream(settings.seed, purpose, 0, number);
                (draws.between(0.0, SIDE), draws.between(0.0, SIDE))
            };
            for (number, customer) in (0..).zip(customers(&settings)) {
                let (x, y) = place(Purpose::Customer, number);
                let near = |terminal: &u32| {
                    let (tx, ty) = place(Purpose::Terminal, u64::from(*terminal));
                    (tx - x).powi(2) + (ty - y).powi(2) < radius * radius
                };
                assert_eq!(customer.reach, (0..500).filter(near).collect::<Vec<_>>(), "{radius} {number}");
            }
        }
    }
}
