//! Schema and units of one stream: whether values are there, of the right type and of a size that has been seen.

use super::factor::factor;
use super::latch::{Latch, NAMES};
use super::watched::{Watched, bounds};
use crate::alert::{Alert, Kind, Level};
use crate::bins::{Bins, Value};
use crate::evidence::{LEVELS, Streak};
use crate::reference::Stream;

/// Numbers of a run that are kept for its factor.
const KEPT: usize = 16;

/// Two streaks: values that are missing or of another type, and those beyond all that the reference has seen, numbers below the
/// lowest or above the highest, names that have no bin. Each is told by the first few that come one after the other.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    streaks: Vec<Watched<Streak>>,
    /// Of the run, while a streak is awake: bins, and the last numbers.
    run: Vec<u64>,
    numbers: [f64; KEPT],
    kept: usize,
}

fn total(counts: &[u64]) -> u64 {
    counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
}

/// Of a stream's counts, what is beyond and what is missing.
fn outside(bins: &Bins, counts: &[u64]) -> [u64; 2] {
    let (last, other) = (bins.count() - 1, bins.count() - 2);
    let at = |bin: usize| counts.get(bin).copied().unwrap_or(0);
    let below = if matches!(bins, Bins::Numeric(_)) && other > 0 { at(0) } else { 0 };
    [at(last), at(other).saturating_add(below)]
}

impl Shape {
    /// `alpha` is the share of the error that a stream's two streaks have, of which half is for an unlucky reference. `matters` is
    /// its weight from 0 to 1, by which the tolerances of rates are divided.
    pub(super) fn new(stream: &Stream, alpha: f64, matters: f64, tolerances: [f64; LEVELS]) -> Self {
        let (each, bins) = (alpha / 4.0, stream.bins());
        let [gone, beyond] = outside(bins, stream.counts());
        // The edges are the sample's own least and greatest, so that more than x lies beyond them as seldom as one of so many
        // falls there; and names that came once stand for those that did not come (Good 1953).
        let once = if let Bins::Named(_) = bins { stream.counts().iter().filter(|count| **count == 1).count() as u64 } else { 0 };
        let [_, warn, fallback] = tolerances;
        let by = |tolerance: f64| if tolerance > 0.0 { tolerance / matters } else { 0.0 };
        let tolerances = [warn, by(warn), by(fallback)];
        let mut streaks = Vec::with_capacity(2);
        for events in [gone, (beyond + 1 + once).min(stream.total())] {
            let thresholds = bounds(events, stream.total(), each, tolerances);
            let detector = Streak::new(thresholds);
            streaks.push(Watched { detector, needs: -libm::log(each), thresholds, latch: Latch::default() });
        }
        Self { streaks, run: vec![0; bins.count()], numbers: [0.0; KEPT], kept: 0 }
    }

    /// An observation and its bin. Whether there is something to be told.
    pub(super) fn observe(&mut self, bins: &Bins, value: Value<'_>, bin: usize) -> bool {
        if let (Value::Number(number), Some(place)) = (value, self.numbers.get_mut(self.kept % KEPT)) {
            *place = number;
            self.kept = self.kept.saturating_add(1);
        }
        let other = bins.count() - 2;
        let beyond = bin == other || bin == 0 && matches!(bins, Bins::Numeric(_));
        if let Some(count) = self.run.get_mut(bin) {
            *count = count.saturating_add(1);
        }
        self.each([u64::from(bin > other), u64::from(beyond)], 1)
    }

    /// Observations of many, by bin.
    pub(super) fn absorb(&mut self, bins: &Bins, counts: &[u64]) -> bool {
        for (run, count) in self.run.iter_mut().zip(counts) {
            *run = run.saturating_add(*count);
        }
        self.each(outside(bins, counts), total(counts))
    }

    #[inline(never)]
    fn each(&mut self, events: [u64; 2], of: u64) -> bool {
        let mut news = false;
        for (streak, events) in self.streaks.iter_mut().zip(events) {
            streak.detector.absorb(events, of);
            news |= events > 0 && streak.news().is_some();
        }
        if !self.streaks.iter().any(|streak| streak.detector.awake()) {
            self.run.fill(0);
            self.kept = 0;
        }
        news
    }

    /// Alerts that have begun or risen.
    pub(super) fn look(&mut self, stream: &Stream, out: &mut Vec<Alert>) {
        let (outside, sum) = (outside(stream.bins(), &self.run), total(&self.run).max(1) as f64);
        for (at, (streak, events)) in self.streaks.iter_mut().zip(outside).enumerate() {
            let Some(level) = streak.look(0) else { continue };
            let units = at == 1 && matches!(stream.bins(), Bins::Numeric(edges) if !edges.is_empty());
            let times = if units { factor(stream, self.numbers.get(..self.kept.min(KEPT)).unwrap_or_default()) } else { None };
            let mut alert =
                streak.alert_of(if units { Kind::Units } else { Kind::Schema }, stream, level, events as f64 / sum, &self.run);
            if let Some((ratio, factor)) = times {
                (alert.ratio, alert.factor) = (Some(ratio), factor);
            }
            out.push(alert);
        }
    }

    /// The highest level that stands.
    pub(super) fn standing(&self) -> Option<Level> {
        self.streaks.iter().filter_map(|streak| streak.latch.standing()).max().and_then(|level| NAMES.get(level).copied())
    }
}
