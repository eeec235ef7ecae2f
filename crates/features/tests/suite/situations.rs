//! What has gone wrong elsewhere where windows are computed, rebuilt small, with the right answers.

use crate::{event, simple};
use nearhand_features::{Answer, Event, Labelled, Outcome, Windows};

const DAY: i64 = 86_400_000;
const COUNT: &str = r#"{"name": "n", "kind": "count", "key": "card", "window": "1d"}"#;
const SUM: &str = r#"{"name": "sum", "kind": "sum", "of": "amount", "key": "card", "window": "10s"}"#;

fn observe(windows: &mut Windows, time: i64, id: &str, units: i64) -> Answer {
    windows.observe(&event(time, id, &["c", "s"], &[units])).unwrap()
}

/// Two payments of one card in the same millisecond are two: neither is dropped as the other's double, and each has an answer.
#[test]
fn two_events_of_one_card_and_time_are_two() {
    let mut windows = simple(COUNT, "");
    let answers: Vec<f64> = ["a", "b", "c"].map(|id| observe(&mut windows, 5, id, 100).features[0]).into();
    assert_eq!(answers, [1.0, 2.0, 3.0]);
    assert_eq!(windows.counts().duplicates, 0);
}

/// A payment that comes late enters the sum and leaves it with its own time: nothing of it is subtracted that was never added, and
/// nothing stays.
#[test]
fn a_late_event_leaves_as_it_came() {
    let mut windows = simple(SUM, r#""lateness": "1m","#);
    observe(&mut windows, 30_000, "a", 100);
    // Its window ended before the newest event.
    assert_eq!(observe(&mut windows, 5_000, "late", 1_000).features, [10.0]);
    // Between the two, within the newest one's window.
    assert_eq!(observe(&mut windows, 25_000, "later", 7).features, [0.07]);
    assert_eq!(observe(&mut windows, 31_000, "b", 0).features, [1.07]);
    assert_eq!(observe(&mut windows, 35_000, "c", 0).features, [1.0]);
    assert_eq!(observe(&mut windows, 40_000, "d", 0).features, [0.0]);
}

/// The lateness is applied once: an event that is exactly as late as allowed is taken, one that is a millisecond later is not, and of that
/// one nothing is in any later answer.
#[test]
fn lateness_is_applied_once_and_to_the_millisecond() {
    let mut windows = simple(COUNT, r#""lateness": "10s","#);
    observe(&mut windows, 100_000, "a", 1);
    assert_eq!(observe(&mut windows, 90_000, "just", 1).seen.outcome, Outcome::Observed);
    let before = windows.snapshot();
    let late = observe(&mut windows, 89_999, "late", 1);
    assert_eq!((late.seen.outcome, late.features.len(), windows.counts().late), (Outcome::Late, 0, 1));
    // But for its count the state is as before.
    assert_eq!(windows.snapshot().len(), before.len());
    assert_eq!(observe(&mut windows, 100_000, "b", 1).features, [3.0]);
}

/// A service that tries again sends the same payment twice, out of order and within the lateness: it counts once, and both tries have one
/// answer.
#[test]
fn a_retry_counts_once_however_late() {
    let mut windows = simple(COUNT, r#""lateness": "1h", "repeats": "2h","#);
    let first = observe(&mut windows, 1_000, "a", 100);
    observe(&mut windows, 1_800_000, "b", 100);
    let again = observe(&mut windows, 1_000, "a", 100);
    assert_eq!((again.seen.outcome, again.features), (Outcome::Duplicate, first.features));
    assert_eq!(observe(&mut windows, 1_800_001, "c", 100).features, [3.0]);
}

/// A card that comes back after a pause has empty windows, not the values of its last visit.
#[test]
fn values_do_not_outlive_their_window() {
    let mean =
        r#"{"name": "mean", "kind": "mean", "of": "amount", "key": "card", "window": "30d", "current": false, "missing": "nan"}"#;
    let mut windows = simple(&format!("{COUNT}, {mean}"), "");
    (0..50).for_each(|n| drop(observe(&mut windows, n, &n.to_string(), 99_00)));
    let back = observe(&mut windows, 30 * DAY + 49, "back", 1_00).features;
    assert!(back[0] == 1.0 && back[1].is_nan(), "{back:?}");
    // A millisecond sooner, and the last of them is still within.
    let mut windows = simple(&format!("{COUNT}, {mean}"), "");
    (0..50).for_each(|n| drop(observe(&mut windows, n, &n.to_string(), 99_00)));
    assert_eq!(observe(&mut windows, 30 * DAY + 48, "back", 1_00).features, [1.0, 99.0]);
}

/// A label that became known later, or was corrected later, is in no answer before that, whichever time its event has.
#[test]
fn what_was_written_later_is_not_seen_before() {
    let risk = r#"{"name": "risk", "kind": "risk", "key": "shop", "window": "30d"}"#;
    let fill = |windows: &mut Windows| (0..10).for_each(|n| drop(observe(windows, n * DAY, &n.to_string(), 1)));
    let (mut knowing, mut unknowing) = (simple(risk, ""), simple(risk, ""));
    fill(&mut knowing);
    fill(&mut unknowing);
    assert_eq!(knowing.label("3", true, 12 * DAY), Labelled::Waiting);
    assert_eq!(knowing.label("3", false, 14 * DAY), Labelled::Waiting);
    let risks: Vec<f64> = (10..15).map(|day| observe(&mut knowing, day * DAY, &day.to_string(), 1).features[0]).collect();
    assert_eq!(risks, [0.0, 0.0, 1.0 / 13.0, 1.0 / 14.0, 0.0]);
    assert!((10..15).all(|day| observe(&mut unknowing, day * DAY, &day.to_string(), 1).features == [0.0]));
}

/// A window of the last hour is the last hour at any minute, not the hour on the clock: a burst around the full hour is one burst.
#[test]
fn windows_slide_over_the_full_hour() {
    let hour = r#"{"name": "n", "kind": "count", "key": "card", "window": "1h"}"#;
    let mut windows = simple(hour, "");
    let burst: Vec<f64> =
        (0..10).map(|n| observe(&mut windows, 3_600_000 - 300_000 + n * 60_000, &n.to_string(), 1).features[0]).collect();
    assert_eq!(burst, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]);
}

/// The spread of small amounts after a huge one has left is that of the small ones: neither 0, nor negative, nor a rest of the huge one.
#[test]
fn a_huge_amount_leaves_the_deviation_exact() {
    let z = r#"{"name": "z", "kind": "zscore", "of": "amount", "key": "card", "window": "4s", "current": false, "missing": -1}"#;
    let mut windows = simple(z, "");
    for (n, units) in [95_400_000_000, 62, 0, 114, 0].into_iter().enumerate() {
        observe(&mut windows, n as i64 * 1000, &n.to_string(), units);
    }
    // In the window: 0.62, 0, 1.14 and 0: mean 0.44, squares 0.0324 + 0.1936 + 0.49 + 0.1936, over 3.
    let got = observe(&mut windows, 4_500, "next", 144).features[0];
    let want = 1.0 / (0.9096_f64 / 3.0).sqrt();
    assert!((got - want).abs() < 1e-14, "{got} {want}");
}

/// The order in which events of other cards come between changes nothing, nor does the number of shards that they are on: a card's
/// answers are those of its own events.
#[test]
fn shards_give_what_one_state_gives() {
    let features = format!("{COUNT}, {SUM}");
    let mut one = simple(&features, "");
    let mut shards: Vec<Windows> = (0..3).map(|_| simple(&features, "")).collect();
    for n in 0..300_i64 {
        let (card, id) = (format!("c{}", n * n % 7), n.to_string());
        let keys = [card.as_str(), ""];
        let own = Event { keys: &keys, ..event(n * 997, &id, &["", ""], &[1]) };
        let units = [n % 13];
        let own = Event { amounts: &units, ..own };
        let shard = &mut shards[(n * n % 7) as usize % 3];
        assert_eq!(one.observe(&own).unwrap().features, shard.observe(&own).unwrap().features, "{n}");
    }
}
