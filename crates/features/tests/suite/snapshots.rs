//! States as bytes: the same for the same state, and nothing else is taken for one.

use crate::{Dice, everything};
use nearhand_features::{Code, Event, Labelled, Outcome, Spec, Windows};

/// Windows after so many events, with labels known and waiting.
fn filled(spec: &Spec, events: u64) -> Windows {
    let (mut windows, mut dice) = (Windows::new(spec.clone()), Dice(5));
    for n in 0..events {
        let (id, card, shop) = (n.to_string(), format!("c{}", dice.below(5)), format!("s{}", dice.below(3)));
        let (keys, amounts) = ([card.as_str(), shop.as_str()], [dice.below(900) as i64]);
        let time = (n * 7).saturating_sub(dice.below(30)) as i64;
        let flags = dice.below(4) as u32;
        windows.observe(&Event { time, id: &id, keys: &keys, amounts: &amounts, flags, ..Event::default() }).unwrap();
        windows.label(&dice.below(n + 1).to_string(), dice.below(2) == 0, time + dice.below(60) as i64 - 30);
    }
    windows
}

fn next<'a>(id: &'a str, keys: &'a [&'a str; 2]) -> Event<'a> {
    Event { time: 1420, id, keys, amounts: &[250], flags: 1, ..Event::default() }
}

#[test]
fn a_state_comes_back_and_goes_on() {
    let spec = everything("");
    let windows = filled(&spec, 200);
    let bytes = windows.snapshot();
    let mut again = Windows::restore(spec.clone(), &bytes).unwrap();
    assert_eq!(again.snapshot(), bytes);
    assert_eq!((again.counts(), again.latest()), (windows.counts(), windows.latest()));
    let seeded = Windows::restore_seeded(spec.clone(), &bytes, (1, 2)).unwrap();
    assert_eq!(seeded.snapshot(), bytes, "no byte depends on the seed");
    let (mut windows, keys) = (windows, ["c1", "s1"]);
    for id in ["a", "b", "199"] {
        let (one, other) = (windows.observe(&next(id, &keys)).unwrap(), again.observe(&next(id, &keys)).unwrap());
        assert_eq!((one.seen, one.features.map_bits()), (other.seen, other.features.map_bits()));
    }
    assert_eq!(windows.snapshot(), again.snapshot());
    // An empty one is a state as well.
    let empty = Windows::new(spec.clone()).snapshot();
    assert_eq!(Windows::restore(spec, &empty).unwrap().snapshot(), empty);
}

trait Bits {
    fn map_bits(self) -> Vec<u64>;
}

impl Bits for Vec<f64> {
    fn map_bits(self) -> Vec<u64> {
        self.into_iter().map(f64::to_bits).collect()
    }
}

#[test]
fn looking_changes_nothing() {
    let spec = everything("");
    let mut windows = filled(&spec, 200);
    let before = windows.snapshot();
    for time in [1380, 1420, 5000, 1_000_000] {
        let answer = windows.peek(&Event { time, ..next("new", &["c1", "s9"]) }).unwrap();
        assert_eq!(answer.seen.outcome, Outcome::Peeked);
    }
    assert_eq!(windows.snapshot(), before);
    assert_eq!(
        windows.observe(&next("n", &["c1", "s1"])).unwrap(),
        filled(&spec, 200).observe(&next("n", &["c1", "s1"])).unwrap()
    );
}

#[test]
fn one_value_moves_from_one_state_to_another() {
    let spec = everything("");
    let mut from = filled(&spec, 200);
    let mut to = Windows::new(spec.clone());
    assert_eq!(from.snapshot_key(0, "nobody"), None);
    assert_eq!(from.snapshot_key(7, "c1"), None);
    for (key, value) in [(0, "c1"), (1, "s1")] {
        let bytes = from.snapshot_key(key, value).unwrap();
        assert_eq!(to.restore_key(&bytes).unwrap(), (key, value.to_owned()));
        // Once more is the same.
        assert_eq!(to.restore_key(&bytes).unwrap(), (key, value.to_owned()));
        assert_eq!(to.snapshot_key(key, value).unwrap(), bytes);
    }
    assert_eq!(to.latest(), from.latest());
    // Labels that waited stayed where they were: of the others both know the same.
    let (one, other) = (from.observe(&next("n", &["c1", "s1"])).unwrap(), to.observe(&next("n", &["c1", "s1"])).unwrap());
    let labelled = |at: &usize| matches!(spec.features()[*at].name.as_str(), "frauds" | "risk" | "risk labelled");
    for at in (0..one.features.len()).filter(|at| !labelled(at)) {
        assert_eq!(one.features[at].to_bits(), other.features[at].to_bits(), "{}", spec.features()[at].name);
    }
    // A label by id reaches an event that came so, and its repeat is known.
    let id = (150..200).map(|n| n.to_string()).find(|id| to.label(id, true, 0) != Labelled::Unknown).unwrap();
    assert_eq!(to.observe(&Event { id: &id, ..next("", &["c1", "s1"]) }).unwrap().seen.outcome, Outcome::Repeated);
    // A value takes the place of what was there.
    let bytes = from.snapshot_key(0, "c1").unwrap();
    to.restore_key(&bytes).unwrap();
    assert_eq!(to.snapshot_key(0, "c1").unwrap(), bytes);
}

