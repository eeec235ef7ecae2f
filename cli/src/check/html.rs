//! What was found as a page: no scripts, no foreign files, plots inline.

use super::text::{columns, long, what};
use super::{Found, Listed};
use crate::log::summary::{Summary, quantile};
use crate::log::time;
use crate::page::{escape, thousands};
use crate::read::FileInfo;
use std::fmt::Write;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 180.0;
/// Room for the axis and its words.
const FOOT: f64 = 22.0;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:720px;margin:2em auto;padding:0 1em;color:#1c2430;background:#fff}\
    h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}table{border-collapse:collapse}td,th{padding:.2em 1em .2em 0;text-align:left;\
    vertical-align:top}td.n,th.n{text-align:right}.note{border-left:4px solid #b7791f;padding:.2em .8em;margin:.6em 0;background:#fffbf0}\
    .note b{font-weight:600}.ok{color:#276749}svg{max-width:100%;height:auto}rect{fill:#2b6cb0}text{font:12px system-ui,sans-serif;\
    fill:#555}.cards{display:flex;flex-wrap:wrap;gap:.8em}.cards{margin:1em 0}.cards div{border:1px solid #d5dbe3;border-radius:6px;padding:.5em 1em}\
    .cards b{display:block;font-size:1.3em}@media(prefers-color-scheme:dark){body{color:#e6e9ee;background:#14181f}\
    .note{background:#2a2313}rect{fill:#63a4e0}text{fill:#aab3c0}.ok{color:#7bc89c}.cards div{border-color:#39424f}}";

/// The page.
pub(super) fn page(found: &Found) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>What was read</title><style>{STYLE}</style></head><body>\n<h1>What was read</h1>\n"
    );
    let much = |log: &Summary| log.left_out.iter().map(|(_, n)| n).sum::<u64>() * 10 > log.rows;
    if found.notes.is_empty() && !found.log.as_ref().is_some_and(|(log, _)| much(log)) {
        page.push_str("<p class=ok>Nothing stood out.</p>\n");
    }
    for note in &found.notes {
        let details = note.details.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ");
        let details = if details.is_empty() { details } else { format!(" ({details})") };
        let _ = writeln!(page, "<p class=note><b>{}</b>: {}{}</p>", note.code, escape(&note.message), escape(&details));
    }
    if let Some((summary, files)) = &found.log {
        log(&mut page, summary, files);
    }
    if let Some(listed) = &found.list {
        list(&mut page, listed);
    }
    page.push_str("</body></html>\n");
    page
}

fn log(page: &mut String, log: &Summary, files: &[FileInfo]) {
    let _ = writeln!(page, "<h2>The log</h2>\n<p>{} {}</p>", escape(&log.path.display().to_string()), escape(&what(files)));
    page.push_str("<div class=cards>");
    for (what, count) in
        [("rows", log.rows), ("events", log.events as u64), ("sessions", log.sessions as u64), ("items", log.items as u64)]
    {
        let _ = write!(page, "<div><b>{}</b>{what}</div>", thousands(count));
    }
    page.push_str("</div>\n<table>");
    let span = log.span.map(|(from, to)| format!("{} to {} UTC", time::format(from), time::format(to))).unwrap_or_default();
    let export = log.layout.unwrap_or("no known export: columns by their names");
    let (learnt, sessions) = log.learns;
    let learns = format!("{} events, in {} sessions of two and more of them", thousands(learnt), thousands(sessions));
    let unread = if log.unread.is_empty() { "none".to_owned() } else { log.unread.join(", ") };
    let unread = crate::read::value::cell::short(&unread);
    for (name, value) in [
        ("training learns from", learns),
        ("columns not read", unread),
        ("export", export.to_owned()),
        ("columns", columns(&log.columns)),
        ("time", span),
    ] {
        let _ = write!(page, "<tr><td>{name}</td><td>{}</td></tr>", escape(&value));
    }
    page.push_str("</table>\n");
    counts(page, "Kinds of events", "kind", &log.kinds.iter().map(|(k, n)| ((*k).to_owned(), *n)).collect::<Vec<_>>());
    let word = |(word, kind, n): &(String, Option<&str>, u64)| (format!("{word} → {}", kind.unwrap_or("left out")), *n);
    counts(page, "Words of the kind column", "word", &log.words.iter().map(word).collect::<Vec<_>>());
    let left: Vec<_> = log.left_out.iter().filter(|(_, n)| *n > 0).map(|(why, n)| (left_out(why).to_owned(), *n)).collect();
    counts(page, "Left out", "why", &left);
    if !log.examples.is_empty() {
        page.push_str("<p>Some of them:</p>\n<table><tr><th>why</th><th>where</th><th>values</th></tr>");
        for example in &log.examples {
            let _ = writeln!(
                page,
                "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
                left_out(example.why),
                example.at,
                escape(&example.values)
            );
        }
        page.push_str("</table>\n");
    }
    if let Some(((first, _), (last, _))) = log.days.first_key_value().zip(log.days.last_key_value()) {
        // A bar a day, or so many days that a hundred bars do.
        let step = ((last - first) / 100 + 1).max(1);
        let bars = (0..=(last - first) / step).map(|bar| {
            let from = first + bar * step;
            let sum: u64 = log.days.range(from..from + step).map(|(_, n)| n).sum();
            (time::format(from * 86_400_000).get(..10).unwrap_or_default().to_owned(), sum)
        });
        let title = if step == 1 { "Events a day".to_owned() } else { format!("Events per {step} days") };
        histogram(page, &title, &bars.collect::<Vec<_>>());
    }
    let mut lengths = [0_u64; 21];
    for events in &log.lengths {
        if let Some(slot) = lengths.get_mut((*events as usize).min(20)) {
            *slot += 1;
        }
    }
    let label = |(n, count): (usize, &u64)| (if n == 20 { "20+".to_owned() } else { n.to_string() }, *count);
    histogram(page, "Sessions by their number of events", &lengths.iter().enumerate().skip(1).map(label).collect::<Vec<_>>());
    let steps: [u64; 12] =
        [1_000, 5_000, 15_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000, 21_600_000, 86_400_000, 604_800_000, u64::MAX];
    let mut from = 0;
    let gaps = steps.map(|to| {
        let count = log.gaps.partition_point(|g| *g <= to) - log.gaps.partition_point(|g| *g <= from && from > 0);
        from = to;
        (if to == u64::MAX { "longer".to_owned() } else { format!("≤ {}", long(to)) }, count as u64)
    });
    histogram(page, "Gaps between the events of a session", &gaps);
    let _ = writeln!(
        page,
        "<p>Half of the sessions have at most {} events, nine of ten at most {}, the longest has {}. The longest gap within a session is {}.</p>",
        quantile(&log.lengths, 0.5),
        quantile(&log.lengths, 0.9),
        quantile(&log.lengths, 1.0),
        long(quantile(&log.gaps, 1.0))
    );
    let top = log
        .top_items
        .iter()
        .map(|(item, title, n)| (if title.is_empty() { item.clone() } else { format!("{item}: {title}") }, *n));
    counts(page, "Items with most events", "item", &top.collect::<Vec<_>>());
    counts(page, "Largest sessions", "session", &log.largest);
}

fn list(page: &mut String, listed: &Listed) {
    let list = &listed.list;
    let _ = writeln!(page, "<h2>The item list</h2>\n<p>{}</p>\n<div class=cards>", escape(&listed.path.display().to_string()));
    let priced = list.rows.iter().filter(|row| row.price.is_some()).count();
    for (what, count) in [("items", list.rows.len()), ("with a price", priced), ("categories", super::text::categories(list))] {
        let _ = write!(page, "<div><b>{}</b>{what}</div>", thousands(count as u64));
    }
    if let Some((items, share)) = listed.met {
        let _ = write!(
            page,
            "<div><b>{}</b>also in the log</div><div><b>{:.1} %</b>of the log's events</div>",
            thousands(items as u64),
            100.0 * share
        );
    }
    let _ = writeln!(
        page,
        "</div>\n<p>{}</p>\n<table><tr><th>item</th><th>title</th><th class=n>price</th><th>category</th></tr>",
        escape(&columns(&list.columns_read))
    );
    for row in list.rows.iter().take(10) {
        let price = row.price.map_or(String::new(), |p| format!("{p:.2}"));
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td class=n>{price}</td><td>{}</td></tr>",
            escape(&row.item),
            escape(&row.title),
            escape(row.category.as_deref().unwrap_or_default())
        );
    }
    page.push_str("</table>\n");
}

/// A table of names and counts; nothing where it would be empty.
fn counts(page: &mut String, title: &str, what: &str, rows: &[(String, u64)]) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(page, "<h2>{title}</h2>\n<table><tr><th>{what}</th><th class=n>count</th></tr>");
    for (name, count) in rows.iter().take(30) {
        let shown = crate::read::value::cell::short(name);
        let _ = writeln!(page, "<tr><td>{}</td><td class=n>{}</td></tr>", escape(&shown), thousands(*count));
    }
    page.push_str("</table>\n");
}

/// Bars with their names below; of many bars every so many names.
fn histogram(page: &mut String, title: &str, bars: &[(String, u64)]) {
    let most = bars.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1) as f64;
    let width = WIDTH / bars.len().max(1) as f64;
    // As many names as have room beside one another.
    let longest = bars.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let every = bars.len().div_ceil((WIDTH / (6.8 * longest as f64 + 18.0)).max(1.0) as usize).max(1);
    let _ = writeln!(
        page,
        "<h2>{title}</h2>\n<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"{title}\">"
    );
    for (number, (name, count)) in bars.iter().enumerate() {
        let (left, high) = (number as f64 * width, (HEIGHT - FOOT - 20.0) * *count as f64 / most);
        let top = HEIGHT - FOOT - high;
        let _ = writeln!(
            page,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{high:.1}\"><title>{}: {}</title></rect>",
            (width - 1.0).max(0.5),
            escape(name),
            thousands(*count)
        );
        if number.is_multiple_of(every) {
            // Below the middle of its bar, and within the picture.
            let room = 3.2 * name.chars().count() as f64;
            let middle = (left + width / 2.0).clamp(room, WIDTH - room);
            let _ = writeln!(
                page,
                "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                HEIGHT - 6.0,
                escape(name)
            );
        }
    }
    let _ = writeln!(page, "<text x=\"{WIDTH}\" y=\"12\" text-anchor=\"end\">highest: {}</text></svg>", thousands(most as u64));
}

/// A reason for people.
fn left_out(why: &str) -> &str {
    match why {
        "no_session" => "rows without a session",
        "no_item" => "rows without an item",
        "no_time" => "rows without a time",
        "returns" => "returns and cancellations",
        "skipped" => "kinds that say nothing of an item",
        "bad_rows" => "rows that could not be read",
        "rare" => "events on items below --min-item-count",
        "short" => "events of sessions below --min-session-length",
        "outside" => "events of sessions outside --since and --before",
        other => other,
    }
}
