//! OpenMetrics 1.0 text (prometheus/OpenMetrics, specification/OpenMetrics.md).

use super::{Metric, Value};
use std::fmt::Write as _;

/// All metrics that have a point. Names of streams stand as they are: two of them stay two.
pub(in crate::monitor) fn text(metrics: &[Metric]) -> String {
    let mut out = String::new();
    for metric in metrics.iter().filter(|metric| !metric.points.is_empty()) {
        let name = metric.prometheus();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "# TYPE {name} gauge");
        if let Some(unit) = ["seconds", "ratio"].into_iter().find(|unit| name.ends_with(&format!("_{unit}"))) {
            let _ = writeln!(out, "# UNIT {name} {unit}");
        }
        let _ = writeln!(out, "# HELP {name} {}", escaped(metric.about, false));
        for point in &metric.points {
            let labels: Vec<String> = point
                .attributes
                .iter()
                .map(|(name, text)| format!("{}=\"{}\"", name.replace('.', "_"), escaped(text, true)))
                .collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = match point.value {
                Value::Count(count) => writeln!(out, "{name}{labels} {count}"),
                Value::Number(number) => writeln!(out, "{name}{labels} {}", float(number)),
            };
        }
    }
    out.push_str("# EOF\n");
    out
}

/// What would end a text: of a label's also its quote.
fn escaped(text: &str, quote: bool) -> String {
    let text = text.replace('\\', "\\\\").replace('\n', "\\n");
    if quote { text.replace('"', "\\\"") } else { text }
}

fn float(number: f64) -> String {
    match number {
        x if x.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        x if x == x.trunc() && x.abs() < 1e15 => format!("{x:.1}"),
        x => x.to_string(),
    }
}
