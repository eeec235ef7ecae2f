//! Counting alone, on a reference's bytes as they lie: for whoever answers beside it and has few bytes to spare. What is counted is
//! what a [`Tally`](crate::Tally) counts of the same values.

use crate::bins::Value;
use crate::bytes::digest;

const LETTERS: &[u8] = b"NHMR";
/// The version that is read.
const VERSION: u8 = 1;
/// Bins behind those of values: for numbers beyond the last edge, or names that have none; and for what is missing.
const OTHERS: usize = 2;
/// Letters and version, and the digest behind the body.
const HEAD: usize = 5;
const TAIL: usize = 8;
/// Most edges, names or indexes of a stream; bytes of a name; streams; rates. As a reference has them.
const MOST: usize = 62;
const LONGEST: usize = 64;
const STREAMS: usize = 128;
const RATES: usize = 32;

/// What the values of a stream are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Numbers,
    Names,
    Indexes,
}

/// Where something stands in the bytes.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: usize,
    len: usize,
}

#[derive(Clone, Copy, Debug)]
struct Stream {
    name: Place,
    kind: Kind,
    /// Edges or names.
    start: usize,
    values: usize,
    /// Of its first bin, among the counts.
    first: usize,
}

/// A reference's bytes and counts on its bins. A count that would overflow stays at its largest.
#[derive(Clone, Debug)]
pub struct Frozen {
    bytes: Vec<u8>,
    streams: Vec<Stream>,
    rates: Vec<Place>,
    counts: Vec<u64>,
}

impl Frozen {
    /// Whether bytes are a reference of another version than the one that is read.
    #[must_use]
    pub fn is_of_another_version(bytes: &[u8]) -> bool {
        bytes.starts_with(LETTERS) && bytes.get(HEAD - 1) != Some(&VERSION)
    }

    /// Nothing counted yet. None of bytes that are no reference, or end early: what is looked at is what counting needs, and that
    /// the digest holds; [`Reference::from_bytes`](crate::Reference::from_bytes) looks at all of them.
    #[must_use]
    pub fn open(bytes: &[u8]) -> Option<Self> {
        let (body, tail) = bytes.split_last_chunk::<TAIL>()?;
        if !body.starts_with(LETTERS) || Self::is_of_another_version(body) || digest(body) != u64::from_le_bytes(*tail) {
            return None;
        }
        let mut at = At { bytes: body, at: HEAD };
        let (mut streams, mut rates, mut bins) = (Vec::new(), Vec::new(), 0);
        for _ in 0..at.many(STREAMS)? {
            let name = at.text()?;
            // Role and importance.
            at.many(2)?;
            at.skip(4)?;
            let kind = *[Kind::Numbers, Kind::Names, Kind::Indexes].get(at.many(2)?)?;
            let (values, start) = (at.many(MOST)?, at.at);
            match kind {
                Kind::Numbers => at.skip(8 * values)?,
                Kind::Names => (0..values).try_for_each(|_| at.text().map(drop))?,
                Kind::Indexes => {}
            }
            streams.push(Stream { name, kind, start, values, first: bins });
            at.sparse(values + OTHERS)?;
            bins += values + OTHERS;
        }
        for _ in 0..at.many(RATES)? {
            rates.push(at.text()?);
            at.count()?;
            at.count()?;
        }
        let counts = vec![0; bins + 2 * rates.len()];
        (at.at == body.len()).then(|| Self { bytes: bytes.to_vec(), streams, rates, counts })
    }

    /// The place of a stream.
    #[must_use]
    pub fn stream(&self, name: &str) -> Option<usize> {
        self.streams.iter().position(|stream| self.is(stream.name, name))
    }

    /// The place of a rate.
    #[must_use]
    pub fn rate(&self, name: &str) -> Option<usize> {
        self.rates.iter().position(|rate| self.is(*rate, name))
    }

    /// Whether a stream of names has a bin for one.
    #[must_use]
    pub fn knows(&self, stream: usize, name: &str) -> bool {
        self.streams.get(stream).is_some_and(|of| of.kind == Kind::Names && self.named(*of, name).is_some())
    }

    fn is(&self, place: Place, name: &str) -> bool {
        self.bytes.get(place.start..place.start + place.len) == Some(name.as_bytes())
    }

