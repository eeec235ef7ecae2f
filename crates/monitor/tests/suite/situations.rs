//! Situations that people who monitor models have told of, made small.

use nearhand_kernels::random::SplitMix64;
use nearhand_monitor::{
    Alert, Bins, Ledger, Level, Monitor, Rate, Reference, Report, Role, Settings, State, Stream, Tally, Value,
};

fn normal(random: &mut SplitMix64) -> f64 {
    (0..12).map(|_| random.unit()).sum::<f64>() - 6.0
}

/// A reference of so many streams of normal numbers.
fn normals(random: &mut SplitMix64, streams: usize, count: usize) -> Reference {
    let made = (0..streams).map(|at| {
        let sample: Vec<f64> = (0..count).map(|_| normal(random)).collect();
        let mut stream = Stream::new(&format!("x{at}"), Role::Input, 1.0, Bins::of_numbers(&sample, 10)).unwrap();
        sample.iter().for_each(|x| stream.add(Value::Number(*x)));
        stream
    });
    Reference::new(made.collect(), vec![]).unwrap()
}

fn watch(reference: Reference) -> Monitor {
    Monitor::new(reference, Settings::default()).unwrap()
}

/// So many observations of each stream, with a look after every ten.
fn feed(monitor: &mut Monitor, count: usize, mut value: impl FnMut(usize) -> f64) -> Vec<Alert> {
    let (streams, mut out) = (monitor.reference().streams().len(), Vec::new());
    for at in 0..count {
        (0..streams).for_each(|stream| monitor.observe(stream, Value::Number(value(at))).unwrap());
        if at % 10 == 9 {
            out.extend(monitor.look(0));
        }
    }
    out
}

/// "With 5 % of the data there is no drift, with all of it every feature drifts": a verdict is of the distribution, not of how
/// much of it was seen.
#[test]
fn more_of_the_same_is_no_drift() {
    let mut random = SplitMix64::new(1);
    let mut monitor = watch(normals(&mut random, 5, 5000));
    assert_eq!(feed(&mut monitor, 100_000, |_| normal(&mut random)), []);
    assert_eq!(monitor.stream(4), State::Quiet);
}

/// "I tried it with eight rows and got drift": eight rows are no sample.
#[test]
fn eight_rows_get_no_verdict() {
    let mut monitor = watch(normals(&mut SplitMix64::new(1), 1, 150));
    assert_eq!(feed(&mut monitor, 8, |at| if at % 2 == 0 { 1.4 } else { 1.6 }), []);
    assert_eq!((monitor.stream(0), monitor.look(0).len()), (State::Waiting, 0));
    assert!(!feed(&mut monitor, 200, |_| 1.4).is_empty(), "two hundred of them are one");
}

/// "A hundred features, and some drift every week": the error is of all of them together.
#[test]
fn a_hundred_features_are_as_quiet_as_one() {
    let mut random = SplitMix64::new(3);
    let mut monitor = watch(normals(&mut random, 100, 1000));
    assert_eq!(feed(&mut monitor, 10_000, |_| normal(&mut random)), []);
}

/// "We packed with fifty rows": a small reference rules little out, and is not blamed on what comes.
#[test]
fn a_small_reference_is_known_to_be_one() {
    let mut random = SplitMix64::new(5);
    for _ in 0..20 {
        let mut monitor = watch(normals(&mut random, 3, 50));
        assert_eq!(feed(&mut monitor, 3000, |_| normal(&mut random)), []);
    }
}

/// "Every weekend is an incident": what is within the tolerance may come and go.
#[test]
fn weekends_are_no_more_than_noticed() {
    let mut random = SplitMix64::new(7);
    let mut monitor = watch(normals(&mut random, 1, 5000));
    let alerts = feed(&mut monitor, 100_000, |at| normal(&mut random) + if at / 500 % 7 >= 5 { 0.15 } else { 0.0 });
    assert!(alerts.iter().all(|alert| alert.level == Level::Notice), "{alerts:?}");
}

/// "It decayed over weeks and no window looked bad": each window alone is like the one before.
#[test]
fn a_slow_decay_is_told_before_it_is_large() {
    let mut random = SplitMix64::new(9);
    let mut monitor = watch(normals(&mut random, 1, 5000));
    let mut first = None;
    for step in 0..100 {
        let away = step as f64 / 100.0;
        for alert in feed(&mut monitor, 1000, |_| normal(&mut random) + away) {
            if alert.level >= Level::Warn {
                first.get_or_insert(away);
            }
        }
    }
    assert!(first.is_some_and(|away| (0.2..0.6).contains(&away)), "{first:?}");
}

/// "The new category gave an infinite index", "the new category gave an error": it is an other one, and counts as what it is.
#[test]
fn a_new_category_is_neither_infinite_nor_an_error() {
    let names = ["view", "cart", "buy"];
    let share = |new: f64| {
        let mut stream = Stream::new("kind", Role::Input, 1.0, Bins::of_names(names.into_iter(), 8)).unwrap();
        (0..3000).for_each(|at| stream.add(Value::Name(names[at % 3])));
        let (mut monitor, mut random) = (watch(Reference::new(vec![stream], vec![]).unwrap()), SplitMix64::new(11));
        let mut highest = None;
        for at in 0..20_000 {
            let name = if random.unit() < new { "gift" } else { names[at % 3] };
            monitor.observe(0, Value::Name(name)).unwrap();
            for alert in monitor.look(0) {
                assert!(alert.value.is_finite() && alert.psi.unwrap().is_finite() && alert.moved[0].bin == 3, "{alert:?}");
                highest = highest.max(Some(alert.level));
            }
        }
        highest
    };
    assert_eq!(share(0.0), None);
    assert_eq!(share(0.015), Some(Level::Notice));
    assert_eq!(share(0.08), Some(Level::Warn));
    assert_eq!(share(0.5), Some(Level::Fallback));
}

/// "The beacon was sent twice, and a visit counted twice": by a page that is hidden, shown and hidden again.
#[test]
fn a_report_that_comes_twice_counts_once() {
    let reference = Reference::new(vec![], vec![Rate { name: "fallback".to_owned(), events: 0, of: 100 }]).unwrap();
    let (mut page, mut ledger, mut all) = (watch(reference.clone()), Ledger::new(10), Tally::new(&reference));
    let mut sent = Vec::new();
    for _ in 0..3 {
        page.occasion(0, true).unwrap();
        sent.push(page.report(77).to_bytes());
    }
    for bytes in [&sent[1], &sent[0], &sent[1], &sent[2], &sent[0], &sent[2]] {
        let report = Report::from_bytes(&reference, bytes).unwrap();
        if ledger.admit(report.source, report.sequence).unwrap() {
            all.merge(&report.tally).unwrap();
        }
    }
    assert_eq!((all.happened(0).events, all.happened(0).of), (3, 3));
}
