//! Plots as SVG or HTML, without scripts: what stands there is told by texts too.

use super::{escape, few, percent};
use std::fmt::Write as _;

/// Where nothing is larger.
fn most(values: impl Iterator<Item = f64>) -> f64 {
    let most = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
    if most > 0.0 { most } else { 1.0 }
}

/// A part of a whole, 0 to 1; nothing of what is no number.
const fn part(value: f64, of: f64) -> f64 {
    let part = value / of;
    if part.is_nan() { 0.0 } else { part.clamp(0.0, 1.0) }
}

// Writing to a String cannot fail.

/// Shares of two sides as rows, a label and both numbers each: for whoever reads them one by one. `now` may be empty.
pub(crate) fn bars(page: &mut String, labels: &[String], was: &[f64], now: &[f64]) {
    let most = most(was.iter().chain(now).copied());
    let width = |value: f64| 100.0 * part(value, most);
    for (at, label) in labels.iter().enumerate() {
        let (one, two) = (was.get(at).copied().unwrap_or(0.0), now.get(at).copied());
        let _ = write!(
            page,
            "<div class=row><span>{}</span><div class=track><i class=was style=\"width:{:.1}%\"></i>",
            escape(label),
            width(one)
        );
        let _ = match two {
            Some(two) => writeln!(
                page,
                "<i class=now style=\"width:{:.1}%\"></i></div><span>{} → {}</span></div>",
                width(two),
                percent(one),
                percent(two)
            ),
            None => writeln!(page, "</div><span>{}</span></div>", percent(one)),
        };
    }
}

/// Height of plots, without the line of labels.
const HEIGHT: f64 = 72.0;
/// Width of plots.
const WIDTH: f64 = 280.0;
/// Width of a bin at most: two bars and a gap.
const BIN: f64 = 32.0;

/// Shares of two sides on the same bins as columns, with the first and the last label and the largest share: for many at a glance.
pub(crate) fn columns(page: &mut String, about: &str, labels: &[String], was: &[f64], now: &[f64]) {
    let most = most(was.iter().chain(now).copied());
    let bin = (WIDTH / labels.len().max(1) as f64).min(BIN);
    let _ = write!(page, "<svg viewBox=\"0 0 {WIDTH} 104\" role=img aria-label=\"{}\">", escape(about));
    let _ = write!(page, "<text x=0 y=9 font-size=9 fill=currentColor>{}</text>", percent(most));
    for (at, label) in labels.iter().enumerate() {
        let (one, two) = (was.get(at).copied().unwrap_or(0.0), now.get(at).copied().unwrap_or(0.0));
        let _ = write!(page, "<g><title>{}: {} → {}</title>", escape(label), percent(one), percent(two));
        for (class, value, x) in [("was", one, at as f64 * bin), ("now", two, (at as f64 + 0.45) * bin)] {
            let height = HEIGHT * part(value, most);
            let (y, wide) = (12.0 + HEIGHT - height, 0.42 * bin);
            let _ = write!(page, "<rect class={class} x={x:.1} y={y:.1} width={wide:.1} height={height:.1} />");
        }
        page.push_str("</g>");
    }
    let _ = write!(page, "<line class=axis x1=0 x2={WIDTH} y1=84.5 y2=84.5 />");
    if let (Some(first), Some(last)) = (labels.first(), labels.last()) {
        let cut = |text: &str| escape(&text.chars().take(24).collect::<String>());
        let _ = write!(page, "<text x=0 y=98 font-size=9 fill=currentColor>{}</text>", cut(first));
        let _ = write!(
            page,
            "<text x={:.1} y=98 font-size=9 text-anchor=end fill=currentColor>{}</text>",
            (bin * labels.len() as f64).max(120.0),
            cut(last)
        );
    }
    page.push_str("</svg>\n");
}

