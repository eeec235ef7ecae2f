//! The monitor itself.

use super::latch::{Latch, NAMES};
use super::settings::Settings;
use super::shape::Shape;
use super::watched::{State, Watched, bounds, changed, whole};
use crate::alert::{Alert, Kind, Level};
use crate::bins::Value;
use crate::change::Changes;
use crate::error::Result;
use crate::evidence::{Drift, Exceeding, LEVELS};
use crate::reference::{Reference, Role, Stream};
use crate::slate::SameForAll;
use crate::staleness::Freshness;
use crate::tally::{Report, Tally};

/// The share of the error that is for unlucky references.
const FOR_REFERENCES: f64 = 0.1;

/// That of schema and units.
const FOR_SHAPES: f64 = 0.1;

/// The least weight that a stream has when the error is shared out.
const LEAST_WEIGHT: f64 = 0.1;

/// Watches one bundle: inputs, scores and slates against its reference, rates, latency, age.
///
/// Schema and units of each stream are judged from its first values on, the others from [`Settings::least`].
///
/// While inputs, scores and rates stay within what the reference and the tolerances allow, the probability that any of these
/// alarms is ever raised is at most [`Settings::alpha`], however often [`Monitor::look`] is called: a year is no different from
/// an hour. For that each observation must have an allowed distribution, given those before. One visitor's slates are alike: so
/// observe him once a visit.
#[derive(Clone, Debug)]
pub struct Monitor {
    reference: Reference,
    settings: Settings,
    streams: Vec<Watched<Drift>>,
    shapes: Vec<Shape>,
    urgent: bool,
    rates: Vec<Watched<Exceeding>>,
    slow: Watched<Exceeding>,
    same: SameForAll,
    same_latch: Latch,
    slates: u64,
    freshness: Freshness,
    /// Whether an engine did not answer a golden as recorded, and whether that was told.
    golden: Option<bool>,
    /// Streams whose changes of level are looked for.
    changes: Vec<(usize, Changes)>,
    tally: Tally,
    sequence: u64,
}

impl Monitor {
    /// Watches against a reference.
    ///
    /// # Errors
    /// `monitor-setting-invalid`.
    pub fn new(reference: Reference, settings: Settings) -> Result<Self> {
        settings.check()?;
        let detectors = reference.streams().len() + reference.rates().len() + 1;
        let unlucky = settings.alpha * FOR_REFERENCES / detectors as f64;
        let weight = |stream: usize| reference.weight(stream).max(LEAST_WEIGHT);
        let whole: f64 = (0..reference.streams().len()).map(weight).sum::<f64>() + (reference.rates().len() + 1) as f64;
        let needs = |weight: f64| -libm::log(settings.alpha * (1.0 - FOR_REFERENCES - FOR_SHAPES) * weight / whole);
        let streams = reference.streams().iter().enumerate().map(|(at, stream)| {
            // What does not matter may drift without bounds: a tolerance of infinity; but what it may by chance alone stays.
            let matters = reference.weight(at);
            let tolerances = settings.tolerances.map(|psi| if psi > 0.0 { psi / matters } else { 0.0 });
            let radii = Drift::radii(stream.counts(), unlucky, tolerances);
            Watched {
                detector: Drift::new(stream.counts(), radii),
                needs: needs(weight(at)),
                thresholds: radii,
                latch: Latch::default(),
            }
        });
        let each = settings.alpha * FOR_SHAPES / reference.streams().len().max(1) as f64;
        let shapes = reference.streams().iter().enumerate();
        let shapes = shapes.map(|(at, stream)| Shape::new(stream, each, reference.weight(at), settings.rate_tolerances));
        let rates = reference.rates().iter().map(|rate| {
            let bounds = bounds(rate.events, rate.of, unlucky, settings.rate_tolerances);
            let usual = rate.events as f64 / rate.of.max(1) as f64;
            Watched { detector: Exceeding::new(usual, bounds), needs: needs(1.0), thresholds: bounds, latch: Latch::default() }
        });
        let slow = Watched {
            detector: Exceeding::new(0.01, settings.slow_shares),
            needs: needs(1.0),
            thresholds: settings.slow_shares,
            latch: Latch::default(),
        };
        let (streams, shapes, rates) = (streams.collect(), shapes.collect(), rates.collect());
        let tally = Tally::new(&reference);
        Ok(Self {
            reference,
            settings,
            streams,
            shapes,
            urgent: false,
            rates,
            slow,
            same: SameForAll::default(),
            same_latch: Latch::default(),
            slates: 0,
            freshness: Freshness::Fresh,
            golden: None,
            changes: Vec::new(),
            tally,
            sequence: 0,
        })
    }

