//! Windows and assessor in one: against what the command line recorded, transactions that come again, keys apart, bad input, states.

use nearhand::assess::{Explain, OnlineAssessor, Setup};
use nearhand::value::Value;
use nearhand::{Code, Error};
use nearhand_features::{Amended, Labelled, Outcome};
use serde_json::{Value as Json, json};
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn bundle() -> Vec<u8> {
    std::fs::read(root().join("models/card-fraud/card-fraud.safetensors")).unwrap()
}

fn open(setup: &Setup<'_>) -> OnlineAssessor {
    OnlineAssessor::open(&bundle(), None, 64 << 20, setup).unwrap()
}

fn value(json: &Json) -> Value {
    serde_json::from_str(&json.to_string()).unwrap()
}

/// FNV-1a, as cli/tests/assessed.rs marks features.
fn mark(features: &[f64]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in features.iter().flat_map(|value| value.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{hash:016x}")
}

const WEEK: i64 = 7 * 86_400_000;

/// The log's transactions, and whether each was a fraud.
fn log() -> Vec<(Json, bool)> {
    let text = std::fs::read_to_string(root().join("tests/golden/card-fraud-log.csv")).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let time: i64 = cells[1].parse().unwrap();
        let row = json!({ "id": cells[0], "time": time, "card": cells[2], "terminal": cells[3], "amount": cells[4], "declined": cells[5] == "1" });
        (row, cells[6] == "1")
    };
    text.lines().skip(1).map(row).collect()
}

/// What the command line answered: the mark of the features, and the answer without its id.
fn recorded() -> Vec<(String, Json)> {
    let text = std::fs::read_to_string(root().join("tests/golden/card-fraud-answers.txt")).unwrap();
    let line = |line: &str| {
        let (mark, answer) = line.split_once(' ').unwrap();
        let mut answer: Json = serde_json::from_str(answer).unwrap();
        answer.as_object_mut().unwrap().remove("id");
        (mark.to_owned(), answer)
    };
    text.lines().map(line).collect()
}

fn parsed(json: &str) -> Json {
    serde_json::from_str(json).unwrap()
}

fn label(online: &mut OnlineAssessor, row: &Json, fraud: bool) -> Labelled {
    online.label(row["id"].as_str().unwrap(), fraud, row["time"].as_i64().unwrap() + WEEK).unwrap()
}

#[test]
fn a_log_is_answered_as_the_command_line_does() {
    let mut online = open(&Setup::default());
    assert!(online.given().is_empty());
    for ((row, fraud), (wanted, answer)) in log().iter().zip(recorded()) {
        let got = online.assess(&value(row), Some(&[]), Explain::Severe, None, None).unwrap();
        assert_eq!((mark(got.features), parsed(&got.told.json())), (wanted, answer), "{row}");
        assert_eq!((got.outcome, got.repeated), (Some(Outcome::Observed), false));
        assert_eq!(label(&mut online, row, *fraud), Labelled::Waiting);
    }
    assert_eq!(online.counts().0.unwrap().observed, log().len() as u64);
}

