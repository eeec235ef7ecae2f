//! A report as a page.

use super::report::{Cell, Line, Report, Section, Sides};
use crate::page::{END, bars, begin, escape, few, percent, thousands};
use crate::read::value::cell::short;
use std::fmt::Write as _;

const MORE: &str = ".sides{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:0 1.5em;margin:.3em 0 1.6em;font-size:.93em}.sides ol{margin:.2em 0;padding-left:1.6em}\
    .sides li{overflow-wrap:anywhere}.sides li.own{font-weight:600}.sides li.own::marker{color:#c05621}p.asked{margin:.2em 0;color:#5a6675;overflow-wrap:anywhere}\
    @media(prefers-color-scheme:dark){p.asked{color:#9aa6b5}}";

/// Places of an answer that are shown: those below are seldom looked at.
const LINES: usize = 10;
/// Figures of the verdict that are cards.
const CARDS: usize = 10;

/// The page.
pub(super) fn page(report: &Report) -> String {
    let mut page = begin(&format!("Audit of {}", short(&report.title)), MORE);
    page.push_str("<div class=cards>");
    for (name, cell) in report.verdict.iter().take(CARDS) {
        // Writing to a String cannot fail.
        let _ = write!(page, "<div><b>{}</b>{}</div>", shown(cell), escape(&name.replace('_', " ")));
    }
    page.push_str("</div>\n");
    for (name, text) in &report.notes {
        let _ = writeln!(page, "<p class=note><b>{}</b>: {}</p>", escape(name), escape(text));
    }
    for section in report.sections.iter().filter(|section| !section.rows.is_empty()) {
        table(&mut page, section);
    }
    if !report.sides.is_empty() {
        page.push_str("<h2>Most changed</h2>\n<p>On the left what the old bundle answers, on the right the new one; heavy type is on that side alone.</p>\n");
    }
    for of in &report.sides {
        sides(&mut page, of);
    }
    page.push_str(END);
    page
}

/// As a label has it, not escaped yet.
fn word(cell: &Cell) -> String {
    if let Cell::Text(text) = cell { short(text) } else { cell.plain() }
}

/// As HTML.
fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => escape(&short(text)),
        Cell::Count(count) => thousands(*count),
        Cell::Share(share) => percent(*share),
        Cell::Number(number) => few(*number),
        Cell::None => "–".to_owned(),
    }
}

fn table(page: &mut String, section: &Section) {
    let _ = writeln!(page, "<h2>{}</h2>", escape(&section.title));
    if !section.about.is_empty() {
        let _ = writeln!(page, "<p>{}</p>", escape(section.about));
    }
    if let Some((old, new)) = section.bars {
        let share = |at: usize| -> Vec<f64> {
            let of = |row: &Vec<Cell>| match row.get(at) {
                Some(Cell::Share(x) | Cell::Number(x)) => *x,
                _ => 0.0,
            };
            section.rows.iter().map(of).collect()
        };
        let labels: Vec<String> = section.rows.iter().map(|row| row.first().map(word).unwrap_or_default()).collect();
        bars(page, &labels, &share(old), &new.map(share).unwrap_or_default());
    } else {
        let numeric = |at: usize| section.rows.iter().any(|row| !matches!(row.get(at), Some(Cell::Text(_) | Cell::None)));
        let class = |at: usize| if numeric(at) { " class=n" } else { "" };
        page.push_str("<div class=wide><table><tr>");
        for (at, column) in section.columns.iter().enumerate() {
            let _ = write!(page, "<th{}>{}</th>", class(at), escape(&column.replace('_', " ")));
        }
        page.push_str("</tr>\n");
        for row in &section.rows {
            page.push_str("<tr>");
            for (at, cell) in row.iter().enumerate() {
                let _ = write!(page, "<td{}>{}</td>", class(at), shown(cell));
            }
            page.push_str("</tr>\n");
        }
        page.push_str("</table></div>\n");
    }
    if section.left_out > 0 {
        let _ = writeln!(page, "<small>and {} more</small>", thousands(section.left_out as u64));
    }
}

fn sides(page: &mut String, of: &Sides) {
    let asked: Vec<String> = of.asked.iter().map(|text| escape(&short(text))).collect();
    let _ = writeln!(page, "<h3>{}: {}</h3>", escape(&short(&of.name)), escape(&of.apart));
    let _ = writeln!(page, "<p class=asked>{}</p>\n<div class=sides>", asked.join(" › "));
    for lines in [&of.old, &of.new] {
        page.push_str("<ol>");
        for Line { text, aside, common } in lines.iter().take(LINES) {
            let class = if *common { "" } else { " class=own" };
            let aside = if aside.is_empty() { String::new() } else { format!("<small>{}</small>", escape(&short(aside))) };
            let _ = write!(page, "<li{class}>{}{aside}</li>", escape(&short(text)));
        }
        page.push_str("</ol>\n");
    }
    page.push_str("</div>\n");
}