    /// Looks from now on for changes of a stream's level as well, by [`Changes`], of single observations and not of what is summed. A value
    /// counts as the place of its bin among those of the reference, 0 to 1, so that its unit does not matter. What is found is told as a
    /// notice, and [`Settings::alpha`] does not hold for it. False where there is no such stream or its bins have no order.
    pub fn watch_changes(&mut self, stream: usize) -> bool {
        let ordered = self.reference.streams().get(stream).is_some_and(|of| of.bins().ordered() > 1);
        if ordered && self.changes(stream).is_none() {
            self.changes.push((stream, Changes::default()));
        }
        ordered
    }

    /// What was found in a stream whose changes are looked for.
    #[must_use]
    pub fn changes(&self, stream: usize) -> Option<&Changes> {
        self.changes.iter().find(|(of, _)| *of == stream).map(|(_, changes)| changes)
    }

    /// An observation of a stream, by its place in the reference: counted, and bet on.
    ///
    /// # Errors
    /// `monitor-observation-invalid`: there is no such stream.
    pub fn observe(&mut self, stream: usize, value: Value<'_>) -> Result<()> {
        self.tally.add(&self.reference, stream, value)?;
        let Some(bins) = self.reference.streams().get(stream).map(Stream::bins) else { return Ok(()) };
        let bin = bins.of(value);
        if let (Some(watched), Some(shape)) = (self.streams.get_mut(stream), self.shapes.get_mut(stream)) {
            watched.detector.observe(bin);
            self.urgent |= shape.observe(bins, value, bin);
            let changes = self.changes.iter_mut().find(|(of, _)| *of == stream && bin < bins.ordered());
            if let Some((_, changes)) = changes {
                changes.update(watched.detector.seen(), bin as f64 / (bins.ordered() - 1) as f64);
            }
        }
        Ok(())
    }

    /// An occasion of a rate, and whether it happened.
    ///
    /// # Errors
    /// `monitor-observation-invalid`: there is no such rate.
    pub fn occasion(&mut self, rate: usize, happened: bool) -> Result<()> {
        self.tally.occasion(rate, happened)?;
        if let Some(watched) = self.rates.get_mut(rate) {
            watched.detector.observe(happened);
        }
        Ok(())
    }

    /// How long a call took, in microseconds.
    pub fn took(&mut self, micros: u64) {
        self.tally.took(micros);
        if let Some(slow_after) = self.settings.slow_after {
            self.slow.detector.observe(micros > slow_after);
        }
    }

    /// A slate that the model made, by its [`slate_key`](crate::slate_key) and a number for what it answers.
    pub fn slate(&mut self, context: u64, slate: u64) {
        self.same.add(context, slate);
        self.slates = self.slates.saturating_add(1);
    }

    /// An engine did not answer a golden as recorded any more. It is told once and stands: what it had answered before, nobody knows.
    pub fn golden_failed(&mut self) {
        self.golden.get_or_insert(false);
    }

    /// What others have counted: a report that was admitted. Its latencies are summed, but for who was slow by one's own measure.
    ///
    /// # Errors
    /// `monitor-reference-other`. Nothing of it is taken over.
    pub fn absorb(&mut self, tally: &Tally) -> Result<()> {
        self.tally.merge(tally)?;
        for (at, watched) in self.streams.iter_mut().enumerate() {
            watched.detector.absorb(tally.counts(at));
        }
        for (at, (shape, stream)) in self.shapes.iter_mut().zip(self.reference.streams()).enumerate() {
            self.urgent |= shape.absorb(stream.bins(), tally.counts(at));
        }
        for (at, watched) in self.rates.iter_mut().enumerate() {
            let happened = tally.happened(at);
            watched.detector.absorb(happened.events, happened.of);
        }
        Ok(())
    }

