//! Rows that come twice: what a sink could not hand over is handed over once more, and may have arrived the first time.

use nearhand::value::Value;
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;

/// What is read of a row. Whatever a log adds on the way, when and where a row arrived, makes it no other row.
const READ: [&str; 6] = ["nearhand", "id", "session", "stated", "requests", "slates"];

/// Half a SHA-256 tells rows apart, and takes 16 bytes of memory each.
type Mark = [u8; 16];

/// What rows were there before.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    rows: HashSet<Mark>,
    ids: HashSet<Mark>,
}

/// What a row is beside those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing like it was there.
    New,
    /// The same in all that is read of it.
    Repeated,
    /// Another one with its id.
    OtherOfId,
}

impl Repeats {
    /// Takes a row in, and its id, which is empty where it has none.
    pub(super) fn take(&mut self, row: &Value, id: &str) -> Before {
        let mut hash = Sha256::new();
        if let Value::Map(fields) = row {
            let read: Vec<(&str, &Value)> =
                fields.iter().map(|(key, value)| (key.as_str(), value)).filter(|(key, _)| READ.contains(key)).collect();
            map(read, &mut hash);
        }
        if !self.rows.insert(mark(hash)) {
            return Before::Repeated;
        }
        let other = !id.is_empty() && !self.ids.insert(mark(Sha256::new_with_prefix(id)));
        if other { Before::OtherOfId } else { Before::New }
    }
}

fn mark(hash: Sha256) -> Mark {
    let digest: [u8; 32] = hash.finalize().into();
    let mut mark = Mark::default();
    mark.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    mark
}

/// A value, however it was written: keys in any order, numbers with or without a point. Of each the kind and the length go first, so that no two
/// values are the same bytes.
fn add(value: &Value, hash: &mut Sha256) {
    let mut number = |x: f64| hash.update([&b"n"[..], &x.to_le_bytes()].concat());
    match value {
        Value::Null => hash.update("0"),
        Value::Bool(true) => hash.update("t"),
        Value::Bool(false) => hash.update("f"),
        Value::Natural(n) => number(*n as f64),
        Value::Negative(n) => number(*n as f64),
        Value::Float(x) => number(*x),
        Value::Text(text) => word(text, hash),
        Value::List(list) => {
            hash.update([&b"["[..], &list.len().to_le_bytes()].concat());
            list.iter().for_each(|value| add(value, hash));
        }
        Value::Map(fields) => map(fields.iter().map(|(key, value)| (key.as_str(), value)).collect(), hash),
    }
}

fn word(text: &str, hash: &mut Sha256) {
    hash.update([&b"w"[..], &text.len().to_le_bytes()].concat());
    hash.update(text);
}

fn map(mut fields: Vec<(&str, &Value)>, hash: &mut Sha256) {
    // What is null is read as what is not there.
    fields.retain(|(_, value)| **value != Value::Null);
    fields.sort_by_key(|(key, _)| *key);
    hash.update([&b"{"[..], &fields.len().to_le_bytes()].concat());
    for (key, value) in fields {
        word(key, hash);
        add(value, hash);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{looked, recorded};
    use super::super::{json, report};
    use super::*;

    fn value(json: &str) -> Value {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_row_is_the_same_however_it_is_written() {
        let mut repeats = Repeats::default();
        let mut take = |json: &str| repeats.take(&value(json), "r");
        assert_eq!(take(r#"{"id":"r","slates":[{"items":["a","b"],"scores":[1,0.5]}],"session":[]}"#), Before::New);
        assert_eq!(
            take(r#"{"session":[],"at":5,"slates":[{"scores":[1.0,0.5],"items":["a","b"]}],"id":"r","stated":null}"#),
            Before::Repeated
        );
        for other in [
            r#"{"id":"r","slates":[{"items":["a","b"],"scores":[1,0.25]}],"session":[]}"#,
            r#"{"id":"r","slates":[{"items":["ab"],"scores":[1,0.5]}],"session":[]}"#,
            r#"{"id":"r","slates":[{"items":["a","b"],"scores":[1,0.5]}],"session":[],"stated":0}"#,
            r#"{"id":"r","slates":[{"items":["a",["b"]],"scores":[1,0.5]}],"session":[]}"#,
        ] {
            assert_eq!(take(other), Before::OtherOfId, "{other}");
        }
        assert_eq!((repeats.take(&value("{}"), ""), repeats.take(&value(r#"{"x":1}"#), "")), (Before::New, Before::Repeated));
    }

    /// A batch that was sent twice, each time with what its receiver writes beside it; a row without an id; one id, two answers.
    #[test]
    fn rows_that_come_twice_are_compared_once() {
        let mut rows: Vec<serde_json::Value> = recorded();
        rows[1]["slates"][0]["source"] = "curated".into();
        let again: Vec<String> = rows
            .iter()
            .map(|row| {
                let mut row = row.clone();
                row["received"] = "2026-11-30T00:00:00Z".into();
                row.to_string()
            })
            .collect();
        let once: Vec<String> = rows.iter().map(ToString::to_string).collect();
        let found = looked("twice", &[once, again].concat()).unwrap();
        assert_eq!(
            (found.rows, found.slates, found.repeated, found.unnamed, found.mismatches()),
            (22, 26, 22, 0, 1),
            "{}",
            report(&found)
        );
        assert!(report(&found).contains("note repeated: 22 rows were there before") && json(&found)["repeated"] == 22);
        let mut row = recorded().swap_remove(0);
        row["id"] = serde_json::Value::Null;
        let unnamed = looked("unnamed", &[row.to_string(), row.to_string()]).unwrap();
        assert_eq!((unnamed.rows, unnamed.repeated, unnamed.unnamed, unnamed.other_of_id), (1, 1, 1, 0));
        assert!(report(&unnamed).contains("1 of them have no id"));
        let mut other = recorded().swap_remove(1);
        other["session"][0]["ago"] = 210_001.into();
        let shared = looked("shared", &[recorded()[1].to_string(), other.to_string()]).unwrap();
        assert_eq!((shared.rows, shared.repeated, shared.other_of_id), (2, 0, 1));
        assert!(report(&shared).contains("note id-shared: 1 rows"));
    }
}