/// A value over time, with a line where `limit` is. `ends` are what stands below the first and the last point.
pub(crate) fn line(page: &mut String, about: &str, values: &[f64], limit: Option<f64>, ends: [&str; 2]) {
    let most = most(values.iter().copied().chain(limit));
    let y = |value: f64| 12.0 + HEIGHT - HEIGHT * part(value, most);
    let x = |at: usize| WIDTH * at as f64 / (values.len().max(2) - 1) as f64;
    let _ = write!(page, "<svg viewBox=\"0 0 {WIDTH} 104\" role=img aria-label=\"{}\">", escape(about));
    let _ = write!(page, "<text x=0 y=9 font-size=9 fill=currentColor>{}</text>", few(most));
    // Where nothing is known the line ends, and begins anew after it: no value is made up.
    let mut at = 0;
    for run in values.chunk_by(|a, b| a.is_finite() == b.is_finite()) {
        let mut points: Vec<(f64, f64)> = (at..).zip(run).map(|(at, value)| (x(at), y(*value))).collect();
        at += run.len();
        if run.iter().any(|value| !value.is_finite()) {
            continue;
        }
        if let [(x, y)] = points[..] {
            points = vec![((x - 1.5).max(0.0), y), ((x + 1.5).min(WIDTH), y)];
        }
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = write!(page, "<polyline class=path points=\"{}\" />", points.join(" "));
    }
    if let Some(limit) = limit {
        let _ = write!(page, "<line class=limit x1=0 x2={WIDTH} y1={0:.1} y2={0:.1} />", y(limit));
    }
    let _ = write!(page, "<line class=axis x1=0 x2={WIDTH} y1=84.5 y2=84.5 />");
    let _ = write!(page, "<text x=0 y=98 font-size=9 fill=currentColor>{}</text>", escape(ends[0]));
    let _ = writeln!(page, "<text x={WIDTH} y=98 font-size=9 text-anchor=end fill=currentColor>{}</text></svg>", escape(ends[1]));
}

/// A value within its interval, and what it is held against, on a scale from 0 to `most`.
pub(crate) fn span(page: &mut String, about: &str, [low, value, high]: [f64; 3], against: Option<f64>, most: f64) {
    let x = |value: f64| WIDTH * part(value, most.max(f64::MIN_POSITIVE));
    let _ = write!(page, "<svg viewBox=\"0 0 {WIDTH} 16\" role=img aria-label=\"{}\">", escape(about));
    let _ = write!(page, "<line class=axis x1=0 x2={WIDTH} y1=8 y2=8 />");
    let wide = (x(high) - x(low)).max(1.0);
    let _ = write!(page, "<rect class=was x={:.1} y=5 width={wide:.1} height=6 />", x(low).min(WIDTH - 1.0));
    let _ = write!(page, "<rect class=now x={:.1} y=1 width=3 height=14 />", (x(value) - 1.5).clamp(0.0, WIDTH - 3.0));
    if let Some(against) = against {
        let _ = write!(page, "<line class=limit x1={0:.1} x2={0:.1} y1=0 y2=16 />", x(against));
    }
    page.push_str("</svg>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever numbers and names come, what is written is SVG with finite places, and no name is markup.
    #[test]
    fn hostile_values_stay_within_the_plot() {
        let labels: Vec<String> = vec!["<script>alert(1)</script>".into(), "\"'><svg onload=x>".into(), String::new()];
        for values in [[0.0; 3], [f64::NAN, f64::INFINITY, 1.0], [f64::MAX, f64::MIN_POSITIVE, -1.0]] {
            let mut page = String::new();
            bars(&mut page, &labels, &values, &values);
            bars(&mut page, &labels, &values, &[]);
            columns(&mut page, &labels[1], &labels, &values, &values[..1]);
            line(&mut page, &labels[0], &values, Some(values[1]), [&labels[0], "now"]);
            line(&mut page, "", &[], None, ["", ""]);
            span(&mut page, &labels[0], values, Some(values[0]), values[1]);
            assert!(!page.contains("<script") && !page.contains("<svg onload"), "{page}");
            for place in page.split(['"', ' ', '>', ',']).filter_map(|word| word.split_once('=').map(|(_, v)| v)) {
                assert!(!["NaN", "inf", "-inf"].contains(&place), "{place}\n{page}");
            }
        }
    }

    #[test]
    fn by_hand() {
        let mut page = String::new();
        bars(&mut page, &["a".into()], &[0.25], &[0.5]);
        assert!(page.contains("width:50.0%") && page.contains("width:100.0%") && page.contains("25.00 % → 50.00 %"), "{page}");
        page.clear();
        line(&mut page, "x", &[0.0, 2.0, 4.0], Some(2.0), ["first", "last"]);
        assert!(page.contains("points=\"0.0,84.0 140.0,48.0 280.0,12.0\"") && page.contains("y1=48.0"), "{page}");
        // A gap is no zero, and no line goes over it.
        page.clear();
        line(&mut page, "x", &[4.0, f64::NAN, 2.0, 4.0, 0.0], None, ["first", "last"]);
        assert!(
            page.contains("points=\"0.0,12.0 1.5,12.0\" /><polyline class=path points=\"140.0,48.0 210.0,12.0 280.0,84.0\""),
            "{page}"
        );
    }
}
