//! Worked examples: each kind of feature by hand.

use crate::{event, simple};
use nearhand_features::{Event, Labelled, Outcome, Spec, Windows};

const DAY: i64 = 86_400_000;

/// Observes events of one card, and gives the answers' features.
fn answers(windows: &mut Windows, events: &[(i64, i64)]) -> Vec<Vec<f64>> {
    let of = |(n, (time, units)): (usize, &(i64, i64))| {
        let id = format!("{time} {n}");
        windows.observe(&event(*time, &id, &["c", "s"], &[*units])).unwrap().features
    };
    events.iter().enumerate().map(of).collect()
}

#[test]
fn windows_are_open_behind_and_closed_in_front() {
    let mut windows = simple(r#"{"name": "n", "kind": "count", "key": "card", "window": "1d"}"#, "");
    // A day and no more: the event of then has left; a millisecond less, and it is within.
    assert_eq!(answers(&mut windows, &[(0, 100), (DAY - 1, 100), (DAY, 100), (DAY, 100)]), [[1.0], [2.0], [2.0], [3.0]]);
}

#[test]
fn delayed_windows_look_at_what_was() {
    let features = r#"{"name": "n", "kind": "count", "key": "card", "window": "2d", "delay": "7d"}"#;
    let mut windows = simple(features, "");
    // (t − 9d, t − 7d]
    assert_eq!(
        answers(&mut windows, &[(0, 1), (DAY, 1), (7 * DAY - 1, 1), (7 * DAY, 1), (8 * DAY, 1), (9 * DAY, 1), (10 * DAY, 1)]),
        [[0.0], [0.0], [0.0], [1.0], [2.0], [1.0], [0.0]]
    );
}

#[test]
fn sums_means_and_extremes_are_of_decimals() {
    let of = |kind: &str| format!(r#"{{"name": "{kind}", "kind": "{kind}", "of": "amount", "key": "card", "window": "1h"}}"#);
    let mut windows = simple(&["sum", "mean", "min", "max", "to_mean"].map(of).join(","), "");
    let got = answers(&mut windows, &[(0, 10), (1, 20), (2, 30), (3_600_001, 1)]);
    // 0.1 + 0.2 + 0.3 is 0.6, whatever floats make of it.
    assert_eq!(got[2], [0.6, 0.2, 0.1, 0.3, 1.5]);
    // The first two have left.
    assert_eq!(got[3], [0.31, 0.155, 0.01, 0.3, 2.0 / 31.0]);
}

#[test]
fn deviations_are_those_of_a_sample() {
    let features =
        r#"{"name": "z", "kind": "zscore", "of": "amount", "key": "card", "window": "1d", "current": false, "missing": -9}"#;
    // 2, 4, 9: mean 5, variance (9 + 1 + 16) / 2 = 13; 18 is 13 above, √13 deviations.
    let got = answers(&mut simple(features, ""), &[(0, 200), (1, 400), (2, 900), (3, 1800)]);
    assert_eq!((got[0][0], got[1][0]), (-9.0, -9.0));
    assert!((got[3][0] - 13.0_f64.sqrt()).abs() < 1e-15);
    // No spread, no deviation.
    assert_eq!(answers(&mut simple(features, ""), &[(0, 5), (1, 5), (2, 7)])[2], [-9.0]);
}

#[test]
fn entropy_is_in_bits() {
    let features = r#"{"name": "h", "kind": "entropy", "of": "amount", "key": "card", "window": "1d", "edges": [1, 10, 100]}"#;
    // Bins below 1, to 10, to 100, above; an edge belongs to the bin above it.
    let got = answers(&mut simple(features, ""), &[(0, 99), (1, 100), (2, 50_000), (3, 1_000), (4, 99)]);
    assert_eq!((got[0][0], got[1][0], got[3][0]), (0.0, 1.0, 2.0));
    let third = -(2.0 / 5.0 * (2.0_f64 / 5.0).log2() + 3.0 / 5.0 * (1.0_f64 / 5.0).log2());
    assert!((got[4][0] - third).abs() < 1e-15, "{} {third}", got[4][0]);
}

#[test]
fn decline_ratio_velocity_and_time_since() {
    let features = r#"
        {"name": "declines", "kind": "share", "of": "declined", "key": "card", "window": "1h"},
        {"name": "hour", "kind": "count", "key": "card", "window": "1h"},
        {"name": "week", "kind": "count", "key": "card", "window": "7d"},
        {"name": "velocity", "kind": "ratio", "over": "hour", "under": "week"},
        {"name": "since", "kind": "since", "key": "card", "missing": "nan"}"#;
    let mut windows = simple(features, "");
    let mut observe = |time: i64, declined: bool| {
        let id = time.to_string();
        let flags = u32::from(declined);
        windows.observe(&Event { flags, ..event(time, &id, &["c", ""], &[1]) }).unwrap().features
    };
    let first = observe(0, true);
    assert!(first[4].is_nan() && first[..4] == [1.0, 1.0, 1.0, 1.0]);
    assert_eq!(observe(1500, false), [0.5, 2.0, 2.0, 1.0, 1.5]);
    assert_eq!(observe(2 * DAY, false), [0.0, 1.0, 3.0, 1.0 / 3.0, 172_798.5]);
}

#[test]
fn night_and_weekend_in_a_zone() {
    let features = r#"{"name": "h", "kind": "hour"}, {"name": "w", "kind": "weekday"}, {"name": "e", "kind": "weekend"},
        {"name": "n", "kind": "night"}, {"name": "late", "kind": "night", "from": 22, "until": 6}"#;
    // 2018-03-25 was a Sunday, on which clocks in Berlin went from 2 to 3.
    let zone = r#""zone": {"name": "Europe/Berlin", "offset": 3600, "changes": [[1521939600000, 7200]]},"#;
    let mut windows = simple(features, zone);
    let got =
        answers(&mut windows, &[(1_521_928_800_000, 1), (1_521_939_599_999, 1), (1_521_939_600_000, 1), (1_522_015_200_000, 1)]);
    assert_eq!(
        got,
        [[23.0, 5.0, 1.0, 0.0, 1.0], [1.0, 6.0, 1.0, 1.0, 1.0], [3.0, 6.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 1.0, 1.0]]
    );
}

#[test]
fn distinct_cards_at_a_terminal() {
    let features = r#"{"name": "cards", "kind": "distinct", "of": "card", "key": "shop", "window": "10m"}"#;
    let mut windows = simple(features, "");
    let mut observe = |time: i64, card: &str| {
        let id = time.to_string();
        windows.observe(&event(time, &id, &[card, "s"], &[1])).unwrap().features[0]
    };
    // Card testing: many cards within minutes. A card twice is one, a sale without a card none.
    let got = [observe(0, "a"), observe(1, "b"), observe(2, "a"), observe(3, ""), observe(600_001, "c"), observe(600_002, "c")];
    assert_eq!(got, [1.0, 2.0, 2.0, 2.0, 2.0, 1.0]);
}

#[test]
fn labels_count_from_when_they_are_known() {
    let features = r#"
        {"name": "frauds", "kind": "frauds", "key": "shop", "window": "30d"},
        {"name": "risk", "kind": "risk", "key": "shop", "window": "30d", "delay": "7d"},
        {"name": "labelled", "kind": "risk", "of": "labelled", "key": "shop", "window": "30d", "missing": 0.25}"#;
    let mut windows = simple(features, "");
    let observe =
        |windows: &mut Windows, time: i64, id: &str| windows.observe(&event(time, id, &["c", "s"], &[1])).unwrap().features;
    assert_eq!(observe(&mut windows, 0, "a"), [0.0, 0.0, 0.25]);
    assert_eq!(observe(&mut windows, DAY, "b"), [0.0, 0.0, 0.25]);
    assert_eq!(windows.label("a", true, DAY), Labelled::Known);
    assert_eq!(windows.label("b", true, 3 * DAY), Labelled::Waiting);
    assert_eq!(windows.label("a", true, DAY), Labelled::Same);
    assert_eq!(windows.label("nobody", true, DAY), Labelled::Unknown);
    assert_eq!(observe(&mut windows, 2 * DAY, "c"), [1.0, 0.0, 1.0]);
    assert_eq!(observe(&mut windows, 3 * DAY, "d"), [2.0, 0.0, 1.0]);
    // Found out to be honest after all.
    assert_eq!(windows.label("b", false, 3 * DAY), Labelled::Changed);
    assert_eq!(observe(&mut windows, 8 * DAY, "e"), [1.0, 0.5, 0.5]);
}

#[test]
fn repeats_late_and_early_events_by_rule() {
    let rest = r#""lateness": "1m", "repeats": "1h", "skew": "5s","#;
    let mut windows = simple(r#"{"name": "n", "kind": "count", "key": "card", "window": "1d"}"#, rest);
    let mut observe = |time: i64, id: &str, received: Option<i64>| {
        let answer = windows.observe(&Event { received, ..event(time, id, &["c", "s"], &[1]) }).unwrap();
        (answer.seen.outcome, answer.features)
    };
    assert_eq!(observe(100_000, "a", None), (Outcome::Observed, vec![1.0]));
    assert_eq!(observe(160_000, "b", None), (Outcome::Observed, vec![2.0]));
    // In its place: it sees what was before it, and later answers see it.
    assert_eq!(observe(120_000, "c", None), (Outcome::Observed, vec![2.0]));
    assert_eq!(observe(160_000, "d", None), (Outcome::Observed, vec![4.0]));
    assert_eq!(observe(99_999, "e", None), (Outcome::Late, vec![]));
    assert_eq!(observe(160_000, "b", None), (Outcome::Duplicate, vec![2.0]));
    // Whatever else it says: the id is the event.
    assert_eq!(observe(1, "b", None), (Outcome::Duplicate, vec![2.0]));
    // A clock that is wrong must not make all others late.
    assert_eq!(observe(200_000, "f", Some(194_999)), (Outcome::Ahead, vec![]));
    assert_eq!(observe(200_000, "f", Some(195_000)), (Outcome::Observed, vec![5.0]));
    // The label's windows remember an id for longer than its answer; here no window has labels.
    assert_eq!(observe(200_000 + 3_600_000, "g", None), (Outcome::Observed, vec![6.0]));
    assert_eq!(observe(200_000 + 3_600_000, "f", None), (Outcome::Observed, vec![7.0]));
    let counts = windows.counts();
    assert_eq!((counts.observed, counts.duplicates, counts.late, counts.ahead, counts.out_of_order), (7, 2, 1, 1, 1));
}

#[test]
fn a_busy_card_keeps_its_newest_events() {
    let features = r#"{"name": "n", "kind": "count", "key": "card", "window": "1d"},
        {"name": "hour", "kind": "count", "key": "card", "window": "1h"}"#;
    let mut windows = simple(features, r#""limits": {"events_per_key": 100},"#);
    let mut capped = Vec::new();
    for n in 0..10_000 {
        let id = n.to_string();
        let answer = windows.observe(&event(n * 8640, &id, &["c", "s"], &[1])).unwrap();
        assert!(answer.features[0] <= 101.0);
        capped.push(answer.seen.capped);
    }
    // The 101st event is the first whose day needs one that is gone: that was dropped with its predecessor.
    assert_eq!(capped.iter().position(|capped| *capped), Some(101));
    // Another card is none of it.
    let other = windows.observe(&event(10_000 * 8640, "other", &["d", "s"], &[1])).unwrap();
    assert_eq!((other.seen.capped, other.features[0]), (false, 1.0));
    assert!(windows.counts().events_forgotten > 9_000);
}

#[test]
fn equal_events_in_any_order_give_equal_sums() {
    let features = r#"{"name": "sum", "kind": "sum", "of": "amount", "key": "card", "window": "1d"},
        {"name": "z", "kind": "zscore", "of": "amount", "key": "card", "window": "1d"}"#;
    let events: Vec<(i64, i64)> = (0..50).map(|n| (n * 1000, (n * n * 7919) % 100_003)).collect();
    let last = |order: &[(i64, i64)]| {
        let mut windows = simple(features, r#""lateness": "1h","#);
        answers(&mut windows, order);
        windows.observe(&event(60_000, "last", &["c", "s"], &[12_345])).unwrap().features
    };
    let mut turned = events.clone();
    turned.reverse();
    turned.rotate_left(13);
    let bits = |features: Vec<f64>| features.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    assert_eq!(bits(last(&events)), bits(last(&turned)));
}

#[test]
fn columns_give_what_events_give() {
    let text = r#"{"time": "at", "id": "id", "keys": ["card"], "amounts": [{"name": "amount"}], "label": {"name": "fraud"},
        "features": [{"name": "n", "kind": "count", "key": "card", "window": "1d"}, {"name": "f", "kind": "frauds", "key": "card", "window": "1d"}]}"#;
    let mut windows = Windows::new(Spec::from_json(text).unwrap());
    let columns = nearhand_features::Columns {
        times: &[10, 20, 5, 30],
        ids: &["a", "b", "c", "a"],
        keys: &[&["x", "x", "x", "x"]],
        amounts: &[&[1, 2, 3, 4]],
        labels: &[Some((true, 15)), None, None, None],
        ..nearhand_features::Columns::default()
    };
    let (mut out, mut outcomes) = (vec![-1.0; 8], Vec::new());
    windows.observe_all(&columns, &mut out, &mut |row, seen| outcomes.push((row, seen.outcome))).unwrap();
    assert_eq!(out, [1.0, 0.0, 2.0, 1.0, -1.0, -1.0, 1.0, 0.0]);
    assert_eq!(outcomes, [(0, Outcome::Observed), (1, Outcome::Observed), (2, Outcome::Late), (3, Outcome::Duplicate)]);
    let short = nearhand_features::Columns { ids: &["a"], ..columns };
    let error = windows.observe_all(&short, &mut out, &mut |_, _| {}).unwrap_err();
    assert_eq!(error.code().as_str(), "features-event-invalid");
    let bad = nearhand_features::Columns {
        amounts: &[&[1, 2, -3, 4]],
        ids: &["p", "q", "r", "s"],
        times: &[30, 30, 30, 30],
        ..columns
    };
    let error = windows.observe_all(&bad, &mut out, &mut |_, _| {}).unwrap_err();
    assert!(error.to_string().contains("row=2"), "{error}");
}

#[test]
fn what_has_left_leaves_nothing_behind() {
    let of = |kind: &str| format!(r#"{{"name": "{kind}", "kind": "{kind}", "of": "amount", "key": "card", "window": "3s"}}"#);
    let mut windows = simple(&["sum", "mean", "zscore", "max"].map(of).join(","), "");
    // The largest amount there is, then nothing, then a cent: running float sums would keep a rest of the first for ever.
    let most = nearhand_features::MOST_UNITS;
    let got = answers(&mut windows, &[(0, most), (1000, 0), (2000, 0), (3000, 0), (4000, 0), (5000, 1), (6000, 1), (7000, 1)]);
    assert_eq!(got[3], [0.0, 0.0, 0.0, 0.0]);
    assert_eq!(got[5][..2], [0.01, 0.01 / 3.0]);
    // Equal amounts have no spread, never a negative one.
    assert_eq!(got[7], [0.03, 0.01, 0.0, 0.01]);
}

#[test]
fn adjacent_windows_share_no_event() {
    let features = r#"{"name": "now", "kind": "count", "key": "card", "window": "1d"},
        {"name": "before", "kind": "count", "key": "card", "window": "1d", "delay": "1d"},
        {"name": "both", "kind": "count", "key": "card", "window": "2d"}"#;
    let events: Vec<(i64, i64)> = (0..40).map(|n| (n * DAY / 4, 1)).collect();
    for features in answers(&mut simple(features, ""), &events) {
        assert_eq!(features[0] + features[1], features[2]);
    }
}

#[test]
fn another_key_changes_nothing() {
    let features = r#"{"name": "sum", "kind": "sum", "of": "amount", "key": "card", "window": "1h"}"#;
    let mut alone = simple(features, "");
    let mut crowded = simple(features, "");
    for n in 0..200_i64 {
        let (id, other) = (n.to_string(), format!("x{n}"));
        let own = event(n * 60_000, &id, &["c", "s"], &[7]);
        crowded.observe(&event(n * 60_000, &other, &["d", "s"], &[99_999_999_999])).unwrap();
        assert_eq!(alone.observe(&own).unwrap().features, crowded.observe(&own).unwrap().features);
    }
}
