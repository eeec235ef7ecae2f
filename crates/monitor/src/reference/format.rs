//! A reference as bytes.

use super::declared::{LONGEST_NAME, MOST_BINS, MOST_BYTES, MOST_COUNT, MOST_RATES, MOST_STREAMS, Rate, Role, Stream};
use crate::bins::Bins;
use crate::bytes::{Format, Reader};
use crate::error::{Code, Error, Result};

const FORMAT: Format = Format { letters: b"NHMR", version: 1, malformed: Code::ReferenceMalformed, most: MOST_BYTES };

const ROLES: [Role; 3] = [Role::Input, Role::Score, Role::Slate];

pub(super) fn write(streams: &[Stream], rates: &[Rate]) -> Vec<u8> {
    let mut out = FORMAT.begin();
    out.count(streams.len() as u64);
    for stream in streams {
        out.text(&stream.name);
        out.count(ROLES.iter().position(|role| *role == stream.role).unwrap_or(0) as u64);
        out.four((stream.importance as f32).to_le_bytes());
        match &stream.bins {
            Bins::Numeric(edges) => {
                out.count(0);
                out.count(edges.len() as u64);
                edges.iter().for_each(|edge| out.eight(edge.to_le_bytes()));
            }
            Bins::Named(names) => {
                out.count(1);
                out.count(names.len() as u64);
                names.iter().for_each(|name| out.text(name));
            }
            Bins::Indexed(count) => {
                out.count(2);
                out.count(u64::from(*count));
            }
        }
        out.sparse(stream.counts.iter().copied());
    }
    out.count(rates.len() as u64);
    for rate in rates {
        out.text(&rate.name);
        out.count(rate.events);
        out.count(rate.of);
    }
    out.end()
}

pub(super) fn read(bytes: &[u8]) -> Result<(Vec<Stream>, Vec<Rate>)> {
    let mut from = FORMAT.open(bytes)?;
    let mut streams = Vec::new();
    for _ in 0..from.many(MOST_STREAMS)? {
        streams.push(stream(&mut from)?);
    }
    let mut rates = Vec::new();
    for _ in 0..from.many(MOST_RATES)? {
        let name = from.text(LONGEST_NAME)?.to_owned();
        rates.push(Rate { name, events: from.count()?, of: from.count()? });
    }
    from.end()?;
    Ok((streams, rates))
}

fn stream(from: &mut Reader<'_>) -> Result<Stream> {
    let name = from.text(LONGEST_NAME)?;
    let role = ROLES.get(from.many(ROLES.len() - 1)?).copied().unwrap_or(Role::Input);
    let importance = f64::from(f32::from_le_bytes(from.four()?));
    // The last two are those for others and missing values.
    let most = MOST_BINS - 2;
    let bins = match from.at_most(2)? {
        0 => {
            let mut edges = Vec::new();
            for _ in 0..from.many(most)? {
                edges.push(f64::from_le_bytes(from.eight()?));
            }
            Bins::Numeric(edges)
        }
        1 => {
            let mut names = Vec::new();
            for _ in 0..from.many(most)? {
                names.push(from.text(LONGEST_NAME)?.to_owned());
            }
            Bins::Named(names)
        }
        _ => Bins::Indexed(u32::try_from(from.many(most)?).unwrap_or(0)),
    };
    let counts = from.sparse(bins.count(), MOST_COUNT)?;
    let made = Stream::new(name, role, importance, bins);
    let made = made.map_err(|error| Error::new(Code::ReferenceMalformed, error.message()).with("stream", name))?;
    Ok(Stream { counts, ..made })
}
