//! What was found as JSON, for programs.

use super::Found;
use crate::log::summary::{Summary, quantile};
use crate::log::{Example, time};
use crate::read::FileInfo;
use crate::read::notes::Note;
use serde_json::{Map, Value, json};

/// A log or list that can be read.
pub(super) fn found(found: &Found) -> String {
    let list = found.list.as_ref().map(|listed| {
        let list = &listed.list;
        let columns: Map<String, Value> =
            list.columns_read.iter().map(|(role, names)| ((*role).to_owned(), json!(names))).collect();
        json!({
            "path": listed.path.display().to_string(),
            "columns": columns,
            "rows": list.rows.len(),
            "priced": list.rows.iter().filter(|row| row.price.is_some()).count(),
            "categories": super::text::categories(list),
            "titles_cut": list.titles_cut,
            "duplicates": list.repeated,
            "in_log": listed.met.map(|(items, _)| items),
            "events_left_out": listed.met.and_then(|(_, share)| {
                let events = found.log.as_ref().map(|(log, _)| log.events)?;
                Some(((1.0 - share) * events as f64).round())
            }),
            "events_known": listed.met.map(|(_, share)| round(share)),
        })
    });
    let log = found.log.as_ref().map(|(summary, files)| log(summary, files));
    let notes: Vec<Value> = found.notes.iter().map(note).collect();
    json!({ "ok": true, "log": log, "list": list, "notes": notes }).to_string()
}

fn log(log: &Summary, files: &[FileInfo]) -> Value {
    let iso = |ms: u64| format!("{}Z", time::format(ms).replace(' ', "T"));
    let file = |file: &FileInfo| {
        json!({
            "path": file.path.display().to_string(),
            "format": file.format,
            "encoding": file.encoding,
            "compression": file.compression,
            "separator": file.separator,
        })
    };
    let columns: Map<String, Value> = log.columns.iter().map(|(role, names)| ((*role).to_owned(), json!(names))).collect();
    let kinds: Map<String, Value> = log.kinds.iter().map(|(kind, n)| ((*kind).to_owned(), json!(n))).collect();
    let left_out: Map<String, Value> = log.left_out.iter().map(|(why, n)| ((*why).to_owned(), json!(n))).collect();
    let words =
        |(word, kind, rows): &(String, Option<&str>, u64)| json!({ "word": word, "kind": kind.unwrap_or("skip"), "rows": rows });
    let single = log.lengths.iter().filter(|n| **n == 1).count() as f64 / log.lengths.len().max(1) as f64;
    json!({
        "path": log.path.display().to_string(),
        "files": files.iter().map(file).collect::<Vec<_>>(),
        "layout": log.layout,
        "columns": columns,
        "rows": log.rows,
        "events": log.events,
        "sessions": log.sessions,
        "items": log.items,
        "from": log.span.map(|(from, _)| iso(from)),
        "to": log.span.map(|(_, to)| iso(to)),
        "kinds": kinds,
        "words": log.words.iter().map(words).collect::<Vec<_>>(),
        "left_out": left_out,
        "learns": { "events": log.learns.0, "sessions": log.learns.1 },
        "unread": log.unread,
        "examples": log.examples.iter().map(example).collect::<Vec<_>>(),
        "session_events": {
            "median": quantile(&log.lengths, 0.5),
            "p90": quantile(&log.lengths, 0.9),
            "max": quantile(&log.lengths, 1.0),
            "single": round(single),
        },
        "gaps_ms": { "median": quantile(&log.gaps, 0.5), "p99": quantile(&log.gaps, 0.99), "max": quantile(&log.gaps, 1.0) },
        "top_items": log.top_items.iter().map(|(item, title, n)| json!({ "item": item, "title": title, "events": n })).collect::<Vec<_>>(),
        "duplicates": log.duplicates,
        "largest_sessions": log.largest.iter().map(|(session, n)| json!({ "session": session, "events": n })).collect::<Vec<_>>(),
    })
}

fn example(example: &Example) -> Value {
    json!({ "why": example.why, "path": example.path.display().to_string(), "at": example.at, "values": example.values })
}

fn note(note: &Note) -> Value {
    let details: Map<String, Value> = note.details.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({ "code": note.code, "message": note.message, "details": details })
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
