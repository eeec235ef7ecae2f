//! What was found as lines: `eval NAME name=value …`, a line a way; differences and segments in lines of their own.

use super::found::{FEW, Found, MEASURES, Part};
use super::intervals::Interval;
use super::segments::By;
use std::fmt::Write as _;

/// The lines; segments where they are asked for.
pub(super) fn report(found: &Found, by: &[By]) -> String {
    let mut out = String::new();
    let k = found.rule.k;
    // Writing to a String cannot fail.
    for (way, figures) in found.ways.iter().zip(&found.figures) {
        let _ = write!(out, "eval {} {}", way.name, way.report);
        let _ = way.bytes.map_or(Ok(()), |bytes| write!(out, " bundle_bytes={bytes}"));
        for (what, count) in &way.told {
            let _ = write!(out, " {what}={count}");
        }
        let _ = write!(out, " gini@{k}={:.3} novelty@{k}={:.2}", way.exposure.gini, way.exposure.novelty);
        if found.draws.resamples > 0 {
            for (measure, interval) in MEASURES.iter().zip(&figures.all) {
                let _ = write!(out, " {measure}@{k}_95={}", range(interval));
            }
        }
        out.push('\n');
    }
    let of = found.ways.get(found.against).map_or("", |way| way.name.as_str());
    for difference in found.differences.iter().filter(|_| found.draws.resamples > 0) {
        let name = found.ways.get(difference.way).map_or("", |way| way.name.as_str());
        let _ = write!(out, "difference {name} minus {of}");
        for (m, (measure, (interval, p))) in MEASURES.iter().zip(difference.of.iter().zip(&difference.p)).enumerate() {
            let (value, range, verdict) = (interval.value, range(interval), difference.verdict(m));
            let _ = write!(out, " {measure}@{k}={value:+.4} {measure}@{k}_95={range} {measure}@{k}_p={p:.4} ({verdict})");
        }
        out.push('\n');
    }
    for part in found.parts.iter().filter(|part| by.contains(&part.segment.by)) {
        segment(&mut out, found, part);
    }
    out.trim_end().to_owned()
}

fn segment(out: &mut String, found: &Found, part: &Part) {
    let k = found.rule.k;
    for (way, [hr, mrr]) in found.ways.iter().zip(&part.ways) {
        let (by, name) = (part.segment.by.name(), serde_json::Value::from(part.segment.name.as_str()));
        let few = if part.sessions < FEW { " (few sessions)" } else { "" };
        let _ = writeln!(
            out,
            "segment {} {by}={name} hr@{k}={:.4} hr@{k}_95={} mrr@{k}={:.4} mrr@{k}_95={} n={} sessions={}{few}",
            way.name,
            hr.value,
            range(hr),
            mrr.value,
            range(mrr),
            part.pairs,
            part.sessions
        );
    }
}

fn range(interval: &Interval) -> String {
    format!("{:.4}..{:.4}", interval.low, interval.high)
}

/// A line a pair and way: number of the pair from 1 on, way, rank or 0.
pub(super) fn ranks(found: &Found) -> String {
    let mut out = "pair\tway\trank\n".to_owned();
    for pair in 0..found.pairs {
        for way in &found.ways {
            let rank = way.ranks.get(pair).copied().flatten().unwrap_or(0);
            let _ = writeln!(out, "{}\t{}\t{rank}", pair + 1, way.name);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::found::tests::found;
    use super::*;

    #[test]
    fn lines_hold_every_figure() {
        let text = report(&found(), &[]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5);
        assert!(lines[0].starts_with("eval shop hr@20=1.0000 mrr@20=0.6111 "), "{text}");
        assert!(lines[0].contains(" bundle_bytes=4711 ") && lines[0].contains(" hr@20_95=1.0000..1.0000 "), "{text}");
        assert!(lines[3].starts_with("difference shop/<b>& minus shop hr@20=-1.0000 "), "{text}");
        assert!(lines[3].contains("(lower)") && lines[4].contains("(no difference shown)"), "{text}");
        let text = report(&found(), &[By::Length]);
        assert_eq!(text.lines().count(), 5 + 2 * 3);
        assert!(
            text.contains("segment shop length=\"1\" hr@20=1.0000 ") && text.contains("sessions=20 (few sessions)"),
            "{text}"
        );
    }

    #[test]
    fn ranks_of_every_pair_and_way() {
        let text = ranks(&found());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + 60 * 3);
        assert_eq!(lines[1..4], ["1\tshop\t1", "1\tshop/<b>&\t0", "1\tshop/x\t1"]);
        assert_eq!(lines[5], "2\tshop/<b>&\t30");
    }
}
