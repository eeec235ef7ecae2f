//! What is refused, and that nothing of it stays.

use crate::{Dice, EVERYTHING, event, everything, simple};
use nearhand_features::{Code, Event, Spec, Windows};

/// A specification, changed at one place, and what its refusal says.
fn refusal(from: &str, to: &str) -> (Code, String) {
    let text = EVERYTHING.replace("LIMITS", "");
    let changed = text.replacen(from, to, 1);
    assert_ne!(text, changed, "{from} is there");
    let error = Spec::from_json(&changed).unwrap_err();
    (error.code(), error.to_string())
}

#[test]
fn a_specification_says_where_it_is_wrong() {
    for (from, to, parts) in [
        (r#""time": "at","#, "", &["missing", "place=time"][..]),
        (r#""time": "at","#, r#""time": "at", "tiem": 1,"#, &["not known", "place=tiem", "allowed=version, name, time"]),
        (r#""time": "at","#, r#""time": "at", "time": "at","#, &["twice", "place=time"]),
        (r#""time": "at","#, r#""time": "at", "version": 2,"#, &["place=version", "value=2", "most=1"]),
        (r#""id": "id","#, "", &["labels come by id", "place=id"]),
        (r#"["card", "shop"]"#, r#"["card", ""]"#, &["place=keys[1]"]),
        (r#"["card", "shop"]"#, r#"["card", "at"]"#, &["declared twice", "value=at"]),
        (r#""decimals": 2"#, r#""decimals": 9"#, &["place=amounts[0].decimals", "value=9", "most=8"]),
        (r#""least": -1000"#, r#""least": 0.001"#, &["place=amounts[0].least"]),
        (r#""least": -1000"#, r#""least": 2, "most": 1"#, &["smallest", "place=amounts[0].least"]),
        (r#""least": -1000"#, r#""least": 1e3"#, &["place=amounts[0].least", "value=1e3"]),
        (r#""lateness": "40ms""#, r#""lateness": "40 ms""#, &["place=lateness", "a duration is"]),
        (r#""lateness": "40ms""#, r#""lateness": -1"#, &["place=lateness"]),
        (r#"[[500, 7200]]"#, r#"[[500, 7200], [500, 3600]]"#, &["place=zone.changes[1]"]),
        (r#"[[500, 7200]]"#, r#"[[500, 90000]]"#, &["place=zone.changes[0]"]),
        (r#""kind": "hour""#, r#""kind": "hours""#, &["place=features[2].kind", "value=\"hours\"", "allowed=amount, flag, hour"]),
        (r#""kind": "hour""#, r#""kind": "hour", "window": "1d""#, &["not known", "place=features[2].window"]),
        (r#""name": "hour""#, r#""name": "online""#, &["one name", "place=features[2]"]),
        (r#", "missing": -1}"#, "}", &["place=features[6].missing"]),
        (r#", "missing": -1}"#, r#", "missing": "none"}"#, &["place=features[6].missing"]),
        (r#""from": 22"#, r#""from": 24"#, &["place=features[4].from"]),
        (
            r#""key": "card", "window": "100ms"}"#,
            r#""key": "cart", "window": "100ms"}"#,
            &["place=features[7].key", "allowed=card, shop"],
        ),
        (r#""key": "card", "window": "100ms"}"#, r#""key": "card"}"#, &["place=features[7].window"]),
        (r#""key": "card", "window": "100ms"}"#, r#""key": "card", "window": "11y"}"#, &["place=features[7].window", "11y"]),
        (r#""of": "declined""#, r#""of": "refused""#, &["place=features[10].of", "allowed=declined, online"]),
        ("[-5, 0, 2.5, 5]", "[]", &["place=features[21].edges"]),
        ("[-5, 0, 2.5, 5]", "[0, 0]", &["place=features[21].edges[1]", "ascend"]),
        (r#""of": "card", "key": "shop""#, r#""of": "shop", "key": "shop""#, &["place=features[24].of"]),
        (r#""of": "labelled""#, r#""of": "some""#, &["place=features[29].of", "allowed=all, labelled"]),
        (r#""over": "count""#, r#""over": "velocity""#, &["place=features[30].over"]),
        (r#""label": {"name": "fraud", "delay": "0s"},"#, "", &["declare the label"]),
        (r#""current": false"#, r#""current": 0"#, &["place=features[8].current", "true or false"]),
    ] {
        let (code, text) = refusal(from, to);
        assert_eq!(code, Code::SpecInvalid, "{text}");
        assert!(parts.iter().all(|part| text.contains(part)), "{to}: {text}");
    }
    let (code, text) = refusal(r#"{"name": "here", "offset": 3600, "changes": [[500, 7200]]}"#, r#""Europe/Berlin""#);
    assert!(code == Code::ZoneUnknown && text.contains("value=Europe/Berlin"), "{text}");
    assert!(Spec::from_json(&EVERYTHING.replace("LIMITS", r#""limits": {"events_per_key": 65537},"#)).is_err());
    assert_eq!(Spec::from_json("{").unwrap_err().code(), Code::SpecInvalid);
    assert_eq!(Spec::from_json(r#"{"time": "at", "features": []}"#).unwrap_err().code(), Code::SpecInvalid);
    let long = format!(r#"{{"time": "{}", "features": []}}"#, "x".repeat(2 << 20));
    assert_eq!(Spec::from_json(&long).unwrap_err().code(), Code::TooLarge);
}

#[test]
fn the_digest_is_that_of_what_is_said() {
    let text = EVERYTHING.replace("LIMITS", "");
    let spec = Spec::from_json(&text).unwrap();
    let again = Spec::from_json(spec.to_json()).unwrap();
    assert_eq!((spec.digest(), spec.to_json()), (again.digest(), again.to_json()));
    let other = Spec::from_json(&text.replace("\"60ms\"", "\"61ms\"")).unwrap();
    assert_ne!(spec.digest(), other.digest());
}

#[test]
fn amounts_are_decimals() {
    let spec = everything("");
    assert_eq!(spec.units(0, 12.34).unwrap(), 1234);
    assert_eq!(spec.units_text(0, "-0.5").unwrap(), -50);
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, 0.001, -1001.0] {
        assert_eq!(spec.units(0, bad).unwrap_err().code(), Code::EventInvalid, "{bad}");
    }
    for bad in ["", "NaN", "1e5", "12,5", "0.001", "99999999999999999999", "-1000.01", "١٢"] {
        assert_eq!(spec.units_text(0, bad).unwrap_err().code(), Code::EventInvalid, "{bad}");
    }
    assert!(spec.units(1, 1.0).is_err() && spec.units_text(1, "1").is_err());
    assert!(spec.units(0, 1e12).is_ok() && spec.units(0, 1.1e12).is_err());
}

#[test]
fn a_bad_event_leaves_nothing_behind() {
    let currency = r#""currency": {"name": "money", "is": "EUR"},"#;
    let mut windows = simple(r#"{"name": "n", "kind": "count", "key": "card", "window": "1d"}"#, currency);
    let good = Event { currency: "EUR", ..event(1000, "a", &["c", "s"], &[100]) };
    windows.observe(&good).unwrap();
    let before = windows.snapshot();
    let long = "x".repeat(257);
    let (long_keys, one_key) = ([long.as_str(), "s"], ["c"]);
    let next = Event { id: "b", ..good };
    for (bad, field) in [
        (Event { time: -1, ..next }, "at"),
        (Event { time: i64::MAX, ..next }, "at"),
        (Event { time: i64::MIN, ..next }, "at"),
        (Event { id: "", ..next }, "id"),
        (Event { id: &long, ..next }, "id"),
        (Event { keys: &long_keys, ..next }, "card"),
        (Event { keys: &one_key, ..next }, "keys"),
        (Event { amounts: &[], ..next }, "amounts"),
        (Event { amounts: &[-1], ..next }, "amount"),
        (Event { amounts: &[i64::MAX], ..next }, "amount"),
        (Event { amounts: &[i64::MIN], ..next }, "amount"),
        (Event { flags: 2, ..next }, "flags"),
        (Event { flags: u32::MAX, ..next }, "flags"),
        (Event { currency: "USD", ..next }, "money"),
        (Event { currency: "", ..next }, "money"),
    ] {
        for error in [windows.observe(&bad).unwrap_err(), windows.peek(&bad).unwrap_err()] {
            assert_eq!(error.code(), Code::EventInvalid);
            assert!(error.to_string().contains(&format!("field={field} ")), "{error}");
        }
    }
    let mut short = [0.0; 2];
    assert!(windows.observe_into(&next, &mut short).is_err());
    assert_eq!(windows.snapshot(), before);
    let mut plain = Windows::new(Spec::from_json(r#"{"time": "at", "features": [{"name": "h", "kind": "hour"}]}"#).unwrap());
    assert!(plain.observe(&Event { id: "a", ..Event::default() }).unwrap_err().to_string().contains("declares no id"));
    assert!(plain.observe(&Event { currency: "EUR", ..Event::default() }).is_err());
    assert_eq!(plain.observe(&Event::default()).unwrap().features, [0.0]);
}

#[test]
fn labels_that_wait_are_bounded() {
    let features = r#"{"name": "n", "kind": "frauds", "key": "card", "window": "1d"}"#;
    let mut windows = simple(features, r#""limits": {"labels": 2, "ids": 3},"#);
    for (n, id) in ["a", "b", "c", "d"].into_iter().enumerate() {
        windows.observe(&event(n as i64, id, &["c", "s"], &[1])).unwrap();
    }
    let told: Vec<&str> =
        [("b", 10), ("c", 10), ("d", 10), ("a", 1)].map(|(id, at)| windows.label(id, true, at).as_str()).to_vec();
    assert_eq!(told, ["waiting", "waiting", "full", "unknown"]);
    assert_eq!((windows.counts().ids_forgotten, windows.counts().labels_refused), (1, 2));
    // Ends of the range of times.
    assert_eq!(windows.label("b", true, i64::MIN).as_str(), "known");
    assert_eq!(windows.label("b", false, i64::MAX).as_str(), "full");
}

#[test]
fn any_text_is_a_specification_or_refused() {
    let text = EVERYTHING.replace("LIMITS", "");
    let (mut dice, mut taken) = (Dice(11), 0);
    for _ in 0..4000 {
        let mut bytes = text.clone().into_bytes();
        for _ in 0..=dice.below(3) {
            let at = dice.below(bytes.len() as u64) as usize;
            match dice.below(3) {
                0 => bytes[at] = b"{}[]\",:0129.-eax"[dice.below(16) as usize],
                1 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
        }
        if let Ok(spec) = Spec::from_json(&String::from_utf8_lossy(&bytes)) {
            let keys = vec!["c"; spec.keys().len()];
            let amounts = vec![0; spec.amounts().len()];
            let id = if spec.id().is_some() { "a" } else { "" };
            let mut windows = Windows::new(spec);
            let event = Event { time: 5, id, keys: &keys, amounts: &amounts, ..Event::default() };
            taken += usize::from(windows.observe(&event).is_ok());
        }
    }
    assert!(taken > 20, "{taken} were taken");
}
