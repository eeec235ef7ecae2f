//! A log through the command line, windows, model and decisions: what is recorded of it is what `nearhand/assess` answers in wasm, to the bit.
//! `NEARHAND_GOLDEN=write` records anew.
#![allow(clippy::unwrap_used)]

mod common;

use common::{folder, run, text};
use std::path::{Path, PathBuf};

/// FNV-1a of the bytes of a row's features, hex.
fn mark(features: &[f64]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in features.iter().flat_map(|value| value.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{hash:016x}")
}

/// Eighteen days of few cards at few terminals: a compromised terminal a day, and an attack.
const WORLD: [&str; 11] = [
    "simulate-transactions",
    "--seed=7",
    "--days=18",
    "--customers=10",
    "--terminals=40",
    "--radius=30",
    "--compromised-terminals=1",
    "--compromised-customers=0",
    "--strangers=1",
    "--attacks=0.05",
    "--rushes=0",
];

#[test]
fn the_command_lines_answers_are_those_recorded() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let (model, golden) = (root.join("models/card-fraud"), root.join("tests/golden"));
    let at = |path: &Path| path.to_str().unwrap().to_owned();
    let folder = folder("assessed");
    let does = |args: &[&str]| {
        let ended = run(&folder, args);
        assert!(ended.status.success(), "{}", text(&ended.stderr));
    };
    let write = std::env::var("NEARHAND_GOLDEN").is_ok_and(|value| value == "write");
    let log = golden.join("card-fraud-log.csv");
    if write {
        does(&[&WORLD[..], &["--out", "log.csv"]].concat());
        std::fs::copy(folder.join("log.csv"), &log).unwrap();
    }
    let windows = at(&model.join("windows.json"));
    does(&["features", "--spec", &windows, "--log", &at(&log), "--out", "features.csv"]);
    let bundle = at(&model.join("card-fraud.safetensors"));
    does(&[
        "assess",
        "--bundle",
        &bundle,
        "--in",
        "features.csv",
        "--id-col",
        "id",
        "--field-col",
        "card=",
        "--out",
        "answers.jsonl",
    ]);
    let features = std::fs::read_to_string(folder.join("features.csv")).unwrap();
    let answers = std::fs::read_to_string(folder.join("answers.jsonl")).unwrap();
    let mut lines = Vec::new();
    for (row, answer) in features.lines().skip(1).zip(answers.lines()) {
        let values: Vec<f64> = row.split(',').skip(2).map(|value| value.parse().unwrap()).collect();
        assert_eq!(values.len(), 38, "{row}");
        // Ids of the log are whole numbers; an answer is as it is written, with the mark of its features in front.
        lines.push(format!("{} {answer}\n", mark(&values)));
    }
    assert_eq!(lines.len(), std::fs::read_to_string(&log).unwrap().lines().count() - 1, "every row has features");
    let told = lines.concat();
    for word in ["\"decision\":\"decline\"", "\"decision\":\"review\"", "\"decision\":\"approve\"", "TERMINAL_FRAUDS"] {
        assert!(told.contains(word), "no {word}: this log shows too little");
    }
    let recorded = golden.join("card-fraud-answers.txt");
    if write {
        std::fs::write(&recorded, &told).unwrap();
    }
    assert!(told == std::fs::read_to_string(&recorded).unwrap(), "the answers are others than {}", recorded.display());
}
