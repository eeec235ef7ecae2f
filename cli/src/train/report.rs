//! The report of a training run: one HTML page without scripts or foreign files, its plots inline SVG.

use crate::choosing::parts::Line;
use crate::page::escape;
use std::fmt::Write;

/// One epoch of the fit on the older sessions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    /// From 1.
    pub(super) epoch: usize,
    /// Mean training loss.
    pub(super) loss: f64,
    /// Vectors alone on some validation pairs: HR@20 and MRR@20.
    pub(super) hr: f64,
    /// As above.
    pub(super) mrr: f64,
}

/// A fit of a third of the epochs that helped to choose the settings.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    /// Its settings in words.
    pub(super) label: String,
    /// Bytes of item vectors and encoder.
    pub(super) bytes: usize,
    /// Successors an item in the table beside them.
    pub(super) successors: f64,
    /// HR@20 beside the table, on the validation pairs.
    pub(super) hr: f64,
    /// MRR@20 likewise.
    pub(super) mrr: f64,
    /// Whether it was the best.
    pub(super) chosen: bool,
}

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub(super) struct Report {
    /// The bundle's name.
    pub(super) name: String,
    /// Settings by name, in order.
    pub(super) settings: Vec<(String, String)>,
    /// What was tried before the fit, in order.
    pub(super) trials: Vec<Attempt>,
    /// Learning curve.
    pub(super) curve: Vec<Point>,
    /// Titled groups of figures.
    pub(super) groups: Vec<(String, Vec<Line>)>,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 240.0;
const MARGIN: f64 = 44.0;

impl Report {
    /// The page.
    pub(super) fn html(&self) -> String {
        let mut page = String::from(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Training report</title><style>\
             body{font:15px/1.5 system-ui,sans-serif;max-width:720px;margin:2em auto;padding:0 1em;color:#222}\
             table{border-collapse:collapse}td,th{padding:.15em .8em .15em 0;text-align:left}td.n{text-align:right}\
             svg{max-width:100%;height:auto}text{font:12px system-ui,sans-serif;fill:#444}\
             .hr{fill:#2b6cb0;stroke:#2b6cb0}.mrr{fill:#c05621;stroke:#c05621}.loss{stroke:#555}</style></head><body>\n",
        );
        let _ = writeln!(page, "<h1>{}</h1>\n<h2>Settings</h2>\n<table>", escape(&self.name));
        for (name, value) in &self.settings {
            let _ = writeln!(page, "<tr><td>{}</td><td>{}</td></tr>", escape(name), escape(value));
        }
        page.push_str("</table>\n");
        self.trials(&mut page);
        if !self.curve.is_empty() {
            page.push_str("<h2>Learning curve</h2>\n<p>Fit on the older sessions; item vectors alone on validation pairs.</p>\n");
            let epochs = |of: fn(&Point) -> f64| self.curve.iter().map(|p| (p.epoch as f64, of(p))).collect::<Vec<_>>();
            plot(&mut page, "training loss", &[("loss", epochs(|p| p.loss))]);
            plot(&mut page, "HR@20 (blue) and MRR@20 (brown)", &[("hr", epochs(|p| p.hr)), ("mrr", epochs(|p| p.mrr))]);
        }
        for (title, lines) in &self.groups {
            let _ = writeln!(page, "<h2>{}</h2>", escape(title));
            bars(&mut page, lines);
            page.push_str("<table><tr><th></th><th>pairs</th><th>HR@20</th><th>MRR@20</th></tr>\n");
            for line in lines {
                let _ = writeln!(
                    page,
                    "<tr><td>{}</td><td class=n>{}</td><td class=n>{:.4}</td><td class=n>{:.4}</td></tr>",
                    escape(&line.label),
                    line.pairs,
                    line.hr,
                    line.mrr
                );
            }
            page.push_str("</table>\n");
        }
        page.push_str("</body></html>\n");
        page
    }

    fn trials(&self, page: &mut String) {
        if self.trials.is_empty() {
            return;
        }
        page.push_str(
            "<h2>Trials</h2>\n<p>A third of the epochs each, beside the table, on validation pairs; the best is bold.</p>\n\
             <table><tr><th></th><th>bytes of vectors and encoder</th><th>successors an item</th><th>HR@20</th><th>MRR@20</th></tr>\n",
        );
        for trial in &self.trials {
            let style = if trial.chosen { " style=\"font-weight:bold\"" } else { "" };
            let _ = writeln!(
                page,
                "<tr{style}><td>{}</td><td class=n>{}</td><td class=n>{:.1}</td><td class=n>{:.4}</td><td class=n>{:.4}</td></tr>",
                escape(&trial.label),
                trial.bytes,
                trial.successors,
                trial.hr,
                trial.mrr
            );
        }
        page.push_str("</table>\n");
    }
}

/// Lines over epochs, on an axis from their least value, or half of their largest where that is less.
fn plot(page: &mut String, title: &str, lines: &[(&str, Vec<(f64, f64)>)]) {
    let values = || lines.iter().flat_map(|(_, points)| points.iter());
    let (last, most) = values().fold((1f64, f64::MIN_POSITIVE), |(x, y), p| (x.max(p.0), y.max(p.1)));
    let least = values().map(|p| p.1).fold(f64::INFINITY, f64::min).min(0.5 * most);
    let x = |epoch: f64| MARGIN + (WIDTH - 2.0 * MARGIN) * if last > 1.0 { (epoch - 1.0) / (last - 1.0) } else { 0.5 };
    let y = |value: f64| HEIGHT - MARGIN / 2.0 - (HEIGHT - MARGIN) * (value - least) / (most - least).max(f64::MIN_POSITIVE);
    let _ = writeln!(page, "<figure><figcaption>{}</figcaption>{}", escape(title), open());
    for step in 0..=4 {
        let value = least + (most - least) * f64::from(step) / 4.0;
        let _ = writeln!(
            page,
            "<line x1=\"{MARGIN}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/><text x=\"2\" y=\"{:.1}\">{value:.3}</text>",
            WIDTH - MARGIN,
            y(value) + 4.0,
            y = y(value)
        );
    }
    for (class, points) in lines {
        let path: Vec<String> = points.iter().map(|p| format!("{:.1},{:.1}", x(p.0), y(p.1))).collect();
        let _ = writeln!(page, "<polyline class=\"{class}\" style=\"fill:none;stroke-width:2\" points=\"{}\"/>", path.join(" "));
    }
    for epoch in 1..=last as usize {
        let _ =
            writeln!(page, "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{epoch}</text>", x(epoch as f64), HEIGHT - 4.0);
    }
    page.push_str("</svg></figure>\n");
}

/// Two bars a line: HR@20 above MRR@20.
fn bars(page: &mut String, lines: &[Line]) {
    let most = lines.iter().map(|line| line.hr.max(line.mrr)).fold(f64::MIN_POSITIVE, f64::max);
    let height = 30.0 * lines.len() as f64;
    let _ = writeln!(page, "<figure><svg viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\">");
    for (number, line) in lines.iter().enumerate() {
        let top = 30.0 * number as f64;
        let long = |value: f64| 400.0 * value / most;
        let _ = writeln!(page, "<text x=\"0\" y=\"{:.1}\">{}</text>", top + 17.0, escape(&line.label));
        let _ =
            writeln!(page, "<rect class=\"hr\" x=\"180\" y=\"{:.1}\" width=\"{:.1}\" height=\"11\"/>", top + 2.0, long(line.hr));
        let _ = writeln!(
            page,
            "<rect class=\"mrr\" x=\"180\" y=\"{:.1}\" width=\"{:.1}\" height=\"11\"/>",
            top + 14.0,
            long(line.mrr)
        );
    }
    page.push_str("</svg></figure>\n");
}

fn open() -> String {
    format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\">")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_stands_alone_and_holds_every_figure() {
        let report = Report {
            name: "<shop>".into(),
            settings: vec![("seed".into(), "1".into())],
            trials: [false, true]
                .map(|chosen| Attempt {
                    label: format!("one block {chosen}"),
                    bytes: 4711,
                    successors: 6.25,
                    hr: 0.31,
                    mrr: if chosen { 0.2468 } else { 0.1 },
                    chosen,
                })
                .to_vec(),
            curve: (1..=3).map(|epoch| Point { epoch, loss: 5.0 / epoch as f64, hr: 0.1 * epoch as f64, mrr: 0.02 }).collect(),
            groups: vec![("Parts".into(), vec![Line { label: "table & repeat".into(), pairs: 77, hr: 0.4321, mrr: 0.1234 }])],
        };
        let page = report.html();
        for part in ["&lt;shop&gt;", "table &amp; repeat", "0.4321", "0.1234", ">77<", "polyline", "<rect"] {
            assert!(page.contains(part), "{part}");
        }
        for part in ["4711", "0.2468", "one block true"] {
            assert!(page.contains(part), "{part}");
        }
        assert_eq!(page.matches("font-weight:bold").count(), 1);
        assert!(!page.contains("<script") && !page.contains("http") && !page.contains("NaN") && !page.contains("inf"));
        assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    }
}
