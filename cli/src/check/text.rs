//! What was found, for a terminal.

use super::{Found, Listed};
use crate::items::ItemList;
use crate::log::summary::{Summary, quantile};
use crate::log::time;
use crate::read::FileInfo;
use crate::read::value::cell::short;
use std::fmt::Write;

/// Lines of examples.
const SHOWN: usize = 5;

/// The report.
pub(super) fn report(found: &Found) -> String {
    let mut out = String::new();
    if let Some((summary, files)) = &found.log {
        log(&mut out, summary, files);
    }
    if let Some(listed) = &found.list {
        list(&mut out, listed, found.log.as_ref().map_or(0, |(log, _)| log.events));
    }
    for note in &found.notes {
        let _ = writeln!(out, "{note}");
    }
    let _ = write!(out, "check ok notes={}", found.notes.len());
    out
}

fn log(out: &mut String, log: &Summary, files: &[FileInfo]) {
    let _ = writeln!(out, "log      {} {}", log.path.display(), what(files));
    if let Some(layout) = log.layout {
        let _ = writeln!(out, "export   {layout}");
    }
    let _ = writeln!(out, "columns  {}", columns(&log.columns));
    let _ = writeln!(out, "read     rows={} events={} sessions={} items={}", log.rows, log.events, log.sessions, log.items);
    if let Some((from, to)) = log.span {
        let _ = writeln!(out, "time     {} to {} UTC", time::format(from), time::format(to));
    }
    let left: Vec<String> = log.left_out.iter().filter(|(_, n)| *n > 0).map(|(why, n)| format!("{why}={n}")).collect();
    let _ = writeln!(out, "left out {}", if left.is_empty() { "nothing".to_owned() } else { left.join(" ") });
    let (events, sessions) = log.learns;
    let _ = writeln!(out, "learns   {events} events, {sessions} sessions of two and more of them");
    if !log.unread.is_empty() {
        let more = if log.unread.len() > 20 { " …" } else { "" };
        let names: Vec<String> = log.unread.iter().take(20).map(|name| short(name)).collect();
        let _ = writeln!(out, "unread   {}{more}", names.join(", "));
    }
    for example in &log.examples {
        let _ = writeln!(out, "         {}: {} {}: {}", example.why, example.path.display(), example.at, example.values);
    }
    let kinds: Vec<String> = log.kinds.iter().map(|(kind, n)| format!("{kind}={n}")).collect();
    let said = log.columns.iter().any(|(role, names)| *role == "kind" && !names.is_empty()) || log.layout.is_some();
    let _ = writeln!(out, "kinds    {}{}", kinds.join(" "), if said { "" } else { " (no column says it: see --kind)" });
    if !log.words.is_empty() {
        let words =
            |(word, kind, rows): &(String, Option<&str>, u64)| format!("{word} is {} ({rows})", kind.unwrap_or("left out"));
        let _ = writeln!(out, "words    {}", log.words.iter().take(20).map(words).collect::<Vec<_>>().join(", "));
    }
    let single = log.lengths.iter().filter(|n| **n == 1).count();
    let _ = writeln!(
        out,
        "sessions median {} events, nine of ten at most {}, longest {}; {single} have one event",
        quantile(&log.lengths, 0.5),
        quantile(&log.lengths, 0.9),
        quantile(&log.lengths, 1.0)
    );
    let _ = writeln!(
        out,
        "gaps     median {}, 99 of 100 at most {}, longest {}",
        long(quantile(&log.gaps, 0.5)),
        long(quantile(&log.gaps, 0.99)),
        long(quantile(&log.gaps, 1.0))
    );
    let top = log.top_items.iter().take(SHOWN).map(|(item, title, n)| match title.is_empty() {
        true => format!("{} ({n})", short(item)),
        false => format!("{} {} ({n})", short(item), short(title)),
    });
    let _ = writeln!(out, "most     {}", top.collect::<Vec<_>>().join(", "));
}

fn list(out: &mut String, listed: &Listed, events: usize) {
    let list = &listed.list;
    let _ = writeln!(out, "list     {}", listed.path.display());
    let _ = writeln!(out, "columns  {}", columns(&list.columns_read));
    let priced = list.rows.iter().filter(|row| row.price.is_some()).count();
    let _ = writeln!(
        out,
        "read     items={} priced={priced} categories={} repeated={}",
        list.rows.len(),
        categories(list),
        list.repeated
    );
    if let Some((items, share)) = listed.met {
        let left = ((1.0 - share) * events as f64).round();
        let _ = writeln!(
            out,
            "meet     {items} items of the list are in the log, with {:.1} % of its events; {left} events are left out",
            100.0 * share
        );
    }
}

/// Distinct categories of a list.
pub(super) fn categories(list: &ItemList) -> usize {
    list.rows.iter().filter_map(|row| row.category.as_deref()).collect::<std::collections::BTreeSet<_>>().len()
}

/// Columns as `role=NAME`.
pub(super) fn columns(columns: &[(&'static str, Vec<String>)]) -> String {
    let named = columns.iter().filter(|(_, names)| !names.is_empty());
    named.map(|(role, names)| format!("{role}={}", short(&names.join(",")))).collect::<Vec<_>>().join(" ")
}

/// The files in a few words.
pub(super) fn what(files: &[FileInfo]) -> String {
    let Some(first) = files.first() else { return String::new() };
    let mut words = vec![first.format.to_owned()];
    let name = |mark: &str| match mark {
        "," => "commas".to_owned(),
        ";" => "semicolons".to_owned(),
        "|" => "bars".to_owned(),
        mark => format!("{mark}s"),
    };
    words.extend(first.separator.map(|mark| format!("separated by {}", name(mark))));
    words.extend(Some(first.encoding.to_owned()).filter(|e| !e.is_empty()));
    words.extend(Some(first.compression).filter(|c| *c != "none").map(str::to_owned));
    if files.len() > 1 {
        words.push(format!("{} files", files.len()));
    }
    format!("({})", words.join(", "))
}

/// A length of time for people.
pub(super) fn long(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..120_000 => format!("{} s", ms / 1000),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        7_200_000..172_800_000 => format!("{} h", ms / 3_600_000),
        _ => format!("{} days", ms / 86_400_000),
    }
}
