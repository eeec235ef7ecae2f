//! What was found as a page: no scripts, no foreign files, light and dark, as narrow as a telephone.

use super::Found;
use super::compare::{BARS, DECADES, Feature};
use super::text::notes;
use crate::page::{END, escape, few, percent, thousands};
use std::fmt::Write as _;

/// The page.
pub(super) fn page(found: &Found) -> String {
    let mut page = crate::page::begin("Parity of features", "");
    cards(&mut page, found);
    for note in notes(found) {
        let _ = writeln!(page, "<p class=note>{}</p>", escape(&note));
    }
    table(&mut page, found);
    plots(&mut page, found);
    mismatches(&mut page, found);
    reading(&mut page, found);
    page.push_str(END);
    page
}

// Writing to a String cannot fail.

fn cards(page: &mut String, found: &Found) {
    let of = &found.compared;
    page.push_str("<div class=cards>");
    let not_served = if found.both_ways { "rows not served" } else { "rows of the log that were not served" };
    for (count, what, bad) in [
        (of.rows, "rows on both sides", of.rows == 0),
        (of.mismatches, "mismatches", of.mismatches > 0),
        (of.mismatched_rows, "rows with one", of.mismatched_rows > 0),
        (of.missing_recomputed, "served rows not recomputed", of.missing_recomputed > 0),
        (of.missing_served, not_served, found.both_ways && of.missing_served > 0),
    ] {
        let class = if bad { "bad" } else { "good" };
        let _ = write!(page, "<div class={class}><b>{}</b>{what}</div>", thousands(count));
    }
    let _ = writeln!(page, "<div class=good><b>{}</b>largest difference</div></div>", few(of.largest));
}

fn table(page: &mut String, found: &Found) {
    page.push_str("<h2>By feature</h2>\n<div class=wide><table><tr><th>feature</th>");
    for column in ["mismatches", "of rows", "not served", "not recomputed", "p50", "p90", "p99", "p99.9", "largest"] {
        let _ = write!(page, "<th class=n>{column}</th>");
    }
    page.push_str("<th>largest at</th><th>first missing at</th></tr>\n");
    for feature in &found.compared.features {
        let class = if feature.mismatches > 0 { "n bad" } else { "n" };
        let _ = write!(
            page,
            "<tr><td>{}</td><td class=\"{class}\">{}</td><td class=n>{}</td><td class=n>{}</td><td class=n>{}</td>",
            escape(&feature.name),
            thousands(feature.mismatches),
            percent(feature.mismatches as f64 / found.compared.rows.max(1) as f64),
            thousands(feature.not_served),
            thousands(feature.not_recomputed)
        );
        for value in feature.percentiles.iter().chain([&feature.largest]) {
            let _ = write!(page, "<td class=n>{}</td>", few(*value));
        }
        let worst = feature.worst.as_ref().map_or("", |worst| &worst.id);
        let missing = feature.first_one_sided.as_deref().unwrap_or("");
        let _ = writeln!(page, "<td>{}</td><td>{}</td></tr>", escape(worst), escape(missing));
    }
    page.push_str("</table></div>\n");
}

/// A plot a feature: how many differences lie in which power of ten, heights by the logarithm.
fn plots(page: &mut String, found: &Found) {
    page.push_str("<h2>How large the differences are</h2>\n<div class=plots>\n");
    for feature in &found.compared.features {
        let _ = write!(page, "<figure><figcaption>{}</figcaption>", escape(&feature.name));
        plot(page, feature, found);
        page.push_str("</figure>\n");
    }
    page.push_str("</div>\n");
}

/// Width of a bar, and height of the plot.
const BAR: usize = 18;
const HEIGHT: f64 = 80.0;

fn plot(page: &mut String, feature: &Feature, found: &Found) {
    let most = feature.bars.iter().copied().max().unwrap_or(0).max(1);
    let width = BAR * BARS;
    let _ =
        write!(page, "<svg viewBox=\"0 0 {width} 104\" role=\"img\" aria-label=\"differences of {}\">", escape(&feature.name));
    for (at, &count) in feature.bars.iter().enumerate() {
        let name = match at.checked_sub(1).map(|at| DECADES.get(at)) {
            None => "none".to_owned(),
            Some(Some(power)) => format!("up to 1e{power}"),
            Some(None) => "above 1e3".to_owned(),
        };
        if count > 0 {
            let height = (HEIGHT * ((1 + count) as f64).ln() / ((1 + most) as f64).ln()).max(2.0);
            let inside =
                at == 0 || DECADES.get(at - 1).is_some_and(|power| 10_f64.powi(*power) <= found.tolerance.absolute * 1.000_001);
            let class = if inside { "now" } else { "out" };
            let _ = write!(
                page,
                "<rect class={class} x=\"{}\" y=\"{:.1}\" width=\"{}\" height=\"{height:.1}\"><title>{name}: {}</title></rect>",
                at * BAR + 1,
                HEIGHT + 2.0 - height,
                BAR - 2,
                thousands(count)
            );
        }
        let label = match at.checked_sub(1).map(|at| DECADES.get(at)) {
            None => "0".to_owned(),
            Some(Some(power)) if power % 3 == 0 && *power > -12 => format!("1e{power}"),
            _ => continue,
        };
        let _ = write!(
            page,
            "<text x=\"{}\" y=\"98\" font-size=\"10\" text-anchor=\"middle\" fill=\"currentColor\">{label}</text>",
            at * BAR + BAR / 2
        );
    }
    page.push_str("</svg>");
}

fn mismatches(page: &mut String, found: &Found) {
    let of = &found.compared;
    if !of.shown.is_empty() {
        page.push_str("<h2>The first mismatches</h2>\n<div class=wide><table><tr><th>id</th><th>feature</th><th class=n>served</th><th class=n>recomputed</th></tr>\n");
        for m in &of.shown {
            let _ = writeln!(
                page,
                "<tr><td>{}</td><td>{}</td><td class=n>{}</td><td class=n>{}</td></tr>",
                escape(&m.id),
                escape(&m.feature),
                value(m.served),
                value(m.recomputed)
            );
        }
        page.push_str("</table></div>\n");
    }
    if !of.missing_ids.is_empty() {
        let ids = escape(&of.missing_ids.join(", "));
        let _ = writeln!(
            page,
            "<h2>Served and not recomputed</h2>\n<p>{} rows, the first: {ids}</p>",
            thousands(of.missing_recomputed)
        );
    }
}

/// A value as it is, or that there is none.
fn value(of: f64) -> String {
    if of.is_nan() { "missing".to_owned() } else { of.to_string() }
}

fn reading(page: &mut String, found: &Found) {
    page.push_str("<h2>How to read this</h2>\n<ul>\n");
    let tolerance = found.tolerance;
    for line in [
        format!(
            "Two values are the same where they differ by no more than {:e}, and {:e} of the recomputed one.",
            tolerance.absolute, tolerance.relative
        ),
        "A value that is there on one side alone is a mismatch: not served, or not recomputed. One that is missing on both is none."
            .to_owned(),
        "Percentiles are those of the absolute differences of all rows on both sides, by nearest rank.".to_owned(),
        "In the plots each bar holds the differences up to its power of ten; heights are logarithms of the counts.".to_owned(),
    ] {
        let _ = writeln!(page, "<li>{line}</li>");
    }
    page.push_str("</ul>\n");
}