/// A state of cards, a state of terminals, and somebody who judges by the features of both: the same answers.
#[test]
fn keys_apart_are_answered_as_the_whole() {
    let part = |keys: &'static [&'static str]| open(&Setup { keys: Some(keys), ..Setup::default() });
    let (mut cards, mut terminals, mut nobody) = (part(&["card"]), part(&["terminal"]), part(&[]));
    assert!(cards.given().iter().all(|name| name.starts_with("terminal_")));
    // All but the amount, and three ratios whose sides are given.
    assert!(!nobody.given().iter().any(|name| name == "amount" || name.ends_with("_to_30d")) && nobody.given().len() == 34);
    for ((row, fraud), (wanted, answer)) in log().iter().zip(recorded()) {
        let row_value = value(row);
        let mut features: Vec<(String, f64)> = Vec::new();
        let names =
            |online: &OnlineAssessor| online.counted().unwrap().features().iter().map(|f| f.name.clone()).collect::<Vec<_>>();
        for online in [&mut terminals, &mut cards] {
            let names = names(online);
            let counted = online.observe(&row_value, None, true).unwrap();
            assert_eq!(counted.seen.outcome, Outcome::Observed);
            features.extend(names.into_iter().zip(counted.features.iter().copied()));
        }
        let pick = |given: &[String]| -> Vec<f64> {
            given.iter().map(|name| features.iter().find(|(own, _)| own == name).unwrap().1).collect()
        };
        let given = pick(nobody.given());
        let got = nobody.assess(&row_value, Some(&given), Explain::Severe, None, None).unwrap();
        assert_eq!((mark(got.features), parsed(&got.told.json())), (wanted.clone(), answer.clone()), "{row}");
        assert_eq!(got.outcome, Some(Outcome::Peeked), "nothing is counted there");
        // Or by the cards' own state, which knows the event already and counts it no second time.
        let given = pick(cards.given());
        let got = cards.assess(&row_value, Some(&given), Explain::Severe, None, None).unwrap();
        assert_eq!((mark(got.features), parsed(&got.told.json())), (wanted, answer), "{row}");
        assert_eq!((got.outcome, got.repeated), (Some(Outcome::Duplicate), false));
        label(&mut terminals, row, *fraud);
    }
    assert_eq!(nobody.counts().0.unwrap().observed, 0);
    assert_eq!(cards.counts().0.unwrap().observed, log().len() as u64);
}

fn transaction(id: &str, time: i64) -> Json {
    json!({ "id": id, "time": time, "card": "c1", "terminal": "t1", "amount": "12.50", "currency": "EUR" })
}

const NOON: i64 = 1_767_268_800_000;

#[test]
fn what_comes_again_gets_the_answer_of_then() {
    let mut online = open(&Setup::default());
    let first = value(&transaction("a", NOON));
    let then = online.assess(&first, Some(&[]), Explain::Severe, None, None).unwrap();
    let (json, features) = (then.told.json().into_owned(), then.features.to_vec());
    online.assess(&value(&transaction("b", NOON + 1000)), Some(&[]), Explain::Severe, None, None).unwrap();
    let before = online.snapshot();
    // Whatever else it says, and whatever the lists say by now.
    online.assessor().set_list("blocked_cards", vec!["c1".to_owned()]).unwrap();
    let mut other = transaction("a", NOON + 2000);
    other["amount"] = json!("99000.00");
    let again = online.assess(&value(&other), Some(&[]), Explain::Always, None, None).unwrap();
    assert_eq!((again.told.json(), again.features, again.repeated), (json.as_str().into(), &features[..], true));
    assert_eq!(online.snapshot(), before, "nothing is counted");
    // Also after the state was put away, and by another process.
    let mut elsewhere = open(&Setup::default());
    elsewhere.restore(&before).unwrap();
    let again = elsewhere.assess(&first, Some(&[]), Explain::Severe, None, None).unwrap();
    assert_eq!((again.told.json(), again.repeated), (json.as_str().into(), true));
    assert_eq!(elsewhere.snapshot(), before);
    // Where answers are not kept, the features of then are judged anew.
    let mut short = open(&Setup { answers: 0, ..Setup::default() });
    short.assess(&first, Some(&[]), Explain::Severe, None, None).unwrap();
    let again = short.assess(&first, Some(&[]), Explain::Severe, None, None).unwrap();
    assert_eq!((again.told.json(), again.outcome, again.repeated), (json.as_str().into(), Some(Outcome::Duplicate), false));
    // And when those are gone as well, rules and the fallback decide.
    short.assess(&value(&transaction("late", NOON + 3 * 86_400_000)), Some(&[]), Explain::Severe, None, None).unwrap();
    let again = short.assess(&first, Some(&[]), Explain::Severe, None, None).unwrap();
    assert_eq!(again.outcome, Some(Outcome::Repeated));
    let told = parsed(&again.told.json());
    assert_eq!(
        (&told["failure"], &told["decision"], &told["by"], &told["model"]),
        (&json!("event-repeated"), &json!("review"), &json!("fallback"), &Json::Null)
    );
    // Known by an id of the host's where the row has none.
    let mut unnamed = transaction("", NOON);
    unnamed.as_object_mut().unwrap().remove("id");
    assert_eq!(refused(&mut online, &unnamed).code(), Code::FeaturesEventInvalid);
    assert!(!online.assess(&value(&unnamed), Some(&[]), Explain::Severe, Some("own"), None).unwrap().repeated);
    assert!(online.assess(&value(&unnamed), Some(&[]), Explain::Severe, Some("own"), None).unwrap().repeated);
    // One id alone: the row's own, or the same twice.
    assert!(online.assess(&first, Some(&[]), Explain::Severe, Some("a"), None).unwrap().repeated);
    let (before, long) = (online.snapshot(), "i".repeat(257));
    for id in ["b", &long] {
        let error = online.assess(&first, Some(&[]), Explain::Severe, Some(id), None).unwrap_err();
        assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::TransactionInvalid, "id"));
    }
    assert_eq!(online.snapshot(), before);
}

