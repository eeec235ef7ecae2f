//! The windows from outside: against brute force, by worked examples, and with whatever may come in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod apart;
mod brute;
mod examples;
mod properties;
mod refused;
mod situations;
mod snapshots;

use nearhand_features::{Event, Spec, Windows};

/// A generator of numbers that is the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Features of every kind over short windows, so that few events fill them.
const EVERYTHING: &str = r#"{
    "name": "everything", "time": "at", "id": "id", "keys": ["card", "shop"], "amounts": [{"name": "amount", "decimals": 2, "least": -1000}],
    "flags": ["declined", "online"], "label": {"name": "fraud", "delay": "0s"}, "lateness": "40ms", "repeats": "300ms",
    "zone": {"name": "here", "offset": 3600, "changes": [[500, 7200]]}, LIMITS
    "features": [
        {"name": "amount", "kind": "amount", "of": "amount"},
        {"name": "online", "kind": "flag", "of": "online"},
        {"name": "hour", "kind": "hour"},
        {"name": "weekday", "kind": "weekday"},
        {"name": "night", "kind": "night", "from": 22, "until": 3},
        {"name": "weekend", "kind": "weekend"},
        {"name": "since", "kind": "since", "key": "card", "missing": -1},
        {"name": "count", "kind": "count", "key": "card", "window": "100ms"},
        {"name": "count before", "kind": "count", "key": "card", "window": "100ms", "current": false},
        {"name": "count late", "kind": "count", "key": "card", "window": "60ms", "delay": "50ms"},
        {"name": "declined", "kind": "count", "of": "declined", "key": "card", "window": "100ms"},
        {"name": "sum", "kind": "sum", "of": "amount", "key": "shop", "window": "100ms"},
        {"name": "sum late", "kind": "sum", "of": "amount", "key": "shop", "window": "60ms", "delay": "50ms"},
        {"name": "mean", "kind": "mean", "of": "amount", "key": "shop", "window": "100ms", "current": false, "missing": "nan"},
        {"name": "min", "kind": "min", "of": "amount", "key": "card", "window": "100ms"},
        {"name": "max", "kind": "max", "of": "amount", "key": "card", "window": "100ms"},
        {"name": "max before", "kind": "max", "of": "amount", "key": "card", "window": "30ms", "current": false, "missing": -99},
        {"name": "min late", "kind": "min", "of": "amount", "key": "card", "window": "60ms", "delay": "50ms", "missing": 7.25},
        {"name": "to mean", "kind": "to_mean", "of": "amount", "key": "card", "window": "100ms"},
        {"name": "zscore", "kind": "zscore", "of": "amount", "key": "card", "window": "100ms", "current": false},
        {"name": "zscore with", "kind": "zscore", "of": "amount", "key": "card", "window": "200ms"},
        {"name": "entropy", "kind": "entropy", "of": "amount", "key": "card", "window": "100ms", "edges": [-5, 0, 2.5, 5]},
        {"name": "share", "kind": "share", "of": "declined", "key": "shop", "window": "100ms"},
        {"name": "share before", "kind": "share", "of": "declined", "key": "shop", "window": "100ms", "current": false},
        {"name": "distinct", "kind": "distinct", "of": "card", "key": "shop", "window": "100ms"},
        {"name": "distinct before", "kind": "distinct", "of": "shop", "key": "card", "window": "50ms", "current": false},
        {"name": "distinct late", "kind": "distinct", "of": "shop", "key": "card", "window": "60ms", "delay": "50ms"},
        {"name": "frauds", "kind": "frauds", "key": "card", "window": "200ms"},
        {"name": "risk", "kind": "risk", "key": "shop", "window": "100ms", "delay": "30ms"},
        {"name": "risk labelled", "kind": "risk", "of": "labelled", "key": "shop", "window": "150ms", "missing": 0.5},
        {"name": "velocity", "kind": "ratio", "over": "count", "under": "count late", "missing": -1}
    ]}"#;

fn everything(limits: &str) -> Spec {
    Spec::from_json(&EVERYTHING.replace("LIMITS", limits)).unwrap()
}

/// A window over one card.
fn simple(features: &str, rest: &str) -> Windows {
    let text = format!(
        r#"{{"time": "at", "id": "id", "keys": ["card", "shop"], "amounts": [{{"name": "amount"}}], "flags": ["declined"],
            "label": {{"name": "fraud", "delay": "7d"}}, {rest} "features": [{features}]}}"#
    );
    Windows::new(Spec::from_json(&text).unwrap())
}

fn event<'a>(time: i64, id: &'a str, keys: &'a [&'a str; 2], amounts: &'a [i64; 1]) -> Event<'a> {
    Event { time, id, keys, amounts, ..Event::default() }
}
