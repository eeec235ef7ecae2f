//! Windows and answers as bytes, and back: `NHAS`, the version, the windows' own snapshot behind its length, a hash of the names of the features
//! that answers are of, the answers, and the beginning of a SHA-256 of all that. Whole numbers are 64 bits, the lowest byte first.

use super::answers::{Answers, Kept, Told};
use crate::assess::spec::Feature;
use crate::error::{Code, Error, Result};
use nearhand_features::{LONGEST_ID, Outcome, Spec, Windows};
use sha2::{Digest, Sha256};

const MAGIC: &[u8] = b"NHAS";
const VERSION: u8 = 2;
/// Bytes of the hash.
const TAIL: usize = 8;
/// Bytes of an answer's text.
const LONGEST_ANSWER: usize = 1 << 20;
/// What outcomes are written as: their places, and 0 for none.
const OUTCOMES: [Outcome; 6] =
    [Outcome::Observed, Outcome::Duplicate, Outcome::Repeated, Outcome::Late, Outcome::Ahead, Outcome::Peeked];

/// The state as bytes: the same for the same state.
pub(super) fn write(windows: Option<&Windows>, answers: &Answers, declared: &[Feature]) -> Vec<u8> {
    let mut out = [MAGIC, &[VERSION]].concat();
    let number = |out: &mut Vec<u8>, number: usize| out.extend((number as u64).to_le_bytes());
    let windows = windows.map(Windows::snapshot).unwrap_or_default();
    number(&mut out, windows.len());
    out.extend(windows);
    out.extend(names(declared));
    number(&mut out, answers.len());
    for (id, kept) in answers.in_order() {
        for text in [id, &*kept.told.json()] {
            number(&mut out, text.len());
            out.extend(text.as_bytes());
        }
        number(&mut out, kept.features.len());
        kept.features.iter().for_each(|value| out.extend(value.to_le_bytes()));
        let outcome = kept.outcome.and_then(|outcome| OUTCOMES.iter().position(|own| *own == outcome));
        out.extend([outcome.map_or(0, |at| at as u8 + 1), u8::from(kept.capped)]);
    }
    let hash = hash(&out);
    out.extend(hash);
    out
}

/// What says whose values a kept answer has: the names in their order, each behind its length.
fn names(declared: &[Feature]) -> [u8; TAIL] {
    let mut all = Vec::new();
    for feature in declared {
        all.extend((feature.name.len() as u64).to_le_bytes());
        all.extend(feature.name.as_bytes());
    }
    hash(&all)
}

fn hash(bytes: &[u8]) -> [u8; TAIL] {
    Sha256::digest(bytes).first_chunk().copied().unwrap_or_default()
}

struct Reader<'a> {
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.left.split_at_checked(count)?;
        self.left = left;
        Some(taken)
    }

    fn number(&mut self) -> Option<usize> {
        usize::try_from(u64::from_le_bytes(*self.take(8)?.first_chunk()?)).ok()
    }

    fn text(&mut self, most: usize) -> Option<&'a str> {
        let len = self.number().filter(|len| *len <= most)?;
        std::str::from_utf8(self.take(len)?).ok()
    }
}

