//! Card testing (scenario 4): somebody with a list of card numbers learns which of them work by small amounts at one terminal. Most
//! tries are declined; half of the cards are nobody's; some attacks are so slow that a minute shows one or two tries.

use super::draw::{Draws, Purpose, stream};
use super::honest::{cents, moment};
use super::settings::Settings;
use super::transaction::{Scenario, Transaction};
use super::world::{some_card, unknown_card};

/// Tries of an attack.
const TRIES: (usize, usize) = (20, 200);
/// Mean seconds between tries, an attack: log-uniform.
const GAP_SECONDS: (f64, f64) = (4.0, 300.0);
/// Share of cards that work, an attack.
const ALIVE: (f64, f64) = (0.1, 0.4);
/// Small amounts; in half of the attacks all tries have the same.
const AMOUNT: (f64, f64) = (0.5, 5.0);
const ONE_AMOUNT: f64 = 0.5;
/// How often a card of the attack is tried once more.
const SAME_CARD: f64 = 0.2;
/// Share of cards that belong to customers here.
const CUSTOMERS: f64 = 0.5;

/// The attacks that begin on a day. What would come after midnight is not tried.
pub(super) fn attacks(settings: &Settings, day: u64, midnight: i64, out: &mut Vec<Transaction>) {
    let mut draws = stream(settings.seed, Purpose::Testing, day, 0);
    for _ in 0..draws.poisson(settings.attacks) {
        attack(settings, midnight, &mut draws, out);
    }
}

fn attack(settings: &Settings, midnight: i64, draws: &mut Draws, out: &mut Vec<Transaction>) {
    let terminal = draws.below(settings.terminals as usize) as u32;
    let tries = TRIES.0 + draws.below(TRIES.1 - TRIES.0 + 1);
    let gap = libm::exp(draws.between(libm::log(GAP_SECONDS.0), libm::log(GAP_SECONDS.1)));
    let alive = draws.between(ALIVE.0, ALIVE.1);
    let amount = draws.between(AMOUNT.0, AMOUNT.1);
    let one_amount = draws.chance(ONE_AMOUNT);
    let mut seconds = draws.between(0.0, 86_400.0);
    let mut cards: Vec<u64> = Vec::with_capacity(tries);
    for _ in 0..tries {
        let again = draws.chance(SAME_CARD).then(|| cards.get(draws.below(cards.len())).copied()).flatten();
        let card = again.unwrap_or_else(|| {
            let new = if draws.chance(CUSTOMERS) { some_card(settings, draws) } else { unknown_card(settings, draws) };
            cards.push(new);
            new
        });
        let each = draws.between(AMOUNT.0, AMOUNT.1);
        let declined = !draws.chance(alive);
        if let Some(time_ms) = moment(midnight, seconds) {
            let cents = cents(if one_amount { amount } else { each });
            out.push(Transaction { time_ms, card, terminal, cents, declined, scenario: Scenario::Testing });
        }
        seconds += draws.exponential(gap);
    }
}
