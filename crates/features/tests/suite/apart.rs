//! One specification counted in several places: by keys, and flags that come out after their event.

use crate::{Dice, everything, simple};
use nearhand_features::{Amended, Code, Event, Spec, Windows};

/// Events in order of time, some of no card or of no shop, with labels: what each state answers.
fn told(windows: &mut Windows, seed: u64, events: u64) -> Vec<Vec<u64>> {
    let (mut dice, mut now) = (Dice(seed), 0);
    let mut out = Vec::new();
    for n in 0..events {
        now += dice.below(25) as i64;
        let name = |of: &str, n: u64| if n == 0 { String::new() } else { format!("{of}{n}") };
        let (card, shop) = (name("c", dice.below(5)), name("s", dice.below(4)));
        let id = if n > 0 && dice.below(12) == 0 { (n - 1).to_string() } else { n.to_string() };
        let (keys, amounts) = ([card.as_str(), shop.as_str()], [dice.below(12) as i64 * 75 - 200]);
        let event = Event { time: now, id: &id, keys: &keys, amounts: &amounts, flags: dice.below(4) as u32, ..Event::default() };
        out.push(windows.observe(&event).unwrap().features.into_iter().map(f64::to_bits).collect());
        let (id, fraud, at) = (dice.below(n + 2).to_string(), dice.below(2) == 0, now + dice.below(200) as i64 - 100);
        windows.label(&id, fraud, at);
    }
    out
}

/// Each feature, wherever it is counted, has the bits that the whole specification gives it.
#[test]
fn keys_apart_give_the_bytes_of_the_whole() {
    let whole = everything("");
    let names = |spec: &Spec| spec.features().iter().map(|feature| feature.name.clone()).collect::<Vec<_>>();
    let all = names(&whole);
    let mut seen = vec![0; all.len()];
    for keys in [&["card"][..], &["shop"], &[], &["card", "shop"], &["shop", "card"]] {
        let part = whole.of_keys(keys).unwrap();
        let places: Vec<usize> = names(&part).iter().map(|name| all.iter().position(|own| own == name).unwrap()).collect();
        places.iter().for_each(|at| seen[*at] += 1);
        for seed in 1..5 {
            let wanted = told(&mut Windows::new(whole.clone()), seed, 400);
            let got = told(&mut Windows::new(part.clone()), seed, 400);
            for (n, (wanted, got)) in wanted.iter().zip(&got).enumerate() {
                let wanted: Vec<u64> = places.iter().filter_map(|at| wanted.get(*at)).copied().collect();
                assert_eq!(*got, wanted, "event {n}, seed {seed}, keys {keys:?}");
            }
        }
    }
    // Those of the event alone are everywhere; those of a key in its own part and in the whole ones.
    assert!(seen.iter().all(|count| [3, 5].contains(count)), "{seen:?}");
    assert_eq!(names(&whole.of_keys(&[]).unwrap()), ["amount", "online", "hour", "weekday", "night", "weekend"]);
    assert_eq!(whole.of_keys(&["shop", "card"]).unwrap().digest(), whole.digest(), "all keys are the whole");
    let (card, shop) = (whole.of_keys(&["card"]).unwrap(), whole.of_keys(&["shop"]).unwrap());
    assert!(card.digest() != shop.digest() && card.digest() != whole.digest());
    let state = Windows::new(card.clone()).snapshot();
    assert_eq!(Windows::restore(shop, &state).unwrap_err().code(), Code::SnapshotOtherSpec);
    assert_eq!(Spec::from_json(card.to_json()).unwrap().digest(), card.digest());
}

/// A ratio of two keys is in neither part.
#[test]
fn a_ratio_is_where_both_its_sides_are() {
    let count = |key: &str| format!(r#"{{"name": "{key}", "kind": "count", "key": "{key}", "window": "1d"}}"#);
    let ratio = r#"{"name": "ratio", "kind": "ratio", "over": "card", "under": "shop"},
        {"name": "of it", "kind": "ratio", "over": "ratio", "under": "card"}, {"name": "own", "kind": "ratio", "over": "shop", "under": "shop"}"#;
    let spec = simple(&[count("card"), count("shop"), ratio.to_owned()].join(", "), "").spec().clone();
    let names = |keys: &[&str]| -> Vec<String> {
        spec.of_keys(keys).unwrap().features().iter().map(|feature| feature.name.clone()).collect()
    };
    assert_eq!((names(&["card"]), names(&["shop"])), (vec!["card".to_owned()], vec!["shop".to_owned(), "own".to_owned()]));
    let mut shop = Windows::new(spec.of_keys(&["shop"]).unwrap());
    let answer = shop.observe(&Event { time: 5, id: "a", keys: &["c", "s"], amounts: &[1], ..Event::default() }).unwrap();
    assert_eq!(answer.features, [1.0, 1.0], "its sides have other places there");
    let error = spec.of_keys(&[]).unwrap_err();
    assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::SpecInvalid, "features"));
    let error = spec.of_keys(&["card", "bin"]).unwrap_err();
    assert_eq!(
        error.details(),
        [("place", "keys".to_owned()), ("value", "bin".to_owned()), ("allowed", "card, shop".to_owned())]
    );
}

