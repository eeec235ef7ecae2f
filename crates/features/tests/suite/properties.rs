//! Random events, in order and out of it, repeated, labelled, peeked at and restored, against brute force.

use crate::brute::Brute;
use crate::{Dice, everything};
use nearhand_features::{Answer, Event, Outcome, Spec, Windows};

/// How events come.
struct World {
    cards: u64,
    shops: u64,
    /// Largest step of time, and how far behind an event may be.
    step: u64,
    behind: u64,
}

fn run(spec: &Spec, seed: u64, events: usize, world: &World) -> Windows {
    let (mut dice, mut windows, mut brute) = (Dice(seed), Windows::new(spec.clone()), Brute::new(spec));
    let (mut now, mut outcomes) = (0_i64, Vec::new());
    for n in 0..events {
        now += dice.below(world.step) as i64;
        // Two times in three what came is in order.
        let behind = if dice.below(3) == 0 { dice.below(world.behind) as i64 } else { 0 };
        let name = |of: &str, n: u64| if n == 0 { String::new() } else { format!("{of}{n}") };
        let (card, shop) = (name("c", dice.below(world.cards)), name("s", dice.below(world.shops)));
        // Now and then an id of before.
        let id = if n > 0 && dice.below(12) == 0 {
            format!("{}", n - 1 - dice.below(60.min(n as u64)) as usize)
        } else {
            format!("{n}")
        };
        let (keys, amounts) = ([card.as_str(), shop.as_str()], [dice.below(12) as i64 * 75 - 200]);
        let time = (now - behind).max(0);
        let event = Event { time, id: &id, keys: &keys, amounts: &amounts, flags: dice.below(4) as u32, ..Event::default() };
        match dice.below(10) {
            0 => {
                let far = Event { time: time + dice.below(400) as i64, id: "none", ..event };
                compare(spec, &windows.peek(&far).unwrap(), &brute.peek(&far), n);
            }
            1 => windows = Windows::restore(spec.clone(), &windows.snapshot()).unwrap(),
            2 => {
                let before = windows.snapshot();
                // What comes next, what was there, what never comes, and more than is looked at.
                let keys = [[&card, "c1", "nobody", ""], ["", "s1", &shop, "nobody"]];
                windows
                    .look_ahead([&id, "0", "", "none"].into_iter(), keys.iter().map(|key| key.iter().copied().cycle().take(20)));
                assert_eq!(windows.snapshot(), before, "nothing changes at {n}");
            }
            _ => {}
        }
        let answer = windows.observe(&event).unwrap();
        outcomes.push(answer.seen.outcome);
        compare(spec, &answer, &brute.observe(&event), n);
        if dice.below(2) == 0 {
            let (id, fraud) = (dice.below(n as u64 + 2).to_string(), dice.below(2) == 0);
            let at = now + dice.below(200) as i64 - 100;
            assert_eq!(windows.label(&id, fraud, at), brute.label(&id, fraud, at), "label {id} at {n}");
        }
    }
    for outcome in [Outcome::Observed, Outcome::Duplicate, Outcome::Late] {
        let count = outcomes.iter().filter(|o| **o == outcome).count();
        assert!(count > events / 200, "{} of {events} are {}", count, outcome.as_str());
    }
    windows
}

fn compare(spec: &Spec, answer: &Answer, (outcome, features, capped): &(Outcome, Vec<f64>, bool), n: usize) {
    assert_eq!((answer.seen.outcome, answer.seen.capped), (*outcome, *capped), "event {n}");
    assert_eq!(answer.features.len(), features.len());
    for ((got, want), feature) in answer.features.iter().zip(features).zip(spec.features()) {
        let near = feature.name.contains("zscore") || feature.name == "entropy";
        let same = got.to_bits() == want.to_bits() || (got - want).abs() <= if near { 1e-9 * want.abs().max(1.0) } else { 0.0 };
        assert!(same, "event {n}, {}: {got}, not {want}", feature.name);
    }
}

#[test]
fn answers_are_those_of_brute_force() {
    let spec = everything("");
    for seed in 0..3 {
        let windows = run(&spec, seed, 2000, &World { cards: 4, shops: 6, step: 20, behind: 60 });
        assert_eq!(windows.counts().events_forgotten + windows.counts().keys_forgotten, 0);
        // Crowded: dozens of events a window, many at one time.
        run(&spec, seed, 2000, &World { cards: 3, shops: 3, step: 3, behind: 50 });
    }
}

#[test]
fn limits_forget_the_oldest_and_say_so() {
    let spec = everything(r#""limits": {"events_per_key": 5, "keys": 3},"#);
    for seed in 0..3 {
        let windows = run(&spec, seed, 2000, &World { cards: 6, shops: 8, step: 8, behind: 60 });
        assert!(windows.counts().events_forgotten > 100 && windows.counts().keys_forgotten > 100, "{:?}", windows.counts());
    }
}
