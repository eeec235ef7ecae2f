//! What was found as a page: no scripts, no foreign files, light and dark, as narrow as a telephone.

use super::found::{FEW, Found, MEASURES, Part};
use super::intervals::Interval;
use super::segments::By;
use crate::page::{escape, thousands};
use std::fmt::Write as _;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:1040px;margin:2em auto;padding:0 1em;color:#1c2430;background:#fff}\
    h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}h3{font-size:1em;margin-bottom:.3em}\
    .wide{overflow-x:auto}table{border-collapse:collapse}td,th{padding:.2em 1em .2em 0;text-align:left;vertical-align:top}\
    th{font-weight:600}td.n,th.n{text-align:right;white-space:nowrap}small{color:#5a6675;display:block}td.best{font-weight:600}td.best small{font-weight:400}td.n small,td span+small,td.about{white-space:nowrap}td:first-child,th:first-child{min-width:5.5em}\
    .note{border-left:4px solid #b7791f;padding:.2em .8em;margin:.6em 0;background:#fffbf0}.cards{display:flex;flex-wrap:wrap;gap:.8em;\
    margin:1em 0}.cards div{border:1px solid #d5dbe3;border-radius:6px;padding:.5em 1em}.cards b{display:block;font-size:1.3em}\
    .row{display:grid;grid-template-columns:minmax(7em,15em) 1fr 3.6em;gap:.6em;align-items:center;margin:.25em 0}\
    .row span{overflow-wrap:anywhere}.row span:last-child{text-align:right}.track{position:relative;height:1.1em;background:#eef1f5;\
    border-radius:3px}.track i{position:absolute;top:.42em;height:.26em;min-width:2px;background:#8fb4dc}.track b{position:absolute;\
    top:.1em;width:3px;height:.9em;margin-left:-1px;background:#2b6cb0}.up{color:#276749}.down{color:#9b2c2c}\
    @media(max-width:520px){.row{grid-template-columns:1fr 3.6em;gap:.1em .6em;margin:.25em 0 .7em}.row .track{grid-column:1/3;grid-row:2}}\
    @media(prefers-color-scheme:dark){body{color:#e6e9ee;background:#14181f}.note{background:#2a2313}small{color:#9aa6b5}\
    .cards div{border-color:#39424f}.track{background:#262d38}.track i{background:#3d6690}.track b{background:#8cc0f2}\
    .up{color:#7bc89c}.down{color:#f0a0a0}}";

/// The page.
pub(super) fn page(found: &Found) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Evaluation of {name}</title><style>{STYLE}</style></head><body>\n\
         <h1>Evaluation of {name}</h1>\n",
        name = escape(&found.name)
    );
    head(&mut page, found);
    for note in &found.notes {
        let _ = writeln!(page, "<p class=note>{}</p>", escape(note));
    }
    let k = found.rule.k;
    chart(&mut page, found, 0, &format!("How often the next item is among the first {k} (HR@{k})"));
    chart(&mut page, found, 1, &format!("How far up it stands (MRR@{k})"));
    measures(&mut page, found);
    differences(&mut page, found);
    for by in By::ALL {
        let parts: Vec<&Part> = found.parts.iter().filter(|part| part.segment.by == by).collect();
        if !parts.is_empty() {
            segments(&mut page, found, by, &parts);
        }
    }
    reading(&mut page, found);
    page.push_str("</body></html>\n");
    page
}

// Writing to a String cannot fail.

fn head(page: &mut String, found: &Found) {
    let k = found.rule.k;
    page.push_str("<div class=cards>");
    let counts = [("pairs", found.pairs), ("sessions", found.sessions), ("ways", found.ways.len())];
    for (what, count) in counts {
        let _ = write!(page, "<div><b>{}</b>{what}</div>", thousands(count as u64));
    }
    if let Some((figures, way)) = found.figures.get(found.against).zip(found.ways.get(found.against)) {
        for (measure, interval) in ["HR", "MRR"].iter().zip(&figures.all) {
            let (value, range) = (interval.value, range(interval, found));
            let _ = write!(
                page,
                "<div><b>{value:.4}</b>{measure}@{k} of {}<small>{range}</small></div>",
                escape(short(found, &way.name))
            );
        }
    }
    page.push_str("</div>\n");
    if found.rule.without_newest {
        page.push_str("<p>The newest item of the session is left out of every answer.</p>\n");
    }
}

/// A row a way: where its figure lies, and how wide chance makes it.
fn chart(page: &mut String, found: &Found, measure: usize, title: &str) {
    let of = |way: usize| found.figures.get(way).and_then(|figures| figures.all.get(measure));
    let most = (0..found.ways.len()).filter_map(of).map(|i| i.high.max(i.value)).fold(f64::MIN_POSITIVE, f64::max);
    let _ = writeln!(page, "<h2>{}</h2>", escape(title));
    for (at, way) in found.ways.iter().enumerate() {
        let Some(interval) = of(at) else { continue };
        let place = |value: f64| 100.0 * (value / most).clamp(0.0, 1.0);
        let _ = writeln!(
            page,
            "<div class=row><span>{}</span><div class=track title=\"{}\"><i style=\"left:{:.2}%;width:{:.2}%\"></i>\
             <b style=\"left:{:.2}%\"></b></div><span>{:.4}</span></div>",
            escape(short(found, &way.name)),
            range(interval, found),
            place(interval.low),
            place(interval.high) - place(interval.low),
            place(interval.value),
            interval.value
        );
    }
}

fn measures(page: &mut String, found: &Found) {
    let k = found.rule.k;
    let open = |page: &mut String, title: &str, columns: &[String]| {
        let _ = write!(page, "<h2>{title}</h2>\n<div class=wide><table><tr><th>way</th>");
        columns.iter().for_each(|column| page.push_str(&format!("<th class=n>{column}</th>")));
        page.push_str("<th></th></tr>\n");
    };
    let hits =
        [format!("HR@{k}"), format!("MRR@{k}"), format!("NDCG@{k}"), "HR, new items".to_owned(), "MRR, new items".to_owned()];
    open(page, "What is found", &hits);
    for (way, figures) in found.ways.iter().zip(&found.figures) {
        let _ = write!(page, "<tr><td>{}</td>", escape(short(found, &way.name)));
        for interval in figures.all.iter().chain(&figures.explore) {
            let _ = write!(page, "<td class=n>{:.4}<small>{}</small></td>", interval.value, range(interval, found));
        }
        page.push_str("<td></td></tr>\n");
    }
    page.push_str("</table></div>\n");
    open(page, "What is shown", &["coverage", "Gini", "novelty, bits", "popularity bias"].map(str::to_owned));
    for way in &found.ways {
        let told: Vec<String> = way.told.iter().map(|(what, count)| format!("{} {count}", what.replace('_', " "))).collect();
        let about = [way.about.clone()].into_iter().chain(told).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(", ");
        let (all, name) = (&way.report.all, escape(short(found, &way.name)));
        let _ = writeln!(
            page,
            "<tr><td>{name}</td><td class=n>{:.3}</td><td class=n>{:.3}</td><td class=n>{:.2}</td><td class=n>{:.2}</td>\
             <td class=about><small>{}</small></td></tr>",
            all.coverage(),
            way.exposure.gini,
            way.exposure.novelty,
            all.popularity_bias(),
            escape(&about)
        );
    }
    page.push_str("</table></div>\n");
}

fn differences(page: &mut String, found: &Found) {
    if found.differences.is_empty() {
        return;
    }
    let k = found.rule.k;
    let of = found.ways.get(found.against).map_or("", |way| way.name.as_str());
    let _ = writeln!(
        page,
        "<h2>Differences from {}</h2>\n<div class=wide><table><tr><th>way</th><th class=n>HR@{k}</th><th></th><th class=n>MRR@{k}</th><th></th></tr>",
        escape(of)
    );
    for difference in &found.differences {
        let _ = write!(
            page,
            "<tr><td>{}</td>",
            escape(short(found, found.ways.get(difference.way).map_or("", |way| way.name.as_str())))
        );
        for (m, (interval, p)) in difference.of.iter().zip(&difference.p).take(2).enumerate() {
            let verdict = difference.verdict(m);
            let class = match verdict {
                "higher" => "up",
                "lower" => "down",
                _ => "even",
            };
            let _ = write!(
                page,
                "<td class=n>{:+.4}<small>{}</small></td><td><span class={class}>{verdict}</span><small>p {p:.4}</small></td>",
                interval.value,
                range(interval, found)
            );
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table></div>\n");
}

fn segments(page: &mut String, found: &Found, by: By, parts: &[&Part]) {
    let title = match by {
        By::Length => "By length of the session so far",
        By::Category => "By the target's category",
        By::New => "New visitors and others",
        By::Frequency => "By how often the target was in training",
        By::Repeat => "Targets that the session holds already, and new ones",
    };
    let k = found.rule.k;
    let _ = writeln!(page, "<h2>{title}</h2>");
    for (m, measure) in ["HR", "MRR"].iter().enumerate() {
        let _ = write!(page, "<h3>{measure}@{k}</h3>\n<div class=wide><table><tr><th></th><th class=n>pairs</th>");
        for way in &found.ways {
            let _ = write!(page, "<th class=n>{}</th>", escape(short(found, &way.name)));
        }
        page.push_str("</tr>\n");
        for part in parts {
            let few = if part.sessions < FEW { "<small>few sessions</small>" } else { "" };
            let name = escape(&part.segment.name);
            let _ = write!(page, "<tr><td>{name}{few}</td><td class=n>{}</td>", thousands(part.pairs as u64));
            let best = part.ways.iter().filter_map(|of| of.get(m)).map(|i| i.value).fold(0.0, f64::max);
            for interval in part.ways.iter().filter_map(|of| of.get(m)) {
                let class = if interval.value > 0.0 && interval.value >= best { "n best" } else { "n" };
                let _ = write!(page, "<td class=\"{class}\">{:.4}<small>{}</small></td>", interval.value, range(interval, found));
            }
            page.push_str("</tr>\n");
        }
        page.push_str("</table></div>\n");
    }
}

fn reading(page: &mut String, found: &Found) {
    let k = found.rule.k;
    let Found { draws, .. } = found;
    page.push_str("<h2>How to read this</h2>\n<ul>\n");
    for line in [
        format!("HR@{k} is the share of pairs whose next item is among the first {k}. MRR@{k} is the mean of 1 / rank, NDCG@{k} of 1 / log2(rank + 1), both 0 beyond {k}."),
        "All items are ranked, no sample of them, and items of equal score stand before the target.".to_owned(),
        "New items: pairs whose target is not in the session yet, items of the session left out of the answer.".to_owned(),
        format!("Small figures are 95 % intervals from {} draws of whole sessions (seed {}): the pairs of a session come together.", draws.resamples, draws.seed),
        "“No difference shown” is where the interval of the difference holds 0. That is not the same as “equal”. p is of a randomization test over sessions; of twenty comparisons of equals one has p below 0.05.".to_owned(),
        "Coverage is the share of the catalog in at least one slate. Gini is 0 where all items are shown alike and near 1 where few are. Novelty is the mean of −log2 of the shown items’ share of training events.".to_owned(),
        "A pair whose target a way does not know is a miss of that way.".to_owned(),
    ] {
        let _ = writeln!(page, "<li>{line}</li>");
    }
    let measures = MEASURES.join(", ");
    let _ =
        writeln!(page, "</ul>\n<p>The intervals of {measures} and every other figure stand in <code>--json</code> as well.</p>");
}

/// A way's name, without the run's before it.
fn short<'a>(found: &'a Found, name: &'a str) -> &'a str {
    name.strip_prefix(&found.name).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name)
}

fn range(interval: &Interval, found: &Found) -> String {
    if found.draws.resamples == 0 { String::new() } else { format!("{:.4} to {:.4}", interval.low, interval.high) }
}

#[cfg(test)]
mod tests {
    use super::super::found::tests::found;
    use super::*;

    #[test]
    fn the_page_stands_alone_and_holds_every_figure() {
        let page = page(&found());
        for part in [
            "Evaluation of shop",
            ">&lt;b&gt;&amp;<",
            "a &lt;note&gt;",
            "0.6111",
            "no difference shown",
            "few sessions",
            "p 1.0000",
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("<script") && !page.contains("http") && !page.contains("NaN") && !page.contains("inf"));
        assert!(!page.contains("<b>&"));
        for tag in ["table", "div", "tr", "td", "h2"] {
            let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }

    #[test]
    fn without_draws_there_are_no_intervals() {
        let mut found = found();
        found.draws.resamples = 0;
        found.differences.clear();
        let page = page(&found);
        assert!(!page.contains(" to 0.") && !page.contains("Differences from"));
    }
}
