//! The ways on the bundle of four items: after `a` comes `b`, then `c`, then `a`; `d` is but popular.

use super::*;
use crate::log::LoggedEvent;
use nearhand::EventKind;

fn engine() -> Engine {
    let settings = Settings { consent: Consent::Memory, ..Settings::default() };
    Engine::open(&crate::replay::tests::bundle(), &settings).unwrap()
}

fn session(key: &str, day: u64, items: &str) -> LoggedSession {
    let event = |(at, item): (u64, char)| LoggedEvent {
        item: item.to_string(),
        kind: EventKind::View,
        at_ms: day * DAY_MS + at * 1000,
        quantity: None,
        dwell_ms: None,
    };
    LoggedSession { key: key.into(), events: (0..).zip(items.chars()).map(event).collect() }
}

#[test]
fn ways_by_hand() {
    // The past of visitor 1 is `c`; visitor 2 is new.
    let sessions = [session("1", 10, "c"), session("1/2", 20, "aba"), session("2", 20, "ad")];
    let tally = compare(&mut engine(), Lists::new(engine(), &sessions).unwrap(), &sessions, 15 * DAY_MS, 11).unwrap();
    let report = tally.report("t");
    let lines: Vec<&str> = report.lines().collect();
    // Two pages with a new item after them: a → b by visitor 1 (b → a is no new item), a → d by visitor 2.
    assert!(lines.iter().all(|l| l.ends_with("n=2 first=2 new=1")), "{report}");
    // No titles share a word.
    assert!(lines[0].starts_with("compare t/words hr@5=0.0000"), "{report}");
    // d is first, b is third: without a, second after d and c. (1/3 + 1) / 2
    assert!(lines[1].starts_with("compare t/best-sellers hr@5=1.0000 hr@20=1.0000 mrr@20=0.6667"), "{report}");
    // After a: b, then by popularity d. (1 + 1/2) / 2
    assert!(lines[2].starts_with("compare t/nightly-item hr@5=1.0000 hr@20=1.0000 mrr@20=0.7500"), "{report}");
    // After c: a, which is left out, and c itself is no page of the session: d, c, b. For who is new: d.
    assert!(lines[3].starts_with("compare t/nightly-visitor hr@5=1.0000 hr@20=1.0000 mrr@20="), "{report}");
    assert!(lines[4].starts_with("compare t/live hr@5=1.0000 hr@20=1.0000 mrr@20=0.7500"), "{report}");
}

#[test]
fn words_of_titles() {
    let all: Vec<(String, _)> = [("x", "RED CUP, large"), ("y", "Red cup small"), ("z", "blue CUP"), ("w", "plate")]
        .map(|(item, title)| (item.to_owned(), lists::words(title)))
        .to_vec();
    assert_eq!(lists::alike("x", &all[0].1, &all), ["y", "z"]);
}

#[test]
fn the_past_ends_with_the_night() {
    let sessions = [session("1", 20, "c"), session("1/2", 20, "ab")];
    let lists = Lists::new(engine(), &sessions).unwrap();
    assert!(lists.past(&sessions[1], 20 * DAY_MS).is_empty());
    assert_eq!(lists.past(&sessions[1], 21 * DAY_MS).len(), 3);
}

#[test]
fn a_log_without_held_out_days_is_an_error() {
    let sessions = [session("1", 10, "ab")];
    let tally = compare(&mut engine(), Lists::new(engine(), &sessions).unwrap(), &sessions, 15 * DAY_MS, 11).unwrap();
    assert!(tally.is_empty());
}
