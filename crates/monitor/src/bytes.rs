//! Bytes by whole numbers, in the frame that references, reports and states share: four letters, a version, the body, and its
//! digest.

use crate::error::{Code, Error, Result};

/// 64 bits that tell bytes apart and find bytes that have changed by mishap (FNV-1a; Fowler, Noll, Vo). Nothing against intent:
/// whoever reads bytes checks all that they say.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Bytes of letters and version, and of the digest behind the body.
const HEAD: usize = 5;
const TAIL: usize = 8;

/// What bytes are, by their first letters, and what they are called where they are refused.
pub(crate) struct Format {
    pub(crate) letters: &'static [u8; 4],
    /// The version that is written, and the only one that is read.
    pub(crate) version: u8,
    /// The code of bytes that contradict themselves.
    pub(crate) malformed: Code,
    /// The most bytes that are looked at.
    pub(crate) most: usize,
}

impl Format {
    /// The body of bytes, once frame and digest are right.
    pub(crate) fn open<'a>(&self, bytes: &'a [u8]) -> Result<Reader<'a>> {
        let refused = |why| Err(Error::new(self.malformed, why).count("bytes", bytes.len() as u64));
        if bytes.len() > self.most {
            return refused("there are more bytes than any such part has");
        }
        if !bytes.starts_with(self.letters) {
            return refused("the bytes begin otherwise: they are of another kind");
        }
        let version = bytes.get(HEAD - 1).copied().unwrap_or(0);
        if version != self.version {
            let why = "the bytes are of another version of the format: use the release that wrote them, or make them anew";
            return Err(Error::new(Code::VersionUnsupported, why)
                .count("have", version.into())
                .count("want", self.version.into()));
        }
        let Some((all, tail)) = bytes.split_last_chunk::<TAIL>().filter(|(all, _)| all.len() >= HEAD) else {
            return refused("the bytes end early");
        };
        if digest(all) != u64::from_le_bytes(*tail) {
            return refused("bytes have changed, or they end early: take another copy");
        }
        Ok(Reader { bytes: all, at: HEAD, malformed: self.malformed })
    }

    pub(crate) fn begin(&self) -> Writer {
        let mut bytes = self.letters.to_vec();
        bytes.push(self.version);
        Writer(bytes)
    }
}

/// Bytes that are written.
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn count(&mut self, mut value: u64) {
        while value >= 128 {
            self.0.push(value as u8 | 128);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.count(text.len() as u64);
        self.0.extend(text.as_bytes());
    }

    pub(crate) fn eight(&mut self, value: [u8; 8]) {
        self.0.extend(value);
    }

    pub(crate) fn four(&mut self, value: [u8; 4]) {
        self.0.extend(value);
    }

    /// Counts of bins: a run of zeros is a zero and how many more follow.
    pub(crate) fn sparse(&mut self, counts: impl Iterator<Item = u64>) {
        let mut zeros = 0_u64;
        for count in counts {
            if count == 0 {
                zeros += 1;
                continue;
            }
            self.zeros(zeros);
            zeros = 0;
            self.count(count);
        }
        self.zeros(zeros);
    }

    fn zeros(&mut self, zeros: u64) {
        if zeros > 0 {
            self.count(0);
            self.count(zeros - 1);
        }
    }

    /// All bytes, with their digest.
    pub(crate) fn end(mut self) -> Vec<u8> {
        let digest = digest(&self.0);
        self.0.extend(digest.to_le_bytes());
        self.0
    }
}

/// Bytes that are read.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    malformed: Code,
}

impl<'a> Reader<'a> {
    /// The error of a body that contradicts itself here.
    #[cold]
    pub(crate) fn broken(&self, why: &'static str) -> Error {
        Error::new(self.malformed, why).count("at", self.at as u64)
    }

