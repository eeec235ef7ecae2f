//! What was watched, in words and as JSON.

use super::feedback::Feedback;
use super::quality::Quality;
use super::visitors;
use super::watch::Watched;
use crate::read::value::cell::short as plain;
use nearhand_monitor::{Alert, Bins, Level, Stream, chebyshev, jensen_shannon, kolmogorov_smirnov, psi, psi_by_chance};
use serde_json::{Value, json};
use std::fmt::Write;

/// A bin in words.
pub(super) fn label(bins: &Bins, bin: usize) -> String {
    if bin + 1 == bins.count() {
        return "missing".to_owned();
    }
    match bins {
        Bins::Numeric(edges) => match (bin.checked_sub(1).and_then(|at| edges.get(at)), edges.get(bin)) {
            (Some(low), Some(high)) if low.next_up() == *high => format!("exactly {}", short(*high)),
            // What is just below zero ends where zero begins.
            (Some(low), Some(high)) if low.next_up() == 0.0 => format!("[0, {}]", short(*high)),
            (Some(low), Some(high)) => format!("({}, {}]", short(*low), short(*high)),
            (None, Some(high)) => format!("below {}", short(high.next_up())),
            (Some(low), None) => format!("above {}", short(*low)),
            (None, None) => "any".to_owned(),
        },
        Bins::Named(names) => names.get(bin).map_or_else(|| "other".to_owned(), |name| plain(name)),
        Bins::Indexed(count) if bin < *count as usize => bin.to_string(),
        Bins::Indexed(_) => "other".to_owned(),
    }
}

/// Of counts that others sent: their sum may be more than fits.
pub(super) fn total(counts: &[u64]) -> u64 {
    counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
}

/// A number of six digits.
fn short(x: f64) -> String {
    if x != 0.0 && !(1e-6..1e15).contains(&x.abs()) {
        return format!("{x:.5e}").replace(".00000e", "e");
    }
    format!("{x:.5e}").parse().map_or_else(|_| x.to_string(), |x: f64| (x + 0.0).to_string())
}

/// How many times larger or smaller than the reference's numbers are, and whether units differ by that.
pub(super) fn compared(alert: &Alert) -> Option<String> {
    let many = |ratio: f64, digits: usize| {
        let (many, word) = if ratio < 1.0 { (1.0 / ratio, "smaller") } else { (ratio, "larger") };
        let rounded = format!("{many:.0$e}", digits).parse().unwrap_or(many);
        format!("{} times {word}", short(rounded))
    };
    let ratio = alert.ratio?;
    let named =
        alert.factor.map_or_else(String::new, |factor| format!(", which is about what units differ by: {}", many(factor, 5)));
    Some(format!("the median of the last is {} than the reference's{named}", many(ratio, 1)))
}

impl Watched {
    fn count(&self, level: Level) -> usize {
        self.told.iter().filter(|(_, alert)| alert.level == level).count()
    }
}

