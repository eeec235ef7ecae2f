use super::*;
use crate::bins::{Bins, Value};
use crate::bytes::{Format, digest};
use crate::error::{Code, Result};

fn sample() -> Reference {
    let mut price = Stream::new("price", Role::Input, 0.7, Bins::of_numbers(&[1.0, 2.0, 2.0, 8.0], 3)).unwrap();
    [1.0, 2.0, 2.0, 8.0, f64::NAN].iter().for_each(|v| price.add(Value::Number(*v)));
    let mut kind = Stream::new("kind", Role::Input, 0.35, Bins::of_names(["view", "cart"].into_iter(), 8)).unwrap();
    kind.add(Value::Name("view"));
    let mut place = Stream::new("bucket", Role::Slate, 0.0, Bins::Indexed(4)).unwrap();
    place.add(Value::Index(3));
    let rates = vec![Rate { name: "unknown-item".to_owned(), events: 3, of: 1000 }];
    Reference::new(vec![price, kind, place], rates).unwrap()
}

#[test]
fn what_is_written_is_read() {
    let made = sample();
    let bytes = made.to_bytes();
    let read = Reference::from_bytes(&bytes).unwrap();
    assert_eq!(read, made);
    assert_eq!((read.digest(), read.to_bytes().len()), (made.digest(), bytes.len()));
    assert_eq!([read.weight(0), read.weight(1), read.weight(2), read.weight(9)], [1.0, 0.5, 1.0, 0.0]);
    assert_eq!(read.streams()[0].counts(), [0, 1, 2, 1, 0, 1]);
}

#[test]
fn what_cannot_be_a_reference_is_refused_with_its_name() {
    let refused = |result: Result<Stream>| result.unwrap_err().code() == Code::ReferenceInvalid;
    let numeric = |edges: &[f64]| Bins::Numeric(edges.to_vec());
    assert!(refused(Stream::new("", Role::Input, 0.0, Bins::Indexed(1))));
    assert!(refused(Stream::new(&"n".repeat(65), Role::Input, 0.0, Bins::Indexed(1))));
    assert!(refused(Stream::new("a", Role::Input, -0.1, Bins::Indexed(1))));
    for importance in [f64::NAN, f64::INFINITY, 1e39, 1e-46] {
        assert!(refused(Stream::new("a", Role::Input, importance, Bins::Indexed(1))), "{importance}");
    }
    assert!(refused(Stream::new("a", Role::Input, 0.0, Bins::Indexed(63))));
    assert!(refused(Stream::new("a", Role::Input, 0.0, numeric(&[1.0, 1.0]))));
    assert!(refused(Stream::new("a", Role::Input, 0.0, numeric(&[f64::NAN]))));
    assert!(refused(Stream::new("a", Role::Input, 0.0, Bins::Named(vec!["x".to_owned(), "x".to_owned()]))));
    let stream = sample().streams()[0].clone();
    let empty = Stream::new("empty", Role::Score, 0.0, Bins::Indexed(1)).unwrap();
    let rate = |events, of| Rate { name: "rate".to_owned(), events, of };
    let refused = |streams: Vec<Stream>, rates| Reference::new(streams, rates).unwrap_err().code() == Code::ReferenceInvalid;
    assert!(refused(vec![stream.clone(), stream.clone()], vec![]));
    assert!(refused(vec![empty], vec![]));
    assert!(
        refused(vec![], vec![rate(1, 0)]) && refused(vec![], vec![rate(2, 1)]) && refused(vec![], vec![rate(1, 1), rate(1, 1)])
    );
    let many = (0..129).map(|at| Stream { name: format!("s{at}"), ..stream.clone() }).collect();
    assert!(refused(many, vec![]));
}