    /// Looks, at a time in Unix milliseconds: the alerts that have begun or risen since the last look, each once, in a fixed
    /// order. What is over is let go of, and may be told again when it comes again.
    pub fn look(&mut self, now: i64) -> Vec<Alert> {
        let mut out = Vec::new();
        let least = self.settings.least;
        self.urgent = false;
        for (shape, stream) in self.shapes.iter_mut().zip(self.reference.streams()) {
            shape.look(stream, &mut out);
        }
        for ((watched, shape), stream) in self.streams.iter_mut().zip(&self.shapes).zip(self.reference.streams()) {
            let Some(level) = watched.look(least) else { continue };
            // What schema or units say as loudly is not told twice.
            if shape.standing() >= NAMES.get(level).copied() {
                continue;
            }
            let (divergence, recent) = watched.detector.remembered(level);
            let kind = match stream.role() {
                Role::Input => Kind::InputDrift,
                Role::Score => Kind::ScoreDrift,
                Role::Slate => Kind::SlateDrift,
            };
            out.push(watched.alert_of(kind, stream, level, divergence, &recent));
        }
        let named = self
            .rates
            .iter_mut()
            .zip(self.reference.rates())
            .map(|(watched, rate)| (watched, Kind::RateHigh, rate.name.as_str()));
        for (watched, kind, name) in named.chain([(&mut self.slow, Kind::Slow, "")]) {
            if let Some(level) = watched.look(least) {
                out.push(watched.alert(kind, name, level, watched.detector.recent()));
            }
        }
        out.extend(self.look_at_slates());
        out.extend(self.look_at_age(now));
        for (stream, changes) in &mut self.changes {
            let name = self.reference.streams().get(*stream).map_or("", Stream::name);
            out.extend(changes.news().iter().map(|change| changed(name, change)));
        }
        if self.golden == Some(false) {
            self.golden = Some(true);
            out.push(whole(Kind::Golden, Level::Fallback, 1.0, 0.0, 0));
        }
        out
    }

    /// Whether schema or units of a stream have an alert that the next look tells: whoever looks now and then looks now.
    #[must_use]
    pub const fn urgent(&self) -> bool {
        self.urgent
    }

    fn look_at_slates(&mut self) -> Option<Alert> {
        let share = self.same.share()?;
        let level = self.settings.same_shares.iter().rposition(|most| share > *most);
        // From the top: none ends while a higher one stands.
        for over in (level.map_or(0, |level| level + 1)..LEVELS).rev() {
            if self.same_latch.standing() == Some(over) && self.same_latch.ripe(over, self.slates) {
                self.same_latch.clear(over);
            }
        }
        let level = level.filter(|level| self.same_latch.raise(*level, self.slates))?;
        let threshold = self.settings.same_shares.get(level).copied().unwrap_or(1.0);
        Some(whole(Kind::SameForAll, NAMES.get(level).copied()?, share, threshold, self.slates))
    }

    fn look_at_age(&mut self, now: i64) -> Option<Alert> {
        let staleness = self.settings.staleness?;
        let freshness = staleness.freshness(now);
        if freshness == std::mem::replace(&mut self.freshness, freshness) {
            return None;
        }
        let age = staleness.age(now) as f64;
        let (kind, level, threshold) = match freshness {
            Freshness::Fresh => return None,
            Freshness::Old => (Kind::Stale, Level::Warn, staleness.warn_after as f64),
            Freshness::Expired => (Kind::Expired, Level::Stop, staleness.expires?.saturating_sub(staleness.made) as f64),
            Freshness::FromTheFuture => (Kind::ClockWrong, Level::Warn, 0.0),
        };
        Some(whole(kind, level, age, threshold, 0))
    }

