//! Situations that people have told of in which what a model was given had another shape than before, made small: each is told by the
//! first few, and what only looks like one is not.

use nearhand_kernels::random::SplitMix64;
use nearhand_monitor::{Alert, Bins, Kind, Level, Monitor, Reference, Report, Role, Settings, Stream, Value};

const MOST: usize = 16;
const CODES: [&str; 4] = ["270", "101", "220", "600"];

fn normal(random: &mut SplitMix64) -> f64 {
    (0..12).map(|_| random.unit()).sum::<f64>() - 6.0
}

/// Amounts in euros, one in twenty of them missing.
fn amount(random: &mut SplitMix64) -> Value<'static> {
    if random.unit() < 0.05 {
        Value::Missing
    } else {
        Value::Number((20.0 * (0.4 * normal(random)).exp() * 100.0).round() / 100.0)
    }
}

fn code(random: &mut SplitMix64) -> Value<'static> {
    Value::Name(CODES[(random.unit() * 4.0) as usize])
}

fn frozen(bins: Bins, importance: f64, values: impl Iterator<Item = Value<'static>>) -> Reference {
    let mut stream = Stream::new("x", Role::Input, importance, bins).unwrap();
    values.for_each(|value| stream.add(value));
    // The most important of its role, so that the other's weight is as it says.
    let mut other = Stream::new("other", Role::Input, 1.0, Bins::Indexed(2)).unwrap();
    other.add(Value::Index(0));
    Reference::new(vec![stream, other], vec![]).unwrap()
}

fn numbers(count: usize, importance: f64, mut draw: impl FnMut() -> Value<'static>) -> Reference {
    let sample: Vec<Value<'static>> = (0..count).map(|_| draw()).collect();
    let finite: Vec<f64> = sample.iter().filter_map(|x| if let Value::Number(x) = x { Some(*x) } else { None }).collect();
    frozen(Bins::of_numbers(&finite, 10), importance, sample.into_iter())
}