fn refused(online: &mut OnlineAssessor, row: &Json) -> Error {
    let before = online.snapshot();
    let error = online.assess(&value(row), Some(&[]), Explain::Severe, None, Some(NOON)).map(|_| ()).unwrap_err();
    assert_eq!(online.snapshot(), before, "{row}: something of it was counted");
    assert!(online.observe(&value(row), Some(NOON), true).is_err(), "{row}");
    assert_eq!(online.snapshot(), before, "{row}: something of it was counted");
    error
}

#[test]
fn bad_transactions_leave_nothing_behind() {
    let mut online = open(&Setup::default());
    online.assess(&value(&transaction("a", NOON)), Some(&[]), Explain::Severe, None, None).unwrap();
    for (field, bad, code) in [
        ("amount", json!("-1.00"), Code::TransactionInvalid),
        ("amount", json!(-1), Code::TransactionInvalid),
        ("amount", json!("NaN"), Code::TransactionInvalid),
        ("amount", json!(1e300), Code::TransactionInvalid),
        ("amount", json!("100000000000000000"), Code::TransactionInvalid),
        ("amount", json!(12.345), Code::TransactionInvalid),
        ("amount", Json::Null, Code::TransactionInvalid),
        ("currency", json!("XXX"), Code::CurrencyUnknown),
        ("time", json!(-5), Code::FeaturesEventInvalid),
        ("time", json!(1e15 as i64), Code::FeaturesEventInvalid),
        ("time", json!("2026-01-01"), Code::TransactionInvalid),
        ("card", json!(["c1"]), Code::TransactionInvalid),
        ("card", json!("c".repeat(257)), Code::TransactionInvalid),
        ("id", json!("i".repeat(257)), Code::TransactionInvalid),
        ("declined", json!("no"), Code::TransactionInvalid),
        ("fraud", json!(true), Code::TransactionInvalid),
    ] {
        let mut row = transaction("b", NOON + 1);
        row[field] = bad;
        let error = refused(&mut online, &row);
        assert_eq!(error.code(), code, "{row}: {error}");
    }
    // A text that the bundle's rules do not take is found before anything is counted.
    let mut long = transaction("b", NOON + 1);
    long["terminal"] = json!("t".repeat(300));
    let before = online.snapshot();
    assert!(online.assess(&value(&long), Some(&[]), Explain::Severe, None, None).is_err());
    assert_eq!(online.snapshot(), before);
}

