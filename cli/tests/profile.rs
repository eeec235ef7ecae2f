//! `inspect --profile` on files of the suite.
#![allow(clippy::unwrap_used)]

mod common;

use common::{folder, run, text};
use serde_json::Value;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures");
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/online-retail/online-retail.safetensors");

fn fixture(name: &str) -> String {
    format!("{FIXTURES}/{name}")
}

fn json(args: &[&str]) -> Value {
    let done = run(&folder("profile-json"), &[&["inspect", "--profile", "--json", "--runs", "3"], args].concat());
    assert!(done.status.success(), "{args:?}: {}", text(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

#[test]
fn every_step_is_told_with_its_node_time_and_bytes() {
    let told = json(&[&fixture("query_mean.onnx")]);
    let steps = told["steps"].as_array().unwrap();
    // The mean of four vectors of two: two sums and a quotient.
    let operators: Vec<&str> = steps.iter().map(|s| s["operator"].as_str().unwrap()).collect();
    assert_eq!(operators, ["ReduceSum", "ReduceSum", "Div"]);
    let last = &steps[2];
    assert_eq!((&last["node"], &last["shape"], &last["writes"]), (&2.into(), &serde_json::json!([1, 2]), &8.into()), "{last}");
    assert!(steps.iter().all(|s| s["us"].as_f64().unwrap() >= 0.0 && s["reads"].as_u64().unwrap() > 0));
    let share: f64 = steps.iter().map(|s| s["share"].as_f64().unwrap()).sum();
    assert!((share - 1.0).abs() < 1e-6, "{share}");
    let memory = &told["memory"];
    let parts = ["arena", "scratch", "constants", "packed", "file"].map(|part| memory[part].as_u64().unwrap());
    assert_eq!(memory["total"].as_u64(), Some(parts.iter().sum()));
    // All shapes are fixed: the file is not kept.
    assert!(parts[0] >= 4 * (8 + 4 + 2) && parts[4] == 0, "{memory}");
    assert_eq!((&told["engine"], &told["runs"]), (&"nearhand".into(), &3.into()));
    assert_eq!(told["inputs"][0], serde_json::json!({ "name": "items", "dtype": "f32", "shape": [4, 2] }));
}

#[test]
fn open_extents_are_said_by_name_or_by_place() {
    let file = fixture("logits_last.onnx");
    let shape = |dims: &[&str]| json(&[&[file.as_str(), "--fill", "ids=0"], dims].concat())["inputs"][0]["shape"].clone();
    assert_eq!(shape(&["--dim", "batch=1", "--dim", "length=3"]), serde_json::json!([1, 3]));
    assert_eq!(shape(&["--dim", "batch=1", "--dim", "ids.1=2"]), serde_json::json!([1, 2]));
    for (flags, words) in [
        (&["--dim", "batch=1"][..], &["invalid-option", "length"][..]),
        (&["--dim", "batch=1", "--dim", "length=3", "--dim", "width=3"], &["invalid-option", "width"]),
        (&["--dim", "batch"], &["invalid-option", "batch=1"]),
        (&["--dim", "batch=-1", "--dim", "length=3"], &["invalid-option", "-1"]),
        (&["--dim", "batch=1", "--dim", "length=99999999999"], &["model-too-large", "99999999999"]),
        (&["--dim", "batch=1", "--dim", "length=3", "--fill", "id=0"], &["invalid-option", "--fill"]),
        // Rows that the table of the graph does not have.
        (&["--dim", "batch=1", "--dim", "length=3", "--fill", "ids=4096"], &["model-failed", "--fill"]),
    ] {
        let done = run(&folder("profile-open"), &[&["inspect", "--profile", &file], flags].concat());
        let said = text(&done.stderr);
        assert!(done.status.code() == Some(1) && words.iter().all(|word| said.contains(word)), "{flags:?}: {said}");
    }
    // Without --profile these mean nothing.
    assert_eq!(run(&folder("profile-alone"), &["inspect", &file, "--dim", "batch=1"]).status.code(), Some(2));
}

#[test]
fn bundles_say_their_extents_and_tables_are_sorted() {
    let told = json(&[SHIPPED]);
    assert!(told["steps"].as_array().unwrap().len() > 3 && told["memory"]["total"].as_u64().unwrap() > 1000);
    let done = run(&folder("profile-table"), &["inspect", "--profile", "--top", "2", SHIPPED]);
    let said = text(&done.stdout);
    let shares: Vec<f64> = said
        .lines()
        .filter(|line| line.contains(" % "))
        .map(|line| line.split(" % ").next().unwrap().split_whitespace().last().unwrap().parse().unwrap())
        .collect();
    // Two steps, the others, and all.
    assert!(shares.len() == 4 && shares[0] >= shares[1] && (shares[3] - 100.0).abs() < 0.2, "{said}");
    assert!(said.contains("others: --top N shows more") && said.contains("memory ") && said.contains("arena "), "{said}");
    let rare = json(&[&fixture("query_rare.onnx")]);
    assert_eq!((&rare["engine"], rare["steps"].as_array().unwrap().len()), (&"tract".into(), 1));
    let refused = run(&folder("profile-dims"), &["inspect", "--profile", SHIPPED, "--dim", "batch=1"]);
    assert!(text(&refused.stderr).contains("the manifest of a bundle says all extents"));
}

#[test]
fn files_that_cannot_be_run_are_refused_with_their_codes() {
    for (name, code) in [
        ("external_data.onnx", "model-external-data"),
        ("cycle.onnx", "model-malformed"),
        ("operator_unknown.onnx", "model-operator-unsupported"),
        ("make.py", "model-malformed"),
    ] {
        let done = run(&folder("profile-refused"), &["inspect", "--profile", &fixture(name)]);
        assert!(done.status.code() == Some(1) && text(&done.stderr).contains(code), "{name}: {}", text(&done.stderr));
    }
}
