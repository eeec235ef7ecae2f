//! The safetensors header, read straight: what stands where, and that the parts fill the file without hole or overlap.
//!
//! `length: u64-le`, a JSON object of that length, the data. The object has `__metadata__`, texts by name, and an entry
//! a part: `{"dtype": "F32", "shape": [n, d], "data_offsets": [start, end]}`, offsets counted from the data's start.
//! The crate `safetensors` reads the same files and the tests hold the two readers against each other; its reader would
//! be a tenth of the lite tier.

use super::limits::Limits;
use crate::error::{Code, Error, Result};
use crate::value::{Decode, Faults, Value};
use std::fmt;
use std::ops::Range;

/// Element type of a part, by its safetensors name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dtype {
    Bool,
    U8,
    I8,
    U16,
    I16,
    F16,
    U32,
    I32,
    F32,
    U64,
    I64,
    F64,
}

const DTYPES: [(&str, Dtype); 12] = [
    ("BOOL", Dtype::Bool),
    ("U8", Dtype::U8),
    ("I8", Dtype::I8),
    ("U16", Dtype::U16),
    ("I16", Dtype::I16),
    ("F16", Dtype::F16),
    ("U32", Dtype::U32),
    ("I32", Dtype::I32),
    ("F32", Dtype::F32),
    ("U64", Dtype::U64),
    ("I64", Dtype::I64),
    ("F64", Dtype::F64),
];

impl Dtype {
    const fn bytes(self) -> usize {
        match self {
            Self::Bool | Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 | Self::F16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(DTYPES.iter().find(|(_, dtype)| dtype == self).map_or("", |(name, _)| name))
    }
}

/// One part and where its bytes are.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    /// Counted from the start of the file.
    pub(super) place: Range<usize>,
    /// In the model's own file.
    pub(super) apart: bool,
}

/// The manifest's text and the parts in file order.
///
/// # Errors
/// `bundle-malformed`; `bundle-foreign` when there is no manifest; `bundle-too-large` for too many parts.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<(String, Vec<Part>)> {
    let length = bytes.first_chunk().map_or(0, |b| u64::from_le_bytes(*b));
    let base = usize::try_from(length).ok().and_then(|n| n.checked_add(8)).ok_or_else(|| malformed("its length"))?;
    let (head, data) = bytes.split_at_checked(base).ok_or_else(|| malformed("its length"))?;
    if base > limits.header {
        return Err(Error::new(Code::BundleTooLarge, "the bundle's header is longer than allowed")
            .with("bytes", base)
            .with("limit", limits.header));
    }
    let json = std::str::from_utf8(head.get(8..).unwrap_or(&[])).map_err(|_| malformed("not UTF-8"))?;
    let header: Value = serde_json::from_str(json).map_err(malformed)?;
    let Header { manifest, mut entries } = header.read().map_err(malformed)?;
    if entries.len() > limits.parts {
        return Err(Error::new(Code::BundleTooLarge, "the bundle has more parts than allowed")
            .with("parts", entries.len())
            .with("limit", limits.parts));
    }
    entries.sort_unstable_by_key(|(_, entry)| entry.data_offsets);
    let mut parts: Vec<Part> = Vec::with_capacity(entries.len());
    let mut at = 0;
    for (name, Entry { dtype, shape, data_offsets: (start, end) }) in entries {
        let bad = |why: &'static str| malformed(why).with("part", &name);
        let elements = shape.iter().try_fold(1, |n: usize, axis| n.checked_mul(*axis));
        let size = elements.and_then(|n| n.checked_mul(dtype.bytes())).ok_or_else(|| bad("its shape"))?;
        if start != at || at.checked_add(size) != Some(end) {
            return Err(bad("its offsets").with("start", start).with("end", end).with("bytes", size));
        }
        if parts.iter().any(|p| p.name == name) {
            return Err(bad("named twice"));
        }
        if end > data.len() {
            return Err(bad("beyond the end of the file"));
        }
        parts.push(Part { name, dtype, shape, place: base + start..base + end, apart: false });
        at = end;
    }
    if at != data.len() {
        return Err(malformed("bytes after the last part").with("parts", at).with("bytes", data.len()));
    }
    let manifest = manifest.ok_or_else(|| Error::new(Code::BundleForeign, "the bundle has no nearhand manifest"))?;
    Ok((manifest, parts))
}

fn malformed(why: impl fmt::Display) -> Error {
    Error::new(Code::BundleMalformed, "the bundle's header is malformed").with("why", why)
}

struct Header {
    manifest: Option<String>,
    entries: Vec<(String, Entry)>,
}

impl Decode for Header {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let Metadata(manifest) = of.take_or("__metadata__", Metadata(None));
        Self { manifest, entries: of.rest() }
    }
}

/// Other texts than the manifest are anybody's.
struct Metadata(Option<String>);

impl Decode for Metadata {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        Self(value.fields(faults).take("nearhand"))
    }
}

struct Entry {
    dtype: Dtype,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

impl Decode for Entry {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let entry = Self { dtype: of.take("dtype"), shape: of.take("shape"), data_offsets: of.take("data_offsets") };
        of.end();
        entry
    }
}

