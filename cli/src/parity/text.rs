//! What was found, as text and as JSON.

use super::Found;
use super::compare::{DECADES, Feature, Mismatch};
use crate::page::few;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The line of the whole.
fn line(found: &Found) -> String {
    let of = &found.compared;
    let other = if found.both_ways { "missing_served" } else { "not_served" };
    format!(
        "parity rows={} mismatches={} mismatched_rows={} largest={} missing_recomputed={} {other}={} ties={} features={} tolerance={:e} relative={:e}",
        of.rows,
        of.mismatches,
        of.mismatched_rows,
        few(of.largest),
        of.missing_recomputed,
        of.missing_served,
        found.ties,
        of.features.len(),
        found.tolerance.absolute,
        found.tolerance.relative
    )
}

/// Text.
pub(super) fn report(found: &Found) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    for note in notes(found) {
        let _ = writeln!(out, "{note}");
    }
    let width = found.compared.features.iter().map(|feature| feature.name.chars().count()).max().unwrap_or(0).max(7);
    let _ = write!(out, "{:width$}  mismatches  one-sided", "feature");
    for column in ["p50", "p90", "p99", "p99.9", "largest"] {
        let _ = write!(out, " {column:>10}");
    }
    out.push('\n');
    for feature in &found.compared.features {
        let (one_sided, Feature { name, mismatches, percentiles, largest, .. }) = (feature.one_sided(), feature);
        let _ = write!(out, "{name:width$}  {mismatches:>10}  {one_sided:>9}");
        percentiles.iter().chain([largest]).for_each(|value| {
            let _ = write!(out, " {:>10}", few(*value));
        });
        out.push('\n');
    }
    for Mismatch { id, feature, served, recomputed } in &found.compared.shown {
        let _ = writeln!(out, "mismatch id={id} feature={feature} served={served} recomputed={recomputed}");
    }
    for id in &found.compared.missing_ids {
        let _ = writeln!(out, "missing_recomputed id={id}");
    }
    let _ = writeln!(out, "{}", line(found));
    out
}

/// Notes, with what was counted beside the comparison.
pub(super) fn notes(found: &Found) -> Vec<String> {
    let mut notes = found.notes.clone();
    if found.compared.repeated > 0 {
        notes.push(format!(
            "note repeated: {} recomputed rows have an id that was there before: the first counts",
            found.compared.repeated
        ));
    }
    notes
}

/// One JSON object.
pub(super) fn json(found: &Found) -> Value {
    let of = &found.compared;
    let number = |value: f64| if value.is_finite() { json!(value) } else { json!(value.to_string()) };
    let mismatch = |m: &Mismatch| json!({ "id": m.id, "feature": m.feature, "served": number(m.served), "recomputed": number(m.recomputed) });
    let features: Vec<Value> = of
        .features
        .iter()
        .map(|feature| {
            let [p50, p90, p99, p999] = feature.percentiles.map(number);
            json!({
                "name": feature.name, "mismatches": feature.mismatches, "one_sided": feature.one_sided(), "not_served": feature.not_served,
                "not_recomputed": feature.not_recomputed, "first_one_sided": feature.first_one_sided, "largest": number(feature.largest),
                "p50": p50, "p90": p90, "p99": p99, "p99.9": p999, "worst": feature.worst.as_ref().map(mismatch), "bars": feature.bars,
            })
        })
        .collect();
    json!({
        "ok": true, "rows": of.rows, "mismatches": of.mismatches, "mismatched_rows": of.mismatched_rows, "largest": number(of.largest),
        "missing_recomputed": of.missing_recomputed, "missing_ids": of.missing_ids, "missing_served": of.missing_served,
        "both_ways": found.both_ways, "served_rows": found.served_rows, "ties": found.ties, "tolerance": found.tolerance.absolute,
        "relative": found.tolerance.relative, "decades": DECADES, "features": features,
        "shown": of.shown.iter().map(mismatch).collect::<Vec<_>>(), "notes": notes(found),
    })
}
