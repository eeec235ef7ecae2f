//! What honest customers do: the spending of a day as the Handbook's simulator describes it, rushes, and tries again after a decline.

use super::draw::{Draws, Purpose, stream};
use super::settings::Settings;
use super::transaction::{DAY_MS, Scenario, Transaction};
use super::world::{Customer, MEAN_AMOUNT, some_card, unknown_card};

/// Times of day are normal around noon with this deviation, in seconds.
const NOON: (f64, f64) = (43_200.0, 20_000.0);
/// Cards of a rush.
const RUSH_CARDS: (usize, usize) = (30, 150);
/// Share of them that nobody knows.
const RUSH_STRANGERS: f64 = 0.5;
/// How long a rush takes, and between which times of day it begins, in seconds.
const RUSH_SECONDS: (f64, f64) = (1_200.0, 3_600.0);
const RUSH_BEGINS: (f64, f64) = (28_800.0, 75_600.0);
/// What is paid in a rush, on average.
const RUSH_AMOUNT: (f64, f64) = (3.0, 20.0);
/// A declined transaction is tried again so often, after so many seconds, and declined again so often.
const TRIED_AGAIN: f64 = 0.5;
const AGAIN_SECONDS: (f64, f64) = (30.0, 180.0);
const DECLINED_AGAIN: f64 = 0.5;
/// Tries after the first.
const MOST_AGAIN: usize = 3;

/// An amount in cents, never below one.
pub(super) fn cents(amount: f64) -> i64 {
    ((amount * 100.0).round() as i64).max(1)
}

/// A time of day as ms since 1970, if it is within the day.
pub(super) fn moment(midnight: i64, seconds: f64) -> Option<i64> {
    let ms = (seconds * 1000.0).round();
    (ms > 0.0 && ms < DAY_MS as f64).then(|| midnight + ms as i64)
}

/// An amount as customers spend it: normal; a negative one is drawn anew.
fn amount(draws: &mut Draws, mean: f64, deviation: f64) -> i64 {
    let drawn = draws.normal(mean, deviation);
    cents(if drawn < 0.0 { draws.between(0.0, 2.0 * mean) } else { drawn })
}

/// What the customers buy on a day.
pub(super) fn spending(settings: &Settings, customers: &[Customer], day: u64, midnight: i64, out: &mut Vec<Transaction>) {
    for (card, customer) in (0u64..).zip(customers).filter(|(_, customer)| !customer.reach.is_empty()) {
        let mut draws = stream(settings.seed, Purpose::Spending, day, card);
        for _ in 0..draws.poisson(customer.daily) {
            let time = moment(midnight, draws.normal(NOON.0, NOON.1));
            let cents = amount(&mut draws, customer.mean, customer.deviation);
            let terminal = customer.reach.get(draws.below(customer.reach.len()));
            if let (Some(time_ms), Some(terminal)) = (time, terminal) {
                let terminal = *terminal;
                out.push(Transaction { time_ms, card, terminal, cents, declined: false, scenario: Scenario::Honest });
            }
        }
    }
}

/// Cards that were never seen before, and pay once, anywhere: as half of those that a card tester tries, but honest.
pub(super) fn strangers(settings: &Settings, day: u64, midnight: i64, out: &mut Vec<Transaction>) {
    let mut draws = stream(settings.seed, Purpose::Stranger, day, 0);
    for _ in 0..settings.strangers {
        let card = unknown_card(settings, &mut draws);
        let terminal = draws.below(settings.terminals as usize) as u32;
        let time = moment(midnight, draws.normal(NOON.0, NOON.1));
        let mean = draws.between(MEAN_AMOUNT.0, MEAN_AMOUNT.1);
        let cents = amount(&mut draws, mean, mean / 2.0);
        if let Some(time_ms) = time {
            out.push(Transaction { time_ms, card, terminal, cents, declined: false, scenario: Scenario::Honest });
        }
    }
}

/// Rushes of a day: many honest cards at one terminal within the hour, as at an event's till. What velocity rules trip over.
pub(super) fn rushes(settings: &Settings, day: u64, midnight: i64, out: &mut Vec<Transaction>) {
    let mut draws = stream(settings.seed, Purpose::Rush, day, 0);
    for _ in 0..draws.poisson(settings.rushes) {
        let terminal = draws.below(settings.terminals as usize) as u32;
        let begin = draws.between(RUSH_BEGINS.0, RUSH_BEGINS.1);
        let length = draws.between(RUSH_SECONDS.0, RUSH_SECONDS.1);
        let mean = draws.between(RUSH_AMOUNT.0, RUSH_AMOUNT.1);
        for _ in 0..RUSH_CARDS.0 + draws.below(RUSH_CARDS.1 - RUSH_CARDS.0 + 1) {
            let card =
                if draws.chance(RUSH_STRANGERS) { unknown_card(settings, &mut draws) } else { some_card(settings, &mut draws) };
            let time = moment(midnight, draws.between(begin, begin + length));
            let cents = cents(draws.normal(mean, mean / 3.0).max(0.5));
            if let Some(time_ms) = time {
                out.push(Transaction { time_ms, card, terminal, cents, declined: false, scenario: Scenario::Honest });
            }
        }
    }
}

/// Declines some for reasons other than fraud: no money, a wrong number. Some of those try again soon.
pub(super) fn declines(settings: &Settings, day: u64, midnight: i64, rows: &mut Vec<Transaction>) {
    for number in 0..rows.len() {
        let Some(row) = rows.get_mut(number) else { continue };
        let mut draws = stream(settings.seed, Purpose::Decline, day, number as u64);
        row.declined = draws.chance(settings.declined);
        let mut last = *row;
        for _ in 0..MOST_AGAIN {
            if !last.declined || !draws.chance(TRIED_AGAIN) {
                break;
            }
            last.time_ms += later(&mut draws);
            last.declined = draws.chance(DECLINED_AGAIN);
            if last.time_ms >= midnight + DAY_MS {
                break;
            }
            rows.push(last);
        }
    }
}

fn later(draws: &mut Draws) -> i64 {
    (draws.between(AGAIN_SECONDS.0, AGAIN_SECONDS.1) * 1000.0).round() as i64
}