    /// What is known of a stream.
    #[must_use]
    pub fn stream(&self, stream: usize) -> State {
        let (Some(watched), Some(shape)) = (self.streams.get(stream), self.shapes.get(stream)) else { return State::Waiting };
        match (watched.state(self.settings.least), shape.standing()) {
            (State::Raised(drift), Some(level)) => State::Raised(drift.max(level)),
            (_, Some(level)) => State::Raised(level),
            (state, None) => state,
        }
    }

    /// What is known of a rate.
    #[must_use]
    pub fn rate(&self, rate: usize) -> State {
        self.rates.get(rate).map_or(State::Waiting, |watched| watched.state(self.settings.least))
    }

    /// The highest level that stands as of the last look, of everything.
    #[must_use]
    pub fn standing(&self) -> Option<Level> {
        let latches = self
            .streams
            .iter()
            .map(|w| w.latch)
            .chain(self.rates.iter().map(|w| w.latch))
            .chain([self.slow.latch, self.same_latch]);
        let raised = latches.filter_map(|latch| latch.standing()).filter_map(|level| NAMES.get(level).copied()).max();
        let age = match self.freshness {
            Freshness::Fresh => None,
            Freshness::Old | Freshness::FromTheFuture => Some(Level::Warn),
            Freshness::Expired => Some(Level::Stop),
        };
        let shape = self.shapes.iter().filter_map(Shape::standing).max();
        raised.max(age).max(shape).max(self.golden.filter(|told| *told).map(|_| Level::Fallback))
    }

    /// The reference that is watched against.
    #[must_use]
    pub const fn reference(&self) -> &Reference {
        &self.reference
    }