impl Decode for Dtype {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(&DTYPES, faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: usize) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.resize(bytes.len() + data, 7);
        bytes
    }

    fn entry(name: &str, dtype: &str, shape: &str, offsets: &str) -> String {
        format!(r#","{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}"#)
    }

    #[test]
    fn reads_and_refuses_what_the_reference_reads_and_refuses() {
        let u8s = |offsets: &str| entry("a", "U8", "[4]", offsets);
        let cases = [
            (u8s("[0,4]"), 4, ""),
            (u8s("[0,4]") + &entry("b", "F32", "[1,2]", "[4,12]"), 12, ""),
            (entry("b", "F32", "[1,2]", "[4,12]") + &u8s("[0,4]"), 12, ""),
            (entry("z", "I64", "[0]", "[0,0]") + &u8s("[0,4]"), 4, ""),
            (entry("s", "F64", "[]", "[0,8]"), 8, ""),
            (String::new(), 0, ""),
            (u8s("[0,4]"), 5, "bytes after the last part"),
            (u8s("[0,4]"), 3, "beyond the end of the file"),
            (u8s("[1,5]"), 5, "its offsets"),
            (u8s("[0,5]"), 5, "its offsets"),
            (u8s("[4,0]"), 4, "its offsets"),
            (u8s("[0,4]") + &entry("b", "U8", "[4]", "[3,7]"), 7, "its offsets"),
            (u8s("[0,4]") + &entry("b", "U8", "[4]", "[5,9]"), 9, "its offsets"),
            (entry("a", "U8", "[4294967296,4294967296]", "[0,0]"), 0, "its shape"),
            (entry("a", "F64", "[2305843009213693952]", "[0,0]"), 0, "its shape"),
            (u8s("[0]"), 4, "a.data_offsets must be a pair, not an array"),
            (u8s("[-1,4]"), 4, "a.data_offsets[0] must be an integer from 0, not number -1"),
            (r#","a":{"dtype":"U8","shape":[4]}"#.to_owned(), 4, "a.data_offsets must be given"),
            (r#","a":7"#.to_owned(), 4, "a must be an object, not number 7"),
        ];
        for (entries, data, why) in cases {
            let bytes = file(&format!(r#"{{"__metadata__":{{"nearhand":"m"}}{entries}}}"#), data);
            let reference = safetensors::SafeTensors::deserialize(&bytes);
            match (read(&bytes, &Limits::default()), &reference) {
                (Ok((manifest, parts)), Ok(reference)) => {
                    assert_eq!((why, manifest.as_str()), ("", "m"));
                    assert_eq!(parts.len(), reference.len());
                    for part in parts {
                        let view = reference.tensor(&part.name).unwrap();
                        assert_eq!(
                            (part.dtype.to_string(), part.shape.as_slice(), &bytes[part.place]),
                            (view.dtype().to_string(), view.shape(), view.data())
                        );
                    }
                }
                (Err(e), Err(_)) => {
                    assert_eq!(e.code(), Code::BundleMalformed, "{entries}");
                    assert_eq!(e.details()[0].1, why, "{entries}");
                }
                (own, _) => panic!("{entries} {data}: {own:?}, reference {reference:?}"),
            }
        }
    }

    #[test]
    fn is_stricter_where_the_reference_guesses() {
        // The reference takes the last of two parts of one name, or whatever metadata there is.
        let a = entry("a", "U8", "[1]", "[0,1]");
        let twice = file(&format!(r#"{{"__metadata__":{{"nearhand":"m"}}{a}{}}}"#, entry("a", "U8", "[1]", "[1,2]")), 2);
        assert_eq!(read(&twice, &Limits::default()).unwrap_err().details()[0].1, "named twice");
        let foreign = file(r#"{"__metadata__":{"format":"pt"}}"#, 0);
        assert_eq!(read(&foreign, &Limits::default()).unwrap_err().code(), Code::BundleForeign);
        let long = file(&format!(r#"{{"__metadata__":{{"nearhand":"m"}}{}}}"#, " ".repeat(16 << 20)), 0);
        assert_eq!(read(&long, &Limits::default()).unwrap_err().details()[1].1, (16 << 20).to_string());
        let many: String = (0..257).map(|i| entry(&format!("p{i}"), "U8", "[0]", "[0,0]")).collect();
        let many = file(&format!(r#"{{"__metadata__":{{"nearhand":"m"}}{many}}}"#), 0);
        assert_eq!(read(&many, &Limits::default()).unwrap_err().code(), Code::BundleTooLarge);
    }

    #[test]
    fn no_length_and_no_cut_panics() {
        let bytes = file(&format!(r#"{{"__metadata__":{{"nearhand":"m"}}{}}}"#, entry("a", "U8", "[4]", "[0,4]")), 4);
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end], &Limits::default()).is_err());
        }
        for length in [0, 1, u64::MAX - 7, u64::MAX] {
            let mut bytes = bytes.clone();
            bytes[..8].copy_from_slice(&length.to_le_bytes());
            assert!(read(&bytes, &Limits::default()).is_err());
        }
    }
}
