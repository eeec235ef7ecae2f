//! What two manifests declare otherwise: fields, inputs, rules, costs, licence and whatever else stands in them.

use super::report::{Cell, Section};
use crate::read::value::cell::short;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Rows that are told.
const ROWS: usize = 60;
/// What differs with every packing, or is told elsewhere.
const APART: [&str; 4] = ["sha256", "goldens", "provenance", "card"];

/// A row a place where the manifests differ, and notes on what has disappeared.
pub(super) fn differences(old: &impl Serialize, new: &impl Serialize) -> (Section, Vec<(&'static str, String)>) {
    let about = "Places of the manifests that differ. A dash: nothing stands there.";
    let mut section = Section::new("declared", "What is declared", about, &["place", "old", "new"]);
    let (old, new) = (leaves(old), leaves(new));
    let mut gone: Vec<String> = Vec::new();
    for (place, was) in &old {
        match new.get(place) {
            Some(is) if is == was => {}
            Some(is) => section.rows.push(row(place, Some(was), Some(is))),
            None => {
                gone.push(place.clone());
                section.rows.push(row(place, Some(was), None));
            }
        }
    }
    section.rows.extend(new.iter().filter(|(place, _)| !old.contains_key(*place)).map(|(place, is)| row(place, None, Some(is))));
    let mut notes = Vec::new();
    // What people look for: a whole thing that is gone, by the list that it stood in.
    for (list, word) in [
        ("catalog.columns", "column"),
        ("model.inputs", "input"),
        ("spec.features", "feature"),
        ("spec.rules", "rule"),
        ("spec.lists", "list"),
        ("spec.fields", "field"),
        ("spec.currencies", "currency"),
    ] {
        let mut names: Vec<&str> =
            gone.iter().filter_map(|place| place.strip_prefix(list)?.strip_prefix('[')?.split(']').next()).collect();
        names.dedup();
        names.retain(|name| !new.keys().any(|place| place.starts_with(&format!("{list}[{name}]"))));
        if !names.is_empty() {
            let told: Vec<String> = names.iter().take(8).map(|name| short(name)).collect();
            notes.push(("disappeared", format!("{word} {} is not declared any more", told.join(", "))));
        }
    }
    (section.cut(ROWS), notes)
}

fn row(place: &str, old: Option<&String>, new: Option<&String>) -> Vec<Cell> {
    let cell = |text: Option<&String>| text.map_or(Cell::None, |text| Cell::Text(text.clone()));
    vec![Cell::from(place), cell(old), cell(new)]
}

/// Every value by its place; elements of lists by their name or code, where they have one, as their order says nothing.
fn leaves(manifest: &impl Serialize) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    if let Ok(Value::Object(mut fields)) = serde_json::to_value(manifest) {
        APART.iter().for_each(|name| drop(fields.remove(*name)));
        walk(String::new(), &Value::Object(fields), &mut out);
    }
    out
}

fn walk(place: String, value: &Value, out: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                walk(if place.is_empty() { name.clone() } else { format!("{place}.{name}") }, value, out);
            }
        }
        Value::Array(values) => {
            for (at, value) in values.iter().enumerate() {
                let named = ["name", "code"].iter().find_map(|key| value.get(key)?.as_str());
                let name = named.or_else(|| value.as_str()).map_or_else(|| at.to_string(), str::to_owned);
                walk(format!("{place}[{name}]"), value, out);
            }
        }
        Value::String(text) => drop(out.insert(place, text.clone())),
        Value::Number(number) => {
            // Weights are single floats: as doubles they would have digits that nobody wrote.
            let single = number.as_f64().filter(|_| number.is_f64()).map(|x| (x, x as f32)).filter(|(x, y)| f64::from(*y) == *x);
            drop(out.insert(place, single.map_or_else(|| number.to_string(), |(_, single)| single.to_string())));
        }
        Value::Null => {}
        other => drop(out.insert(place, other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn places_go_by_names_and_what_is_gone_is_told() {
        let old = json!({ "sha256": "a", "version": "1", "lambda": f64::from(0.3_f32), "catalog": { "columns": ["price", "brand"] },
            "spec": { "rules": [{ "code": "LIMIT", "then": "decline" }, { "code": "NIGHT", "then": "review" }] } });
        let new = json!({ "sha256": "b", "version": "2", "lambda": 0.25, "catalog": { "columns": ["brand"] },
            "spec": { "rules": [{ "code": "NIGHT", "then": "decline" }] } });
        let (section, notes) = differences(&old, &new);
        let told: Vec<String> =
            section.rows.iter().map(|row| row.iter().map(Cell::plain).collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(
            told,
            [
                "catalog.columns[price] price none",
                "lambda 0.3 0.25",
                "spec.rules[LIMIT].code LIMIT none",
                "spec.rules[LIMIT].then decline none",
                "spec.rules[NIGHT].then review decline",
                "version 1 2"
            ]
        );
        let notes: Vec<&str> = notes.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(notes, ["column price is not declared any more", "rule LIMIT is not declared any more"]);
        assert!(differences(&old, &old).0.rows.is_empty());
    }
}
