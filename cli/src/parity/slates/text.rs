//! What was found of slates, as text and as JSON.

use super::again::{Difference, Kind};
use super::engines::Fed;
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
        "assess" => "they are an assessor's: compare them by --spec and --log, without --bundle",
        _ => "the log says so",
    }
}

/// Notes, with what was passed over.
pub(super) fn notes(found: &Found) -> Vec<String> {
    let mut notes = found.notes.clone();
    notes.extend(found.apart.iter().map(|(why, rows)| format!("note {why}: {rows} rows are passed over, as {}", reason(why))));
    if found.repeated > 0 {
        let unnamed = match found.unnamed {
            0 => String::new(),
            some => format!("; {some} of them have no id, and may be requests that were alike"),
        };
        notes.push(format!(
            "note repeated: {} rows were there before, as batches that are sent twice are: compared once{unnamed}",
            found.repeated
        ));
    }
    if found.other_of_id > 0 {
        notes.push(format!(
            "note id-shared: {} rows have the id of an earlier one and differ from it: all are compared; ids are those of visitors, or a request was answered twice",
            found.other_of_id
        ));
    }
    if let [own, rows @ ..] = found.by_feed.as_slice()
        && !rows.is_empty()
    {
        notes.push(format!("note feeds: {own} rows are the same by the bundle's own catalog"));
        for (Fed { path, taken, left }, rows) in found.feeds.iter().zip(rows) {
            let path = short(&path.display().to_string());
            notes.push(format!("note feed: {rows} rows are the same after {path} (rows taken in: {taken}, left out: {left})"));
        }
    }
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
    for Mismatch { within, line, id, slate, difference: Difference { kind, place, served, recomputed }, .. } in &found.shown {
        let path = within.as_ref().map_or_else(String::new, |path| format!("path={} ", short(&path.display().to_string())));
        let id = if id.is_empty() { String::new() } else { format!(" id={}", short(id)) };
        let (kind, served, recomputed) = (kind.word(), short(served), short(recomputed));
        let _ = writeln!(
            out,
            "mismatch {path}line={line}{id} slate={slate} kind={kind} place={place} served={served} recomputed={recomputed}"
        );
    }
    let _ = write!(out, "parity rows={} slates={} mismatches={}", found.rows, found.slates, found.mismatches());
    for kind in Kind::ALL {
        let _ = write!(out, " {}={}", kind.word(), found.count(kind));
    }
    let apart: u64 = found.apart.values().sum();
    let _ = writeln!(
        out,
        " largest={} ties={} lite={} full={} repeated={} apart={apart} other_bundle={} tolerance={:e}",
        few(found.largest),
        found.ties,
        found.lite,
        found.full,
        found.repeated,
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
        .map(|Mismatch { path, line, id, slate, difference: of, .. }| {
            json!({ "path": path.display().to_string(), "line": line, "id": id, "slate": slate, "kind": of.kind.word(), "place": of.place, "served": of.served,
                "recomputed": of.recomputed })
        })
        .collect();
    let feeds: Vec<Value> = (found.feeds.iter().zip(found.by_feed.iter().skip(1)))
        .map(|(Fed { path, taken, left }, rows)| json!({ "path": path.display().to_string(), "taken": taken, "left_out": left, "rows": rows }))
        .collect();
    json!({
        "ok": true, "bundle": found.bundle, "digest": found.digest, "rows": found.rows, "compared": found.compared, "slates": found.slates,
        "mismatches": found.mismatches(), "kinds": kinds, "largest": found.largest, "ties": found.ties, "lite": found.lite, "full": found.full,
        "repeated": found.repeated, "repeated_without_id": found.unnamed, "id_shared": found.other_of_id, "feeds": feeds,
        "apart": found.apart, "other_bundle": found.other_bundle, "tolerance": found.tolerance, "shown": shown, "notes": notes(found),
    })
}
