//! A reference as a whole.

use super::declared::{MOST_BYTES, MOST_COUNT, MOST_RATES, MOST_STREAMS, Rate, Stream, is_name};
use super::format;
use crate::bytes::digest;
use crate::error::{Code, Error, Result};

/// A bundle's reference. What it says does not change once it is made; counts are made on its bins alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    streams: Vec<Stream>,
    rates: Vec<Rate>,
    digest: u64,
}

impl Reference {
    /// A reference of counted streams and rates.
    ///
    /// # Errors
    /// `monitor-reference-invalid`: more than are allowed, a name twice, a stream or rate without an observation, more events
    /// than there were occasions, more bytes than a part may have.
    pub fn new(streams: Vec<Stream>, rates: Vec<Rate>) -> Result<Self> {
        let invalid = |why, name: &str| Err(Error::new(Code::ReferenceInvalid, why).with("name", name));
        if streams.len() > MOST_STREAMS || rates.len() > MOST_RATES {
            return invalid("a reference has at most 128 streams and 32 rates", "");
        }
        for (at, stream) in streams.iter().enumerate() {
            if stream.total() == 0 {
                return invalid("a stream has no observation: leave it out, or count some", &stream.name);
            }
            if streams[..at].iter().any(|other| other.name == stream.name) {
                return invalid("two streams have one name", &stream.name);
            }
        }
        for (at, rate) in rates.iter().enumerate() {
            if !is_name(&rate.name) || rate.of == 0 || rate.of > MOST_COUNT || rate.events > rate.of {
                return invalid(
                    "a rate has a name of 1 to 64 bytes and happened at most as often as there were occasions, of which there was one",
                    &rate.name,
                );
            }
            if rates[..at].iter().any(|other| other.name == rate.name) {
                return invalid("two rates have one name", &rate.name);
            }
        }
        let bytes = format::write(&streams, &rates);
        if bytes.len() > MOST_BYTES {
            return invalid("a written reference has at most 128 KiB: take fewer streams, or shorter categories", "");
        }
        Ok(Self { streams, rates, digest: digest(&bytes) })
    }

    /// What [`Reference::to_bytes`] wrote.
    ///
    /// # Errors
    /// `monitor-reference-malformed`: the bytes are no reference or contradict themselves. `monitor-version-unsupported`: they
    /// are of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (streams, rates) = format::read(bytes)?;
        let read = Self::new(streams, rates);
        read.map_err(|error| Error::new(Code::ReferenceMalformed, error.message()))
    }

    /// The reference as bytes, the same for the same reference on every machine.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        format::write(&self.streams, &self.rates)
    }

    /// The streams, in the order in which observations name them.
    #[must_use]
    pub fn streams(&self) -> &[Stream] {
        &self.streams
    }

    /// The rates, likewise.
    #[must_use]
    pub fn rates(&self) -> &[Rate] {
        &self.rates
    }

    /// 64 bits that tell this reference from others.
    #[must_use]
    pub const fn digest(&self) -> u64 {
        self.digest
    }

    /// How much the model cares for a stream, as a share of the most important one of its role: 0 to 1; 1 where none of the
    /// role has an importance.
    #[must_use]
    pub fn weight(&self, stream: usize) -> f64 {
        let Some(stream) = self.streams.get(stream) else { return 0.0 };
        let same = self.streams.iter().filter(|other| other.role == stream.role);
        let most = same.map(|other| other.importance).fold(0.0, f64::max);
        if most > 0.0 { stream.importance / most } else { 1.0 }
    }
}