#[test]
fn foreign_bytes_are_refused_by_name() {
    let spec = everything("");
    let bytes = filled(&spec, 60).snapshot();
    let code = |spec: &Spec, bytes: &[u8]| Windows::restore(spec.clone(), bytes).unwrap_err().code();
    assert_eq!(code(&everything(r#""limits": {"keys": 7},"#), &bytes), Code::SnapshotOtherSpec);
    let mut later = bytes.clone();
    later[4] = 2;
    assert_eq!(code(&spec, &later), Code::SnapshotVersion);
    assert_eq!(code(&spec, b"NHFW"), Code::SnapshotVersion);
    for bad in [&b""[..], b"NHFW\x01", b"hello, this is no snapshot", &bytes[..bytes.len() - 1]] {
        assert_eq!(code(&spec, bad), Code::SnapshotMalformed);
    }
    let one = filled(&spec, 60).snapshot_key(0, "c1").unwrap();
    assert_eq!(code(&spec, &one), Code::SnapshotMalformed);
    let mut windows = filled(&spec, 60);
    let before = windows.snapshot();
    assert_eq!(windows.restore_key(&bytes).unwrap_err().code(), Code::SnapshotMalformed);
    for at in 0..one.len() {
        let mut bad = one.clone();
        bad[at] ^= 1 << (at % 8);
        assert!(windows.restore_key(&bad).is_err(), "byte {at}");
    }
    assert_eq!(windows.snapshot(), before);
}

/// One step of a random log over a state: an event, a label, or a value that comes from elsewhere. What is answered, as words.
fn step(windows: &mut Windows, dice: &mut Dice, n: u64, elsewhere: &[Vec<u8>]) -> String {
    let name = |of: &str, n: u64| if n == 0 { String::new() } else { format!("{of}{n}") };
    let (card, shop) = (name("c", dice.below(9)), name("s", dice.below(7)));
    let id = if dice.below(12) == 0 { n.saturating_sub(dice.below(40)) } else { n }.to_string();
    let (keys, amounts) = ([card.as_str(), shop.as_str()], [dice.below(900) as i64]);
    let time = (n * 9).saturating_sub(dice.below(60)) as i64;
    let event = Event { time, id: &id, keys: &keys, amounts: &amounts, flags: dice.below(4) as u32, ..Event::default() };
    let answer = windows.observe(&event).unwrap();
    // Known at once, soon, or so late that the event is long forgotten.
    let (of, fraud) = (n.saturating_sub(dice.below(30)).to_string(), dice.below(2) == 0);
    let at = time + [-20, 40, 400, 100_000][dice.below(4) as usize];
    let labelled = windows.label(&of, fraud, at);
    if dice.below(50) == 0 {
        let one = &elsewhere[dice.below(elsewhere.len() as u64) as usize];
        windows.restore_key(one).unwrap();
    }
    format!("{:?} {:?} {labelled:?} {:?}", answer.seen, answer.features.map_bits(), windows.counts())
}

/// To restore is to be the same: the snapshot of a restored state is that which it was made of, and both go on alike, answers, labels that
/// wait for ids that are forgotten, and bytes.
#[test]
fn a_restored_state_is_the_same_whatever_was_forgotten() {
    let mut full = 0;
    for (seed, limits) in [
        (1, r#""limits": {"keys": 3},"#),
        (2, r#""limits": {"events": 12},"#),
        (3, r#""limits": {"ids": 10, "labels": 15},"#),
        (4, r#""limits": {"keys": 4, "events_per_key": 3, "ids": 25, "labels": 12},"#),
        (5, r#""limits": {"labels": 2},"#),
        (6, ""),
    ] {
        let spec = everything(limits);
        let other = filled(&spec, 120);
        let elsewhere: Vec<Vec<u8>> = ["c1", "c2", "c3"].iter().filter_map(|card| other.snapshot_key(0, card)).collect();
        assert!(!elsewhere.is_empty());
        let (mut windows, mut dice) = (Windows::new(spec.clone()), Dice(seed));
        let mut restored: Option<(Windows, Dice)> = None;
        for n in 0..1500 {
            if n % 97 == 13 {
                let bytes = windows.snapshot();
                let again = Windows::restore(spec.clone(), &bytes).unwrap();
                assert!(again.snapshot() == bytes, "{limits} {n}: bytes at once");
                restored = Some((again, Dice(dice.0)));
            }
            let word = step(&mut windows, &mut dice, n, &elsewhere);
            full += u32::from(word.contains("Full"));
            if let Some((again, dice)) = &mut restored {
                assert_eq!(step(again, dice, n, &elsewhere), word, "{limits} {n}");
                assert!(n % 4 > 0 || again.snapshot() == windows.snapshot(), "{limits} {n}: bytes after a while");
            }
        }
        let counts = windows.counts();
        assert_eq!(counts.keys_forgotten + counts.events_forgotten + counts.ids_forgotten > 100, seed < 5, "{counts:?}");
    }
    assert!(full > 100, "{full} labels were refused");
}

/// Labels of ids that are forgotten take nobody's place.
#[test]
fn a_forgotten_id_waits_no_more() {
    let spec = everything(r#""limits": {"ids": 2, "labels": 2},"#);
    let mut windows = Windows::new(spec);
    for n in 0..1000 {
        let id = n.to_string();
        windows.observe(&Event { time: n, id: &id, keys: &["c", "s"], amounts: &[1], ..Event::default() }).unwrap();
        assert_eq!(windows.label(&id, true, 1_000_000), Labelled::Waiting, "{n}");
        assert_eq!(windows.label("999999", true, 1_000_000), Labelled::Unknown);
    }
    assert_eq!(windows.label("999", false, 2_000_000), Labelled::Full);
}

/// The hash behind a snapshot, so that damage gets past it.
fn signed(mut bytes: Vec<u8>) -> Vec<u8> {
    use std::hash::Hasher;
    let end = bytes.len() - 8;
    let mut hash = std::hash::DefaultHasher::new();
    hash.write(&bytes[..end]);
    bytes[end..].copy_from_slice(&hash.finish().to_le_bytes());
    bytes
}

#[test]
fn damage_under_a_right_hash_is_a_state_or_refused() {
    let spec = everything(r#""limits": {"events_per_key": 50, "keys": 9, "ids": 100, "labels": 50},"#);
    let (whole, mut dice, mut taken) = (filled(&spec, 60).snapshot(), Dice(3), 0);
    let one = filled(&spec, 60).snapshot_key(1, "s1").unwrap();
    for round in 0..6000 {
        let mut bytes = if round % 2 == 0 { whole.clone() } else { one.clone() };
        for _ in 0..=dice.below(2) {
            let at = 14 + dice.below(bytes.len() as u64 - 22) as usize;
            match dice.below(4) {
                0 => bytes[at] = dice.below(256) as u8,
                1 => bytes[at] = bytes[at].wrapping_add(1),
                2 => drop(bytes.remove(at)),
                _ => bytes.insert(at, dice.below(256) as u8),
            }
        }
        let bytes = signed(bytes);
        let windows = if round % 2 == 0 {
            Windows::restore(spec.clone(), &bytes)
        } else {
            let mut windows = filled(&spec, 20);
            windows.restore_key(&bytes).map(|_| windows)
        };
        let Ok(mut windows) = windows else { continue };
        taken += 1;
        // Whatever it holds, it can be used, and is a state.
        let _ = windows.peek(&next("x", &["c1", "s1"])).unwrap();
        let _ = windows.observe(&Event { time: windows.latest().unwrap_or(0), ..next("y", &["c1", "s1"]) }).unwrap();
        let _ = windows.label("y", true, 2000);
        let bytes = windows.snapshot();
        assert_eq!(Windows::restore(spec.clone(), &bytes).unwrap().snapshot(), bytes, "round {round}");
    }
    assert!(taken > 100, "{taken} were taken");
}
