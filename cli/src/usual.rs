//! What is usual of a bundle's slates, frozen into it: a monitor's reference (docs/monitor.md), of visits that its own engine answers.
//!
//! Rows must be independent of each other, as those of a visit are not: a visit gives one at most. And what serves counts every slate,
//! of which long visits have more: so a visit is taken with a probability that grows with its length, up to the length that nineteen in
//! twenty do not exceed, and of its moments each alike.

use crate::items::ItemList;
use clap::Args;
use nearhand::bundle::{self, Limits};
use nearhand::monitor::{Facts, RATES, STREAMS, UNKNOWN_ITEM};
use nearhand::{Code, Engine, Error, Event, Request, Result, Settings};
use nearhand_monitor::{Bins, Rate, Reference, Stream, Value};
use nearhand_numerics::random::Random;

/// Rows of a reference: below the first there is none, above the second it gets no better.
pub(crate) const LEAST: usize = 100;
const MOST: usize = 5000;
/// Events before a slate that are replayed: as many as a session keeps.
const EVENTS: usize = 50;
/// Time between two events, and any time to begin with.
const GAP_MS: u64 = 1000;
const START_MS: u64 = 1_600_000_000_000;
/// The share of visits that are no longer than the length from which on all are taken alike.
const SHORTER: f64 = 0.95;
/// Bins of numbers, and names that are told apart.
const NUMBERS: usize = 10;
const NAMES: usize = 20;
/// Any, but always the same.
const SEED: u64 = 17;

/// Bytes of a reference that is made here, and more: four streams of numbers, twenty categories of some thirty bytes.
const SPARE: usize = 2048;

/// What is said of a reference.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct UsualArgs {
    /// Freeze nothing into the bundle of what its slates usually are: it cannot be watched until `monitor-reference` has made that
    #[arg(long)]
    pub no_reference: bool,
    /// Length of the slates that the page asks for, which the reference is of [default: 5]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=100), conflicts_with = "no_reference")]
    pub slate_k: Option<u16>,
}

impl UsualArgs {
    /// Bytes of a bundle that are kept free for a reference.
    pub(crate) const fn spare(&self) -> usize {
        if self.no_reference { 0 } else { SPARE }
    }
}

/// One visit: ids of items, oldest first.
pub(crate) type Visit<'a> = Vec<&'a str>;

/// Visits of an item list's rows.
pub(crate) fn of_rows<'a>(items: &'a ItemList, sessions: &[Vec<u32>]) -> Vec<Visit<'a>> {
    let id = |row: &u32| items.rows.get(*row as usize).map(|row| row.item.as_str());
    sessions.iter().map(|session| session.iter().filter_map(id).collect()).collect()
}

