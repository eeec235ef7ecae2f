//! Recorded vocabularies and answers; tools/tokenizer_golden.py makes them.

use nearhand_tokenizer::Tokenizer;
use serde_json::Value;
use std::fs;

pub(crate) fn read(name: &str) -> String {
    fs::read_to_string(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

pub(crate) fn json(name: &str) -> Value {
    serde_json::from_str(&read(name)).unwrap()
}

/// The tokenizer.json of each configuration, by name.
pub(crate) fn variants() -> Vec<(String, Value)> {
    let bases = ["bytes", "pieces", "unigram"].map(|base| (base, json(&format!("{base}.json"))["model"].clone()));
    let all = json("variants.json");
    let whole = all.as_object().unwrap().iter().map(|(name, variant)| {
        let mut model = bases.iter().find(|(base, _)| variant["base"] == *base).unwrap().1.clone();
        for (key, value) in variant["model"].as_object().unwrap() {
            model[key] = value.clone();
        }
        let mut whole = variant["parts"].clone();
        whole["model"] = model;
        (name.clone(), whole)
    });
    whole.collect()
}

/// A configuration, perhaps with other parts.
pub(crate) fn whole(name: &str, parts: &[(&str, &str)]) -> String {
    let mut whole = variants().into_iter().find(|(other, _)| other == name).unwrap().1;
    for (key, value) in parts {
        whole[key] = serde_json::from_str(value).unwrap();
    }
    whole.to_string()
}

pub(crate) fn tokenizer(name: &str) -> Tokenizer {
    Tokenizer::from_json(whole(name, &[]).as_bytes()).unwrap()
}

/// The hash of ids that the recording has.
pub(crate) fn hash(ids: &[u32]) -> u64 {
    ids.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &id| (hash ^ u64::from(id)).wrapping_mul(0x0100_0000_01b3))
}

/// Chance that is the same everywhere.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    /// A text of nasty parts.
    pub(crate) fn text(&mut self, bits: &[String]) -> String {
        let count = 1 + self.below(24);
        (0..count).map(|_| bits[self.below(bits.len())].as_str()).collect()
    }
}

pub(crate) fn bits() -> Vec<String> {
    let golden = json("golden.json");
    golden["bits"].as_array().unwrap().iter().map(|bit| bit.as_str().unwrap().to_owned()).collect()
}