/// Flags told later count as those told at once, whatever windows the event has left or entered meanwhile.
#[test]
fn flags_may_come_out_later() {
    let spec = everything("");
    for seed in 1..40 {
        let (mut dice, mut now) = (Dice(seed), 0);
        let (mut at_once, mut later) = (Windows::new(spec.clone()), Windows::new(spec.clone()));
        let mut owed: Vec<(String, i64, u32)> = Vec::new();
        for n in 0..60 {
            now += dice.below(25) as i64;
            let (id, card, shop) = (n.to_string(), format!("c{}", dice.below(2)), format!("s{}", dice.below(2)));
            let (keys, amounts, flags) = ([card.as_str(), shop.as_str()], [100], dice.below(4) as u32);
            let event = Event { time: now, id: &id, keys: &keys, amounts: &amounts, flags, ..Event::default() };
            at_once.observe(&event).unwrap();
            // The second flag is known at once.
            later.observe(&Event { flags: flags & 2, ..event }).unwrap();
            owed.push((id.clone(), now, flags & 1));
            if dice.below(3) == 0 {
                for (id, time, flags) in owed.drain(..) {
                    let told = [later.amend(&id, 1, flags | 2).unwrap(), later.amend(&id, 1, flags).unwrap()];
                    let first = if flags == 0 { Amended::Same } else { Amended::Changed };
                    // What no window can reach any more is not kept: 200 ms and the lateness.
                    assert!(told == [first, Amended::Same] || (told == [Amended::Unknown; 2] && now - time >= 240), "{told:?}");
                }
                let next =
                    Event { time: now + dice.below(60) as i64, id: "next", keys: &keys, amounts: &amounts, flags, ..event };
                let bits = |windows: &mut Windows| -> Vec<u64> {
                    windows.peek(&next).unwrap().features.into_iter().map(f64::to_bits).collect()
                };
                assert_eq!(bits(&mut later), bits(&mut at_once), "seed {seed}, event {n}");
            }
        }
        let before = later.snapshot();
        assert_eq!(later.amend("nobody", 1, 1).unwrap(), Amended::Unknown);
        let error = later.amend("0", 4, 4).unwrap_err();
        assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::EventInvalid, "flags"));
        assert_eq!(later.snapshot(), before);
    }
}

/// A card's declined ones, and a shop's risk: labels count in one of the two.
fn declined(repeats: &str) -> Spec {
    let features = r#"{"name": "declined", "kind": "count", "of": "declined", "key": "card", "window": "7d", "current": false},
        {"name": "share", "kind": "share", "of": "declined", "key": "card", "window": "7d", "current": false},
        {"name": "risk", "kind": "risk", "key": "shop", "window": "1d"}"#;
    simple(features, &format!(r#""repeats": "{repeats}","#)).spec().clone()
}

/// A state that was restored takes flags as the one that it was made of, where labels count and where they do not.
#[test]
fn flags_may_come_out_after_a_restore() {
    let whole = declined("1d");
    for keys in [&["card", "shop"][..], &["card"], &["shop"]] {
        let spec = whole.of_keys(keys).unwrap();
        let mut windows = Windows::new(spec.clone());
        for (n, card) in ["a", "b", "a", "c", "b", ""].iter().enumerate() {
            let (id, time) = (n.to_string(), n as i64 * 1000);
            windows.observe(&Event { time, id: &id, keys: &[card, "s"], amounts: &[1], ..Event::default() }).unwrap();
        }
        let bytes = windows.snapshot();
        let mut again = Windows::restore(spec, &bytes).unwrap();
        assert_eq!(again.snapshot(), bytes);
        for id in ["0", "4", "3", "5"] {
            let told = windows.amend(id, 1, 1).unwrap();
            // One of no card is nowhere among the cards.
            let here = if id == "5" && keys == ["card"] { Amended::Unknown } else { Amended::Changed };
            assert_eq!((told, again.amend(id, 1, 1).unwrap()), (here, here), "{id}, {keys:?}");
        }
        assert_eq!(again.snapshot(), windows.snapshot());
        for card in ["a", "b", "c"] {
            let next = Event { time: 9000, id: "next", keys: &[card, "s"], amounts: &[1], ..Event::default() };
            assert_eq!(windows.peek(&next).unwrap(), again.peek(&next).unwrap());
        }
    }
}

/// An id is known for its flags as long as a window over flags reaches, whatever labels want and repeats.
#[test]
fn flags_may_come_out_as_long_as_a_window_reaches() {
    const DAY: i64 = 86_400_000;
    let observe = |windows: &mut Windows, time: i64, id: &str| {
        windows.observe(&Event { time, id, keys: &["a", "s"], amounts: &[1], ..Event::default() }).unwrap().features[0]
    };
    for keys in [&["card", "shop"][..], &["card"]] {
        let mut windows = Windows::new(declined("1h").of_keys(keys).unwrap());
        assert_eq!((observe(&mut windows, 0, "0"), observe(&mut windows, 6 * DAY, "1")), (0.0, 0.0));
        assert_eq!(windows.amend("0", 1, 1).unwrap(), Amended::Changed);
        assert_eq!((observe(&mut windows, 6 * DAY + 1, "2"), observe(&mut windows, 8 * DAY, "3")), (1.0, 0.0));
        assert_eq!(windows.amend("0", 1, 0).unwrap(), Amended::Unknown);
    }
}
