use super::*;
use crate::bins::{Bins, Value};
use crate::bytes::{Format, Writer, digest};
use crate::error::{Code, Result};
use crate::latency::BUCKETS;
use crate::reference::{Rate, Reference, Role, Stream};
use nearhand_kernels::random::SplitMix64;

fn reference(importance: f64) -> Reference {
    let values: Vec<f64> = (0..100).map(f64::from).collect();
    let mut streams = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        let mut stream = Stream::new(name, Role::Input, importance, Bins::of_numbers(&values, 10)).unwrap();
        values.iter().for_each(|v| stream.add(Value::Number(*v)));
        streams.push(stream);
    }
    Reference::new(streams, vec![Rate { name: "missing".to_owned(), events: 0, of: 10 }]).unwrap()
}

fn filled(reference: &Reference, seed: u64, count: usize) -> Tally {
    let (mut tally, mut random) = (Tally::new(reference), SplitMix64::new(seed));
    for _ in 0..count {
        for stream in 0..reference.streams().len() {
            tally.add(reference, stream, Value::Number(random.unit() * 110.0)).unwrap();
        }
        tally.occasion(0, random.unit() < 0.1).unwrap();
        tally.took(random.bits() % 900);
    }
    tally
}

#[test]
fn merging_is_counting_together() {
    let reference = reference(1.0);
    let parts = [filled(&reference, 1, 50), filled(&reference, 2, 70), filled(&reference, 3, 1)];
    let sum = |order: [usize; 3]| {
        let mut all = Tally::new(&reference);
        order.iter().for_each(|at| all.merge(&parts[*at]).unwrap());
        all
    };
    assert_eq!(sum([0, 1, 2]), sum([2, 0, 1]));
    let all = sum([1, 2, 0]);
    assert_eq!(
        (all.counts(3).iter().sum::<u64>(), all.happened(0).of, all.latency().count(), all.saturated()),
        (121, 121, 121, false)
    );
    assert_eq!((all.counts(99), all.happened(9)), (&[][..], Happened::default()));
}

#[test]
fn a_report_is_small_and_comes_back() {
    let reference = reference(1.0);
    for count in [0, 20, 100_000] {
        let report = Report { source: u64::MAX, sequence: 3, tally: filled(&reference, 4, count) };
        let bytes = report.to_bytes();
        assert!(bytes.len() <= 1024, "{} bytes of {count}", bytes.len());
        assert_eq!(Report::from_bytes(&reference, &bytes).unwrap(), report);
    }
}

#[test]
fn a_full_count_says_so() {
    let reference = reference(1.0);
    let mut tally = filled(&reference, 1, 10);
    tally.streams[0][3] = u64::MAX - 1;
    let other = tally.clone();
    tally.add(&reference, 0, Value::Number(25.0)).unwrap();
    tally.merge(&other).unwrap();
    assert!(tally.saturated() && tally.streams[0][3] == u64::MAX);
    let mut fresh = Tally::new(&reference);
    fresh.merge(&tally).unwrap();
    assert!(fresh.saturated(), "it goes on with the counts");
    tally.saturated = false;
    let read = Report::from_bytes(&reference, &Report { source: 1, sequence: 2, tally }.to_bytes()).unwrap().tally;
    assert!(read.saturated() && read.streams[0][3] == 1 << 48, "a report has at most 2^48");
}

#[test]
fn other_references_and_names_are_refused() {
    let (one, two) = (reference(1.0), reference(0.5));
    let (mut tally, other) = (filled(&one, 1, 3), filled(&two, 1, 3));
    let before = tally.clone();
    assert_eq!(tally.merge(&other).unwrap_err().code(), Code::ReferenceOther);
    assert_eq!(tally.add(&two, 0, Value::Missing).unwrap_err().code(), Code::ReferenceOther);
    assert_eq!(tally.add(&one, 8, Value::Missing).unwrap_err().code(), Code::ObservationInvalid);
    assert_eq!(tally.occasion(1, true).unwrap_err().code(), Code::ObservationInvalid);
    assert_eq!(tally, before);
    let bytes = Report { source: 0, sequence: 0, tally: other }.to_bytes();
    assert_eq!(Report::from_bytes(&one, &bytes).unwrap_err().code(), Code::ReferenceOther);
}

#[test]
fn hostile_bytes_are_refused() {
    let reference = Reference::new(vec![], vec![Rate { name: "r".to_owned(), events: 0, of: 1 }]).unwrap();
    let format = Format { letters: b"NHMT", version: 1, malformed: Code::ReportMalformed, most: MOST_REPORT_BYTES };
    let with = |body: &dyn Fn(&mut Writer)| {
        let mut out = format.begin();
        out.eight(reference.digest().to_le_bytes());
        out.eight([0; 8]);
        out.count(1);
        body(&mut out);
        Report::from_bytes(&reference, &out.end())
    };
    let rest = |out: &mut Writer, events: u64, buckets: usize| {
        out.count(0);
        out.count(events);
        out.count(events.max(2));
        out.sparse(std::iter::repeat_n(0, buckets));
    };
    with(&|out| rest(out, 2, BUCKETS)).unwrap();
    let malformed = |result: Result<Report>| assert_eq!(result.unwrap_err().code(), Code::ReportMalformed);
    malformed(with(&|_| ()));
    malformed(with(&|out| out.count(2)));
    with(&|out| rest(out, 1 << 48, BUCKETS)).unwrap();
    malformed(with(&|out| rest(out, (1 << 48) + 1, BUCKETS)));
    malformed(with(&|out| {
        [0, 3, 2].iter().for_each(|count| out.count(*count));
        out.sparse(std::iter::repeat_n(0, BUCKETS));
    }));
    malformed(with(&|out| {
        [0, 1, 2].iter().for_each(|count| out.count(*count));
        out.sparse(std::iter::repeat_n(u64::MAX, BUCKETS));
    }));
    malformed(with(&|out| rest(out, 2, BUCKETS - 1)));
    malformed(with(&|out| rest(out, 2, BUCKETS + 1)));
    malformed(with(&|out| {
        rest(out, 2, BUCKETS);
        out.count(0);
    }));
    malformed(Report::from_bytes(&reference, b"NHMT\x01"));
    malformed(Report::from_bytes(&reference, &vec![0; MOST_REPORT_BYTES + 1]));
    let newer = Format { version: 9, ..format }.begin().end();
    assert_eq!(Report::from_bytes(&reference, &newer).unwrap_err().code(), Code::VersionUnsupported);
}

#[test]
fn random_bodies_never_panic() {
    let reference = reference(1.0);
    let bytes = Report { source: 5, sequence: 9, tally: filled(&reference, 4, 40) }.to_bytes();
    let mut random = SplitMix64::new(12);
    for _ in 0..20_000 {
        let mut changed = bytes[..bytes.len() - 8].to_vec();
        let at = 13 + random.bits() as usize % (changed.len() - 13);
        changed[at] = random.bits() as u8;
        changed.extend(digest(&changed).to_le_bytes());
        if let Ok(read) = Report::from_bytes(&reference, &changed) {
            assert_eq!(read.to_bytes(), changed);
        }
    }
}