/// The bundle with its reference, of visits in the order of their time, and a line about it. Without one where it is not wanted, or
/// where there are too few visits.
///
/// # Errors
/// Any of the bundle.
pub(crate) fn freeze(bytes: Vec<u8>, visits: &[Visit<'_>], args: &UsualArgs) -> Result<(Vec<u8>, String)> {
    if args.no_reference {
        return Ok((bytes, "reference none: --no-reference".to_owned()));
    }
    Ok(match frozen(&bytes, visits, args.slate_k)? {
        Some(done) => done,
        None => (bytes, format!("reference none: of {} visits there are fewer rows than {LEAST}", visits.len())),
    })
}

/// The bundle with its reference, of slates of so many items, and a line about it; none where there are fewer rows than [`LEAST`].
///
/// # Errors
/// Any of the bundle.
pub(crate) fn frozen(bytes: &[u8], visits: &[Visit<'_>], k: Option<u16>) -> Result<Option<(Vec<u8>, String)>> {
    let moments = moments(&visits.iter().map(Vec::len).collect::<Vec<_>>());
    let rows = if moments.len() < LEAST { Rows::default() } else { answered(bytes, visits, &moments, k)? };
    if rows.count < LEAST {
        return Ok(None);
    }
    let reference = reference(&rows)?;
    let (streams, rates) = (reference.streams().len(), reference.rates().len());
    let reference = reference.to_bytes();
    let line = format!("reference rows={} streams={streams} rates={rates} bytes={}", rows.count, reference.len());
    Ok(Some((put(bytes, reference)?, line)))
}

/// The bundle with a reference in the place of its own.
///
/// # Errors
/// Any of the bundle; `data-invalid` for bytes that are no reference.
pub(crate) fn put(bytes: &[u8], reference: Vec<u8>) -> Result<Vec<u8>> {
    Reference::from_bytes(&reference)
        .map_err(|error| Error::new(Code::DataInvalid, error.message()).with("reason", error.code().as_str()))?;
    let mut parts = bundle::open(bytes, None, &Limits::none())?;
    if parts.manifest.model_file.is_some() {
        let why = "the bundle is two files: put the reference into the one that they were split from, and split that";
        return Err(Error::new(Code::DataInvalid, why));
    }
    parts.reference = Some(reference);
    bundle::write(&parts)
}

/// Which visits give a row, by their lengths, the newest first; and after how many of its events.
fn moments(lengths: &[usize]) -> Vec<(usize, usize)> {
    let mut sorted: Vec<usize> = lengths.iter().copied().filter(|len| *len > 0).collect();
    sorted.sort_unstable();
    let long = sorted.get((sorted.len() as f64 * SHORTER) as usize).or(sorted.last()).copied().unwrap_or(1) as f64;
    let mut random = Random::new(SEED);
    let mut out = Vec::new();
    for (visit, len) in lengths.iter().enumerate().rev().filter(|(_, len)| **len > 0) {
        let (taken, moment) = (f64::from(random.unit()) * long < *len as f64, 1 + random.below(*len));
        if taken && out.len() < MOST {
            out.push((visit, moment));
        }
    }
    out
}

/// What was read of slates.
#[derive(Default)]
struct Rows {
    count: usize,
    /// Moments, those included that give no row.
    events: u64,
    numbers: [Vec<f64>; 4],
    sources: Vec<Option<String>>,
    categories: Vec<Option<String>>,
    happened: [u64; RATES.len()],
}

/// Asks the bundle's engine at each moment.
fn answered(bytes: &[u8], visits: &[Visit<'_>], moments: &[(usize, usize)], k: Option<u16>) -> Result<Rows> {
    let mut engine = Engine::open(bytes, &Settings::unbounded())?;
    let request = Request { k: k.map_or(Request::default().k, usize::from), ..Request::default() };
    let mut rows = Rows::default();
    for (visit, events) in moments {
        let visit = visits.get(*visit).and_then(|visit| visit.get(..*events)).unwrap_or_default();
        engine.anew();
        let (mut now, mut known) = (START_MS, true);
        for item in visit.iter().skip(visit.len().saturating_sub(EVENTS)) {
            now += GAP_MS;
            known = engine.observe(&Event::view(*item), now)?;
        }
        rows.add(&request, engine.recommend(&request, now)?, known);
    }
    Ok(rows)
}

impl Rows {
    /// A slate, and whether the catalog has the item of the newest event: this of moments that no event speaks for as well, as the engine
    /// counts every event.
    fn add(&mut self, request: &Request, slate: nearhand::Slate<'_>, known: bool) {
        self.events += 1;
        if let Some(count) = self.happened.get_mut(UNKNOWN_ITEM) {
            *count += u64::from(!known);
        }
        let Some(facts) = Facts::of(request, &slate) else { return };
        self.count += 1;
        let values = facts.values();
        for (all, value) in self.numbers.iter_mut().zip(values) {
            all.push(if let Value::Number(number) = value { number } else { f64::NAN });
        }
        let name = |value| if let Value::Name(name) = value { Some(name.to_owned()) } else { None };
        let [.., source, category] = values;
        self.sources.push(name(source));
        self.categories.push(name(category));
        for (count, yes) in self.happened.iter_mut().zip(facts.rates()) {
            *count += u64::from(yes);
        }
    }
}

fn reference(rows: &Rows) -> Result<Reference> {
    let invalid = |error: nearhand_monitor::Error| Error::new(Code::DataInvalid, error.message());
    let mut streams = Vec::new();
    for ((name, role), sample) in STREAMS.into_iter().zip(&rows.numbers) {
        let mut stream = Stream::new(name, role, 1.0, Bins::of_numbers(sample, NUMBERS)).map_err(invalid)?;
        sample.iter().for_each(|value| stream.add(Value::Number(*value)));
        streams.push(stream);
    }
    for ((name, role), sample) in STREAMS.into_iter().skip(rows.numbers.len()).zip([&rows.sources, &rows.categories]) {
        // A catalog without categories.
        if sample.iter().all(Option::is_none) {
            continue;
        }
        let bins = Bins::of_names(sample.iter().flatten().map(String::as_str), NAMES);
        let mut stream = Stream::new(name, role, 1.0, bins).map_err(invalid)?;
        sample.iter().for_each(|value| stream.add(value.as_deref().map_or(Value::Missing, Value::Name)));
        streams.push(stream);
    }
    let rates = RATES.into_iter().zip(rows.happened).enumerate().map(|(at, (name, events))| {
        let of = if at == UNKNOWN_ITEM { rows.events } else { rows.count as u64 };
        Rate { name: name.to_owned(), events, of }
    });
    Reference::new(streams, rates.collect()).map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::tests::bundle as plain;

    #[test]
    fn a_visit_gives_one_row_and_slates_are_drawn_alike() {
        // Of short visits there are many, of long ones few; but twice as many slates are theirs.
        let lengths: Vec<usize> = (0..4000).map(|visit| if visit % 4 == 0 { 8 } else { 1 }).collect();
        let moments = moments(&lengths);
        let visits: std::collections::BTreeSet<usize> = moments.iter().map(|(visit, _)| *visit).collect();
        assert_eq!(visits.len(), moments.len(), "one of each");
        assert!(moments.iter().all(|(visit, moment)| (1..=lengths[*visit]).contains(moment)));
        let long = moments.iter().filter(|(visit, _)| lengths[*visit] == 8).count() as f64 / moments.len() as f64;
        assert!((long - 8.0 / 11.0).abs() < 0.03, "{long}");
        let last = moments.iter().filter(|(visit, moment)| lengths[*visit] == 8 && *moment == 8).count() as f64;
        assert!((last / 1000.0 - 0.125).abs() < 0.03, "{last}");
        assert_eq!(super::moments(&lengths), moments);
        assert!(super::moments(&[0, 0]).is_empty() && super::moments(&[]).is_empty());
    }

    #[test]
    fn it_is_frozen_and_the_engine_counts_on_it() {
        // Items of which one in four is unknown to the catalog.
        let visits: Vec<Visit<'_>> = (0..400).map(|visit| vec![["a", "b", "c", "gone"][visit % 4], "a"]).collect();
        let (bytes, line) = freeze(plain(), &visits, &UsualArgs::default()).unwrap();
        assert!(line.starts_with("reference rows=3") && line.contains("streams=5 rates=4"), "{line}");
        let read = Reference::from_bytes(&bundle::open(&bytes, None, &Limits::none()).unwrap().reference.unwrap()).unwrap();
        assert_eq!(read.streams().iter().map(Stream::name).collect::<Vec<_>>()[3..], ["slate.spread", "slate.source"]);
        let unknown = read.rates().last().unwrap();
        let share = unknown.events as f64 / unknown.of as f64;
        assert!(unknown.name == "unknown-item" && (share - 0.125).abs() < 0.04, "of events, one in eight: {share}");
        let mut engine = Engine::open(&bytes, &Settings::default()).unwrap();
        engine.observe(&Event::view("a"), START_MS).unwrap();
        engine.recommend(&Request::default(), START_MS).unwrap();
        let counted = engine.info().monitor.unwrap();
        assert_eq!((counted.bins.iter().sum::<u64>(), counted.rates[7]), (5, 1));
        // The same again; without, when that is said or visits are few; and nothing else has changed.
        assert_eq!(freeze(plain(), &visits, &UsualArgs::default()).unwrap().0, bytes);
        assert_eq!(freeze(bytes.clone(), &visits, &UsualArgs::default()).unwrap().0, bytes);
        let no = UsualArgs { no_reference: true, ..UsualArgs::default() };
        assert_eq!(freeze(plain(), &visits, &no).unwrap().0, plain());
        let (few, line) = freeze(plain(), &visits[..99], &UsualArgs::default()).unwrap();
        assert!(few == plain() && line.starts_with("reference none: of 99 visits"), "{line}");
        assert_eq!(put(&plain(), b"NHMR".to_vec()).unwrap_err().code(), Code::DataInvalid);
    }
}
