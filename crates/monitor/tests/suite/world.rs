//! A made-up shop to be watched: predictions of ten streams and two rates, with and without a fault.

use nearhand_kernels::random::SplitMix64;
use nearhand_monitor::{Bins, Level, Monitor, Rate, Reference, Role, Settings, Stream, Value};

/// What is wrong from some prediction on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Seconds where milliseconds were.
    Units,
    /// A window that stays empty: zero always.
    Empty,
    /// An input that is missing half of the time.
    Missing,
    /// An input that is not told any more.
    Gone,
    /// Cents where euros were.
    Cents,
    /// A category in capitals.
    Capitals,
    /// Two inputs in each other's place.
    Swapped,
    /// A mean one standard deviation away.
    Shift,
    /// Half of one.
    Slight,
    /// Scores of an encoder that lost its scale.
    Scale,
    /// Slates of unpopular items, as when ids are shifted by one.
    Ids,
    /// Three of ten items unknown, where one of fifty was.
    Unknown,
    /// A Sunday of a tenth of a standard deviation, harmless.
    Sunday,
    /// An input that the model does not look at is another altogether.
    Unused,
}

pub const HARMFUL: [Fault; 11] = [
    Fault::Units,
    Fault::Empty,
    Fault::Missing,
    Fault::Gone,
    Fault::Cents,
    Fault::Capitals,
    Fault::Swapped,
    Fault::Shift,
    Fault::Scale,
    Fault::Ids,
    Fault::Unknown,
];

const KINDS: [&str; 7] = ["view", "cart", "search", "list", "home", "buy", "VIEW"];
const CAPITALS: usize = 6;

/// What one prediction is observed of.
struct Prediction {
    numbers: [f64; 7],
    kind: usize,
    score: f64,
    bucket: u32,
    unknown: bool,
}

fn normal(random: &mut SplitMix64) -> f64 {
    (0..12).map(|_| random.unit()).sum::<f64>() - 6.0
}

fn predict(random: &mut SplitMix64, fault: Fault) -> Prediction {
    let (a, b, c) = (normal(random), normal(random), normal(random));
    let dwell = (7.0 + a).exp();
    let seen = if random.unit() < 0.6 { 0.0 } else { (random.unit() * 20.0).floor() };
    let mut numbers = [dwell, seen, 50.0 * (0.5 * b).exp(), c, 0.6 * c + 0.8 * normal(random), random.unit(), normal(random)];
    let skew = random.unit();
    let mut kind = (((skew * skew) * 6.0) as usize).min(5);
    let mut score = (1.0 / (1.0 + (-(0.8 * a + 0.5 * c + normal(random))).exp())).clamp(0.0, 1.0);
    let mut bucket = (random.unit() * random.unit() * 8.0) as u32;
    let mut unknown = random.unit() < 0.02;
    match fault {
        Fault::None => (),
        Fault::Units => numbers[0] /= 1000.0,
        Fault::Empty => numbers[1] = 0.0,
        Fault::Missing if random.unit() < 0.5 => numbers[2] = f64::NAN,
        Fault::Missing => (),
        Fault::Gone => numbers[2] = f64::NAN,
        Fault::Cents => numbers[2] *= 100.0,
        Fault::Capitals => kind = CAPITALS,
        Fault::Swapped => numbers.swap(2, 3),
        Fault::Shift => numbers[3] += 1.0,
        Fault::Slight => numbers[3] += 0.5,
        Fault::Scale => score = 0.5 + 0.1 * (score - 0.5),
        Fault::Ids => bucket = (random.unit() * 8.0) as u32,
        Fault::Unknown => unknown = random.unit() < 0.3,
        Fault::Sunday => {
            numbers[3] += 0.1;
            kind = if random.unit() < 0.05 { 3 } else { kind };
        }
        Fault::Unused => numbers[6] += 3.0,
    }
    Prediction { numbers, kind, score, bucket, unknown }
}

/// A reference of so many predictions.
pub fn reference(random: &mut SplitMix64, count: usize) -> Reference {
    let sample: Vec<Prediction> = (0..count).map(|_| predict(random, Fault::None)).collect();
    let names = ["dwell", "seen", "price", "taste", "mood", "hour", "unused"];
    let mut streams = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let numbers: Vec<f64> = sample.iter().map(|p| p.numbers[at]).collect();
        let importance = if *name == "unused" { 0.0 } else { 1.0 - at as f64 / 20.0 };
        streams.push(Stream::new(name, Role::Input, importance, Bins::of_numbers(&numbers, 10)).unwrap());
    }
    streams.push(Stream::new("kind", Role::Input, 1.0, Bins::of_names(sample.iter().map(|p| KINDS[p.kind]), 8)).unwrap());
    let scores: Vec<f64> = sample.iter().map(|p| p.score).collect();
    streams.push(Stream::new("score", Role::Score, 1.0, Bins::of_numbers(&scores, 10)).unwrap());
    streams.push(Stream::new("bucket", Role::Slate, 1.0, Bins::Indexed(8)).unwrap());
    for p in &sample {
        p.numbers.iter().zip(&mut streams).for_each(|(x, stream)| stream.add(Value::Number(*x)));
        streams[7].add(Value::Name(KINDS[p.kind]));
        streams[8].add(Value::Number(p.score));
        streams[9].add(Value::Index(p.bucket));
    }
    let unknown = sample.iter().filter(|p| p.unknown).count() as u64;
    let rate = |name: &str, events| Rate { name: name.to_owned(), events, of: count as u64 };
    Reference::new(streams, vec![rate("unknown-item", unknown), rate("fallback", 0)]).unwrap()
}

