//! What was found of slates, as text and as JSON.

use super::again::{Difference, Kind};
use super::{Found, Mismatch};
use crate::page::few;
use crate::read::value::cell::short;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// What a reason stands for.
fn reason(why: &str) -> &str {
    match why {
        "fed" => "the catalog had feeds, which the row does not hold",
        "swapped" => "another bundle came while the slate was made",
        "model-failed" => "the model failed, and the table answered",
        "no-engine" => "no engine answered",
        _ => "the log says so",
    }
}

/// Notes, with what was passed over.
pub(super) fn notes(found: &Found) -> Vec<String> {
    let mut notes = found.notes.clone();
    notes.extend(found.apart.iter().map(|(why, rows)| format!("note {why}: {rows} rows are passed over, as {}", reason(why))));
    if let Some(other) = &found.other {
        notes.push(format!(
            "note other-bundle: {} rows were answered by other bundles than {} (the first by {other}): they are passed over",
            found.other_bundle, found.digest
        ));
    }
    notes
}

/// Text.
pub(crate) fn report(found: &Found) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    for note in notes(found) {
        let _ = writeln!(out, "{note}");
    }
    for Mismatch { line, id, slate, difference: Difference { kind, place, served, recomputed } } in &found.shown {
        let id = if id.is_empty() { String::new() } else { format!(" id={}", short(id)) };
        let (kind, served, recomputed) = (kind.word(), short(served), short(recomputed));
        let _ = writeln!(
            out,
            "mismatch line={line}{id} slate={slate} kind={kind} place={place} served={served} recomputed={recomputed}"
        );
    }
    let _ = write!(out, "parity rows={} slates={} mismatches={}", found.rows, found.slates, found.mismatches());
    for kind in Kind::ALL {
        let _ = write!(out, " {}={}", kind.word(), found.count(kind));
    }
    let apart: u64 = found.apart.values().sum();
    let _ = writeln!(
        out,
        " largest={} ties={} lite={} full={} apart={apart} other_bundle={} tolerance={:e}",
        few(found.largest),
        found.ties,
        found.lite,
        found.full,
        found.other_bundle,
        found.tolerance
    );
    out
}

/// One JSON object.
pub(crate) fn json(found: &Found) -> Value {
    let kinds: Map<String, Value> = Kind::ALL.iter().map(|kind| (kind.word().to_owned(), found.count(*kind).into())).collect();
    let shown: Vec<Value> = found
        .shown
        .iter()
        .map(|Mismatch { line, id, slate, difference: of }| {
            json!({ "line": line, "id": id, "slate": slate, "kind": of.kind.word(), "place": of.place, "served": of.served,
                "recomputed": of.recomputed })
        })
        .collect();
    json!({
        "ok": true, "bundle": found.bundle, "digest": found.digest, "rows": found.rows, "compared": found.compared, "slates": found.slates,
        "mismatches": found.mismatches(), "kinds": kinds, "largest": found.largest, "ties": found.ties, "lite": found.lite, "full": found.full,
        "apart": found.apart, "other_bundle": found.other_bundle, "tolerance": found.tolerance, "shown": shown, "notes": notes(found),
    })
}
