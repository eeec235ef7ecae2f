//! What a replay adds up to.

use crate::log::LoggedSession;
use nearhand::recommend::Source;
use nearhand::{Engine, Slate, Tier};
use std::fmt::Write as _;
use std::time::Duration;

/// Length of the longer slate.
pub(super) const LONG: usize = 20;

/// Counts and times.
#[derive(Debug, Default)]
pub(super) struct Tally {
    events: u64,
    unknown: u64,
    /// Slates by model, table, popularity.
    sources: [u64; 3],
    /// Slates from a lower stage than the tier's best.
    fallbacks: u64,
    model_failures: u64,
    short: u64,
    times: Vec<Duration>,
    all: Hits,
    new: Hits,
}

/// How often the next item stood in the slate.
#[derive(Debug, Default)]
struct Hits {
    pairs: u64,
    at_k: u64,
    at_long: u64,
}

impl Hits {
    fn add(&mut self, rank: Option<usize>, k: usize) {
        self.pairs += 1;
        self.at_k += u64::from(rank.is_some_and(|r| r <= k));
        self.at_long += u64::from(rank.is_some_and(|r| r <= LONG));
    }
}

impl Tally {
    /// An event was observed.
    pub(super) fn event(&mut self, known: bool) {
        self.events += 1;
        self.unknown += u64::from(!known);
    }

    /// A slate was made.
    pub(super) fn slate(&mut self, slate: &Slate<'_>, time: Duration, tier: Tier) {
        let (best, at) = match slate.source {
            Source::Model => (true, 0),
            Source::Table => (tier == Tier::Lite, 1),
            // A replay asks for no placement: the other sources do not come up.
            _ => (false, 2),
        };
        if let Some(count) = self.sources.get_mut(at) {
            *count += 1;
        }
        self.fallbacks += u64::from(slate.events > 0 && !best);
        self.model_failures += u64::from(slate.notes.contains(&"model-failed"));
        self.short += u64::from(slate.notes.contains(&"short"));
        self.times.push(time);
    }

    /// The next item's rank, and whether the session had it before.
    pub(super) fn next(&mut self, rank: Option<usize>, k: usize, seen: bool) {
        self.all.add(rank, k);
        if !seen {
            self.new.add(rank, k);
        }
    }

    /// The report: one fact a line, `name=value`.
    pub(super) fn report(mut self, engine: &Engine, sessions: &[LoggedSession], k: usize) -> String {
        self.times.sort_unstable();
        let info = &engine.info().bundle;
        let mut out = String::new();
        let tier = if engine.tier() == Tier::Full { "full" } else { "lite" };
        let share = |part: u64, of: u64| if of == 0 { 0.0 } else { part as f64 / of as f64 };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "replay {} version={} tier={tier} items={}", info.name, info.version, info.items);
        let _ = writeln!(
            out,
            "  log      sessions={} events={} unknown_items={} ({:.2} %)",
            sessions.len(),
            self.events,
            self.unknown,
            100.0 * share(self.unknown, self.events)
        );
        let [model, table, popular] = self.sources;
        let _ = writeln!(
            out,
            "  slates   {} k={k} model={model} table={table} popular={popular} fallbacks={} model_failures={} short={}",
            self.times.len(),
            self.fallbacks,
            self.model_failures,
            self.short
        );
        for (name, hits) in [("next", &self.all), ("next new", &self.new)] {
            let _ = write!(out, "  {name:<8} n={} hr@{k}={:.4}", hits.pairs, share(hits.at_k, hits.pairs));
            let _ = if k == LONG { Ok(()) } else { write!(out, " hr@{LONG}={:.4}", share(hits.at_long, hits.pairs)) };
            out.push('\n');
        }
        let sum: Duration = self.times.iter().sum();
        let _ = write!(
            out,
            "  latency  mean={:.3} p50={:.3} p95={:.3} p99={:.3} max={:.3} ms",
            1e3 * sum.as_secs_f64() / self.times.len().max(1) as f64,
            self.percentile(50),
            self.percentile(95),
            self.percentile(99),
            self.percentile(100)
        );
        out
    }

    /// Nearest rank: the smallest time that at least `p` percent do not exceed. Milliseconds; times are sorted.
    fn percentile(&self, p: usize) -> f64 {
        let rank = (self.times.len() * p).div_ceil(100).max(1);
        self.times.get(rank - 1).map_or(0.0, |t| 1e3 * t.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let tally = Tally { times: [15, 20, 35, 40, 50].map(Duration::from_millis).to_vec(), ..Tally::default() };
        // The worked example of Wikipedia, "Percentile", nearest-rank method.
        for (p, want) in [(5, 15.0), (30, 20.0), (40, 20.0), (50, 35.0), (100, 50.0)] {
            assert!((tally.percentile(p) - want).abs() < 1e-9, "{p}");
        }
        assert!(Tally::default().percentile(50).abs() < 1e-9);
    }
}
