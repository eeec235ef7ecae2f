//! What was found of slates as a page.

use super::again::Kind;
use super::text::notes;
use super::{Found, Mismatch};
use crate::page::{END, escape, few, percent, thousands};
use std::fmt::Write as _;

/// The page.
pub(crate) fn page(found: &Found) -> String {
    let mut page = crate::page::begin("Parity of slates", "");
    // Writing to a String cannot fail.
    let _ = writeln!(page, "<p>{} <small>{}</small></p>", escape(&found.bundle), escape(&found.digest));
    page.push_str("<div class=cards>");
    let apart: u64 = found.apart.values().sum();
    for (count, what, bad) in [
        (found.slates, "slates computed anew", found.slates == 0),
        (found.mismatches(), "mismatches", found.mismatches() > 0),
        (found.other_bundle, "rows of other bundles", found.other_bundle > 0),
        (apart, "rows passed over", false),
        (found.repeated, "rows that came twice", false),
        (found.ties, "places changed by ties", false),
    ] {
        let class = if bad { "bad" } else { "good" };
        let _ = write!(page, "<div class={class}><b>{}</b>{what}</div>", thousands(count));
    }
    let _ = writeln!(
        page,
        "<div class=good><b>{}</b>largest difference of a score, of its slate's best</div></div>",
        few(found.largest)
    );
    for note in notes(found) {
        let _ = writeln!(page, "<p class=note>{}</p>", escape(&note));
    }
    page.push_str("<h2>What differs</h2>\n<div class=wide><table><tr><th>kind</th><th>what it is</th><th class=n>slates</th><th class=n>of all</th></tr>\n");
    for kind in Kind::ALL {
        let (count, what) = (found.count(kind), meaning(kind));
        let class = if count > 0 { "n bad" } else { "n" };
        let share = percent(count as f64 / found.slates.max(1) as f64);
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{what}</td><td class=\"{class}\">{}</td><td class=n>{share}</td></tr>",
            kind.word(),
            thousands(count)
        );
    }
    page.push_str("</table></div>\n");
    if !found.shown.is_empty() {
        page.push_str("<h2>The first mismatches</h2>\n<div class=wide><table><tr><th>file</th><th class=n>line</th><th>id</th><th class=n>slate</th><th>kind</th><th class=n>place</th><th>served</th><th>recomputed</th></tr>\n");
        for Mismatch { path, within, line, id, slate, difference: of } in &found.shown {
            let path = escape(&within.as_ref().unwrap_or(path).display().to_string());
            let (kind, served, recomputed) = (of.kind.word(), escape(&of.served), escape(&of.recomputed));
            let _ = writeln!(
                page,
                "<tr><td>{path}</td><td class=n>{line}</td><td>{}</td><td class=n>{slate}</td><td>{kind}</td><td class=n>{}</td><td>{served}</td><td>{recomputed}</td></tr>",
                escape(id),
                of.place
            );
        }
        page.push_str("</table></div>\n");
    }
    page.push_str(END);
    page
}

const fn meaning(kind: Kind) -> &'static str {
    match kind {
        Kind::Session => "the session counts otherwise: other lifetimes, or another clock",
        Kind::Refused => "the engine refuses what was asked",
        Kind::Catalog => {
            "an item that the catalog does not have, or the same once it lacks some: a feed that the log was not told of"
        }
        Kind::Items => "other items",
        Kind::Order => "the same items at other places",
        Kind::Source => "other evidence",
        Kind::Scores => "the same items with other scores",
    }
}