/// Bytes that have a right frame and a wrong body, one malformation each.
#[test]
fn hostile_bytes_are_refused() {
    type Body = fn(&mut crate::bytes::Writer);
    let bodies: &[(&str, Body)] = &[
        ("nothing", |_| ()),
        ("too many streams", |out| out.count(129)),
        ("a stream cut short", |out| out.count(1)),
        ("an unknown role", |out| {
            out.count(1);
            out.text("a");
            out.count(3);
        }),
        ("an importance that is no number", |out| stream_of(out, "a", f32::NAN, &[1.0], &[1, 1, 1])),
        ("an importance below 0", |out| stream_of(out, "a", -1.0, &[1.0], &[1, 1, 1])),
        ("no name", |out| stream_of(out, "", 1.0, &[1.0], &[1, 1, 1])),
        ("a name too long", |out| stream_of(out, &"a".repeat(65), 1.0, &[1.0], &[1, 1, 1])),
        ("edges that fall", |out| stream_of(out, "a", 1.0, &[2.0, 1.0], &[1, 1, 1, 1])),
        ("an infinite edge", |out| stream_of(out, "a", 1.0, &[f64::INFINITY], &[1, 1, 1])),
        ("too few counts", |out| stream_of(out, "a", 1.0, &[1.0], &[1, 1])),
        ("a count too large", |out| stream_of(out, "a", 1.0, &[1.0], &[1, 1, (1 << 48) + 1])),
        ("no observation", |out| stream_of(out, "a", 1.0, &[1.0], &[0, 0, 0])),
        ("an unknown kind of bins", |out| {
            out.count(1);
            out.text("a");
            out.count(0);
            out.four(1_f32.to_le_bytes());
            out.count(3);
        }),
        ("too many bins", |out| {
            out.count(1);
            out.text("a");
            out.count(0);
            out.four(1_f32.to_le_bytes());
            out.count(2);
            out.count(63);
        }),
        ("a category twice", |out| {
            out.count(1);
            out.text("a");
            out.count(0);
            out.four(1_f32.to_le_bytes());
            out.count(1);
            out.count(2);
            out.text("x");
            out.text("x");
            out.sparse([1, 1, 1, 1].into_iter());
            out.count(0);
        }),
        ("a rate of more events than occasions", |out| {
            out.count(0);
            out.count(1);
            out.text("r");
            out.count(2);
            out.count(1);
        }),
        ("bytes behind the end", |out| {
            out.count(0);
            out.count(0);
            out.count(0);
        }),
    ];
    let format = Format { letters: b"NHMR", version: 1, malformed: Code::ReferenceMalformed, most: MOST_BYTES };
    for (what, body) in bodies {
        let mut out = format.begin();
        body(&mut out);
        let error = Reference::from_bytes(&out.end()).unwrap_err();
        assert_eq!(error.code(), Code::ReferenceMalformed, "{what}");
    }
    let newer = Format { version: 2, ..format }.begin().end();
    assert_eq!(Reference::from_bytes(&newer).unwrap_err().code(), Code::VersionUnsupported);
    assert_eq!(Reference::from_bytes(&vec![0; MOST_BYTES + 1]).unwrap_err().code(), Code::ReferenceMalformed);
}

fn stream_of(out: &mut crate::bytes::Writer, name: &str, importance: f32, edges: &[f64], counts: &[u64]) {
    out.count(1);
    out.text(name);
    out.count(0);
    out.four(importance.to_le_bytes());
    out.count(0);
    out.count(edges.len() as u64);
    edges.iter().for_each(|edge| out.eight(edge.to_le_bytes()));
    out.sparse(counts.iter().copied());
    out.count(0);
}

/// Whatever stands in the body: an error or a reference that writes the same bytes.
#[test]
fn random_bodies_never_panic() {
    let bytes = sample().to_bytes();
    let body = &bytes[..bytes.len() - 8];
    let mut random = nearhand_kernels::random::SplitMix64::new(11);
    for _ in 0..20_000 {
        let mut changed = body.to_vec();
        for _ in 0..=random.bits() % 3 {
            let at = 5 + random.bits() as usize % (changed.len() - 5);
            changed[at] = random.bits() as u8;
        }
        changed.extend(digest(&changed).to_le_bytes());
        if let Ok(read) = Reference::from_bytes(&changed) {
            assert_eq!(read.to_bytes(), changed);
        }
    }
}