#[test]
fn clocks_that_go_wrong_are_answered_by_rule() {
    let mut online = open(&Setup::default());
    online.assessor().set_list("blocked_cards", vec!["c9".to_owned()]).unwrap();
    online.assess(&value(&transaction("a", NOON)), Some(&[]), Explain::Severe, None, Some(NOON)).unwrap();
    let before = online.snapshot();
    for (id, time, failure, outcome) in
        [("ahead", NOON + 61_000, "event-in-future", Outcome::Ahead), ("late", NOON - 601_000, "event-too-old", Outcome::Late)]
    {
        let row = value(&transaction(id, time));
        let got = online.assess(&row, Some(&[]), Explain::Always, None, Some(NOON)).unwrap();
        let told = parsed(&got.told.json());
        assert_eq!((got.outcome, got.features.len(), got.repeated), (Some(outcome), 0, false));
        assert_eq!((&told["failure"], &told["by"], &told["decision"]), (&json!(failure), &json!("fallback"), &json!("review")));
        // Rules look at what does not hang on windows.
        let mut blocked = transaction(id, time);
        blocked["card"] = json!("c9");
        let got = online.assess(&value(&blocked), Some(&[]), Explain::Always, None, Some(NOON)).unwrap();
        assert_eq!(parsed(&got.told.json())["by"], json!({ "rule": "BLOCKED" }));
    }
    let after = |bytes: &[u8]| {
        OnlineAssessor::open(&bundle(), None, 64 << 20, &Setup::default()).unwrap().restore(bytes).map(|()| bytes.len())
    };
    assert!(after(&before).is_ok());
    let (counts, answers) = online.counts();
    let counts = counts.unwrap();
    assert_eq!((counts.observed, counts.late, counts.ahead, answers), (1, 2, 2, 1), "their answers may come again in time");
    let again = online
        .assess(&value(&transaction("ahead", NOON + 61_000)), Some(&[]), Explain::Severe, None, Some(NOON + 30_000))
        .unwrap();
    assert_eq!(again.outcome, Some(Outcome::Observed));
}

#[test]
fn labels_and_flags_of_what_is_not_known_say_so() {
    let mut online = open(&Setup::default());
    online.assess(&value(&transaction("a", NOON)), Some(&[]), Explain::Severe, None, None).unwrap();
    assert_eq!(online.label("nobody", true, NOON).unwrap(), Labelled::Unknown);
    assert_eq!(online.label("a", true, NOON).unwrap(), Labelled::Known);
    assert_eq!(online.label("a", true, NOON).unwrap(), Labelled::Same);
    assert_eq!(online.label("a", false, NOON).unwrap(), Labelled::Changed);
    assert_eq!(online.amend("nobody", &[("declined", true)]).unwrap(), Amended::Unknown);
    let error = online.amend("a", &[("lost", true)]).unwrap_err();
    assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::TransactionInvalid, "lost"));
    assert_eq!(online.amend("a", &[("declined", true)]).unwrap(), Amended::Changed);
    assert_eq!(online.amend("a", &[("declined", true)]).unwrap(), Amended::Same);
    let declines = |online: &mut OnlineAssessor| {
        let at = online.counted().unwrap().features().iter().position(|f| f.name == "terminal_declines_1h").unwrap();
        online.observe(&value(&transaction("b", NOON + 1000)), None, false).unwrap().features[at]
    };
    assert_eq!(declines(&mut online), 1.0);
    assert_eq!(online.amend("a", &[("declined", false)]).unwrap(), Amended::Changed);
    assert_eq!(declines(&mut online), 0.0);
}

#[test]
fn where_the_other_place_has_no_features_rules_decide_and_the_event_counts() {
    let mut cards = open(&Setup { keys: Some(&["card"]), ..Setup::default() });
    let wanted = cards.given().len();
    let row = value(&transaction("a", NOON));
    let got = cards.assess(&row, None, Explain::Severe, None, None).unwrap();
    let answer = parsed(&got.told.json());
    assert_eq!((got.outcome, got.features.len(), got.repeated), (Some(Outcome::Observed), 0, false));
    assert_eq!((&answer["failure"], &answer["by"]), (&json!("features-unavailable"), &json!("fallback")));
    // It is not kept: with features it is judged by those of then, and counted no second time.
    let got = cards.assess(&row, Some(&vec![0.0; wanted]), Explain::Severe, None, None).unwrap();
    assert_eq!((got.outcome, got.repeated), (Some(Outcome::Duplicate), false));
    assert_eq!(parsed(&got.told.json())["failure"], Json::Null);
    assert_eq!(cards.counts().0.unwrap().observed, 1);
    // Where nothing is counted, and where nothing is wanted.
    let got = open(&Setup { keys: Some(&[]), ..Setup::default() })
        .assess(&row, None, Explain::Severe, None, None)
        .map(|got| parsed(&got.told.json()));
    assert_eq!(got.unwrap()["failure"], json!("features-unavailable"));
    let mut whole = open(&Setup::default());
    let got = whole.assess(&row, None, Explain::Severe, None, None).unwrap();
    assert_eq!((parsed(&got.told.json())["failure"].clone(), got.features.len()), (Json::Null, 38));
}