/// Lines for a person.
pub(super) fn report(watched: &Watched, feedback: Option<&Feedback>) -> String {
    let mut out: String = watched.notes.iter().map(|note| format!("{note}\n")).collect();
    for (after, alert) in &watched.told {
        let _ = write!(
            out,
            "alert {}={after} {} {} subject={} value={:.4} threshold={:.4}",
            watched.unit,
            alert.level.as_str(),
            alert.kind.as_str(),
            plain(&alert.subject),
            alert.value,
            alert.threshold
        );
        if let Some(evidence) = alert.evidence {
            let _ = write!(out, " evidence={evidence:.1}");
        }
        if let Some(psi) = alert.psi {
            let _ = write!(out, " psi={psi:.3}");
        }
        if let Some(stream) = watched.stream_of(alert) {
            for moved in &alert.moved {
                let _ = write!(out, "; {}: {:.3} → {:.3}", label(stream.bins(), moved.bin), moved.reference, moved.current);
            }
        }
        let compared = compared(alert).map_or_else(String::new, |text| format!("; {text}"));
        let _ = writeln!(out, "\n  {}{compared}", alert.kind.advice());
    }
    for (at, stream) in watched.monitor.reference().streams().iter().enumerate() {
        let (was, is) = (stream.counts(), watched.tally.counts(at));
        let seen = total(is);
        let _ = write!(
            out,
            "stream {} state={} seen={seen} psi={:.4} by_chance={:.4} jensen_shannon={:.4} chebyshev={:.4}",
            plain(stream.name()),
            watched.monitor.stream(at).as_str(),
            psi(was, is),
            psi_by_chance(was.len(), stream.total(), seen, 0.001),
            jensen_shannon(was, is),
            chebyshev(was, is)
        );
        let ordered = stream.bins().ordered();
        if let (Some(was @ [_, ..]), Some(is)) = (was.get(..ordered), is.get(..ordered)) {
            let _ = write!(out, " kolmogorov_smirnov={:.4}", kolmogorov_smirnov(was, is));
        }
        out.push('\n');
    }
    for (at, rate) in watched.monitor.reference().rates().iter().enumerate() {
        let happened = watched.tally.happened(at);
        let share = |events: u64, of: u64| events as f64 / of.max(1) as f64;
        let (was, is) = (share(rate.events, rate.of), share(happened.events, happened.of));
        let _ = writeln!(
            out,
            "rate {} state={} seen={} was={was:.4} is={is:.4}",
            plain(&rate.name),
            watched.monitor.rate(at).as_str(),
            happened.of
        );
    }
    watched.quality.iter().for_each(|quality| quality.lines(&mut out));
    feedback.into_iter().for_each(|feedback| visitors::lines(&mut out, feedback));
    let _ = writeln!(
        out,
        "monitor {}s={} streams={} rates={} notices={} warnings={} fallbacks={} standing={}",
        watched.unit,
        watched.rows,
        watched.monitor.reference().streams().len(),
        watched.monitor.reference().rates().len(),
        watched.count(Level::Notice),
        watched.count(Level::Warn),
        watched.count(Level::Fallback),
        watched.standing("none")
    );
    out
}

/// One object.
pub(super) fn json(watched: &Watched, feedback: Option<&Feedback>) -> Value {
    let alert = |(after, alert): &(u64, Alert)| {
        let bins = watched.stream_of(alert).map(Stream::bins);
        let moved = alert.moved.iter().map(|moved| {
            json!({ "bin": bins.map(|bins| label(bins, moved.bin)), "reference": moved.reference, "current": moved.current })
        });
        json!({
            "after": after, "level": alert.level.as_str(), "kind": alert.kind.as_str(), "subject": alert.subject, "value": alert.value,
            "threshold": alert.threshold, "evidence": alert.evidence, "psi": alert.psi, "seen": alert.seen,
            "ratio": alert.ratio, "factor": alert.factor, "moved": moved.collect::<Vec<Value>>(), "advice": alert.kind.advice(),
        })
    };
    let stream = |(at, stream): (usize, &Stream)| {
        let (was, is) = (stream.counts(), watched.tally.counts(at));
        json!({
            "name": stream.name(), "state": watched.monitor.stream(at).as_str(), "seen": total(is), "psi": psi(was, is),
            "jensen_shannon": jensen_shannon(was, is), "chebyshev": chebyshev(was, is),
            "bins": (0..is.len()).map(|bin| label(stream.bins(), bin)).collect::<Vec<String>>(), "reference": was, "current": is,
        })
    };
    let rates = watched.monitor.reference().rates().iter().enumerate().map(|(at, rate)| {
        let happened = watched.tally.happened(at);
        json!({ "name": rate.name, "state": watched.monitor.rate(at).as_str(), "events": happened.events, "of": happened.of })
    });
    json!({
        "ok": true, "unit": watched.unit, "seen": watched.rows, "standing": Some(watched.standing("")).filter(|word| !word.is_empty()),
        "alerts": watched.told.iter().map(alert).collect::<Vec<Value>>(),
        "streams": watched.monitor.reference().streams().iter().enumerate().map(stream).collect::<Vec<Value>>(),
        "rates": rates.collect::<Vec<Value>>(), "quality": watched.quality.as_ref().map(Quality::json), "feedback": feedback.map(visitors::json),
        "notes": watched.notes,
    })
}
