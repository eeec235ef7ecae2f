//! What stands around the body of a snapshot.

use super::bytes::{HEAD, MAGIC, Reader, TAIL, VERSION};
use crate::error::{Code, Error, Result};
use crate::hash::sip;
use crate::spec::Spec;

/// The body of a snapshot that is this specification's and whole.
pub(super) fn opened<'a>(spec: &Spec, bytes: &'a [u8], of: u8) -> Result<Reader<'a>> {
    let malformed = |why: &'static str| Error::new(Code::SnapshotMalformed, why).count("bytes", bytes.len() as i64);
    if !bytes.starts_with(MAGIC) {
        return Err(malformed("these bytes are no snapshot of windows"));
    }
    let version = bytes.get(MAGIC.len()).copied().unwrap_or(0);
    if version != VERSION {
        let why = "the snapshot is of another version of the format: compute the state from the log";
        return Err(Error::new(Code::SnapshotVersion, why).count("have", version.into()).count("want", VERSION.into()));
    }
    let Some((all, hash)) = bytes.split_last_chunk::<TAIL>().filter(|(all, _)| all.len() >= HEAD) else {
        return Err(malformed("the snapshot ends early"));
    };
    if sip((0, 0), all) != u64::from_le_bytes(*hash) {
        return Err(malformed("bytes of the snapshot have changed, or it ends early: take another copy"));
    }
    let digest = all.get(5..).and_then(|rest| rest.first_chunk()).map_or(0, |digest| u64::from_le_bytes(*digest));
    if digest != spec.digest() {
        let why = "the snapshot belongs to another specification: restore it with that one, or compute the state from the log";
        return Err(Error::new(Code::SnapshotOtherSpec, why).with("have", &hex(digest)).with("want", &hex(spec.digest())));
    }
    if all.get(HEAD - 1) != Some(&of) {
        return Err(malformed("a snapshot of one value is restored by restore_key, one of the whole state by restore"));
    }
    Ok(Reader::new(all, HEAD))
}

/// The error of a body that contradicts itself.
#[cold]
pub(super) fn broken(reader: &Reader<'_>) -> Error {
    let why = "the snapshot contradicts itself: compute the state from the log";
    Error::new(Code::SnapshotMalformed, why).count("at", reader.at() as i64)
}

fn hex(value: u64) -> String {
    (0..16).rev().filter_map(|at| char::from_digit((value >> (4 * at) & 15) as u32, 16)).collect()
}
