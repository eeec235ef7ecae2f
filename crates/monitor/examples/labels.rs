//! False alarms and delays of calibration, measured: probabilities that come true or do not, with a label each.
//!
//! `cargo run --release -p nearhand-monitor --example labels [years] [runs]`; by default 100, 50.
#![allow(clippy::unwrap_used, missing_docs)]

use nearhand_kernels::random::SplitMix64;
use nearhand_monitor::{Level, OutcomeSettings, Outcomes};

const A_DAY: usize = 200;

/// Odds of a chance, times a factor.
fn times(chance: f64, factor: f64) -> f64 {
    factor * chance / (1.0 - chance + factor * chance)
}

/// Even ones to 0.4, or as frauds are foretold: nearly all below 0.01, one in fifty from 0.2 to 0.9.
fn probability(random: &mut SplitMix64, rare: bool) -> f64 {
    match (rare, random.unit() < 0.02) {
        (false, _) => 0.4 * random.unit(),
        (true, true) => 0.2 + 0.7 * random.unit(),
        (true, false) => 0.01 * random.unit(),
    }
}

#[derive(Clone, Copy)]
enum Truth {
    Odds(f64),
    /// Labels of other answers.
    Others,
}

/// After how many labels the level was told, if within so many.
fn feed(
    outcomes: &mut Outcomes,
    random: &mut SplitMix64,
    count: usize,
    rare: bool,
    truth: Truth,
    every: usize,
) -> [Option<usize>; 3] {
    let mut told = [None; 3];
    for at in 1..=count {
        let p = probability(random, rare);
        let chance = match truth {
            Truth::Odds(factor) => times(p, factor),
            Truth::Others => probability(random, rare),
        };
        outcomes.foretold(p);
        outcomes.labelled(p, random.unit() < chance);
        if at % every == 0 {
            for alert in outcomes.look() {
                for first in told.iter_mut().take(1 + alert.level as usize) {
                    first.get_or_insert(at);
                }
            }
        }
    }
    told
}

fn main() {
    let asked: Vec<usize> = std::env::args().skip(1).map(|text| text.parse().unwrap()).collect();
    let (years, runs) = (asked.first().copied().unwrap_or(100), asked.get(1).copied().unwrap_or(50));
    let new = || Outcomes::new(OutcomeSettings::default()).unwrap();
    for (rare, name) in [(false, "even"), (true, "rare")] {
        for factor in [1.0, 1.1, 1.0 / 1.1] {
            let alarms = (0..years as u64).filter(|year| {
                feed(&mut new(), &mut SplitMix64::new(*year), 365 * A_DAY, rare, Truth::Odds(factor), 50)[0].is_some()
            });
            println!(
                "years probabilities={name} labels_a_day={A_DAY} odds={factor:.3} years={years} with_alarm={}",
                alarms.count()
            );
        }
        for (fault, truth) in [
            ("one and a half times", Truth::Odds(1.5)),
            ("two thirds", Truth::Odds(2.0 / 3.0)),
            ("twice", Truth::Odds(2.0)),
            ("five times", Truth::Odds(5.0)),
            ("a fifth", Truth::Odds(0.2)),
            ("labels of others", Truth::Others),
        ] {
            let all: Vec<_> = (0..runs as u64)
                .map(|seed| {
                    let (mut outcomes, mut random) = (new(), SplitMix64::new(1000 + seed));
                    feed(&mut outcomes, &mut random, 5000, rare, Truth::Odds(1.0), 10);
                    feed(&mut outcomes, &mut random, 20_000, rare, truth, 10)
                })
                .collect();
            let delay = |level: Level| {
                let mut found: Vec<usize> = all.iter().filter_map(|told| told[level as usize]).collect();
                found.sort_unstable();
                let or = |at: usize| found.get(at).map_or_else(|| "none".to_owned(), usize::to_string);
                format!("{}/{runs} median={} worst={}", found.len(), or(found.len() / 2), or(found.len().saturating_sub(1)))
            };
            let (noticed, warned, fallen) = (delay(Level::Notice), delay(Level::Warn), delay(Level::Fallback));
            println!("fault probabilities={name} {fault}: noticed {noticed} warned {warned} fallback {fallen}");
        }
    }
}