    /// Counts a value of a stream; of one that is not there nothing.
    pub fn add(&mut self, stream: usize, value: Value<'_>) {
        let Some(of) = self.streams.get(stream).copied() else { return };
        let (other, missing) = (of.values, of.values + 1);
        let bin = match (of.kind, value) {
            (Kind::Numbers, Value::Number(number)) if !number.is_nan() => self.below(of, number),
            (Kind::Numbers, Value::Index(index)) => self.below(of, f64::from(index)),
            (Kind::Numbers, _) | (_, Value::Missing) => missing,
            (Kind::Names, Value::Name(name)) => self.named(of, name).unwrap_or(other),
            (Kind::Indexes, Value::Index(index)) if (index as usize) < of.values => index as usize,
            (_, Value::Number(number)) if number.is_nan() => missing,
            _ => other,
        };
        self.raise(of.first + bin);
    }

    /// How many edges are below a number.
    fn below(&self, stream: Stream, number: f64) -> usize {
        let edges = self.bytes.get(stream.start..stream.start + 8 * stream.values).unwrap_or_default();
        edges.as_chunks::<8>().0.iter().filter(|edge| f64::from_le_bytes(**edge) < number).count()
    }

    fn named(&self, stream: Stream, name: &str) -> Option<usize> {
        let mut at = At { bytes: &self.bytes, at: stream.start };
        (0..stream.values).find(|_| at.text().is_some_and(|place| self.is(place, name)))
    }

    /// Counts an occasion of a rate, and whether it happened; of one that is not there nothing.
    pub fn occasion(&mut self, rate: usize, happened: bool) {
        if rate < self.rates.len() {
            let events = self.counts.len() - 2 * (self.rates.len() - rate);
            if happened {
                self.raise(events);
            }
            self.raise(events + 1);
        }
    }

    fn raise(&mut self, at: usize) {
        if let Some(count) = self.counts.get_mut(at) {
            *count = count.saturating_add(1);
        }
    }

    /// The bins of each stream in their order; and of each rate how often it happened, and of how many.
    #[must_use]
    pub fn counts(&self) -> (&[u64], &[u64]) {
        self.counts.split_at(self.counts.len().saturating_sub(2 * self.rates.len()))
    }

    /// The reference's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Bytes that are gone through.
struct At<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl At<'_> {
    fn skip(&mut self, len: usize) -> Option<()> {
        self.at += len;
        (self.at <= self.bytes.len()).then_some(())
    }

