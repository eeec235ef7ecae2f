//! The metrics, in one order.

use super::super::feedback::{ALPHA, Feedback};
use super::super::text::total;
use super::super::watch::Watched;
use super::{Metric, Point, Value};
use nearhand_monitor::{
    Level, PolicyValue, Role, State, chebyshev, jensen_shannon, kolmogorov_smirnov, psi, psi_by_chance, share_interval,
};

/// Quantiles of times, as their labels have them.
const QUANTILES: [(&str, f64); 4] = [("0.5", 0.5), ("0.9", 0.9), ("0.99", 0.99), ("0.999", 0.999)];
/// What chance exceeds in one look of a thousand.
const BY_CHANCE: f64 = 0.001;

const fn level(level: Option<Level>) -> f64 {
    match level {
        None => 0.0,
        Some(Level::Notice) => 1.0,
        Some(Level::Warn) => 2.0,
        Some(Level::Fallback) => 3.0,
        Some(Level::Stop) => 4.0,
    }
}

const fn state(state: State) -> f64 {
    match state {
        State::Waiting => -1.0,
        State::Quiet => 0.0,
        State::Raised(raised) => level(Some(raised)),
    }
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Input => "input",
        Role::Score => "score",
        Role::Slate => "slate",
    }
}

fn point(attributes: &[(&'static str, &str)], value: Value) -> Point {
    Point { attributes: attributes.iter().map(|(name, text)| (*name, (*text).to_owned())).collect(), value }
}

/// A share and both ends of its interval.
fn estimate(attributes: &[(&'static str, &str)], value: PolicyValue) -> Vec<Point> {
    let of = |(word, number)| point(&[attributes, &[("nearhand.estimate", word)]].concat(), Value::Number(number));
    [("value", value.mean), ("low", value.low), ("high", value.high)].into_iter().map(of).collect()
}

/// All metrics; one without a point has nothing to tell. `now_s` is when it was read, in Unix seconds.
pub(in crate::monitor) fn made(watched: &Watched, feedback: Option<&Feedback>, now_s: f64) -> Vec<Metric> {
    let (monitor, tally) = (&watched.monitor, &watched.tally);
    let reference = monitor.reference();
    let mut out = Vec::new();
    let mut add = |name, unit, about, points: Vec<Point>| out.push(Metric { name, unit, about, points });
    let one = |value| vec![point(&[], value)];
    let number = |value: f64| one(Value::Number(value));

    let about =
        "The level that stands: 0 quiet, 1 notice, 2 warn, 3 fallback, 4 stop; -1 where too little was seen for any verdict";
    add("nearhand.monitor.standing", "", about, number(if watched.waits() { -1.0 } else { level(watched.level()) }));
    let streams = reference.streams().iter().enumerate().map(|(at, stream)| ("stream", stream.name(), monitor.stream(at)));
    let rates = reference.rates().iter().enumerate().map(|(at, rate)| ("rate", rate.name.as_str(), monitor.rate(at)));
    let points = streams
        .chain(rates)
        .map(|(kind, name, of)| point(&[("nearhand.subject", name), ("nearhand.subject.kind", kind)], Value::Number(state(of))));
    let about = "The level of a stream or rate: as standing, and -1 where too little was seen for a verdict";
    add("nearhand.monitor.level", "", about, points.collect());

    let levels = [Level::Notice, Level::Warn, Level::Fallback, Level::Stop];
    let points = levels.iter().map(|level| {
        let count = watched.told.iter().filter(|(_, alert)| alert.level == *level).count() as u64;
        point(&[("nearhand.alert.level", level.as_str())], Value::Count(count))
    });
    add("nearhand.monitor.alerts", "{alert}", "Alerts that were told", points.collect());
    let records = vec![point(&[("nearhand.record", watched.unit)], Value::Count(watched.rows))];
    add("nearhand.monitor.records", "{record}", "Rows or reports that were read", records);
    let about = "When they were read, Unix time: what ends in an error leaves the last numbers where they are";
    add("nearhand.monitor.read.time", "s", about, number(now_s));

    let (mut seen, mut distances, mut chances) = (Vec::new(), Vec::new(), Vec::new());
    for (at, stream) in reference.streams().iter().enumerate() {
        let (was, is) = (stream.counts(), tally.counts(at));
        let of = [("nearhand.stream", stream.name()), ("nearhand.role", role(stream.role()))];
        seen.push(point(&of, Value::Count(total(is))));
        // Where nothing was seen nothing has moved, and every distance would be large.
        if total(is) == 0 {
            continue;
        }
        chances.push(point(&of, Value::Number(psi_by_chance(was.len(), stream.total(), total(is), BY_CHANCE))));
        let mut distance =
            |name, value| distances.push(point(&[&of[..], &[("nearhand.distance", name)]].concat(), Value::Number(value)));
        distance("psi", psi(was, is));
        distance("jensen_shannon", jensen_shannon(was, is));
        distance("chebyshev", chebyshev(was, is));
        let ordered = stream.bins().ordered();
        if let (Some(was @ [_, ..]), Some(is)) = (was.get(..ordered), is.get(..ordered)) {
            distance("kolmogorov_smirnov", kolmogorov_smirnov(was, is));
        }
    }
    add("nearhand.monitor.observations", "{observation}", "Observations of a stream", seen);
    let about = "How far a stream is from its reference, over all that was read";
    add("nearhand.monitor.distance", "", about, distances);
    let about = "The PSI that chance alone exceeds once in a thousand looks, at as many observations";
    add("nearhand.monitor.psi.by_chance", "", about, chances);

    let (mut events, mut occasions, mut shares, mut usual) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (at, rate) in reference.rates().iter().enumerate() {
        let (happened, of) = (tally.happened(at), [("nearhand.rate", rate.name.as_str())]);
        events.push(point(&of, Value::Count(happened.events)));
        occasions.push(point(&of, Value::Count(happened.of)));
        shares
            .extend(share_interval(happened.events, happened.of, ALPHA).map(|share| estimate(&of, share)).into_iter().flatten());
        usual.push(point(&of, Value::Number(rate.events as f64 / rate.of.max(1) as f64)));
    }
    add("nearhand.monitor.rate.events", "{event}", "How often what a rate is of happened", events);
    add("nearhand.monitor.rate.occasions", "{occasion}", "Of how many", occasions);
    add("nearhand.monitor.rate.share", "1", "The share, with its 95 % interval", shares);
    add("nearhand.monitor.rate.usual", "1", "The share in the reference", usual);

    let latency = tally.latency();
    let calls = (latency.count() > 0).then(|| point(&[], Value::Count(latency.count())));
    let quantile = |(word, q)| Some(point(&[("nearhand.quantile", word)], Value::Number(latency.quantile(q)? / 1e6)));
    let about = "How long calls took, by quantile of all that was read; within 1/32 of the value";
    add("nearhand.monitor.call.duration", "s", about, QUANTILES.into_iter().filter_map(quantile).collect());
    add("nearhand.monitor.calls", "{call}", "Calls whose time is known", calls.into_iter().collect());

    if let Some(quality) = &watched.quality {
        let outcomes = quality.outcomes();
        let calibration = outcomes.calibration();
        let maybe = |value: Option<f64>| value.map(|value| point(&[], Value::Number(value))).into_iter().collect();
        add("nearhand.monitor.labels", "{label}", "Answers whose outcome is known", one(Value::Count(calibration.count())));
        let about = "The level of calibration: as standing, and -1 where too few labels were seen for a verdict";
        add("nearhand.monitor.calibration.level", "", about, number(state(outcomes.state())));
        let about = "Expected calibration error on ten bins: how far probabilities are from the share that happened";
        add("nearhand.monitor.calibration.error", "1", about, maybe(calibration.expected_error()));
        add("nearhand.monitor.brier", "1", "Mean square of probability less outcome", maybe(calibration.brier()));
        add("nearhand.monitor.probability", "1", "Mean probability of the labelled", maybe(calibration.means().map(|(p, _)| p)));
        add(
            "nearhand.monitor.outcome",
            "1",
            "Share of the labelled that happened",
            maybe(calibration.means().map(|(_, rate)| rate)),
        );
        let all = quality.estimate().map(|e| estimate(&[], PolicyValue { mean: e.mean, low: e.low, high: e.high }));
        let about = "How often it happens among all answers, labelled or not, with its 95 % interval";
        add("nearhand.monitor.outcome.all", "1", about, all.unwrap_or_default());
        let found = outcomes.changes();
        let count = found.more().saturating_add(found.found().len() as u64);
        add("nearhand.monitor.changes", "{change}", "Changes of the squared error that were found", one(Value::Count(count)));
    }
    if let Some(feedback) = feedback {
        add("nearhand.feedback.slates", "{slate}", "Slates that are settled", one(Value::Count(feedback.slates)));
        add("nearhand.feedback.shown", "{item}", "Items that were shown", one(Value::Count(feedback.rows)));
        add("nearhand.feedback.clicks", "{click}", "Of those, clicked", one(Value::Count(feedback.clicked)));
        add("nearhand.feedback.purchases", "{purchase}", "Of those, bought", one(Value::Count(feedback.bought)));
        let other = feedback.target.as_ref().and_then(|(value, ..)| *value);
        let values = [("click", feedback.clicks), ("purchase", feedback.purchases), ("click_by_target", other)];
        let points = values.into_iter().filter_map(|(word, value)| Some(estimate(&[("nearhand.reward", word)], value?)));
        let about = "Rewards an item shown, with their 95 % interval; click_by_target: what another policy would have had";
        add("nearhand.feedback.reward", "1", about, points.flatten().collect());
    }
    out
}