/// The state of bytes; answers beyond `most` are forgotten, and all that have the values of other features than those that are `declared`.
///
/// # Errors
/// `features-snapshot-malformed`, `features-snapshot-version`, `features-snapshot-other-spec`.
pub(super) fn read(
    bytes: &[u8],
    spec: Option<&Spec>,
    seed: (u64, u64),
    most: usize,
    declared: &[Feature],
) -> Result<(Option<Windows>, Answers)> {
    let malformed = |why: &'static str| Error::new(Code::FeaturesSnapshotMalformed, why).with("bytes", bytes.len());
    let Some(rest) = bytes.strip_prefix(MAGIC) else { return Err(malformed("these bytes are no state of an assessor")) };
    let version = rest.first().copied().unwrap_or(0);
    if version != VERSION {
        let why = "the state is of another version of the format: compute it from the log";
        return Err(Error::new(Code::FeaturesSnapshotVersion, why).with("have", version).with("want", VERSION));
    }
    let (all, tail) = bytes.split_last_chunk::<TAIL>().ok_or_else(|| malformed("the state ends early"))?;
    if hash(all) != *tail {
        return Err(malformed("bytes of the state have changed, or it ends early: take another copy"));
    }
    let mut reader = Reader { left: all.get(MAGIC.len() + 1..).unwrap_or_default() };
    let broken = || malformed("the state contradicts itself: compute it from the log");
    let len = reader.number().ok_or_else(broken)?;
    let windows = reader.take(len).ok_or_else(broken)?;
    let windows = match (spec, windows.is_empty()) {
        (Some(spec), false) => Some(Windows::restore_seeded(spec.clone(), windows, seed)?),
        (None, true) => None,
        _ => {
            let why = "the state has windows and this assessor counts none, or the other way round: restore it with the keys that it was taken with";
            return Err(Error::new(Code::FeaturesSnapshotOtherSpec, why));
        }
    };
    let mut answers = Answers::new(most);
    let own = reader.take(TAIL).ok_or_else(broken)? == names(declared);
    if !own {
        return Ok((windows, answers));
    }
    fill(&mut reader, &mut answers, declared.len()).filter(|()| reader.left.is_empty()).ok_or_else(broken)?;
    Ok((windows, answers))
}

fn fill(reader: &mut Reader<'_>, answers: &mut Answers, features: usize) -> Option<()> {
    for _ in 0..reader.number()? {
        let id = reader.text(LONGEST_ID).filter(|id| !id.is_empty())?;
        let json = reader.text(LONGEST_ANSWER)?;
        // What is handed out as an object of JSON is such.
        serde_json::from_str::<serde::de::IgnoredAny>(json).ok().filter(|_| json.starts_with('{'))?;
        let count = reader.number().filter(|count| [0, features].contains(count))?;
        let values = reader.take(count.checked_mul(8)?)?;
        let values = values.chunks_exact(8).filter_map(|eight| eight.first_chunk().copied().map(f64::from_le_bytes)).collect();
        let [outcome, capped] = *reader.take(2)?.first_chunk()?;
        let outcome = match outcome {
            0 => None,
            at => Some(*OUTCOMES.get(usize::from(at) - 1)?),
        };
        let told = Told::Json(json.to_owned());
        answers.keep(id, Kept { told, features: values, outcome, capped: (capped < 2).then_some(capped == 1)? });
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(names: &[&str]) -> Vec<Feature> {
        let features: Vec<String> = names.iter().map(|name| format!(r#"{{"name": "{name}"}}"#)).collect();
        let text = format!(r#"{{"features": [{}], "decide": {{"by": "thresholds", "review": 0.5}}}}"#, features.join(", "));
        crate::assess::spec::Spec::parse(&text).unwrap().features
    }

    fn state(json: &str, names: &[&str]) -> Vec<u8> {
        let mut answers = Answers::new(2);
        let features = names.iter().map(|name| name.len() as f64).collect();
        answers.keep("a", Kept { told: Told::Json(json.to_owned()), features, outcome: None, capped: false });
        write(None, &answers, &declared(names))
    }

    fn restored(bytes: &[u8], names: &[&str]) -> Result<usize> {
        read(bytes, None, (0, 0), 2, &declared(names)).map(|(_, answers)| answers.len())
    }

    #[test]
    fn answers_of_other_features_are_dropped() {
        let bytes = state("{}", &["a", "bc"]);
        assert_eq!(restored(&bytes, &["a", "bc"]).unwrap(), 1);
        for other in [&["bc", "a"][..], &["ab", "c"], &["a"], &["a", "bc", "d"]] {
            assert_eq!(restored(&bytes, other).unwrap(), 0, "{other:?}");
        }
    }

    #[test]
    fn a_kept_answer_is_an_object() {
        for json in ["[]", "1", "null", "\"{}\"", "{", "{} {}", ""] {
            assert_eq!(restored(&state(json, &["a"]), &["a"]).unwrap_err().code(), Code::FeaturesSnapshotMalformed, "{json}");
        }
    }
}
