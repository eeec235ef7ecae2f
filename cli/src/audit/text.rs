//! A report in words, and as JSON.

use super::report::{Cell, Line, Report, Sides};
use crate::read::value::cell::short;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Lines for a person; the verdict is the last.
pub(super) fn lines(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    for (name, text) in &report.notes {
        let _ = writeln!(out, "note {name}: {text}");
    }
    for section in &report.sections {
        for row in &section.rows {
            out.push_str(section.name);
            for (at, (column, cell)) in section.columns.iter().zip(row).enumerate() {
                let _ = if at == 0 { write!(out, " {}", cell.plain()) } else { write!(out, " {column}={}", cell.plain()) };
            }
            out.push('\n');
        }
        if section.left_out > 0 {
            let _ = writeln!(out, "{} and {} more", section.name, section.left_out);
        }
    }
    for sides in &report.sides {
        changed(&mut out, sides);
    }
    out.push_str("audit");
    for (name, cell) in &report.verdict {
        let _ = write!(out, " {name}={}", cell.plain());
    }
    out.push('\n');
    out
}

/// Columns of a side.
const WIDE: usize = 44;

fn changed(out: &mut String, sides: &Sides) {
    let asked: Vec<String> = sides.asked.iter().map(|text| short(text)).collect();
    let _ = writeln!(out, "changed {}: {}: {}", short(&sides.name), asked.join(" > "), sides.apart);
    let nothing = Line { text: String::new(), aside: String::new(), common: true };
    for at in 0..sides.old.len().max(sides.new.len()) {
        let side = |lines: &[Line]| {
            let line = lines.get(at).unwrap_or(&nothing);
            let mark = if line.common { ' ' } else { '*' };
            let text: String = short(&line.text).chars().take(WIDE - 2).collect();
            format!("{mark} {text}")
        };
        let _ = writeln!(out, "  {:<WIDE$}  {}", side(&sides.old), side(&sides.new).trim_end());
    }
}

/// One object.
pub(super) fn json(report: &Report) -> Value {
    let map = |cells: &mut dyn Iterator<Item = (&'static str, &Cell)>| {
        Value::Object(cells.map(|(name, cell)| (name.to_owned(), cell.json())).collect::<Map<String, Value>>())
    };
    let sections: Map<String, Value> = report
        .sections
        .iter()
        .map(|section| {
            let rows: Vec<Value> = section.rows.iter().map(|row| map(&mut section.columns.iter().copied().zip(row))).collect();
            (section.name.to_owned(), json!({ "rows": rows, "leftOut": section.left_out }))
        })
        .collect();
    let side = |lines: &[Line]| -> Vec<Value> {
        lines.iter().map(|line| json!({ "text": line.text, "aside": line.aside, "common": line.common })).collect()
    };
    let sides: Vec<Value> = report
        .sides
        .iter()
        .map(|of| json!({ "name": of.name, "asked": of.asked, "apart": of.apart, "old": side(&of.old), "new": side(&of.new) }))
        .collect();
    let notes: Vec<Value> = report.notes.iter().map(|(name, text)| json!({ "name": name, "text": text })).collect();
    json!({
        "ok": true, "kind": report.kind, "title": report.title,
        "verdict": map(&mut report.verdict.iter().map(|(name, cell)| (*name, cell))),
        "measures": report.measures.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect::<Map<String, Value>>(),
        "notes": notes, "sections": sections, "changed": sides,
    })
}