fn names(all: &[&'static str]) -> Reference {
    frozen(Bins::of_names((0..3000).map(|at| all[at % all.len()]), 30), 1.0, (0..3000).map(|at| Value::Name(all[at % all.len()])))
}

/// After how many values each alert comes, who looks after each.
fn told(monitor: &mut Monitor, count: usize, mut value: impl FnMut(usize) -> Value<'static>) -> Vec<(usize, Alert)> {
    let mut out = Vec::new();
    for at in 1..=count {
        monitor.observe(0, value(at)).unwrap();
        let urgent = monitor.urgent();
        let alerts = monitor.look(0);
        assert!(urgent == alerts.iter().any(|alert| matches!(alert.kind, Kind::Schema | Kind::Units)), "it says when to look");
        out.extend(alerts.into_iter().map(|alert| (at, alert)));
    }
    out
}

fn watch(reference: &Reference) -> Monitor {
    Monitor::new(reference.clone(), Settings::default()).unwrap()
}

/// That all of these values are told as this kind, up to a fallback, within 16: as the first of all, and after some that were right.
fn at_once(
    reference: &Reference,
    kind: Kind,
    right: impl Fn(&mut SplitMix64) -> Value<'static>,
    wrong: impl Fn(&mut SplitMix64) -> Value<'static>,
) -> Alert {
    let mut last = None;
    for before in [0, 2000] {
        let (mut monitor, mut random) = (watch(reference), SplitMix64::new(7));
        assert_eq!(told(&mut monitor, before, |_| right(&mut random)), [], "{before}");
        let alerts = told(&mut monitor, MOST, |_| wrong(&mut random));
        assert!(alerts.iter().all(|(_, alert)| alert.kind == kind) && alerts.len() <= 2, "{before}: {alerts:?}");
        let (_, alert) = alerts.last().unwrap();
        assert!(alert.level == Level::Fallback && alert.value > 0.5 && alert.value > alert.threshold, "{before}: {alerts:?}");
        last = Some(alert.clone());
    }
    last.unwrap()
}

fn amounts() -> Reference {
    let mut random = SplitMix64::new(1);
    numbers(5000, 1.0, || amount(&mut random))
}

/// "The total was in dollars, and came in cents"; "a constant of 50 came as a million, and nothing was said": above all that was seen.
#[test]
fn another_unit_is_told_with_its_factor() {
    let scaled = |by: f64| {
        move |random: &mut SplitMix64| if let Value::Number(x) = amount(random) { Value::Number(by * x) } else { Value::Missing }
    };
    let thousand = at_once(&amounts(), Kind::Units, amount, scaled(1000.0));
    assert_eq!(thousand.factor, Some(1000.0), "{thousand:?}");
    assert!(thousand.moved[0].bin == 11 && thousand.ratio.is_some_and(|ratio| (500.0..2000.0).contains(&ratio)));
    let small = at_once(&amounts(), Kind::Units, amount, scaled(1.0 / 3600.0));
    assert_eq!((small.factor, small.moved[0].bin), (Some(1.0 / 3600.0), 0));
    let constant = numbers(1000, 1.0, || Value::Number(50.0));
    let million = at_once(&constant, Kind::Units, |_| Value::Number(50.0), |_| Value::Number(1e6));
    assert_eq!((million.factor, million.ratio.map(f64::round)), (None, Some(20_000.0)));
    // What is no finite number is missing to some checks and no number to others.
    at_once(&amounts(), Kind::Units, amount, |_| Value::Number(f64::INFINITY));
}

/// "The request does not carry the field any more"; "one text in the list made all its numbers texts"; "12,50 for 12.50".
#[test]
fn what_is_missing_or_a_text_is_told() {
    for wrong in [Value::Missing, Value::Number(f64::NAN), Value::Name("12,50")] {
        let alert = at_once(&amounts(), Kind::Schema, amount, |_| wrong);
        assert!(alert.moved[0].bin == 12 && alert.ratio.is_none(), "{alert:?}");
    }
    // Where a third is missing as it is, and of a reference of a hundred rows.
    for (count, share) in [(5000, 0.33), (100, 0.05)] {
        let mut random = SplitMix64::new(3);
        let third = numbers(count, 1.0, || if random.unit() < share { Value::Missing } else { Value::Number(random.unit()) });
        let alerts = told(&mut watch(&third), MOST, |_| Value::Missing);
        assert!(alerts.last().is_some_and(|(_, alert)| alert.kind == Kind::Schema && alert.level >= Level::Warn), "{alerts:?}");
    }
}

/// "270 came as 270.0, so that no code was known"; "the same words in capitals"; "a label by its number": names that have no bin.
#[test]
fn another_encoding_of_names_is_told() {
    let codes = names(&CODES);
    for wrong in [Value::Name("270.0"), Value::Name("VIEW"), Value::Name(" 270"), Value::Index(2), Value::Number(270.0)] {
        let alert = at_once(&codes, Kind::Schema, code, |_| wrong);
        assert_eq!((alert.moved[0].bin, alert.moved[0].reference), (4, 0.0));
    }
    at_once(&codes, Kind::Schema, code, |_| Value::Missing);
}

/// "The column was dropped, it says: one value of 300,000 was missing"; "an error for each rare name": neither is anything.
#[test]
fn a_few_are_nobodys_fault() {
    let codes = names(&CODES);
    for share in [3e-6, 0.001, 0.01] {
        let (mut monitor, mut random) = (watch(&codes), SplitMix64::new(9));
        for at in 0..100_000 {
            let rare = if at % 2 == 0 { Value::Name("new") } else { Value::Missing };
            monitor.observe(0, if random.unit() < share { rare } else { Value::Name(CODES[at % 4]) }).unwrap();
            assert!(!monitor.urgent(), "{share}");
        }
    }
}

/// "Half of our visitors have no such field": a run of eight of them is chance; so are the names that a small reference lacks.
#[test]
fn what_is_often_so_is_no_alarm() {
    let mut random = SplitMix64::new(11);
    let half = numbers(2000, 1.0, || if random.unit() < 0.5 { Value::Missing } else { Value::Number(random.unit()) });
    let mut monitor = watch(&half);
    (0..100_000).for_each(|_| {
        monitor.observe(0, if random.unit() < 0.5 { Value::Missing } else { Value::Number(random.unit()) }).unwrap()
    });
    assert_eq!(monitor.look(0), []);
    // A hundred rows of two hundred names, each as often as another.
    let words: Vec<String> = (0..200).map(|at| format!("name {at}")).collect();
    for _ in 0..20 {
        let sample: Vec<&str> = (0..100).map(|_| words[(random.unit() * 200.0) as usize].as_str()).collect();
        let mut stream = Stream::new("x", Role::Input, 1.0, Bins::of_names(sample.iter().copied(), 60)).unwrap();
        sample.iter().for_each(|name| stream.add(Value::Name(name)));
        let mut monitor = watch(&Reference::new(vec![stream], vec![]).unwrap());
        (0..1000).for_each(|_| monitor.observe(0, Value::Name(&words[(random.unit() * 200.0) as usize])).unwrap());
        assert_eq!(monitor.look(0).iter().filter(|alert| alert.kind == Kind::Schema).count(), 0);
    }
}

/// "An integer that is 0 for everyone, and passes every check": within what was seen no value says anything, and it is drift's.
#[test]
fn a_usual_value_for_everyone_is_drift() {
    let mut random = SplitMix64::new(13);
    let counts = numbers(5000, 1.0, || Value::Number((random.unit() * 4.0).floor()));
    let alerts = told(&mut watch(&counts), 300, |_| Value::Number(0.0));
    assert!(alerts.iter().all(|(_, alert)| alert.kind == Kind::InputDrift) && alerts[0].0 >= 100, "{alerts:?}");
}

/// An input that the model does not look at is no more than noticed; one that matters half as much has to be worse.
#[test]
fn what_matters_less_is_told_less_loudly() {
    for (importance, level) in [(0.0, Level::Notice), (0.5, Level::Fallback)] {
        let mut random = SplitMix64::new(1);
        let reference = numbers(5000, importance, || amount(&mut random));
        let alerts = told(&mut watch(&reference), 100, |_| Value::Missing);
        assert_eq!(alerts.iter().map(|(_, alert)| alert.level).max(), Some(level), "{importance}: {alerts:?}");
    }
}

/// It is over when it is repaired, and told when it comes again; sums of others tell as well.
#[test]
fn repaired_and_broken_again_and_by_reports() {
    let (reference, mut random) = (amounts(), SplitMix64::new(15));
    let mut monitor = watch(&reference);
    for _ in 0..2 {
        assert!(!told(&mut monitor, MOST, |_| Value::Missing).is_empty() && monitor.standing() >= Some(Level::Warn));
        assert_eq!(told(&mut monitor, 5000, |_| amount(&mut random)), []);
        assert_eq!(monitor.standing(), None);
    }
    let mut sum = watch(&reference);
    for source in 0..40 {
        let mut page = watch(&reference);
        (0..10).for_each(|_| page.observe(0, if source < 20 { amount(&mut random) } else { Value::Missing }).unwrap());
        sum.absorb(&Report::from_bytes(&reference, &page.report(source).to_bytes()).unwrap().tally).unwrap();
        let alerts = sum.look(0);
        assert_eq!(!alerts.is_empty(), source == 20 || source == 21, "{source}: {alerts:?}");
    }
}