    /// What was counted since the last report.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Hands out what was counted since the last report, under a number of the host's for who counts, and begins the next. Reports
    /// of each monitor are counted from 0: so `source` is a new random number for each, or they are taken for repeats.
    pub fn report(&mut self, source: u64) -> Report {
        let tally = std::mem::replace(&mut self.tally, Tally::new(&self.reference));
        let sequence = self.sequence;
        self.sequence += 1;
        Report { source, sequence, tally }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bins::Bins;
    use crate::error::Code;
    use crate::reference::{Rate, Stream};
    use crate::slate::slate_key;
    use crate::staleness::Staleness;
    use nearhand_kernels::random::SplitMix64;

    fn reference(minor: f64) -> Reference {
        let mut random = SplitMix64::new(1);
        let sample: Vec<f64> = (0..10_000).map(|_| random.unit()).collect();
        let mut streams = Vec::new();
        for (name, role, importance) in [("major", Role::Input, 1.0), ("minor", Role::Input, minor), ("score", Role::Score, 0.0)]
        {
            let mut stream = Stream::new(name, role, importance, Bins::of_numbers(&sample, 10)).unwrap();
            sample.iter().for_each(|x| stream.add(Value::Number(*x)));
            streams.push(stream);
        }
        Reference::new(streams, vec![Rate { name: "unknown-item".to_owned(), events: 200, of: 10_000 }]).unwrap()
    }

    fn feed(monitor: &mut Monitor, random: &mut SplitMix64, count: usize, values: impl Fn(f64) -> [f64; 3]) -> Vec<Alert> {
        let mut out = Vec::new();
        for _ in 0..count {
            for (stream, value) in values(random.unit()).iter().enumerate() {
                monitor.observe(stream, Value::Number(*value)).unwrap();
            }
            monitor.occasion(0, random.unit() < 0.02).unwrap();
            out.extend(monitor.look(0));
        }
        out
    }

    #[test]
    fn a_unit_that_changed_is_told_once_with_its_evidence() {
        let (mut monitor, mut random) = (Monitor::new(reference(0.1), Settings::default()).unwrap(), SplitMix64::new(2));
        assert_eq!((monitor.stream(0), monitor.rate(0), monitor.stream(9)), (State::Waiting, State::Waiting, State::Waiting));
        assert_eq!(feed(&mut monitor, &mut random, 3000, |u| [u, u, u]), []);
        assert_eq!((monitor.stream(0), monitor.rate(0), monitor.standing()), (State::Quiet, State::Quiet, None));
        let alerts = feed(&mut monitor, &mut random, 1000, |u| [100.0 * u, u, u]);
        let told: Vec<_> = alerts.iter().map(|a| (a.kind, a.subject.as_str(), a.level)).collect();
        assert_eq!(told, [(Kind::Units, "major", Level::Warn), (Kind::Units, "major", Level::Fallback)], "drift says no more");
        let last = alerts.last().unwrap();
        assert!(last.seen <= 3012 && last.value > 0.9 && last.threshold > 0.25, "{alerts:?}");
        assert!(last.psi.unwrap() > 0.5 && last.evidence.unwrap() > 3.0 && !monitor.urgent());
        assert_eq!(last.moved[0].bin, 11, "values above all that were: {last:?}");
        assert_eq!((monitor.stream(0), monitor.standing()), (State::Raised(Level::Fallback), Some(Level::Fallback)));
        // Repaired: it is over, and told again when it comes again.
        assert_eq!(feed(&mut monitor, &mut random, 20_000, |u| [u, u, u]), []);
        assert_eq!(monitor.standing(), None);
        let again = feed(&mut monitor, &mut random, 1000, |u| [100.0 * u, u, u]);
        assert_eq!(again.last().unwrap().level, Level::Fallback);
    }

    /// Within all that was seen, where no value by itself says anything.
    #[test]
    fn a_drift_is_told_once_with_its_evidence() {
        let (mut monitor, mut random) = (Monitor::new(reference(0.1), Settings::default()).unwrap(), SplitMix64::new(2));
        feed(&mut monitor, &mut random, 3000, |u| [u, u, u]);
        let alerts = feed(&mut monitor, &mut random, 1000, |u| [u * u * u * u, u, u]);
        assert!(alerts.iter().all(|a| a.subject == "major" && a.kind == Kind::InputDrift), "{alerts:?}");
        let last = alerts.last().unwrap();
        assert!(alerts.len() <= 3 && last.level == Level::Fallback && last.seen < 3400, "{alerts:?}");
        assert!(last.value > last.threshold && last.psi.unwrap() > 0.5 && last.evidence.unwrap() > 3.0);
    }

    #[test]
    fn what_matters_less_may_drift_more() {
        for (importance, level) in [(1.0, Level::Warn), (0.1, Level::Notice), (0.0, Level::Notice)] {
            let (mut monitor, mut random) =
                (Monitor::new(reference(importance), Settings::default()).unwrap(), SplitMix64::new(2));
            let alerts = feed(&mut monitor, &mut random, 20_000, |u| [u, u.powf(1.6), u]);
            assert!(alerts.iter().all(|a| a.subject == "minor"));
            assert_eq!(alerts.iter().map(|a| a.level).max(), Some(level), "{importance}");
        }
    }

    #[test]
    fn rates_latency_slates_and_age() {
        let staleness = Some(Staleness { expires: Some(10 << 30), ..Staleness::of(1 << 30) });
        let settings = Settings { slow_after: Some(8000), staleness, ..Settings::default() };
        let (mut monitor, mut random) = (Monitor::new(reference(1.0), settings).unwrap(), SplitMix64::new(2));
        for at in 0..2000 {
            monitor.occasion(0, random.unit() < 0.4).unwrap();
            monitor.took(if at % 5 == 0 { 9000 } else { 500 });
            monitor.slate(at, slate_key(&[1, 2, 3]));
        }
        let levels: Vec<(Kind, Level)> = monitor.look(1 << 30).iter().map(|a| (a.kind, a.level)).collect();
        assert_eq!(levels, [(Kind::RateHigh, Level::Fallback), (Kind::Slow, Level::Warn), (Kind::SameForAll, Level::Fallback)]);
        assert_eq!(monitor.look(1 << 30), []);
        (0..60).for_each(|at| monitor.slate(5000 + at, at));
        let kinds: Vec<Kind> = monitor.look(1 << 31).iter().map(|a| a.kind).collect();
        assert_eq!(kinds, [Kind::Stale]);
        let alerts = monitor.look(10 << 30);
        assert_eq!((alerts[0].kind, alerts[0].level, monitor.standing()), (Kind::Expired, Level::Stop, Some(Level::Stop)));
        assert_eq!(monitor.look(-(1 << 30))[0].kind, Kind::ClockWrong);
        // Once, however often it is said, and it stands.
        for told in [1, 0] {
            monitor.golden_failed();
            let alerts = monitor.look(1 << 30);
            assert_eq!(alerts.iter().filter(|a| (a.kind, a.level) == (Kind::Golden, Level::Fallback)).count(), told);
            assert_eq!(monitor.standing(), Some(Level::Fallback));
        }
        assert_eq!(monitor.look(1 << 30), []);
        assert!(monitor.tally().latency().quantile(0.99).unwrap() > 8000.0);
    }

    #[test]
    fn reports_of_many_are_as_good() {
        let reference = reference(1.0);
        let mut all = Monitor::new(reference.clone(), Settings::default()).unwrap();
        let mut random = SplitMix64::new(4);
        let mut told = Vec::new();
        for at in 0..400 {
            let mut one = Monitor::new(reference.clone(), Settings::default()).unwrap();
            for _ in 0..10 {
                let u = random.unit();
                one.observe(0, Value::Number(if at > 200 { 0.5 * u } else { u })).unwrap();
            }
            let report = one.report(at);
            assert_eq!((report.sequence, one.report(at).sequence, one.tally().counts(0).iter().sum::<u64>()), (0, 1, 0));
            all.absorb(&Report::from_bytes(&reference, &report.to_bytes()).unwrap().tally).unwrap();
            told.extend(all.look(0).into_iter().map(|alert| (at, alert)));
        }
        assert!(told.iter().all(|(at, alert)| *at > 200 && alert.subject == "major"), "{told:?}");
        assert_eq!(told.last().unwrap().1.level, Level::Fallback);
    }

    /// Slates whose most frequent share goes up and down about a threshold.
    #[test]
    fn one_slate_for_all_that_comes_and_goes_is_told_a_few_times() {
        let mut monitor = Monitor::new(reference(1.0), Settings::default()).unwrap();
        let mut told = 0;
        for at in 0..20_000_u64 {
            monitor.slate(at, if at / 64 % 2 == 0 { 7 } else { 1000 + at });
            told += monitor.look(0).iter().filter(|alert| alert.kind == Kind::SameForAll).count();
        }
        // Three levels, each standing 1,024 slates, then 2,048 and so on.
        assert!((3..=15).contains(&told), "{told}");
        (0..40_000_u64).for_each(|at| monitor.slate(50_000 + at, at));
        monitor.look(0);
        assert_eq!(monitor.standing(), None);
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let refused = |settings: Settings, name: &str| {
            let error = Monitor::new(reference(1.0), settings).unwrap_err();
            assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::SettingInvalid, name));
        };
        let usual = Settings::default();
        refused(Settings { alpha: 0.0, ..usual.clone() }, "alpha");
        refused(Settings { alpha: f64::NAN, ..usual.clone() }, "alpha");
        refused(Settings { tolerances: [0.1, 0.0, 0.2], ..usual.clone() }, "tolerances");
        refused(Settings { rate_tolerances: [0.0, 0.5, 1.5], ..usual.clone() }, "rate_tolerances");
        refused(Settings { slow_shares: [0.0, 0.5, 0.6], ..usual.clone() }, "slow_shares");
        refused(Settings { same_shares: [0.0, 0.5, f64::NAN], ..usual }, "same_shares");
        let mut monitor = Monitor::new(reference(1.0), Settings::default()).unwrap();
        assert_eq!(monitor.observe(3, Value::Missing).unwrap_err().code(), Code::ObservationInvalid);
        assert_eq!(monitor.occasion(1, true).unwrap_err().code(), Code::ObservationInvalid);
    }
}