#[test]
fn features_that_are_not_counted_must_come() {
    let mut cards = open(&Setup { keys: Some(&["card"]), ..Setup::default() });
    let row = value(&transaction("a", NOON));
    let before = cards.snapshot();
    let wanted = cards.given().len();
    let error = cards.assess(&row, Some(&vec![0.0; wanted - 1]), Explain::Severe, None, None).map(|_| ()).unwrap_err();
    assert_eq!((error.code(), error.details()[2].1.clone()), (Code::SchemaMismatch, wanted.to_string()));
    // The shipped bundle takes no missing features.
    let mut given = vec![0.0; wanted];
    let at = cards.given().iter().position(|name| *name == "terminal_risk_21d").unwrap();
    given[at] = f64::NAN;
    let error = cards.assess(&row, Some(&given), Explain::Severe, None, None).map(|_| ()).unwrap_err();
    assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::FeatureInvalid, "terminal_risk_21d"));
    assert_eq!(cards.snapshot(), before);
    let open =
        |keys| OnlineAssessor::open(&bundle(), None, 64 << 20, &Setup { keys: Some(keys), ..Setup::default() }).map(|_| ());
    let error = open(&["card", "merchant"]).unwrap_err();
    assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::OptionInvalid, "merchant"));
}

#[test]
fn foreign_states_are_refused_by_name() {
    let mut online = open(&Setup::default());
    online.assess(&value(&transaction("a", NOON)), Some(&[]), Explain::Severe, None, None).unwrap();
    let state = online.snapshot();
    let mut refuse = |bytes: &[u8], code: Code| {
        assert_eq!(online.restore(bytes).unwrap_err().code(), code);
        assert_eq!(online.snapshot(), state, "the state is as before");
    };
    refuse(&[], Code::FeaturesSnapshotMalformed);
    refuse(b"NHFW", Code::FeaturesSnapshotMalformed);
    let mut older = state.clone();
    older[4] = 0;
    refuse(&older, Code::FeaturesSnapshotVersion);
    refuse(&state[..state.len() - 1], Code::FeaturesSnapshotMalformed);
    let mut damaged = state.clone();
    damaged[40] ^= 1;
    refuse(&damaged, Code::FeaturesSnapshotMalformed);
    let cards = open(&Setup { keys: Some(&["card"]), ..Setup::default() }).snapshot();
    refuse(&cards, Code::FeaturesSnapshotOtherSpec);
    // Under a right hash, whatever the bytes are: a state or refused, and never half taken.
    use sha2::{Digest, Sha256};
    let mut taken = 0;
    for at in (5..state.len() - 8).step_by(3) {
        for change in [1, 0x80, 0xff] {
            let mut bytes = state[..state.len() - 8].to_vec();
            bytes[at] ^= change;
            let hash = Sha256::digest(&bytes);
            bytes.extend(&hash[..8]);
            match online.restore(&bytes) {
                Ok(()) => taken += 1,
                Err(error) => assert!(error.code().as_str().starts_with("features-snapshot"), "{error}"),
            }
        }
    }
    assert!(taken > 0, "some texts of an answer are as good as others");
}

/// What other tests lean on.
#[test]
fn the_recorded_log_is_whole() {
    assert_eq!(log().len(), recorded().len());
    assert!(log().len() > 200 && log().iter().any(|(_, fraud)| *fraud));
}