    /// That nothing is left.
    pub(crate) fn end(&self) -> Result<()> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.broken("bytes follow behind the end")) }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let taken = self.at.checked_add(count).and_then(|end| self.bytes.get(self.at..end));
        let Some(taken) = taken else { return Err(self.broken("the bytes end early")) };
        self.at += count;
        Ok(taken)
    }

    pub(crate) fn count(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?.first().copied().unwrap_or(0);
            let part = u64::from(byte & 127);
            if part << shift >> shift != part || (byte == 0 && shift > 0) {
                break;
            }
            value |= part << shift;
            if byte < 128 {
                return Ok(value);
            }
        }
        Err(self.broken("a number is too large or not written the one way"))
    }

    /// A number of at most so much.
    pub(crate) fn at_most(&mut self, most: u64) -> Result<u64> {
        let value = self.count()?;
        if value <= most { Ok(value) } else { Err(self.broken("a number is larger than it may be")) }
    }

    /// How many of something follow.
    pub(crate) fn many(&mut self, most: usize) -> Result<usize> {
        Ok(usize::try_from(self.at_most(most as u64)?).unwrap_or(0))
    }

    pub(crate) fn text(&mut self, most: usize) -> Result<&'a str> {
        let len = self.many(most)?;
        let text = std::str::from_utf8(self.take(len)?);
        text.map_err(|_| self.broken("a text is not UTF-8"))
    }

    pub(crate) fn eight(&mut self) -> Result<[u8; 8]> {
        let taken = self.take(8)?;
        taken.first_chunk().copied().ok_or_else(|| self.broken("the bytes end early"))
    }

    pub(crate) fn four(&mut self) -> Result<[u8; 4]> {
        let taken = self.take(4)?;
        taken.first_chunk().copied().ok_or_else(|| self.broken("the bytes end early"))
    }

    /// As many counts as there are bins, each of at most so much.
    pub(crate) fn sparse(&mut self, bins: usize, most: u64) -> Result<Vec<u64>> {
        let mut out = Vec::with_capacity(bins);
        let mut after_zeros = false;
        while out.len() < bins {
            let value = self.at_most(most)?;
            if value > 0 {
                out.push(value);
            } else {
                let more = self.many(bins - out.len() - 1)?;
                if after_zeros {
                    return Err(self.broken("zeros are not written the one way"));
                }
                out.resize(out.len() + 1 + more, 0);
            }
            after_zeros = value == 0;
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: Format = Format { letters: b"TEST", version: 1, malformed: Code::ReportMalformed, most: 1000 };

    #[test]
    fn the_digest_is_fnv() {
        // Of the authors' test vectors.
        assert_eq!(digest(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(digest(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn what_is_written_is_read() {
        let counts = [0, 0, 5, 1 << 40, 0, 7, 0, 0, 0];
        let mut writer = FORMAT.begin();
        writer.count(300);
        writer.text("ü");
        writer.sparse(counts.iter().copied());
        let bytes = writer.end();
        let mut reader = FORMAT.open(&bytes).unwrap();
        assert_eq!((reader.count(), reader.text(9)), (Ok(300), Ok("ü")));
        assert_eq!(reader.sparse(counts.len(), u64::MAX).unwrap(), counts);
        reader.end().unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 4;
            assert!(FORMAT.open(&changed).is_err(), "byte {at}");
            assert!(FORMAT.open(&bytes[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn numbers_and_zeros_have_one_way_to_be_written() {
        let open = |body: &[u8]| {
            let mut writer = FORMAT.begin();
            writer.0.extend(body);
            writer.end()
        };
        for body in [&[0x80, 0][..], &[0xff; 10], &[0x80]] {
            assert!(FORMAT.open(&open(body)).unwrap().count().is_err(), "{body:?}");
        }
        // Zeros in two runs side by side; more zeros than bins.
        assert!(FORMAT.open(&open(&[0, 0, 0, 0])).unwrap().sparse(2, 9).is_err());
        assert!(FORMAT.open(&open(&[0, 2])).unwrap().sparse(2, 9).is_err());
        assert_eq!(FORMAT.open(&open(&[0, 1])).unwrap().sparse(2, 9).unwrap(), [0, 0]);
    }
}
