//! The bundle that is shipped, as it lies in models/card-fraud.

use nearhand::Code;
use nearhand::assess::{Assessor, Decision, Explain, Transaction};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models/card-fraud").join(name)).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Names of the windows that its features are, in order.
fn windows() -> Vec<String> {
    let json: Value = serde_json::from_slice(&file("windows.json")).unwrap();
    json["features"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn card_fraud_is_the_file_it_says_and_judges() {
    let bundle = file("card-fraud.safetensors");
    assert!(bundle.len() <= 100_000, "{}", bundle.len());
    let said = String::from_utf8(file("card-fraud.safetensors.sha256")).unwrap();
    assert_eq!(said.split_whitespace().next(), Some(hex(&bundle).as_str()));
    // Opening replays what was recorded when it was packed.
    let mut assessor = Assessor::open(&bundle, None, 64 << 20).unwrap();
    let names = windows();
    // An everyday transaction of a card with a month of habits, at a terminal without frauds or declines.
    let usual = |name: &str| match name {
        "amount" | "terminal_mean_1h" | "terminal_mean_6h" => 40.0,
        "card_max_1d" => 40.0,
        "card_max_7d" | "card_max_30d" => 70.0,
        "card_max_7d_to_30d" => 1.75,
        "card_since" => 30_000.0,
        _ if name.starts_with("card_to_") || name.ends_with("_to_30d") => 1.0,
        _ if name.starts_with("card_mean") => 40.0,
        _ if name.starts_with("card_count") => {
            name.trim_start_matches("card_count_").trim_end_matches('d').parse().map_or(1.0, |days: f64| 1.5 * days)
        }
        "terminal_count_10m" | "terminal_cards_6h" | "terminal_count_1h" | "terminal_count_6h" => 1.0,
        // A payment a day, all of them known to be honest.
        _ if name.ends_with("d_late") => name.trim_start_matches("terminal_count_").trim_end_matches("d_late").parse().unwrap(),
        _ => 0.0,
    };
    let features: Vec<f64> = names.iter().map(|name| usual(name)).collect();
    let transaction = Transaction { amount: Some(4000), currency: Some("EUR"), ..Transaction::default() };
    let answer = assessor.assess(&transaction, &features, Explain::Always).unwrap();
    assert_eq!(answer.decision, Decision::Approve, "{answer:?}");
    let risk = answer.model.as_ref().unwrap().risk;
    assert!((0.0..0.05).contains(&risk), "{answer:?}");
    // A flipped bit is not opened.
    let mut damaged = bundle;
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    assert_eq!(Assessor::open(&damaged, None, 64 << 20).map(|_| ()).unwrap_err().code(), Code::BundleDigestMismatch);
}