    fn count(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..63).step_by(7) {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(value);
            }
        }
        None
    }

    /// A number of at most so much.
    fn many(&mut self, most: usize) -> Option<usize> {
        let value = usize::try_from(self.count()?).ok()?;
        (value <= most).then_some(value)
    }

    fn text(&mut self) -> Option<Place> {
        let len = self.many(LONGEST)?;
        let place = Place { start: self.at, len };
        self.skip(len)?;
        Some(place)
    }

    /// Goes past the counts of so many bins.
    fn sparse(&mut self, mut bins: usize) -> Option<()> {
        while bins > 0 {
            let zeros = if self.count()? == 0 { self.many(bins - 1)? } else { 0 };
            bins -= 1 + zeros;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bins::Bins;
    use crate::reference::{Rate, Reference, Role, Stream};
    use crate::tally::Tally;
    use nearhand_kernels::random::SplitMix64;

    fn reference() -> Reference {
        let values: Vec<f64> = (0..100).map(|i| f64::from(i % 37)).collect();
        let bins = [
            Bins::of_numbers(&values, 10),
            Bins::Named(["model", "table", "ü", ""].map(str::to_owned).to_vec()),
            Bins::Indexed(4),
            Bins::Numeric(Vec::new()),
        ];
        let streams = bins.into_iter().zip(["number", "name", "index", "none"]).map(|(bins, name)| {
            let mut stream = Stream::new(name, Role::Slate, 1.0, bins).unwrap();
            values.iter().for_each(|value| stream.add(Value::Number(*value)));
            stream
        });
        let rates = ["fallback", "short"].map(|name| Rate { name: name.to_owned(), events: 3, of: 1000 });
        Reference::new(streams.collect(), rates.to_vec()).unwrap()
    }

    #[test]
    fn counts_what_a_tally_counts() {
        let reference = reference();
        let (mut frozen, mut tally) = (Frozen::open(&reference.to_bytes()).unwrap(), Tally::new(&reference));
        let mut random = SplitMix64::new(8);
        for _ in 0..5000 {
            let (stream, whole) = (random.bits() as usize % 4, random.bits() as u32 % 41);
            let value = match random.bits() % 6 {
                0 => Value::Missing,
                1 => Value::Name(["model", "table", "ü", "", "other", "model "][whole as usize % 6]),
                2 => Value::Index(whole % 6),
                3 => Value::Number([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0][whole as usize % 4]),
                4 => Value::Number(f64::from(whole)),
                _ => Value::Number(random.unit() * 40.0),
            };
            frozen.add(stream, value);
            tally.add(&reference, stream, value).unwrap();
            let (rate, happened) = (random.bits() as usize % 2, whole == 0);
            frozen.occasion(rate, happened);
            tally.occasion(rate, happened).unwrap();
        }
        // What is not there is nothing.
        frozen.add(4, Value::Missing);
        frozen.occasion(2, true);
        let bins: Vec<u64> = (0..4).flat_map(|stream| tally.counts(stream).to_vec()).collect();
        let rates: Vec<u64> = (0..2).flat_map(|rate| [tally.happened(rate).events, tally.happened(rate).of]).collect();
        assert_eq!(frozen.counts(), (&bins[..], &rates[..]));
        assert_eq!(Tally::of(&reference, &bins, &rates).unwrap(), tally);
        assert!(Tally::of(&reference, &bins[1..], &rates).is_err() && Tally::of(&reference, &bins, &rates[2..]).is_err());
        assert_eq!(
            (frozen.stream("index"), frozen.stream("inde"), frozen.rate("short"), frozen.rate("")),
            (Some(2), None, Some(1), None)
        );
        assert_eq!(
            [(1, "table"), (1, ""), (1, "tabl"), (0, "table"), (9, "table")].map(|(at, name)| frozen.knows(at, name)),
            [true, true, false, false, false]
        );
    }

    #[test]
    fn a_full_count_stays_full() {
        let mut frozen = Frozen::open(&reference().to_bytes()).unwrap();
        frozen.counts.fill(u64::MAX);
        frozen.add(0, Value::Missing);
        frozen.occasion(1, true);
        assert!(frozen.counts.iter().all(|count| *count == u64::MAX));
    }

    /// Whatever the body says: refused, or counted on without leaving the counts.
    #[test]
    fn hostile_bytes_are_refused_or_harmless() {
        let bytes = reference().to_bytes();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 4;
            assert!(Frozen::open(&changed).is_none() && Frozen::open(&bytes[..at]).is_none(), "byte {at}");
        }
        assert!(!Frozen::is_of_another_version(&bytes) && !Frozen::is_of_another_version(b"NHMT\x02"));
        assert!(Frozen::is_of_another_version(b"NHMR\x02") && Frozen::is_of_another_version(b"NHMR"));
        let (mut random, mut opened) = (SplitMix64::new(3), 0);
        for _ in 0..6_000 {
            let mut changed = bytes[..bytes.len() - TAIL].to_vec();
            for _ in 0..1 + random.bits() % 3 {
                let at = HEAD + random.bits() as usize % (changed.len() - HEAD);
                changed[at] = random.bits() as u8;
            }
            changed.extend(digest(&changed).to_le_bytes());
            let Some(mut frozen) = Frozen::open(&changed) else { continue };
            opened += 1;
            let counts = frozen.counts.len();
            assert!(counts <= STREAMS * (MOST + OTHERS) + 2 * RATES);
            for stream in 0..6 {
                for value in [Value::Number(7.0), Value::Name("table"), Value::Index(1), Value::Missing] {
                    frozen.add(stream, value);
                }
            }
            let added: u64 = frozen.counts.iter().sum();
            assert_eq!((added, frozen.counts.len()), (4 * frozen.streams.len().min(6) as u64, counts));
        }
        assert!(opened > 100, "{opened}");
    }
}