pub fn monitor(reference: &Reference) -> Monitor {
    Monitor::new(reference.clone(), Settings::default()).unwrap()
}

fn observe(monitor: &mut Monitor, p: &Prediction) {
    for (at, x) in p.numbers.iter().enumerate() {
        monitor.observe(at, Value::Number(*x)).unwrap();
    }
    monitor.observe(7, Value::Name(KINDS[p.kind])).unwrap();
    monitor.observe(8, Value::Number(p.score)).unwrap();
    monitor.observe(9, Value::Index(p.bucket)).unwrap();
    monitor.occasion(0, p.unknown).unwrap();
    monitor.occasion(1, false).unwrap();
}

/// So many predictions observed.
pub fn run(monitor: &mut Monitor, random: &mut SplitMix64, count: usize, fault: Fault) {
    (0..count).for_each(|_| observe(monitor, &predict(random, fault)));
}

/// The world alone: a number that depends on so many predictions.
pub fn idle(random: &mut SplitMix64, count: usize, fault: Fault) -> f64 {
    (0..count).map(|_| predict(random, fault)).map(|p| p.numbers.iter().sum::<f64>() + p.score + f64::from(p.bucket)).sum()
}

/// How many of so many windows of N predictions without a fault have an alert of any level, with a reference of its own for
/// each hundred of them.
pub fn alarming_windows(seed: u64, n: usize, windows: usize) -> usize {
    let mut random = SplitMix64::new(seed);
    let mut alarming = 0;
    for _ in 0..windows.div_ceil(100) {
        let mut monitor = monitor(&reference(&mut random, 5000));
        for _ in 0..100 {
            run(&mut monitor, &mut random, n, Fault::None);
            alarming += usize::from(!monitor.look(0).is_empty());
        }
    }
    alarming
}

/// Whether a year of so many predictions a day, looked at after every 50 of them, has an alert.
pub fn year_alarms(seed: u64, a_day: usize) -> bool {
    let mut random = SplitMix64::new(seed);
    let mut monitor = monitor(&reference(&mut random, 5000));
    (0..365 * a_day / 50).any(|_| {
        run(&mut monitor, &mut random, 50, Fault::None);
        !monitor.look(0).is_empty()
    })
}

/// A year of visitors who are there so many at a time for five slates each, and whose taste, mood and hour are their own: what
/// is observed of them depends on what was. Observed of each slate, or `once` a visit; looked at after every 50 slates. The
/// highest level that was raised.
pub fn busy_year(seed: u64, visitors: usize, a_day: usize, once: bool) -> Option<Level> {
    let mut random = SplitMix64::new(seed);
    let mut monitor = monitor(&reference(&mut random, 5000));
    let mut there: Vec<[f64; 7]> = (0..visitors).map(|_| predict(&mut random, Fault::None).numbers).collect();
    let mut highest = None;
    for at in 1..=365 * a_day {
        let visitor = (random.unit() * visitors as f64) as usize;
        let mut p = predict(&mut random, Fault::None);
        let first = random.unit() < 0.2;
        if first {
            there[visitor] = p.numbers;
        }
        p.numbers[3..6].copy_from_slice(&there[visitor][3..6]);
        if first || !once {
            observe(&mut monitor, &p);
        }
        if at % 50 == 0 {
            highest = highest.max(monitor.look(0).iter().map(|alert| alert.level).max());
        }
    }
    highest
}

/// After how many predictions a fault that follows some without is noticed and warned of (or falls back), looked at after every
/// ten and when something is urgent; and the highest level within so many.
pub fn caught(seed: u64, healthy: usize, fault: Fault, within: usize) -> (Option<usize>, Option<usize>, Option<Level>) {
    let mut random = SplitMix64::new(seed);
    let mut monitor = monitor(&reference(&mut random, 5000));
    run(&mut monitor, &mut random, healthy, Fault::None);
    monitor.look(0);
    let (mut noticed, mut warned, mut highest) = (None, None, None);
    for after in 1..=within {
        run(&mut monitor, &mut random, 1, fault);
        if after % 10 > 0 && !monitor.urgent() {
            continue;
        }
        for alert in monitor.look(0) {
            noticed.get_or_insert(after);
            highest = highest.max(Some(alert.level));
            if alert.level >= Level::Warn {
                warned.get_or_insert(after);
            }
        }
    }
    (noticed, warned, highest)
}
